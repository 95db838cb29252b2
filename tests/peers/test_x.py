"""The bridge against a local X with every fault, and that X against clients that are not ours.

`xdk` is X's own: it posts, answers, writes in private, searches, registers webhooks and subscribes. `tweepy` is
the community's. Nothing independent guards the payloads of the Activity API; there the published pages are
all that we have.
"""

import threading
import time
from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
import requests
import tweepy
import xdk
from flask.testing import FlaskClient
from sqlmodel import select
from xdk.activity.models import CreateSubscriptionRequest
from xdk.direct_messages.models import CreateByParticipantIdRequest
from xdk.posts.models import CreateRequest
from xdk.stream.models import UpdateRulesRequest

from api import create_app
from bridge import db
from bridge.channels.calling import Answered, Request, call
from bridge.channels.going_out import Purpose
from bridge.channels.guard import Limits
from bridge.channels.webhook import Failed
from bridge.clock import utc_now
from bridge.models import ChannelAccount, MessageAttempt, SavedSearch
from bridge.services import channel_accounts, polling, reading_in, releasing, sending
from bridge.settings import settings
from tests.cast import Cast, acting, vault
from tests.channels.stage import connect, message, read_all, replace_secret, say, send, texts, threads
from tests.peers.servers.loopback import Fault
from tests.peers.servers.x import APP_TOKEN, CLIENT_ID, CLIENT_SECRET, CONSUMER_SECRET, Network, serving
from tests.peers.servers.x_query import CUSTOMER, OTHER, US

pytestmark = pytest.mark.peers
LIMITS = Limits(allow_private=True, connect_seconds=1, read_seconds=0.5, response_max_bytes=4 * 1024 * 1024)
COMPLAINT = "@northlight my heels broke on day one"
ANSWER = "We have sent you a message."


def out(request: Request) -> Answered | Failed:
    """The real way out, with a short patience."""
    return call(request, limits=LIMITS)


@pytest.fixture
def network() -> Network:
    return Network()


@pytest.fixture
def address(network: Network) -> Iterator[str]:
    with serving(network) as url:
        yield url


@pytest.fixture
def client(environment: object) -> FlaskClient:
    return create_app().test_client()


@pytest.fixture
def account(cast: Cast, address: str) -> ChannelAccount:
    values = {
        "client_id": CLIENT_ID,
        "client_secret": CLIENT_SECRET,
        "consumer_secret": CONSUMER_SECRET,
        "access_token": "local-access-token",
        "refresh_token": "local-refresh-token",
    }
    return connect(cast, "x", values=values, is_bare=True, external_id=US, base_url=address)


def poll(*, minutes: float = 0) -> dict[str, int]:
    """Ask X once, and read what came."""
    at = utc_now() + timedelta(minutes=minutes)
    told = dict(polling.poll_due(settings(), clock=lambda: at, call=out))
    reading_in.read_due(settings(), clock=lambda: at + timedelta(seconds=1))
    return told


def until_quiet() -> None:
    """Let the worker go on until nothing is due for two days."""
    at = utc_now()
    for minutes in (0.2, 1, 2, 6, 20, 40, 90, 180, 300, 300, 600, 600, 600, 600):
        send(out, at=at)
        at += timedelta(minutes=minutes)


def ours(network: Network) -> list[str]:
    """What we said, in public and in private."""
    return [one["text"] for one in network.posts.values() if one["author_id"] == US] + [
        one["text"] for one in network.messages if one["sender_id"] == US
    ]


AFTER = ("status_503", "errors_in_200", "malformed", "empty", "huge", "silence", "hang_up")
BEFORE = (*AFTER, "redirect", "too_much", "too_much_as_problem", "dead_token")


@pytest.mark.parametrize("purpose", [Purpose.PUBLIC_REPLY, Purpose.PRIVATE_MESSAGE])
@pytest.mark.parametrize(
    "fault", [*(Fault(kind, keeps=True) for kind in AFTER), *(Fault(kind) for kind in BEFORE)], ids=str
)
def test_every_fault_ends_as_one_post(
    cast: Cast, account: ChannelAccount, network: Network, fault: Fault, purpose: Purpose
) -> None:
    network.post(COMPLAINT)
    poll()
    said = say(cast, threads()[0], ANSWER, purpose=purpose)
    network.faults = [fault]
    until_quiet()
    assert message(said.id).state == "sent", message(said.id).last_error
    assert [text.endswith(ANSWER) for text in ours(network)] == [True]


def test_who_did_not_summon_us_is_answered_by_hand_and_the_pasted_address_ends_it(
    cast: Cast, account: ChannelAccount, network: Network
) -> None:
    with db.transaction() as session:
        session.add(
            SavedSearch(
                brand_id=cast.brand.id,
                name="Heels",
                any_words=["northlight", "north light"],
                also_words=["broke", "never again"],
                not_words=["giveaway"],
            )
        )
    network.post("Bought at Northlight, broke on day one. Never again.")
    network.post("Northlight giveaway! My old phone broke", OTHER)
    network.post("Northlight opens at ten", OTHER)
    poll()
    (thread,) = threads()
    assert (thread.mention_type, thread.matched_on) == ("untagged", "Heels")
    said = say(cast, thread, ANSWER)
    assert send(out) == {"handed_off": 1}
    assert not ours(network), "it was not even tried"
    by_hand = network.post(ANSWER, US, to=thread.external_id)
    with db.transaction() as session:
        releasing.mark_sent(
            session,
            acting(cast.ana),
            said.id,
            permalink=f"https://x.com/northlight/status/{by_hand['id']}",
            vault=vault(),
            now=utc_now(),
        )
    assert message(said.id).state == "sent"
    assert ("brand", ANSWER) in texts(thread)


def test_a_reply_that_x_refuses_all_the_same_is_handed_to_a_person(
    cast: Cast, account: ChannelAccount, network: Network
) -> None:
    complaint = network.post(COMPLAINT)
    poll()
    said = say(cast, threads()[0], ANSWER)
    complaint["entities"] = {"mentions": []}
    assert send(out) == {"handed_off": 1}
    assert message(said.id).last_error == "reply_refused"
    assert not ours(network)


def test_a_dead_token_is_traded_once_by_however_many_workers(
    cast: Cast, account: ChannelAccount, network: Network
) -> None:
    network.post(COMPLAINT)
    poll()
    said = say(cast, threads()[0], ANSWER)
    network.access_tokens.clear()
    assert send(out) == {"sent": 1}
    assert [path for _, path in network.asked].count("oauth2/token") == 1
    assert message(said.id).external_id in network.posts
    with db.statement() as connection:
        found = channel_accounts.opened(connection, [account.id], vault=vault(), now=utc_now())
    assert found[account.id].account.secret("refresh_token") in network.refresh_tokens
    network.access_tokens.clear()
    network.refresh_tokens.clear()
    say(cast, threads()[0], "Another answer.")
    send(out)
    with db.transaction() as session:
        assert session.get_one(ChannelAccount, account.id).token_state == "signed_out"


def test_a_private_conversation_comes_in_and_is_answered(
    cast: Cast, account: ChannelAccount, network: Network
) -> None:
    network.write("Order 55512")
    poll()
    (thread,) = threads()
    assert (thread.visibility, texts(thread)) == ("private", [("customer", "Order 55512")])
    said = say(cast, thread, "Thank you, we look.", purpose=Purpose.PRIVATE_MESSAGE)
    assert send(out) == {"sent": 1}
    assert message(said.id).external_id == f"dm-{network.messages[-1]['id']}"
    poll(minutes=2)
    poll(minutes=4)
    assert len(texts(thread)) == 2, "its echo is no second message"
    network.closed_to.add(CUSTOMER)
    closed = say(cast, thread, "One more thing.", purpose=Purpose.PRIVATE_MESSAGE)
    assert send(out) == {"failed_final": 1}
    assert message(closed.id).last_error == "private_refused"


def test_a_signed_delivery_a_deletion_and_the_challenge(
    client: FlaskClient, account: ChannelAccount, network: Network
) -> None:
    hook = f"/hooks/x/{account.id}"
    told = client.get(f"{hook}?crc_token=crc-1")
    assert told.status_code == 200
    complaint = network.post(COMPLAINT)
    body, headers = network.signed(network.activity("post.mention.create", complaint))
    for _ in range(3):
        assert client.post(hook, data=body, headers=headers).status_code == 200
    assert client.post(hook, data=body + b" ", headers=headers).status_code == 401
    read_all()
    (thread,) = threads()
    assert texts(thread) == [("customer", COMPLAINT)]
    network.delete(str(complaint["id"]))
    poll()
    assert texts(thread) == [("customer", "")]


def test_the_webhook_is_registered_by_its_challenge_and_subscribed(
    client: FlaskClient,
    cast: Cast,
    account: ChannelAccount,
    network: Network,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """The receiver behind https stands in: X's check goes to the app itself."""
    replace_secret(cast, account, "app_token", APP_TOKEN)
    checked: list[str] = []

    class Told:
        def __init__(self, path: str) -> None:
            answered = client.get(path)
            self.status_code, self.json = answered.status_code, lambda: answered.json

    def get(url: str, *, params: dict[str, str], **_more: object) -> Told:
        checked.append(url)
        return Told(f"/hooks/x/{account.id}?crc_token={params['crc_token']}")

    monkeypatch.setattr("tests.peers.servers.x.requests.get", get)
    monkeypatch.setattr(
        polling,
        "_with_hook",
        lambda opened, _work: _hooked(opened, f"https://bridge.example/hooks/x/{account.id}"),
    )
    poll()
    assert checked == [f"https://bridge.example/hooks/x/{account.id}"]
    assert {one["event_type"] for one in network.subscriptions} >= {"post.mention.create", "dm.received"}
    network.asked.clear()
    poll(minutes=2)
    assert not [path for _, path in network.asked if path.endswith("/mentions")]


def _hooked(opened: Any, url: str) -> Any:
    return replace(opened, account=replace(opened.account, hook_url=url))


def test_without_looking_first_there_would_be_two_posts(
    cast: Cast, account: ChannelAccount, network: Network, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The negative control: it is the look that keeps one post from becoming two."""
    original = sending.queries.claim
    monkeypatch.setattr(
        sending.queries,
        "claim",
        lambda *args, **more: [replace(one, may_have_been_sent=False) for one in original(*args, **more)],
    )
    monkeypatch.setattr(Network, "_answers", lambda *_args: False)
    network.post(COMPLAINT)
    poll()
    say(cast, threads()[0], ANSWER)
    network.faults = [Fault("silence", keeps=True)]
    until_quiet()
    assert len(ours(network)) == 2
    with db.transaction() as session:
        assert not session.exec(select(MessageAttempt).where(MessageAttempt.is_look)).all()


# The same X, with other people's clients.


def test_x_s_own_client_is_content(network: Network, address: str) -> None:
    person = xdk.Client(base_url=address, access_token="local-access-token")
    app = xdk.Client(base_url=address, bearer_token=APP_TOKEN)
    complaint = network.post(COMPLAINT)
    made = person.posts.create(CreateRequest(text=ANSWER, reply={"in_reply_to_tweet_id": complaint["id"]}))
    own = made.model_dump()["data"]["id"]
    assert network.posts[own]["text"] == f"@upset_shopper {ANSWER}"
    (found,) = next(
        app.posts.search_recent(query=f"conversation_id:{complaint['id']} from:{CUSTOMER}")
    ).model_dump()["data"]
    assert found["id"] == complaint["id"]
    sent = person.direct_messages.create_by_participant_id(
        CUSTOMER, CreateByParticipantIdRequest(text="In private.")
    ).model_dump()
    assert sent["data"]["dm_event_id"] == network.messages[-1]["id"]
    pages = person.direct_messages.get_events_by_participant_id(CUSTOMER)
    assert [one["text"] for one in next(pages).model_dump()["data"]] == ["In private."]
    assert person.users.get_me().model_dump()["data"]["username"] == "northlight"
    network.shape = "nested"  # of the three published ones, the one that its own document has
    subscribed = person.activity.create_subscription(
        CreateSubscriptionRequest(event_type="post.mention.create", filter={"user_id": US}, tag="mentions")
    )
    assert subscribed.model_dump()["data"]
    rules = app.stream.update_rules(
        UpdateRulesRequest.model_validate({"add": [{"value": "heels", "tag": "h"}]})
    )
    assert rules.model_dump()["data"]
    with pytest.raises(requests.HTTPError) as refused:
        person.posts.create(
            CreateRequest(text="Hello!", reply={"in_reply_to_tweet_id": network.post("heels", OTHER)["id"]})
        )
    assert refused.value.response.status_code == 403


def test_x_s_own_client_hears_the_stream(network: Network, address: str) -> None:
    network.heartbeat_seconds = 0.2
    app = xdk.Client(base_url=address, bearer_token=APP_TOKEN)
    app.stream.update_rules(UpdateRulesRequest.model_validate({"add": [{"value": "heels", "tag": "h"}]}))
    (rule,) = next(app.stream.get_rules()).model_dump()["data"]
    heard = app.stream.posts()
    threading.Timer(0.5, network.post, ["My heels broke", OTHER]).start()
    told = next(iter(heard)).model_dump()
    assert (told["data"]["text"], told["matching_rules"]) == (
        "My heels broke",
        [{"id": rule["id"], "tag": "h"}],
    )
    deleted = app.stream.update_rules(UpdateRulesRequest.model_validate({"delete": {"ids": [rule["id"]]}}))
    assert deleted.model_dump()["meta"]["summary"]["deleted"] == 1
    assert not network.rules


class _Listener(tweepy.StreamingClient):
    """Hears one post, and how it was refused."""

    heard: list[Any]
    refused: list[int]

    def on_response(self, response: Any) -> None:
        self.heard.append(response)
        self.disconnect()

    def on_request_error(self, status_code: int) -> None:
        self.refused.append(status_code)
        self.disconnect()


def listener(address: str) -> _Listener:
    made = _Listener(APP_TOKEN, max_retries=0)
    made.session.mount("https://api.twitter.com", _ToLocal(address))
    made.heard, made.refused = [], []
    return made


def test_the_community_s_client_hears_the_stream_and_is_refused_a_second_one(
    network: Network, address: str
) -> None:
    network.heartbeat_seconds = 0.2
    first, second = listener(address), listener(address)
    first.add_rules(tweepy.StreamRule(value="heels", tag="h"))
    thread = first.filter(threaded=True)
    until = time.monotonic() + 20
    while not network.lines and time.monotonic() < until:
        time.sleep(0.05)
    second.filter()
    network.post("My heels broke", OTHER)
    thread.join(20)
    assert second.refused == [429]
    (told,) = first.heard
    assert (told.data.text, [rule.tag for rule in told.matching_rules]) == ("My heels broke", ["h"])


class _ToLocal(requests.adapters.HTTPAdapter):
    """What a client means for X goes to the local one."""

    def __init__(self, address: str) -> None:
        super().__init__()
        self.address = address

    def send(self, request: requests.PreparedRequest, *args: Any, **more: Any) -> requests.Response:
        request.url = str(request.url).replace("https://api.twitter.com", self.address)
        return super().send(request, *args, **more)


def test_the_community_s_client_is_content(network: Network, address: str) -> None:
    person = tweepy.Client("local-access-token")
    person.session.mount("https://api.twitter.com", _ToLocal(address))
    complaint = network.post(COMPLAINT)
    network.post("And nobody answers", to=str(complaint["id"]))
    made = person.create_tweet(text=ANSWER, in_reply_to_tweet_id=complaint["id"], user_auth=False)
    mine = person.get_users_tweets(US, tweet_fields=["referenced_tweets"], user_auth=False)
    assert [str(one.id) for one in mine.data] == [made.data["id"]]
    assert str(mine.data[0].referenced_tweets[0].id) == complaint["id"]
    named = person.get_users_mentions(US, expansions=["author_id"], user_auth=False)
    assert named.includes["users"][0].username == "upset_shopper"
    found = person.search_recent_tweets('(heels OR "never again") broke -giveaway lang:en', user_auth=False)
    assert [str(one.id) for one in found.data] == [complaint["id"]]
    sent = person.create_direct_message(participant_id=CUSTOMER, text="In private.", user_auth=False)
    assert sent.data["dm_event_id"] == network.messages[-1]["id"]
    with pytest.raises(tweepy.Forbidden):
        person.create_tweet(
            text="Hello!", in_reply_to_tweet_id=network.post("heels", OTHER)["id"], user_auth=False
        )
    network.access_tokens.clear()
    with pytest.raises(tweepy.Unauthorized):
        person.create_tweet(text="Hello!", user_auth=False)
