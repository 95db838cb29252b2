"""A thread is one customer's, also where several speak in one conversation; open ones are followed."""

from datetime import timedelta

import pytest
from sqlmodel import select

from bridge import db
from bridge.channels.calling import Answered, Request
from bridge.clock import utc_now
from bridge.models import ChannelAccount, SocialIdentity, Thread
from bridge.services import claims, polling, reading_in
from bridge.settings import settings
from tests.cast import Cast, acting, promise
from tests.channels.answers import answer
from tests.channels.cases import x
from tests.channels.stage import come_in, connect, message, posts, read_all, say, send, texts, threads

OTHER = "1790000000000000003"


@pytest.fixture
def account(cast: Cast) -> ChannelAccount:
    secrets = {"access_token": "x-access-token", "consumer_secret": "x-consumer-secret"}
    return connect(cast, "x", is_bare=True, values={"client_id": "client-1", **secrets}, external_id=x.US)


class Delivering:
    """X, delivering one event after the other."""

    def __init__(self, account: ChannelAccount) -> None:
        self.account = account
        self.number = 0

    def __call__(self, kind: str, payload: dict[str, object]) -> None:
        self.number += 1
        come_in(self.account, x.delivery(x.activity(kind, payload, uuid=str(self.number))))
        assert read_all()["read"] == 1


@pytest.fixture
def deliver(account: ChannelAccount) -> Delivering:
    return Delivering(account)


def of_other(post_id: str, **changes: object) -> dict[str, object]:
    return x.post(id=post_id, author_id=OTHER, text="Same here!", **{"conversation_id": x.POST, **changes})


def customer_of(thread: Thread) -> str | None:
    with db.transaction() as session:
        return session.get_one(SocialIdentity, thread.identity_id).external_id


def test_somebody_else_in_the_conversation_gets_a_thread_of_their_own(deliver: Delivering) -> None:
    deliver("post.mention.create", x.post())
    deliver("post.mention.create", of_other("200"))
    deliver("post.reply.create", x.post(id="201", conversation_id=x.POST, text="Hello?"))
    second, first = sorted(threads(), key=lambda one: one.external_id)
    assert (first.external_id, second.external_id) == (x.POST, "200")
    assert (customer_of(first), customer_of(second)) == (x.CUSTOMER, OTHER)
    assert {text for _, text in texts(first)} == {"@northlight my heels broke on day one", "Hello?"}


def test_what_they_write_next_and_what_we_answer_joins_their_own(deliver: Delivering) -> None:
    deliver("post.mention.create", x.post())
    deliver("post.mention.create", of_other("200"))
    ours = {"author_id": x.US, "conversation_id": x.POST, "in_reply_to_tweet_id": "200", "text": "On it."}
    deliver("post.create", x.post(id="300", **ours))
    again = {
        "in_reply_to_tweet_id": "300",
        "in_reply_to_user_id": x.US,
        "created_at": "2026-11-22T06:10:00.000Z",
    }
    deliver("post.reply.create", of_other("400", **again))
    second, first = sorted(threads(), key=lambda one: one.external_id)
    assert len(texts(first)) == 1
    assert sorted(texts(second)) == [
        ("brand", "On it."),
        ("customer", "Same here!"),
        ("customer", "Same here!"),
    ]
    deliver("post.mention.create", of_other("200"))
    assert len(threads()) == 2, "a repeat finds its place"


def test_an_author_without_a_name_is_shown_by_the_one_that_we_know(deliver: Delivering) -> None:
    nameless = x.activity("post.reply.create", x.post(id="201", in_reply_to_user_id=x.US), uuid="70")
    nameless["data"]["includes"] = {}  # type: ignore[index]
    come_in(deliver.account, x.delivery(nameless))
    read_all()
    with db.transaction() as session:
        assert session.exec(select(SocialIdentity)).one().handle == x.CUSTOMER
    deliver("post.mention.create", x.post())
    with db.transaction() as session:
        assert session.exec(select(SocialIdentity)).one().handle == "upset_shopper"
    nameless["data"]["payload"] = x.post(id="202", in_reply_to_user_id=x.US)  # type: ignore[index]
    nameless["data"]["event_uuid"] = "71"  # type: ignore[index]
    come_in(deliver.account, x.delivery(nameless))
    read_all()
    with db.transaction() as session:
        handles = {post.author_handle for thread in threads() for post in posts(session, thread)}
    assert handles == {x.CUSTOMER, "upset_shopper"}


class Network:
    """X with one further post of the customer, which only their conversation shows."""

    def __init__(self) -> None:
        self.queries: list[str] = []

    def __call__(self, request: Request) -> Answered:
        if "search/recent" not in request.url:
            return x.side(request)
        self.queries.append(request.url)
        further = x.post(id="2091000000000000099", conversation_id=x.POST, text="And no refund!", entities={})
        return answer(200, {"data": [further], "includes": {"users": [x.USER]}, "meta": {"result_count": 1}})


def poll(network: Network, *, minutes: int = 0) -> dict[str, int]:
    at = utc_now() + timedelta(minutes=minutes)
    return dict(polling.poll_due(settings(), clock=lambda: at, call=network))


def test_the_customer_of_an_open_case_is_followed_and_nobody_else(cast: Cast, deliver: Delivering) -> None:
    deliver("post.mention.create", x.post())
    (thread,) = threads()
    network = Network()
    poll(network)
    assert not network.queries, "a conversation without a case costs nothing"
    with db.transaction() as session:
        claims.claim(session, acting(cast.ana), thread.id, utc_now())
    promise(cast, thread_id=thread.id)
    assert poll(network, minutes=2)["new"] == 1
    reading_in.read_due(settings(), clock=lambda: utc_now() + timedelta(minutes=3))
    assert ("customer", "And no refund!") in texts(thread)
    assert poll(network, minutes=4) == {"repeat": 1}


def test_who_did_not_summon_us_is_answered_by_hand_and_the_echo_finds_it(
    cast: Cast, deliver: Delivering
) -> None:
    deliver("post.create", x.post(entities={}, text="Northlight sold me broken heels"))
    (thread,) = threads()
    said = say(cast, thread)
    assert send(x.side) == {"handed_off": 1}
    stored = message(said.id)
    assert stored.hand_off_url.startswith(f"https://x.com/intent/tweet?in_reply_to={x.POST}&text=We%20have")
    by_hand = {"author_id": x.US, "conversation_id": x.POST, "in_reply_to_tweet_id": x.POST}
    deliver("post.create", x.post(id="300", text="We have sent you a message.", **by_hand))
    assert (message(said.id).state, message(said.id).external_id) == ("sent", "300")


def test_an_encrypted_message_is_known_and_not_read(deliver: Delivering) -> None:
    deliver("chat.received", x.chat())
    (thread,) = threads()
    with db.transaction() as session:
        (post,) = posts(session, thread)
    assert (thread.visibility, post.text, post.reference and post.reference["closed"]) == (
        "private",
        "",
        True,
    )
