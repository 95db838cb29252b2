"""A burst of posts is read some twenty in one transaction; to whoever looks it is as if each was read alone."""

import random
import subprocess
import sys
import threading
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime, timedelta
from unittest.mock import Mock
from uuid import UUID

import psycopg
import pytest
import sqlalchemy as sa
from sqlmodel import Session

from bridge import db, metrics, pools
from bridge.channels.coming_in import Event
from bridge.clock import utc_now
from bridge.errors import DatabaseUnavailable, InvalidInput
from bridge.models import ChannelAccount, Customer, SocialIdentity
from bridge.queries import known
from bridge.services import bursts, listening, reading_in, taking_in
from bridge.services.channel_accounts import Opened
from bridge.settings import settings
from tests.cast import Cast, build_cast
from tests.channels.cases.listening import AT, batch, mention
from tests.channels.cases.listening import delivery as listened
from tests.channels.cases.toy import delivery, event
from tests.channels.stage import come_in, connect, connect_tool, read_all
from tests.conftest import Servers, empty

pytestmark = pytest.mark.usefixtures("toy")

NOT_TOGETHER = "deliveries_not_read_together"

# Dies where the whole batch is taken in and nothing is committed.
DIES = """
import os
from bridge.queries import inbound
from bridge.services import reading_in
from bridge.settings import settings
inbound.all_done = lambda *given, **more: os._exit(9)
reading_in.read_due(settings())
"""

FACTS = """
SELECT 'thread' AS kind, t.external_id AS name, concat_ws('|', t.network, t.permalink, t.visibility, t.mention_type,
       t.triage, t.first_post_at, t.last_post_at, t.addressed_to, t.language, i.external_id, i.handle) AS facts
FROM threads t JOIN social_identities i ON i.id = t.identity_id
UNION ALL
SELECT 'post', p.external_id, concat_ws('|', t.external_id, p.author_handle, p.posted_at, p.text, p.erased_at IS NULL,
       p.edited_at, p.reference, encode(p.text_sha256, 'hex'))
FROM posts p JOIN threads t ON t.id = p.thread_id
UNION ALL
SELECT 'person', concat_ws('|', i.external_id, i.handle), concat_ws('|', i.retired_at IS NULL,
       (SELECT count(*) FROM social_identities o WHERE o.customer_id = i.customer_id))
FROM social_identities i
UNION ALL
SELECT 'door', d.external_id, concat_ws('|', t.external_id, d.last_customer_at, d.state)
FROM thread_doors d JOIN threads t ON t.id = d.thread_id
UNION ALL
SELECT 'deleted', external_id, network FROM deleted_posts
UNION ALL
SELECT 'delivery', delivery_id, concat_ws('|', state, events, kinds, error) FROM inbound_deliveries
ORDER BY 1, 2, 3
"""


def facts() -> list[tuple[str, ...]]:
    """Everything that came of what came in, without the names that differ from run to run."""
    with db.statement() as connection:
        return [tuple(row) for row in connection.execute(FACTS).fetchall()]


def counts() -> dict[str, int]:
    sql = """
        SELECT (SELECT count(*) FROM threads) AS threads, (SELECT count(*) FROM posts) AS posts,
               (SELECT count(*) FROM social_identities) AS people,
               (SELECT count(*) FROM inbound_deliveries WHERE state = 'done') AS read,
               (SELECT count(*) FROM inbound_deliveries WHERE state = 'queued') AS waiting
    """
    with db.statement() as connection:
        return dict(connection.execute(sql).fetchone()._asdict())  # type: ignore[union-attr]


@pytest.fixture
def together(monkeypatch: pytest.MonkeyPatch) -> list[bool]:
    """How each batch ended."""
    ended: list[bool] = []
    read = reading_in._read_together

    def watched(*given: object, **more: object) -> bool:
        ended.append(read(*given, **more))  # type: ignore[arg-type]
        return ended[-1]

    monkeypatch.setattr(reading_in, "_read_together", watched)
    return ended


@pytest.fixture
def account(toy: None, cast: Cast) -> ChannelAccount:
    return connect(cast)


def hear(account_id: UUID, handles: list[str], *, first: int = 0) -> None:
    """One mention of each of these customers, in that order, each a conversation and a delivery of its own."""
    told = [
        mention(
            permalink=f"https://x.com/{handle.strip('!')}/status/{first + number}",
            text=f"complaint {first + number}",
            author={"handle": handle},
        )
        for number, handle in enumerate(handles, 1)
    ]
    names = [f"m-{first + number}" for number in range(len(told))]
    checked = listening.check(told, names=names, config=settings())
    with db.statement() as connection:
        listening.keep(connection, account_id, checked, how="intake", config=settings(), now=utc_now())


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


def one_batch(account: ChannelAccount, authors: Sequence[tuple[str, str]], *, first: int = 0) -> None:
    """A post of each of these authors (id, name), each a conversation of its own, come in side by side."""
    moment = utc_now().replace(microsecond=0) - timedelta(minutes=3)
    for number, (author, name) in enumerate(authors, first):
        told = event(id=f"p{number}", at=moment.isoformat(), author={"id": author, "name": name})
        come_in(account, delivery(told, at=moment), now=moment + timedelta(milliseconds=number))
    read_all()


def people() -> list[tuple[str, ...]]:
    """Who is called how (id and handle; whether it is theirs by now, and how many handles they have)."""
    return [row[1:] for row in facts() if row[0] == "person"]


def customers() -> int:
    with db.statement() as connection:
        return int(connection.execute("SELECT count(*) FROM customers").fetchone()[0])  # type: ignore[index]


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


def test_a_batch_is_full_by_its_posts_however_few_their_deliveries_are(
    cast: Cast, together: list[bool], monkeypatch: pytest.MonkeyPatch
) -> None:
    tool = connect_tool(cast)
    for number, posts in enumerate([10, 10, 10, 6, 9, 1, 10]):
        told = [
            mention(
                permalink=f"https://x.com/shopper_{number}_{one}/status/{number * 100 + one}",
                author={"handle": f"shopper_{number}_{one}", "id": f"{number}-{one}"},
            )
            for one in range(1, posts + 1)
        ]
        moment = AT + timedelta(milliseconds=number)
        come_in(tool, listened(batch(*told), name=f"m-{number}"), now=moment)
    batches: list[tuple[int, int]] = []
    look_up = bursts.look_up

    def watched(session: Session, posts: Sequence[tuple[Opened, Event]]) -> None:
        look_up(session, posts)
        sql = "SELECT count(*) FROM pg_locks WHERE locktype = 'advisory' AND pid = pg_backend_pid()"
        batches.append((len(posts), session.connection().execute(sa.text(sql)).scalar_one()))

    monkeypatch.setattr(bursts, "look_up", watched)

    assert read_all()["read"] == 7
    assert [posts for posts, _ in batches] == [20, 25, 11]
    assert all(locks <= 6 * posts for posts, locks in batches)
    assert together == [True, True, True]


def test_a_bad_delivery_among_good_ones_stops_none_of_them(
    account: ChannelAccount, together: list[bool], monkeypatch: pytest.MonkeyPatch
) -> None:
    told = [event(id=f"p{number}", at=utc_now().isoformat()) for number in range(8)]
    told[3]["author"] = {"id": "u9", "name": "two words"}
    for one in told:
        come_in(account, delivery(one, at=utc_now()))
    measured = lags()

    assert read_all() == {"read": 7, "public_mention": 7, "again": 1}
    assert lags() - measured == 7, "each post once, whether or not it was first read in vain with the others"
    assert counts() == {"threads": 7, "posts": 7, "people": 1, "read": 7, "waiting": 1}
    assert together == [False]

    # It is not let in among others again.
    come_in(account, delivery(event(id="q1", at=utc_now().isoformat()), at=utc_now()))
    come_in(account, delivery(event(id="q2", at=utc_now().isoformat()), at=utc_now()))
    later = reading_in.read_due(settings(), clock=lambda: utc_now() + timedelta(seconds=10))
    assert (later["read"], later["again"]) == (2, 1)
    assert together == [False, True]


def lags() -> float:
    """How many posts' detection lag was measured."""
    labels = {"channel": "toy", "mention": "tagged"}
    return metrics.REGISTRY.get_sample_value("bridge_detection_lag_seconds_count", labels) or 0.0


def failed_batches(why: str) -> float:
    return metrics.REGISTRY.get_sample_value("bridge_batches_failed_total", {"why": why}) or 0.0


def test_a_bug_in_reading_together_is_heard_of_and_costs_nothing(
    account: ChannelAccount, together: list[bool], monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(*_given: object) -> None:
        raise TypeError("a bug")

    monkeypatch.setattr(bursts, "look_up", broken)
    bugs, expected = failed_batches("bug"), failed_batches("expected")
    monkeypatch.setattr(reading_in, "log", said := Mock())
    one_batch(account, [("u1", "ana"), ("u2", "bo")])

    assert together == [False]
    assert counts()["read"] == 2
    said.exception.assert_called_once_with(NOT_TOGETHER, deliveries=2, error="TypeError")
    said.info.assert_not_called()
    assert (failed_batches("bug") - bugs, failed_batches("expected") - expected) == (1, 0)


@pytest.mark.parametrize(
    "error", [InvalidInput("bad"), DatabaseUnavailable("away"), psycopg.OperationalError("a deadlock")]
)
def test_what_may_be_expected_is_no_bug(
    error: Exception, account: ChannelAccount, together: list[bool], monkeypatch: pytest.MonkeyPatch
) -> None:
    def refused(*_given: object) -> None:
        raise error

    monkeypatch.setattr(bursts, "look_up", refused)
    bugs, expected = failed_batches("bug"), failed_batches("expected")
    monkeypatch.setattr(reading_in, "log", said := Mock())
    one_batch(account, [("u1", "ana"), ("u2", "bo")])

    assert together == [False]
    said.exception.assert_not_called()
    said.info.assert_called_once_with(NOT_TOGETHER, deliveries=2, error=type(error).__name__)
    assert (failed_batches("bug") - bugs, failed_batches("expected") - expected) == (0, 1)


def test_whoever_dies_in_the_middle_of_a_batch_leaves_all_of_it_to_the_next(
    cast: Cast, together: list[bool]
) -> None:
    hear(connect_tool(cast).id, [f"shopper_{number}" for number in range(10)])

    assert subprocess.run([sys.executable, "-c", DIES], check=False).returncode == 9
    assert counts() == {"threads": 0, "posts": 0, "people": 0, "read": 0, "waiting": 10}
    assert read_all() == {}, "they are the dead one's until its lease ends"

    later = reading_in.read_due(settings(), clock=lambda: utc_now() + timedelta(seconds=90))
    assert later["read"] == 10
    assert counts() == {"threads": 10, "posts": 10, "people": 10, "read": 10, "waiting": 0}
    assert together == [], "what was tried before is read alone"


def two_batches_crosswise(cast: Cast, monkeypatch: pytest.MonkeyPatch, *, wait_seconds: float) -> None:
    """Two workers whose batches name the same two customers in opposite order, the second one while the first
    one is in the middle of its batch; there each waits for the other, at most so long.
    """
    account_id = connect_tool(cast).id
    hear(account_id, ["ana", "bo"])
    hear(account_id, ["bo", "ana"], first=10)
    monkeypatch.setattr(reading_in, "BATCH_MAX", 2)
    meet, both_are_here, one_took, took = threading.Barrier(2), threading.Barrier(2), threading.Event(), set()
    look_up, take_in = bursts.look_up, taking_in.take_in

    def with_the_other(session: Session, posts: Sequence[tuple[Opened, Event]]) -> None:
        if one_took.is_set():
            both_are_here.wait(20)
        look_up(session, posts)

    def in_step(
        session: Session, opened: Opened, told: Event, *, received_at: datetime, now: datetime
    ) -> None:
        take_in(session, opened, told, received_at=received_at, now=now)
        worker = threading.get_ident()
        if worker in took:
            return
        took.add(worker)
        if not one_took.is_set():
            one_took.set()
            both_are_here.wait(20)
        try:
            meet.wait(wait_seconds)
        except threading.BrokenBarrierError:
            return  # the other one waits for our locks, as it should

    monkeypatch.setattr(bursts, "look_up", with_the_other)
    monkeypatch.setattr(taking_in, "take_in", in_step)
    with ThreadPoolExecutor(2) as workers:
        turns = [workers.submit(reading_in.read_due, settings())]
        assert one_took.wait(20)
        turns.append(workers.submit(reading_in.read_due, settings()))
        for turn in turns:
            turn.result()
    assert len(took) == 2, "each read a batch"
    monkeypatch.undo()
    reading_in.read_due(settings(), clock=lambda: utc_now() + timedelta(seconds=90))


def test_two_batches_with_names_in_common_follow_each_other(
    cast: Cast, monkeypatch: pytest.MonkeyPatch, together: list[bool]
) -> None:
    two_batches_crosswise(cast, monkeypatch, wait_seconds=0.5)

    assert together == [True, True]
    assert counts() == {"threads": 4, "posts": 4, "people": 2, "read": 4, "waiting": 0}


def test_without_the_locks_they_would_wait_for_each_other(
    cast: Cast, monkeypatch: pytest.MonkeyPatch, together: list[bool]
) -> None:
    monkeypatch.setattr(bursts, "look_up", lambda *_given: None)

    two_batches_crosswise(cast, monkeypatch, wait_seconds=20)

    assert False in together
    assert counts() == {"threads": 4, "posts": 4, "people": 2, "read": 4, "waiting": 0}, "and still no double"


def statements(act: Callable[[], object]) -> int:
    """How many statements the ORM's door sent."""
    sent: list[str] = []

    def note(_connection: object, _cursor: object, statement: str, *_more: object) -> None:
        sent.append(statement)

    sa.event.listen(pools.engine(), "before_cursor_execute", note)
    try:
        act()
    finally:
        sa.event.remove(pools.engine(), "before_cursor_execute", note)
    return len(sent)


def test_reading_a_burst_costs_few_statements(cast: Cast) -> None:
    account_id = connect_tool(cast).id
    hear(account_id, [f"shopper_{number}" for number in range(25)])
    of_new_people = statements(read_all)
    hear(account_id, [f"shopper_{number}" for number in range(25)], first=100)
    of_known_people = statements(read_all)

    # A thread and a post of each, and a customer with a handle where they are new; the rest once for all.
    assert of_new_people <= 4 * 25 + 12
    assert of_known_people <= 2 * 25 + 12


def test_a_person_with_a_new_handle_costs_the_batch_only_that(account: ChannelAccount) -> None:
    def written(names: Sequence[str], first: int) -> int:
        authors = [(f"u{number}", name) for number, name in enumerate(names)]
        return statements(lambda: one_batch(account, authors, first=first))

    names = [f"shopper_{number}" for number in range(25)]
    written(names, 0)
    of_known_people = written(names, 100)
    of_one_renamed_first = written(["renamed", *names[1:]], 200)
    of_all_renamed = written([f"renamed_{number}" for number in range(25)], 300)

    assert of_known_people <= 4 * 25 + 12
    assert of_one_renamed_first <= of_known_people + 1
    assert of_all_renamed <= of_known_people + 25


def test_what_a_connected_account_costs(account: ChannelAccount) -> None:
    def written(first: int, **more: object) -> int:
        moment = utc_now().replace(microsecond=0) - timedelta(minutes=3)
        for number in range(25):
            author = {"id": f"u{number}", "name": f"shopper_{number}"}
            also = {name: [f"{one}{first + number}" for one in "qr"] for name in more}
            told = event(id=f"p{first + number}", at=moment.isoformat(), author=author, **also)
            come_in(account, delivery(told, at=moment), now=moment + timedelta(milliseconds=number))
        return statements(read_all)

    # As for a listening tool, and the door through which it can be answered.
    assert 75 < written(0) - 2 * 25 <= 3 * 25 + 12
    assert 75 < written(100) <= 3 * 25 + 12
    # And the other names that an address may give the post, however many.
    assert 100 < written(200, also=True) <= 4 * 25 + 12
