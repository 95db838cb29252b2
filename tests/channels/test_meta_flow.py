"""A comment becomes a case and is answered: in public, once in private with the code, and then in Messenger."""

from dataclasses import replace
from datetime import timedelta
from typing import Any

import orjson
import pytest
from flask.testing import FlaskClient
from sqlmodel import select

from api import create_app
from bridge import db
from bridge.channels.calling import Answered, Request
from bridge.channels.going_out import Purpose
from bridge.channels.webhook import Failed
from bridge.clock import utc_now
from bridge.codes import check_character
from bridge.errors import Conflict, InvalidInput
from bridge.models import ChannelAccount, MessageAttempt, SocialIdentity, Thread
from bridge.services import capturing
from bridge.services.capturing import Captured
from tests.cast import Cast, acting
from tests.channels.answers import answer
from tests.channels.cases import facebook
from tests.channels.cases.facebook import PAGE, page
from tests.channels.cases.meta import error, signed, talk
from tests.channels.stage import connect, message, read_all, say, send, texts, threads

PSID = "5100000000000001"
SECRETS = {"access_token": "t", "app_secret": "meta-app-secret", "verify_token": "meta-verify"}
CODE = f"K7QF-3MXW-9R4{check_character('K7QF3MXW9R4')}"


class Graph:
    """Meta, remembering what it was told; `fault` is answered once, after keeping it or before."""

    def __init__(self) -> None:
        self.posts: list[tuple[str, Any]] = []
        self.fault: Answered | Failed | None = None
        self.keeps_it = True

    def __call__(self, request: Request) -> Answered | Failed:
        path = request.url.split("/v25.0/")[1]
        if request.method == "GET":
            return self.seen(path)
        fault, self.fault = self.fault, None
        if fault is None or self.keeps_it:
            self.posts.append((path, request.json))
        if fault is not None:
            return fault
        if path.endswith("/messages"):
            return answer(200, {"recipient_id": PSID, "message_id": f"m_{len(self.posts)}"})
        return answer(200, {"id": f"300_{400 + len(self.posts)}"})

    def seen(self, path: str) -> Answered:
        at, ours = utc_now().isoformat(), {"id": PAGE}
        talks = [
            {"id": f"m_{number}", "message": said["message"]["text"], "from": ours, "created_time": at}
            for number, (where, said) in enumerate(self.posts, 1)
            if where.endswith("/messages")
        ]
        comments = [
            {"id": f"300_{400 + number}", "message": said["message"], "from": ours, "created_time": at}
            for number, (where, said) in enumerate(self.posts, 1)
            if where.endswith("/comments")
        ]
        if "can_reply_privately" in path:
            talk_of_it = {"private_reply_conversation": {"messages": {"data": talks}}} if talks else {}
            return answer(200, {"id": "300_400", "can_reply_privately": not talks, **talk_of_it})
        if "/conversations" in path:
            return answer(200, {"data": [{"messages": {"data": talks}}] if talks else []})
        return answer(200, {"data": comments})


@pytest.fixture
def graph() -> Graph:
    return Graph()


@pytest.fixture
def account(cast: Cast) -> ChannelAccount:
    return connect(cast, "facebook", external_id=PAGE, values=SECRETS, is_bare=True)


@pytest.fixture
def client(environment: object) -> FlaskClient:
    return create_app().test_client()


def deliver(client: FlaskClient, account: ChannelAccount, told: object) -> None:
    incoming = signed(told)
    answered = client.post(
        f"/hooks/facebook/{account.id}", data=incoming.body, headers=dict(incoming.headers)
    )
    assert answered.status_code == 200


def seconds(ago: timedelta = timedelta(0)) -> int:
    return int((utc_now() - ago).timestamp())


def commented(
    client: FlaskClient, account: ChannelAccount, ago: timedelta = timedelta(0), **more: Any
) -> Thread:
    told = page(facebook.comment(created_time=seconds(ago), **more), at=seconds(ago))
    deliver(client, account, told)
    read_all()
    return next(one for one in threads() if one.visibility == "public")


def wrote(client: FlaskClient, account: ChannelAccount, *, at: int, mid: str = "m_in_1", **more: Any) -> None:
    said = talk(PAGE, sender=PSID, to=PAGE, mid=mid, **more) | {"timestamp": at * 1000}
    deliver(client, account, page(messaging=(said,), at=at))
    read_all()


def test_from_the_comment_to_the_outcome_in_messenger(
    client: FlaskClient, account: ChannelAccount, cast: Cast, graph: Graph
) -> None:
    thread = commented(client, account)
    with pytest.raises(InvalidInput, match="holds a code"):
        say(cast, thread, f"Show {CODE}")
    say(cast, thread, "We have sent you a message.")
    say(cast, thread, f"Show {CODE} at store 12.", purpose=Purpose.PRIVATE_REPLY, dedup_key="code")
    assert send(graph) == {"sent": 2}
    assert graph.posts == [
        ("300_400/comments", {"message": "We have sent you a message."}),
        (
            f"{PAGE}/messages",
            {"recipient": {"comment_id": "300_400"}, "message": {"text": f"Show {CODE} at store 12."}},
        ),
    ]
    outcome = "Your heels were exchanged."
    with pytest.raises(Conflict, match="not written to us in private"):
        say(cast, thread, outcome, purpose=Purpose.PRIVATE_MESSAGE)
    wrote(client, account, at=seconds())
    with db.transaction() as session:
        both = session.exec(select(SocialIdentity)).all()
        assert {one.external_id for one in both} == {"7100000000000001", PSID}
        assert len({one.customer_id for one in both}) == 1, "the private answer told who it is"
    said = say(cast, thread, outcome, purpose=Purpose.PRIVATE_MESSAGE)
    assert send(graph) == {"sent": 1}
    assert graph.posts[-1][1]["recipient"] == {"id": PSID}
    private = next(one for one in threads() if one.visibility == "private")
    assert texts(private) == [("customer", "Order 55512"), ("brand", outcome)]
    echo = talk(PAGE, sender=PAGE, to=PSID, mid=message(said.id).external_id, text=outcome, is_echo=True)
    deliver(client, account, page(messaging=(echo,)))
    read_all()
    assert len(texts(private)) == 2, "the echo of our own words is no second answer"


@pytest.mark.parametrize(
    "fault", [Failed("timeout", 1.0), answer(500), error(2), answer(200, b"{not json"), answer(200, {})]
)
@pytest.mark.parametrize("purpose", [Purpose.PUBLIC_REPLY, Purpose.PRIVATE_REPLY])
def test_a_fault_after_the_side_effect_ends_as_one(
    client: FlaskClient,
    account: ChannelAccount,
    cast: Cast,
    graph: Graph,
    fault: Answered | Failed,
    purpose: Purpose,
) -> None:
    said = say(cast, commented(client, account), purpose=purpose)
    graph.fault = fault
    assert send(graph) == {"unknown": 1}
    assert send(graph, at=utc_now() + timedelta(seconds=10)) == {"sent": 1}
    assert len(graph.posts) == 1
    assert message(said.id).external_id in {"401", "m_1"}


def test_a_private_answer_of_which_nobody_can_tell_is_never_tried_again(
    client: FlaskClient, account: ChannelAccount, cast: Cast, graph: Graph, monkeypatch: pytest.MonkeyPatch
) -> None:
    said = say(cast, commented(client, account), purpose=Purpose.PRIVATE_REPLY)
    graph.fault, graph.keeps_it = Failed("timeout", 1.0), False
    send(graph)
    monkeypatch.setattr(graph, "seen", lambda _path: answer(200, {"id": "300_400"}))
    at = utc_now()
    for _ in range(12):
        at += timedelta(hours=3)
        send(graph, at=at)
    assert not graph.posts
    stored = message(said.id)
    assert (stored.state, stored.next_at, stored.last_error) == ("unknown", None, "cannot_be_told")
    with db.transaction() as session:
        tries = session.exec(select(MessageAttempt).where(MessageAttempt.message_id == said.id)).all()
        assert sum(not one.is_look for one in tries) == 1


def test_a_dead_token_stops_the_account_and_a_full_limit_rests_it(
    client: FlaskClient, account: ChannelAccount, cast: Cast, graph: Graph
) -> None:
    thread = commented(client, account)
    say(cast, thread, "One")
    say(cast, thread, "Two")
    graph.fault, graph.keeps_it = error(32, x_app_usage='{"call_count":100}'), False
    assert send(graph) == {"queued": 1, "put_back": 1}
    assert not send(graph, at=utc_now() + timedelta(seconds=250))
    graph.fault = error(190, 463)
    assert send(graph, at=utc_now() + timedelta(minutes=6)) == {"queued": 1, "put_back": 1}
    assert not send(graph, at=utc_now() + timedelta(days=2))
    assert not graph.posts


def test_a_pasted_address_and_the_delivered_comment_are_one_thread(
    client: FlaskClient, account: ChannelAccount, cast: Cast
) -> None:
    with db.transaction() as session:
        capturing.capture(
            session,
            acting(cast.ana),
            Captured(
                handle="sam.shopper",
                text="Heels snapped on day one, £80 gone",
                posted_at=utc_now(),
                permalink="https://www.facebook.com/northlight/posts/300?comment_id=400",
            ),
            utc_now(),
        )
    commented(client, account)
    assert len(threads()) == 1


def test_removed_and_edited_comments(client: FlaskClient, account: ChannelAccount) -> None:
    thread = commented(client, account)
    deliver(client, account, page(facebook.comment(verb="edited", message="Soles, not heels"), at=seconds()))
    read_all()
    assert texts(thread) == [("customer", "Soles, not heels")]
    deliver(client, account, page(facebook.comment(verb="remove"), at=seconds()))
    read_all()
    assert texts(thread) == [("customer", "")]


def test_one_address_takes_in_for_every_page_of_the_brand(
    client: FlaskClient, account: ChannelAccount, cast: Cast
) -> None:
    leeds = connect(cast, "facebook", name="Leeds", external_id="299", values=SECRETS, is_bare=True)
    told = page(facebook.comment(created_time=seconds()), at=seconds())
    told["entry"][0]["id"] = "299"  # type: ignore[index]
    deliver(client, account, orjson.loads(orjson.dumps(told)))
    told["entry"][0]["id"] = "nobody-s"  # type: ignore[index]
    told["entry"][0]["changes"][0]["value"]["comment_id"] = "300_500"  # type: ignore[index]
    deliver(client, account, told)
    read_all()
    from bridge.queries import doors

    with db.transaction() as session:
        ways = {one.external_id: doors.doors_of(session, one.id)[0].account_id for one in threads()}
    assert ways == {"400": leeds.id, "500": account.id}, "what is nobody's is not lost"


def test_the_handshake_of_the_webhook(client: FlaskClient, account: ChannelAccount) -> None:
    asked = {"hub.mode": "subscribe", "hub.verify_token": "meta-verify", "hub.challenge": "1158201444"}
    answered = client.get(f"/hooks/facebook/{account.id}", query_string=asked)
    assert (answered.status_code, answered.text) == (200, "1158201444")
    assert answered.mimetype == "text/plain"
    wrong = client.get(f"/hooks/facebook/{account.id}", query_string=asked | {"hub.verify_token": "x"})
    assert wrong.status_code == 403


def test_a_late_outcome_names_who_released_it_to_meta(
    client: FlaskClient, account: ChannelAccount, cast: Cast, graph: Graph
) -> None:
    from bridge.services import releasing

    wrote(client, account, at=seconds(timedelta(hours=30)))
    (thread,) = threads()
    said = say(cast, thread, "Your heels were exchanged.", purpose=Purpose.PRIVATE_MESSAGE)
    assert said.state == "waiting"
    assert not send(graph)
    with db.transaction() as session:
        releasing.release(session, acting(cast.ana), said.id, now=utc_now())
    assert send(graph) == {"sent": 1}
    (_, body), *_ = graph.posts
    assert (body["messaging_type"], body["tag"]) == ("MESSAGE_TAG", "HUMAN_AGENT")
    graph.fault, graph.keeps_it = error(10, 2018278), False
    again = say(cast, thread, "And one more thing.", purpose=Purpose.PRIVATE_MESSAGE)
    with db.transaction() as session:
        releasing.release(session, replace(acting(cast.kim)), again.id, now=utc_now())
    assert send(graph) == {"failed_final": 1}
    assert message(again.id).last_error == "over"


def test_a_message_without_a_name_does_not_rename_who_commented(
    client: FlaskClient, account: ChannelAccount, cast: Cast
) -> None:
    from tests.channels.cases import instagram

    ours = connect(cast, "instagram", external_id=instagram.OURS, values=SECRETS, is_bare=True)
    told = talk(instagram.OURS, sender=instagram.SHOPPER, to=instagram.OURS) | {"timestamp": seconds() * 1000}
    for batch in (
        instagram.by_page(instagram.comment()),
        instagram.messages(told),
        instagram.by_page(instagram.comment(id="17900000000000009", parent_id=None)),
    ):
        incoming = signed(batch)
        path = f"/hooks/instagram/{ours.id}"
        assert client.post(path, data=incoming.body, headers=dict(incoming.headers)).status_code == 200
        read_all()
    assert len(threads()) == 3
    with db.transaction() as session:
        (one,) = session.exec(select(SocialIdentity)).all()
        assert (one.handle, one.external_id) == ("upset_shopper", instagram.SHOPPER)


def test_a_mention_elsewhere_is_answered_in_public_only(
    client: FlaskClient, account: ChannelAccount, cast: Cast, graph: Graph
) -> None:
    value = {
        "sender_id": "7100000000000001",
        "sender_name": "Sam Shopper",
        "item": "comment",
        "post_id": "777_888",
        "comment_id": "888_999",
        "message": "@Northlight never again",
        "created_time": seconds(),
    }
    deliver(client, account, page({"field": "mention", "value": value}))
    read_all()
    (thread,) = threads()
    with pytest.raises(Conflict, match="no private answer"):
        say(cast, thread, purpose=Purpose.PRIVATE_REPLY)
    say(cast, thread)
    assert send(graph) == {"sent": 1}
    assert graph.posts[0][0] == "888_999/comments"


def test_the_same_things_in_other_batches_and_any_order_are_applied_once(
    client: FlaskClient, account: ChannelAccount
) -> None:
    at = seconds()
    said = [
        {"changes": [facebook.comment(created_time=at)]},
        {
            "changes": [
                facebook.comment(created_time=at, comment_id="300_401", parent_id="300_400", message="Hello?")
            ]
        },
        {"messaging": [talk(PAGE, sender=PSID, to=PAGE, mid="m_in_1") | {"timestamp": at * 1000}]},
    ]
    entries = [{"id": PAGE, "time": at, **one} for one in said]
    for batch in (entries, entries[::-1], entries[1:], entries[:1], [entries[1]], entries):
        deliver(client, account, {"object": "page", "entry": batch})
    read_all()
    assert sorted(texts(one) for one in threads()) == [
        [("customer", "Heels snapped on day one, £80 gone"), ("customer", "Hello?")],
        [("customer", "Order 55512")],
    ]
