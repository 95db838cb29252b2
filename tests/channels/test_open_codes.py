"""A code that stands in public raises a flag, whatever the door, is stored masked, and one press replaces it."""

from typing import Any

import pytest
from sqlmodel import select

from bridge import codes, db
from bridge.clock import utc_now
from bridge.models import ChannelAccount, EscalationRow, Outcome, Post, ReferenceCode, Thread
from bridge.services import capturing, open_codes, recoding
from bridge.services.claims import claim
from bridge.services.promises import Made
from bridge.settings import settings
from tests.cast import Cast, acting, once, promise, vault
from tests.channels.cases.toy import delivery, event
from tests.channels.stage import come_in, connect, read_all, texts, threads

pytestmark = pytest.mark.usefixtures("toy")


@pytest.fixture
def account(toy: None, cast: Cast) -> ChannelAccount:
    return connect(cast)


@pytest.fixture
def thread(account: ChannelAccount, cast: Cast) -> Thread:
    come(account, id="p1")
    (found,) = threads()
    with db.transaction() as session:
        claim(session, acting(cast.ana), found.id, utc_now())
    return found


@pytest.fixture
def made(cast: Cast, thread: Thread) -> Made:
    return promise(cast, thread_id=thread.id)


def come(account: ChannelAccount, kind: str = "mention", **changes: object) -> None:
    come_in(account, delivery(event(kind, at=utc_now().isoformat(), **changes), at=utc_now()))
    read_all()


def flagged(made: Made) -> ReferenceCode:
    with db.transaction() as session:
        case = session.get_one(EscalationRow, made.id)
        return session.get_one(ReferenceCode, case.code_hmac)


def board(cast: Cast) -> list[str]:
    with db.transaction() as session:
        query = select(Outcome.topic).where(Outcome.person_id == cast.ana.person.id)
        return [topic for topic in session.exec(query) if topic == open_codes.TOPIC]


def test_a_code_in_the_customer_s_own_post_is_flagged_and_masked(
    cast: Cast, account: ChannelAccount, thread: Thread, made: Made
) -> None:
    assert made.code is not None
    said = f"They gave me {codes.grouped(made.code).lower()} - does it work?"
    come(account, id="p2", thread="p1", text=said)
    assert texts(thread)[-1] == ("customer", f"They gave me {codes.masked(made.code)} - does it work?")
    assert flagged(made).public_at is not None
    assert board(cast) == [open_codes.TOPIC]
    come(account, id="p3", thread="p1", text=said)
    assert board(cast) == [open_codes.TOPIC], "one entry, however often it is pasted"


def test_a_code_edited_into_the_post_is_flagged_too(
    cast: Cast, account: ChannelAccount, thread: Thread, made: Made
) -> None:
    assert made.code is not None
    come(account, "edited", id="p1", text=f"Edit: {made.code}")
    assert texts(thread) == [("customer", f"Edit: {codes.masked(made.code)}")]
    assert flagged(made).public_at is not None
    assert board(cast) == [open_codes.TOPIC]


def test_a_colleague_s_public_post_outside_the_bridge_is_flagged_too(
    cast: Cast, account: ChannelAccount, thread: Thread, made: Made
) -> None:
    assert made.code is not None
    ours = {"id": "toy-1", "name": "northlight"}
    come(account, "ours", id="b1", thread="p1", parent="p1", author=ours, text=f"Use {made.code}")
    assert made.code not in texts(thread)[-1][1]
    assert flagged(made).public_at is not None


def test_by_hand_it_is_flagged_too(cast: Cast, account: ChannelAccount, thread: Thread, made: Made) -> None:
    assert made.code is not None
    captured = capturing.Captured(
        network="toy", external_id="p1", handle="upset_shopper", text=made.code, posted_at=utc_now()
    )
    with db.transaction() as session:
        capturing.capture(session, acting(cast.ana), captured, utc_now())
    assert flagged(made).public_at is not None


def test_in_private_it_is_masked_and_no_harm_is_done(
    cast: Cast, account: ChannelAccount, thread: Thread, made: Made
) -> None:
    assert made.code is not None
    come(account, "direct", id="d1", text=f"My code is {made.code}")
    private = next(one for one in threads() if one.visibility == "private")
    assert texts(private) == [("customer", f"My code is {codes.masked(made.code)}")]
    assert flagged(made).public_at is None
    assert not board(cast)


def test_what_only_looks_like_a_code_stays_as_it_was_said(
    cast: Cast, account: ChannelAccount, thread: Thread, made: Made
) -> None:
    other = "K7QF3MXW9R4" + codes.check_character("K7QF3MXW9R4")
    come(account, id="p2", thread="p1", text=f"Serial number {other}")
    assert texts(thread)[-1] == ("customer", f"Serial number {other}")
    assert flagged(made).public_at is None


def test_one_press_replaces_it_and_the_flag_is_gone(
    cast: Cast, account: ChannelAccount, thread: Thread, made: Made
) -> None:
    assert made.code is not None
    come(account, id="p2", thread="p1", text=made.code)
    with db.transaction() as session:
        assert len(open_codes.queries.of_customer(session, cast.brand.id, thread.identity_id)) == 1
    replaced: Any
    with db.act() as act:
        replaced = recoding.replace_code(
            act,
            acting(cast.ana),
            made.id,
            once=once("replace"),  # type: ignore[arg-type]  # the answer's type does not matter here
            now=utc_now(),
            settings=settings(),
            vault=vault(),
        )
    assert replaced.code != made.code
    with db.transaction() as session:
        assert not open_codes.queries.of_customer(session, cast.brand.id, thread.identity_id)
    come(account, id="p3", thread="p1", text=f"Old one: {made.code}")
    assert board(cast) == [open_codes.TOPIC], "the old code is worth nothing wherever it stands"
    with db.transaction() as session:
        assert not [post for post in session.exec(select(Post)) if made.code in post.text]
