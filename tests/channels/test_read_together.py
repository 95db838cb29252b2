"""A burst of posts is read some twenty in one transaction; to whoever looks it is as if each was read alone."""

import random
from collections.abc import Callable, Sequence
from datetime import datetime, timedelta

import pytest
from sqlmodel import Session

from bridge import db
from bridge.channels.coming_in import Event
from bridge.clock import utc_now
from bridge.models import ChannelAccount, Customer, SocialIdentity
from bridge.queries import known
from bridge.services import bursts, reading_in
from bridge.services.channel_accounts import Opened
from tests.cast import build_cast
from tests.channels.burst import customers, facts, one_batch, people
from tests.channels.cases.toy import delivery, event
from tests.channels.stage import come_in, connect, read_all
from tests.conftest import Servers, empty

pytestmark = pytest.mark.usefixtures("toy")


def drawn(seed: int, start: datetime) -> list[dict[str, object]]:
    """Posts that answer, repeat, edit and delete each other, of people who change and trade their handles."""
    draw = random.Random(seed)
    names = ["ana_b", "Ana_B", "bo", "cy", "dee", "ed"]
    told = []
    for number in range(70):
        post = draw.randrange(30)
        kind = draw.choices(["mention", "direct", "edited", "deleted", "odd"], [70, 12, 5, 5, 3])[0]
        told.append(
            event(
                kind,
                id=f"p{post}",
                thread=f"p{post // 3}",
                parent=draw.choice(["", f"p{draw.randrange(30)}"]),
                at=(start + timedelta(seconds=post)).isoformat(),
                author={"id": draw.choice(["", f"u{draw.randrange(5)}"]), "name": draw.choice(names)},
                text=f"complaint {post}" if draw.random() < 0.8 else f"complaint {post}, again {number}",
            )
        )
    return told


def drawn_of_lasting_handles(seed: int, start: datetime) -> list[dict[str, object]]:
    """Posts of people who keep their handles, in whatever capitals and with or without their ids, and now and
    then of somebody else under the same handle; each a conversation of its own, or told under another name.
    """
    draw = random.Random(seed)
    told = []
    for number in range(70):
        name = draw.choice(["ana", "bo", "cy", "dee", "ed", "flo"])
        author = draw.choices(["", f"u-{name}", f"v-{name}"], [30, 64, 6])[0]
        also = [f"q{draw.randrange(70)}"] if draw.random() < 0.2 else []
        told.append(
            event(
                id=draw.choices([f"p{number}", f"q{draw.randrange(70)}"], [90, 10])[0],
                also=also,
                at=(start + timedelta(seconds=number)).isoformat(),
                author={"id": author, "name": draw.choice([name, name.upper(), name.title()])},
                text=f"complaint {number}",
            )
        )
    return told


@pytest.mark.parametrize("seed", [1, 2, 3])
@pytest.mark.parametrize("draw", [drawn, drawn_of_lasting_handles])
def test_read_together_or_alone_it_comes_to_the_same(
    draw: Callable[[int, datetime], list[dict[str, object]]],
    seed: int,
    database: Servers,
    monkeypatch: pytest.MonkeyPatch,
    together: list[bool],
) -> None:
    start = utc_now().replace(microsecond=0) - timedelta(minutes=3)
    came_of: list[tuple[list[tuple[str, ...]], int]] = []
    for at_once in (1, 25):
        empty(database.database_url)
        account = connect(build_cast())
        monkeypatch.setattr(reading_in, "TOGETHER_MAX", at_once)
        for number, told in enumerate(draw(seed, start)):
            moment = start + timedelta(seconds=75, milliseconds=number)
            come_in(account, delivery(told, at=moment), now=moment)
        read_all()
        came_of.append((facts(), customers()))

    alone, at_once_facts = came_of
    assert len(together) >= 3, "posts of a burst stand side by side"
    assert all(together), "none of these is bad"
    assert len(alone[0]) > 100
    assert at_once_facts == alone


SPELLINGS = [
    ([("u1", "ana"), ("u2", "Ana")], [("u1|ana", "f|1"), ("u2|Ana", "t|1")]),
    ([("", "ana"), ("u1", "Ana")], [("u1|ana", "t|1")]),
    ([("u1", "ana"), ("", "ANA"), ("u1", "Ana")], [("u1|ana", "t|1")]),
    ([("u1", "ana"), ("u2", "Ana"), ("u1", "ANA")], [("u1|ANA", "t|1"), ("u2|Ana", "f|1")]),
    ([("u1", "bo"), ("u2", "Ana"), ("u1", "ana")], [("u1|ana", "t|1"), ("u2|Ana", "f|1")]),
    # What the database takes for one handle and Python for two, or the other way round: sigmas, and a dotted I.
    ([("u1", "\u03a8\u03a3"), ("u2", "\u03c8\u03c3"), ("u3", "\u03c8\u03c2")], None),
    ([("u1", "\u0130na"), ("u2", "ina"), ("u3", "i\u0307na")], None),
]


@pytest.mark.parametrize(("authors", "expected"), SPELLINGS)
def test_two_spellings_of_a_handle_are_one_handle_within_a_batch(
    authors: list[tuple[str, str]],
    expected: list[tuple[str, ...]] | None,
    database: Servers,
    monkeypatch: pytest.MonkeyPatch,
    together: list[bool],
) -> None:
    came_of = []
    for at_once in (1, 25):
        empty(database.database_url)
        monkeypatch.setattr(reading_in, "TOGETHER_MAX", at_once)
        one_batch(connect(build_cast()), authors)
        whose = [row for row in facts() if row[0] == "person" or row[:2] == ("thread", "p1")]
        came_of.append(([(*row[:2], row[2][-20:]) for row in whose], customers()))

    assert together == [True]
    assert came_of[1] == came_of[0]
    if expected is not None:
        assert people() == expected
        assert customers() == len(expected)


@pytest.mark.parametrize(
    ("rival", "expected"),
    [
        (None, [("u1|Ana", "t|1"), ("u2|bo", "t|1")]),
        ("u9", [("u1|ana", "t|1"), ("u2|bo", "t|1"), ("u9|Ana", "f|1")]),
    ],
)
def test_whoever_takes_a_handle_in_the_middle_of_a_batch_is_not_taken_for_its_author(
    rival: str | None,
    expected: list[tuple[str, ...]],
    account: ChannelAccount,
    together: list[bool],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    look_up = bursts.look_up

    def then_a_rival_comes(session: Session, posts: Sequence[tuple[Opened, Event]]) -> None:
        look_up(session, posts)
        with db.transaction() as another:
            customer = Customer(brand_id=account.brand_id, created_at=utc_now())
            another.add(customer)
            another.flush()
            another.add(
                SocialIdentity(
                    brand_id=account.brand_id,
                    customer_id=customer.id,
                    network="toy",
                    handle="Ana",
                    external_id=rival,
                )
            )

    monkeypatch.setattr(bursts, "look_up", then_a_rival_comes)
    one_batch(account, [("u1", "ana"), ("u2", "bo")])

    assert together == [True]
    assert people() == expected


def trade_handles(account: ChannelAccount) -> list[tuple[str, ...]]:
    """In one batch somebody takes a new handle, and somebody else the old one. Returns who is called how."""
    for number, (author, name) in enumerate([("u1", "ana"), ("u1", "anna"), ("u2", "ana")]):
        told = event(id=f"p{number}", at=utc_now().isoformat(), author={"id": author, "name": name})
        come_in(account, delivery(told, at=utc_now()))
    read_all()
    return [row[1:] for row in facts() if row[0] == "person"]


def test_a_handle_that_changes_its_owner_within_a_batch(
    account: ChannelAccount, together: list[bool]
) -> None:
    assert trade_handles(account) == [("u1|anna", "t|1"), ("u2|ana", "t|1")]
    assert together == [True]


def test_what_was_known_before_the_change_would_be_wrong(
    account: ChannelAccount, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(known, "put_person", lambda _session, _person: None)

    assert trade_handles(account) != [("u1|anna", "t|1"), ("u2|ana", "t|1")]
