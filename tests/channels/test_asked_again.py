"""Posts that we hold are asked for again, a dead token may wait, and other names of a post find it."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import timedelta

import orjson
import pytest
from sqlmodel import select

from bridge import db
from bridge.channels.accounts import Account, NotNow, Refreshed
from bridge.channels.calling import Answered, Call, Request
from bridge.channels.coming_in import Author, Event, EventKind, Held, Item
from bridge.channels.registry import channel
from bridge.channels.webhook import Failed
from bridge.clock import utc_now
from bridge.errors import InvalidInput
from bridge.models import ChannelAccount
from bridge.models.base import id_at
from bridge.queries import inbound
from bridge.services import capturing, channel_accounts, polling, taking_in
from bridge.services.capturing import Captured
from bridge.settings import settings
from tests.cast import Cast, acting, vault
from tests.channels.answers import answer
from tests.channels.cases.toy import delivery, event
from tests.channels.stage import come_in, connect, message, read_all, say, send, texts, threads

pytestmark = pytest.mark.usefixtures("toy")


@pytest.fixture
def account(toy: None, cast: Cast) -> ChannelAccount:
    return connect(cast)


def poll(side: Call | None = None, *, minutes: int = 0) -> dict[str, int]:
    asked = side or (lambda _request: answer(200, {"events": []}))
    at = utc_now() + timedelta(minutes=minutes)
    return dict(polling.poll_due(settings(), clock=lambda: at, call=asked))


def hold(account: ChannelAccount, count: int) -> None:
    for number in range(count):
        told = event(
            id=f"p{number}", at=utc_now().isoformat(), author={"id": f"u{number}", "name": f"u{number}"}
        )
        come_in(account, delivery(told, at=utc_now()))
        read_all()  # one after the other: ids of one millisecond are in no order


@pytest.fixture
def asked(monkeypatch: pytest.MonkeyPatch) -> list[list[str]]:
    """The toy network is asked for two posts at a time; whatever is called p1 is gone."""
    turns: list[list[str]] = []

    def reread(_self: object, _account: Account, posts: Sequence[Held], *, call: Call) -> list[Item]:
        turns.append([post.external_id for post in posts])
        gone = event("deleted", id="p1", at=utc_now().isoformat())
        return [
            Item(f"gone {post.external_id}", orjson.dumps(gone)) for post in posts if post.external_id == "p1"
        ]

    monkeypatch.setattr(type(channel("toy")), "reread", reread)
    monkeypatch.setattr(channel("toy"), "capabilities", replace(channel("toy").capabilities, rereads_posts=2))
    return turns


def test_posts_have_their_turn_a_few_at_a_time_and_then_again(
    account: ChannelAccount, asked: list[list[str]]
) -> None:
    hold(account, 3)
    for minutes in (0, 1, 2, 3):
        poll(minutes=minutes)
        read_all()
    assert asked == [["p0", "p1"], ["p2"], ["p0", "p2"]], "what is gone is not asked for again"
    assert {texts(thread)[0][1] for thread in threads()} == {"", "@northlight my heels broke on day one"}


def test_nothing_is_asked_again_while_the_network_fails(
    account: ChannelAccount, asked: list[list[str]]
) -> None:
    hold(account, 2)
    assert poll(lambda _request: Failed("timeout", 1.0)) == {"failed": 1}
    assert not asked


def test_posts_of_long_ago_are_left_alone(account: ChannelAccount, asked: list[list[str]]) -> None:
    hold(account, 2)
    poll(minutes=60 * 24 * 15)
    assert not asked


def refusing(seen: list[str]) -> Call:
    def side(request: Request) -> Answered:
        seen.append(request.method)
        return answer(401)

    return side


def test_a_token_that_cannot_be_replaced_just_now_stops_nobody(
    cast: Cast, account: ChannelAccount, monkeypatch: pytest.MonkeyPatch
) -> None:
    hold(account, 1)
    said = say(cast, threads()[0])

    def refresh(_self: object, _account: Account, *, call: Call) -> Refreshed:
        raise NotNow("status_503", status_code=503, retry_after_seconds=120)

    monkeypatch.setattr(type(channel("toy")), "refresh", refresh)
    assert poll(refusing([])) == {"failed": 1}
    assert send(refusing([])) == {"queued": 1}
    assert message(said.id).last_error == "refresh_status_503"
    with db.transaction() as session:
        stored = session.get_one(ChannelAccount, account.id)
        assert stored.token_state == "ok"
        assert stored.paused_until is not None


def test_who_we_are_and_how_long_a_text_may_be_is_learnt_at_the_sign_in(
    cast: Cast, account: ChannelAccount, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(
        type(channel("toy")),
        "refresh",
        lambda *_args, **_more: Refreshed(
            {"access_token": "new"}, external_id="toy-9", facts={"text_limit": "12"}
        ),
    )
    poll(refusing([]))
    with db.transaction() as session:
        stored = session.get_one(ChannelAccount, account.id)
        assert (stored.external_id, stored.handle) == ("toy-9", "northlight")
        assert stored.settings["text_limit"] == "12"
    hold(account, 1)
    with pytest.raises(InvalidInput, match="too long"):
        say(cast, threads()[0], "x" * 13)
    assert say(cast, threads()[0], "x" * 12).state == "queued"


# Other names of a post.


def delivered(account: ChannelAccount, name: str = "did/1", alias: str = "anna/1") -> None:
    at = utc_now()
    told = Event(
        kind=EventKind.PUBLIC_MENTION,
        external_id=name,
        thread_id=name,
        author=Author("u7", "anna"),
        text="My heels broke",
        created_at=at,
        reference={"id": name},
        also_known_as=(alias, "x" * 200),
    )
    with db.statement() as connection:
        opened = channel_accounts.opened(connection, [account.id], vault=vault(), now=at)[account.id]
    with db.transaction() as session:
        taking_in.take_in(session, opened, told, received_at=at, now=at)


def pasted(cast: Cast, name: str = "anna/1", text: str = "My heels broke") -> None:
    at = utc_now()
    with db.transaction() as session:
        captured = Captured(
            network="toy", handle="anna", text=text, posted_at=at, external_id=name, permalink=None
        )
        # As from an address: what names the conversation names the post.
        place = capturing._Place("toy", name, name, None, is_pasted=True)
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(capturing, "_place", lambda _captured: place)
            capturing.capture(session, acting(cast.ana), captured, at)


@pytest.mark.parametrize("first", ["delivered", "pasted"])
def test_an_address_and_an_event_with_another_name_are_one_thread(
    cast: Cast, account: ChannelAccount, first: str
) -> None:
    if first == "pasted":
        pasted(cast)
    delivered(account)
    pasted(cast)
    delivered(account)
    (thread,) = threads()
    assert thread.external_id == "did/1"
    assert texts(thread) == [("customer", "My heels broke")]
    said = say(cast, thread)
    asked: list[Request] = []

    def side(request: Request) -> Answered:
        asked.append(request)
        return answer(201, {"id": "b1"})

    assert send(side) == {"sent": 1}
    assert asked[0].json == {"text": "We have sent you a message.", "in_reply_to": "did/1"}
    assert message(said.id).external_id == "b1"


def test_what_answers_a_post_that_we_hold_belongs_to_its_thread(account: ChannelAccount) -> None:
    hold(account, 1)
    same = {"id": "u0", "name": "u0"}
    told = event(
        id="p9", thread="elsewhere", parent="p0", at=utc_now().isoformat(), text="And now?", author=same
    )
    come_in(account, delivery(told, at=utc_now()))
    read_all()
    (thread,) = threads()
    assert [text for _, text in texts(thread)][-1] == "And now?"


def test_a_walk_over_posts_uses_their_order(account: ChannelAccount) -> None:
    hold(account, 2)
    with db.statement() as connection:
        later = id_at(utc_now() + timedelta(seconds=5))
        assert not inbound.posts_held(connection, account.id, after=later, limit=9)
        assert (
            len(
                inbound.posts_held(
                    connection, account.id, after=id_at(utc_now() - timedelta(hours=1)), limit=9
                )
            )
            == 2
        )
    with db.transaction() as session:
        assert session.exec(select(ChannelAccount.reread_after)).one() is None
