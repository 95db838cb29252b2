"""What goes wrong while a burst is read together costs nobody a post, and is heard of."""

import subprocess
import sys
import threading
import time
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime, timedelta
from unittest.mock import Mock

import psycopg
import pytest
import sqlalchemy as sa
from sqlmodel import Session

from bridge import db, metrics
from bridge.channels.coming_in import Event
from bridge.clock import utc_now
from bridge.errors import DatabaseUnavailable, InvalidInput
from bridge.models import ChannelAccount
from bridge.services import bursts, reading_in, taking_in
from bridge.services.channel_accounts import Opened
from bridge.settings import settings
from tests.cast import Cast
from tests.channels.burst import counts, hear, one_batch
from tests.channels.cases.listening import AT, batch, mention
from tests.channels.cases.listening import delivery as listened
from tests.channels.cases.toy import delivery, event
from tests.channels.stage import come_in, connect_tool, read_all

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
    until_rolled_back()
    assert counts() == {"threads": 0, "posts": 0, "people": 0, "read": 0, "waiting": 10}
    assert read_all() == {}, "they are the dead one's until its lease ends"

    later = reading_in.read_due(settings(), clock=lambda: utc_now() + timedelta(seconds=90))
    assert later["read"] == 10
    assert counts() == {"threads": 10, "posts": 10, "people": 10, "read": 10, "waiting": 0}
    assert together == [], "what was tried before is read alone"


def until_rolled_back() -> None:
    """Wait until the server has noticed that the dead one is gone, and let go of what it held."""
    sql = """
        SELECT count(*) FROM pg_locks
        WHERE locktype = 'relation' AND relation = 'inbound_deliveries'::regclass AND pid <> pg_backend_pid()
    """
    with db.statement() as connection:
        while connection.execute(sql).fetchone() != (0,):  # the test's time limit ends it
            time.sleep(0.01)


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
