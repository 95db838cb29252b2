"""Many mentions, a third of them doubles, in any order, read by four workers at once: no double conversation.

The doubles are of every kind: the same request again, the same post under another webhook-id, the same
post from another tool under the tool's own id, and further posts of the same conversation.
"""

import random
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from datetime import timedelta
from typing import Any
from uuid import UUID

import psycopg
import pytest

from bridge import db
from bridge.clock import utc_now
from bridge.queries import new_rows
from bridge.services import intake, listening, reading_in
from bridge.settings import settings
from bridge.threads import QueueFilter
from tests.cast import Cast, acting
from tests.channels.cases.listening import mention
from tests.channels.stage import connect_tool

WORKERS = 4
READ = "from bridge.services.reading_in import read_due; from bridge.settings import settings; read_due(settings())"
Told = tuple[UUID, str, dict[str, object]]


@pytest.fixture
def accounts(cast: Cast) -> list[UUID]:
    """Two listening tools."""
    return [connect_tool(cast, name).id for name in ("Newsroom", "Alerts")]


def mentions(accounts: list[UUID], count: int, *, seed: int) -> tuple[list[Told], int, int]:
    """`count` mentions in a drawn order, three of ten doubles; how many conversations and posts they are."""
    draw = random.Random(seed)
    singles = count - count * 3 // 10
    conversations = singles * 2 // 3
    posts = [
        mention(
            permalink=f"https://x.com/shopper_{number % conversations}/status/{10_000 + number}",
            thread_id=str(10_000 + number % conversations),
            author={"handle": f"shopper_{number % conversations}", "id": str(number % conversations)},
            text=f"Northlight, complaint {number}",
            posted_at=(utc_now() - timedelta(minutes=number)).isoformat(),
        )
        for number in range(singles)
    ]
    told = [(accounts[0], f"first-{number}", post) for number, post in enumerate(posts)]
    doubles: list[Callable[[int], Told]] = [
        lambda number: told[number],
        lambda number: (accounts[0], f"again-{number}", posts[number]),
        lambda number: (accounts[1], f"other-{number}", {**posts[number], "id": f"tool-{number}"}),
    ]
    told += [draw.choice(doubles)(draw.randrange(singles)) for _ in range(count - singles)]
    draw.shuffle(told)
    return told, conversations, singles


def hand_in(told: list[Told]) -> None:
    """From four senders at once."""

    def one(given: Told) -> None:
        account_id, name, said = given
        checked = listening.check([said], names=[name], config=settings(), now=utc_now())
        with db.statement() as connection:
            (heard,) = listening.keep(
                connection, account_id, checked, how="intake", config=settings(), now=utc_now()
            )
        assert heard.is_kept

    with ThreadPoolExecutor(WORKERS) as senders:
        list(senders.map(one, told))


def figures() -> dict[str, int]:
    sql = """
        SELECT (SELECT count(*) FROM threads) AS threads, (SELECT count(*) FROM posts) AS posts,
               (SELECT count(DISTINCT (network, external_id)) FROM threads) AS named,
               (SELECT count(*) FROM social_identities) AS people,
               (SELECT count(*) FROM inbound_deliveries WHERE state <> 'done') AS unread
    """
    with db.statement() as connection:
        return dict(connection.execute(sql).fetchone()._asdict())  # type: ignore[union-attr]


def expected(conversations: int, posts: int) -> dict[str, int]:
    return {
        "threads": conversations,
        "posts": posts,
        "named": conversations,
        "people": conversations,
        "unread": 0,
    }


def queue_of(cast: Cast) -> list[UUID]:
    """Every conversation that an agent is shown."""
    shown: list[UUID] = []
    before = None
    while True:
        with db.transaction() as session:
            items = intake.queue(
                session, acting(cast.ana), filter=QueueFilter.ALL, now=utc_now(), limit=100, before=before
            )
        if not items:
            return shown
        shown += [item.thread_id for item in items]
        before = items[-1].cursor


def test_four_workers_make_one_conversation_of_each(cast: Cast, accounts: list[UUID]) -> None:
    told, conversations, posts = mentions(accounts, 120, seed=5)
    hand_in(told[:60])
    start = threading.Barrier(WORKERS + 1)

    def work(_number: int) -> None:
        start.wait()
        reading_in.read_due(settings())

    with ThreadPoolExecutor(WORKERS + 1) as workers:
        turns = [workers.submit(work, number) for number in range(WORKERS)]
        start.wait()
        hand_in(told[60:])
        for turn in turns:
            turn.result()
    reading_in.read_due(settings(), clock=lambda: utc_now() + timedelta(seconds=90))

    assert figures() == expected(conversations, posts)
    shown = queue_of(cast)
    assert len(shown) == len(set(shown)) == conversations


@pytest.mark.campaign
@pytest.mark.parametrize("seed", range(3))
def test_a_thousand_mentions_read_by_four_processes_make_one_conversation_of_each(
    cast: Cast, accounts: list[UUID], seed: int
) -> None:
    told, conversations, posts = mentions(accounts, 1000, seed=seed)
    hand_in(told)
    workers = [subprocess.Popen([sys.executable, "-c", READ]) for _ in range(WORKERS)]
    assert [worker.wait(120) for worker in workers] == [0] * WORKERS
    for _ in range(20):
        reading_in.read_due(settings(), clock=lambda: utc_now() + timedelta(seconds=90))
        if figures()["unread"] == 0:
            break

    assert figures() == expected(conversations, posts)
    shown = queue_of(cast)
    assert len(shown) == len(set(shown)) == conversations


# What it rests on.


@contextmanager
def without_key(owner: psycopg.Connection[Any]) -> Iterator[None]:
    """Conversations without the rule that a network's name for one is one row's."""
    owner.execute("ALTER TABLE threads DROP CONSTRAINT uq_threads_network_external_id")
    try:
        yield
    finally:
        owner.execute("DELETE FROM posts")
        owner.execute("DELETE FROM threads")
        owner.execute(
            "ALTER TABLE threads ADD CONSTRAINT uq_threads_network_external_id UNIQUE (network, external_id)"
        )


def two_at_once(accounts: list[UUID], monkeypatch: pytest.MonkeyPatch) -> None:
    """Two posts of one new conversation, whose readers both find that there is none yet."""
    meet = threading.Barrier(2)
    insert = new_rows.insert_if_new

    def together(session: Any, table: str, row: Any) -> bool:
        if table == "threads":
            meet.wait(10)
        return insert(session, table, row)

    monkeypatch.setattr(new_rows, "insert_if_new", together)
    for number in (1, 2):
        said = mention(permalink=f"https://x.com/a{number}/status/{number}", thread_id="1")
        hand_in([(accounts[0], f"m{number}", {**said, "author": {"handle": f"a{number}"}})])

    # Each takes one delivery: a batch is read by one worker, one after the other.
    monkeypatch.setattr(reading_in, "BATCH_MAX", 1)
    with ThreadPoolExecutor(2) as workers:
        for turn in [workers.submit(reading_in.read_due, settings()) for _ in range(2)]:
            turn.result()
    monkeypatch.undo()


def test_two_who_find_nothing_make_one_conversation(
    accounts: list[UUID], monkeypatch: pytest.MonkeyPatch
) -> None:
    two_at_once(accounts, monkeypatch)

    assert (figures()["threads"], figures()["posts"]) == (1, 2)


def test_without_the_unique_key_they_would_make_two(
    accounts: list[UUID], monkeypatch: pytest.MonkeyPatch, owner: psycopg.Connection[Any]
) -> None:
    with without_key(owner):
        two_at_once(accounts, monkeypatch)

        found = figures()
        assert (found["threads"], found["named"]) == (2, 1)
