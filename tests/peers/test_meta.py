"""The bridge against a local Graph with every fault, and that Graph against clients that are not ours.

`facebook-business` is Meta's own: it posts comments, answers, private replies and messages, and reads them.
`pywa` takes WhatsApp's deliveries, whose handshake and signature are the same. Nothing independent guards
the shapes of the Page's and Instagram's webhooks, and no program here knows when Meta's windows close: there
the published pages are all that we have.
"""

import json
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from facebook_business.adobjects.comment import Comment
from facebook_business.adobjects.igcomment import IGComment
from facebook_business.adobjects.page import Page
from facebook_business.adobjects.unifiedthread import UnifiedThread
from facebook_business.api import FacebookAdsApi
from facebook_business.exceptions import FacebookRequestError
from facebook_business.session import FacebookSession
from flask import Flask
from flask.testing import FlaskClient
from pywa import WhatsApp, utils
from sqlmodel import Session, select

from api import create_app
from bridge import db
from bridge.channels.calling import Answered, Request, call
from bridge.channels.going_out import Purpose
from bridge.channels.guard import Limits
from bridge.channels.meta_hooks import signature
from bridge.channels.webhook import Failed
from bridge.clock import utc_now
from bridge.models import ChannelAccount, MessageAttempt, Thread
from bridge.services import channel_accounts, releasing
from bridge.settings import settings
from tests.cast import Cast, acting
from tests.channels.stage import connect, message, read_all, say, send, threads
from tests.peers.servers.loopback import Fault
from tests.peers.servers.meta import APP_SECRET, PAGE, PROFILE, TOKEN, Graph, serving

pytestmark = pytest.mark.peers
FAN, PSID = "7100000000000001", "5100000000000001"
LIMITS = Limits(allow_private=True, connect_seconds=1, read_seconds=0.5, response_max_bytes=4 * 1024 * 1024)
FIELDS = {"access_token": TOKEN, "app_secret": APP_SECRET, "verify_token": "our-verify-token"}
COMMENT = {
    "facebook": "300_400",
    "instagram": "17900000000000001",
}


def out(request: Request) -> Answered | Failed:
    """The real way out, with a short patience."""
    return call(request, limits=LIMITS)


@pytest.fixture
def graph() -> Graph:
    return Graph()


@pytest.fixture
def address(graph: Graph) -> Iterator[str]:
    with serving(graph) as url:
        yield url


@pytest.fixture
def client(environment: object, monkeypatch: pytest.MonkeyPatch) -> FlaskClient:
    return create_app().test_client()


def account(cast: Cast, address: str, its: str = "facebook") -> ChannelAccount:
    return connect(
        cast,
        its,
        values=FIELDS,
        is_bare=True,
        external_id=PAGE if its == "facebook" else PROFILE,
        base_url=address,
    )


def deliver(client: FlaskClient, graph: Graph, ours: ChannelAccount, entry: dict[str, Any]) -> None:
    kind = "page" if ours.channel == "facebook" else "instagram"
    about = {"id": ours.external_id, "time": int(utc_now().timestamp())}
    body, headers = graph.signed({"object": kind, "entry": [about | entry]})
    path = f"/hooks/{ours.channel}/{ours.id}"
    assert client.post(path, data=body, headers=headers).status_code == 200
    read_all()


def commented(client: FlaskClient, graph: Graph, ours: ChannelAccount) -> Thread:
    """Somebody complains under a post of ours."""
    comment_id = COMMENT[ours.channel]
    graph.comment(comment_id, "Heels snapped on day one, £80 gone", FAN)
    value: dict[str, Any] = {"from": {"id": FAN, "name": "Sam Shopper", "username": "upset_shopper"}}
    if ours.channel == "facebook":
        value |= {"item": "comment", "verb": "add", "comment_id": comment_id, "post_id": f"{PAGE}_300"}
        value |= {"parent_id": f"{PAGE}_300", "message": "Heels snapped on day one, £80 gone"}
        value |= {"created_time": int(utc_now().timestamp())}
        deliver(client, graph, ours, {"changes": [{"field": "feed", "value": value}]})
    else:
        value |= {"id": comment_id, "text": "Heels snapped on day one, £80 gone"}
        deliver(client, graph, ours, {"field": "comments", "value": value})
    return threads()[0]


def wrote(client: FlaskClient, graph: Graph, ours: ChannelAccount, at: datetime) -> Thread:
    """Somebody writes us a message."""
    said = {
        "sender": {"id": PSID},
        "recipient": {"id": ours.external_id},
        "timestamp": int(at.timestamp() * 1000),
        "message": {"mid": graph.write(PSID, "Order 55512", at=at), "text": "Order 55512"},
    }
    deliver(client, graph, ours, {"messaging": [said]})
    return threads()[-1]


def until_quiet(*, rounds: int = 14) -> None:
    """Let the worker go on until nothing is due for two days."""
    at = utc_now()
    for minutes in [0.2, 1, 2, 6, 20, 40, 90, 180, 300, 300, 600, 600, 600, 600][:rounds]:
        send(out, at=at)
        at += timedelta(minutes=minutes)


AFTER = ("status_500", "status_502", "error_in_200", "malformed", "empty", "huge", "silence", "hang_up")
BEFORE = (*AFTER, "redirect", "app_limit", "page_limit", "business_limit", "http_429")


@pytest.mark.parametrize("its", ["facebook", "instagram"])
@pytest.mark.parametrize(
    "fault", [*(Fault(kind, keeps=True) for kind in AFTER), *(Fault(kind) for kind in BEFORE)], ids=str
)
def test_every_fault_ends_as_one_public_answer(
    client: FlaskClient, cast: Cast, graph: Graph, address: str, its: str, fault: Fault
) -> None:
    said = say(cast, commented(client, graph, account(cast, address, its)))
    graph.faults = [fault]
    until_quiet()
    assert message(said.id).state == "sent"
    assert [body["message"] for _, body in graph.posts] == ["We have sent you a message."]


@pytest.mark.parametrize(
    "fault", [*(Fault(kind, keeps=True) for kind in AFTER), *(Fault(kind) for kind in BEFORE)], ids=str
)
@pytest.mark.parametrize("purpose", [Purpose.PRIVATE_REPLY, Purpose.PRIVATE_MESSAGE])
def test_every_fault_ends_as_one_private_word(
    client: FlaskClient, cast: Cast, graph: Graph, address: str, purpose: Purpose, fault: Fault
) -> None:
    ours = account(cast, address)
    at = utc_now()
    thread = (
        commented(client, graph, ours) if purpose is Purpose.PRIVATE_REPLY else wrote(client, graph, ours, at)
    )
    said = say(cast, thread, "Show this at store 12.", purpose=purpose)
    graph.faults = [fault]
    until_quiet()
    assert message(said.id).state == "sent"
    assert len(graph.posts) == 1
    assert sum(one["from"]["id"] == PAGE for one in graph.talks[PSID]) == 1


@pytest.mark.parametrize("kind", AFTER)
@pytest.mark.parametrize("keeps", [True, False])
def test_on_instagram_a_private_answer_is_tried_once_whatever_happens(
    client: FlaskClient, cast: Cast, graph: Graph, address: str, kind: str, keeps: bool
) -> None:
    said = say(
        cast,
        commented(client, graph, account(cast, address, "instagram")),
        "Show this at store 12.",
        purpose=Purpose.PRIVATE_REPLY,
    )
    graph.faults = [Fault(kind, keeps=keeps)]
    until_quiet()
    stored = message(said.id)
    assert stored.state == ("sent" if keeps else "unknown")
    with db.transaction() as session:
        assert _tries(session, said.id) == 1
    assert len(graph.posts) == int(keeps)
    assert sum(asked == ("POST", f"{PROFILE}/messages") for asked in graph.asked) == 1


def _tries(session: Session, message_id: object) -> int:
    rows = session.exec(select(MessageAttempt).where(MessageAttempt.message_id == message_id)).all()
    return sum(not row.is_look for row in rows)


def test_a_dead_token_stops_the_account_and_a_new_one_sends_what_waited(
    client: FlaskClient, cast: Cast, graph: Graph, address: str
) -> None:
    ours = account(cast, address)
    said = say(cast, commented(client, graph, ours))
    graph.token = "another"
    until_quiet(rounds=4)
    assert graph.asked == [("POST", "300_400/comments")]
    with db.transaction() as session:
        assert session.get_one(ChannelAccount, ours.id).token_state == "signed_out"
        channel_accounts.replace_secret(
            session,
            acting(cast.ada),
            ours.id,
            name="access_token",
            value="another",
            config=settings(),
            now=utc_now(),
        )
    send(out)
    assert message(said.id).state == "sent"
    assert len(graph.posts) == 1


def test_near_the_limit_the_account_rests_as_long_as_meta_says(
    client: FlaskClient, cast: Cast, graph: Graph, address: str
) -> None:
    thread = commented(client, graph, account(cast, address))
    say(cast, thread, "One")
    say(cast, thread, "Two")
    graph.usage_percent, graph.regain_minutes = 95, 30
    assert send(out) == {"sent": 1, "put_back": 1}
    assert not send(out, at=utc_now() + timedelta(minutes=29))
    assert send(out, at=utc_now() + timedelta(minutes=31)) == {"sent": 1}


def test_the_windows_as_meta_holds_them(client: FlaskClient, cast: Cast, graph: Graph, address: str) -> None:
    ours = account(cast, address)
    thread = wrote(client, graph, ours, utc_now() - timedelta(hours=30))
    said = say(cast, thread, "Your heels are exchanged.", purpose=Purpose.PRIVATE_MESSAGE)
    until_quiet(rounds=3)
    assert not graph.posts
    with db.transaction() as session:
        releasing.release(session, acting(cast.ana), said.id, now=utc_now())
    assert send(out) == {"sent": 1}
    assert graph.posts[0][1]["tag"] == "HUMAN_AGENT"


def test_meta_closes_its_window_before_we_do(
    client: FlaskClient, cast: Cast, graph: Graph, address: str
) -> None:
    ours = account(cast, address)
    said = say(cast, wrote(client, graph, ours, utc_now()), "Hello", purpose=Purpose.PRIVATE_MESSAGE)
    graph.last_word[PSID] = utc_now() - timedelta(hours=25)
    assert send(out) == {"waiting": 1}
    assert message(said.id).release_until is not None


# The local Graph is held by clients that are not ours.


@pytest.fixture
def sdk(address: str, graph: Graph) -> Any:
    """Meta's own client, pointed at the local Graph."""
    session = FacebookSession(access_token=TOKEN)
    session.GRAPH = address
    return FacebookAdsApi(session, api_version="v25.0")


def test_meta_s_own_client_is_content_with_it(sdk: Any, graph: Graph) -> None:
    graph.comment("300_400", "Heels snapped", FAN)
    graph.comment("17900000000000001", "Heels snapped", PSID)
    made = Comment("300_400", api=sdk).create_comment(params={"message": "Sorry to hear that"})
    assert [one["id"] for one in Comment("300_400", api=sdk).get_comments(fields=["id"])] == [made["id"]]
    replied = IGComment("17900000000000001", api=sdk).create_reply(params={"message": "Sorry to hear that"})
    assert [one["text"] for one in IGComment("17900000000000001", api=sdk).get_replies()] == [
        "Sorry to hear that"
    ]
    assert replied["id"]
    page = Page(PAGE, api=sdk)
    answer = {"recipient": {"comment_id": "300_400"}, "message": {"text": "Show this"}}
    assert page.create_message(params=answer)["message_id"]
    shown = Comment("300_400", api=sdk).api_get(fields=["can_reply_privately", "private_reply_conversation"])
    assert shown["can_reply_privately"] is False
    with pytest.raises(FacebookRequestError) as refused:
        page.create_message(params=answer)
    assert refused.value.api_error_code() == 10900
    graph.write(PSID, "Order 55512", at=datetime.now(UTC) - timedelta(hours=30))
    late = {"recipient": {"id": PSID}, "messaging_type": "RESPONSE", "message": {"text": "Exchanged"}}
    with pytest.raises(FacebookRequestError) as refused:
        page.create_message(params=late)
    assert (refused.value.api_error_code(), refused.value.api_error_subcode()) == (10, 2018278)
    tagged = late | {"messaging_type": Page.MessagingType.message_tag, "tag": "HUMAN_AGENT"}
    with pytest.warns(UserWarning, match="tag"):  # the client's own table calls it an object, and sends it
        assert page.create_message(params=tagged)["recipient_id"] == PSID
    (talk,) = page.get_conversations(params={"platform": UnifiedThread.Platform.messenger, "user_id": PSID})
    said = UnifiedThread(talk["id"], api=sdk).get_messages()
    assert [one["message"] for one in said] == ["Exchanged", "Order 55512", "Show this"]


def test_meta_s_own_client_understands_its_errors(sdk: Any, graph: Graph) -> None:
    graph.write(PSID, "Order 55512")
    for kind, code, transient in (
        ("dead_token", 190, False),
        ("app_limit", 4, False),
        ("page_limit", 32, False),
        ("business_limit", 80006, False),
        ("status_500", 2, False),
    ):
        graph.faults = [Fault(kind)]
        with pytest.raises(FacebookRequestError) as refused:
            Page(PAGE, api=sdk).create_message(params={"recipient": {"id": PSID}, "message": {"text": "x"}})
        assert refused.value.api_error_code() == code
        assert bool(refused.value.api_transient_error()) is transient
    usage = json.loads(refused.value.http_headers()["X-Business-Use-Case-Usage"])
    assert usage[PAGE][0]["call_count"] == 3


def test_a_receiver_that_is_not_ours_takes_its_handshake_and_signature() -> None:
    graph, app, seen = Graph(), Flask("receiver"), []
    receiver = WhatsApp(
        phone_id="106000000000001",
        token="no-token",
        server=app,
        webhook_endpoint="/hook",
        verify_token="our-verify-token",
        app_secret=APP_SECRET,
        validate_updates=True,
    )
    receiver.on_message()(lambda _client, said: seen.append(said.text))
    text = {"from": "15550100002", "id": "wamid.1", "timestamp": "1795324800", "type": "text"}
    value = {
        "messaging_product": "whatsapp",
        "metadata": {"display_phone_number": "15550100001", "phone_number_id": "106000000000001"},
        "contacts": [{"profile": {"name": "Ana Ü"}, "wa_id": "15550100002"}],
        "messages": [text | {"text": {"body": "Heels snapped, £80 gone"}}],
    }
    entry = [{"id": "102", "changes": [{"field": "messages", "value": value}]}]
    body, headers = graph.signed({"object": "whatsapp_business_account", "entry": entry})
    client = app.test_client()
    asked = {"hub.mode": "subscribe", "hub.verify_token": "our-verify-token", "hub.challenge": "1158201444"}
    assert client.get("/hook", query_string=asked).data == b"1158201444"
    assert client.get("/hook", query_string=asked | {"hub.verify_token": "x"}).status_code == 403
    assert client.post("/hook", data=body.replace(b"snapped", b"snappee"), headers=headers).status_code == 403
    assert client.post("/hook", data=body, headers=headers).status_code == 200
    assert headers["X-Hub-Signature-256"] == signature(APP_SECRET, body)
    assert utils.webhook_updates_validator(APP_SECRET, body, signature(APP_SECRET, body))
    assert not utils.webhook_updates_validator("another", body, signature(APP_SECRET, body))


def test_our_receiver_takes_whatsapp_s_deliveries_and_keeps_them(
    client: FlaskClient, cast: Cast, graph: Graph, address: str
) -> None:
    ours = account(cast, address)
    body, headers = graph.signed(
        {"object": "whatsapp_business_account", "entry": [{"id": "1", "changes": []}]}
    )
    assert client.post(f"/hooks/facebook/{ours.id}", data=body, headers=headers).status_code == 200
    assert read_all() == {"read": 1, "other": 1}
