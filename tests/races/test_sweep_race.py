"""Two sweeps over the same due cases: every step once. What happens without the lock, and without the keys."""

import threading
from collections import Counter
from collections.abc import Iterator

import psycopg
import pytest

from bridge.clock import utc_now
from bridge.queries import attending as queries
from bridge.services.attending import Sweeper
from bridge.settings import settings
from tests.cast import Cast, promise
from tests.clockwork import rows

CASES = 60
STEPS_AT_ISSUE = 3
"""The starting ladder tells the associate and the manager, and waits."""

Owner = psycopg.Connection[tuple[object, ...]]


def sweep_twice_at_once(cases: int = CASES) -> Counter[str]:
    """Two sweepers begin at the same moment; what both did, added up."""
    now, total = utc_now(), Counter[str]()
    start = threading.Barrier(2)

    def sweep() -> None:
        sweeper = Sweeper(settings(), batch=7)
        start.wait()
        for _ in range(1 + cases // 7):
            total.update(sweeper.sweep(now))

    threads = [threading.Thread(target=sweep) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    return total


def steps_by_case() -> Counter[object]:
    found = rows("SELECT r.escalation_id FROM ladder_steps_taken t JOIN ladder_runs r ON r.id = t.run_id ")
    return Counter(row.escalation_id for row in found)


def test_two_sweeps_take_every_step_once_and_tell_nobody_twice(cast: Cast) -> None:
    for _ in range(CASES):
        promise(cast)

    total = sweep_twice_at_once()

    assert (total["looked"], total["batches_failed"]) == (CASES, 0)
    assert set(steps_by_case().values()) == {STEPS_AT_ISSUE}
    told = rows("SELECT escalation_id, count(*) AS n FROM notices GROUP BY 1")
    assert {row.n for row in told} == {3}


def test_without_the_lock_the_sweeps_collide_and_only_the_keys_hold(
    cast: Cast, monkeypatch: pytest.MonkeyPatch
) -> None:
    for _ in range(CASES):
        promise(cast)
    monkeypatch.setattr(queries, "LOCK", "")

    total = sweep_twice_at_once()

    assert total["batches_failed"] > 0
    assert set(steps_by_case().values()) == {STEPS_AT_ISSUE}


RUNS_KEY = "uq_ladder_runs_live ON ladder_runs (escalation_id) WHERE state = 'running'"
CLOCKS_KEY = (
    "uq_milestones_escalation ON milestones (escalation_id, type, round) WHERE escalation_id IS NOT NULL"
)


@pytest.fixture
def without_keys(cast: Cast, owner: Owner) -> Iterator[None]:
    """The database without the keys that are the last guard, until the test ends."""
    owner.execute("DROP INDEX uq_ladder_runs_live, uq_milestones_escalation")
    owner.execute("ALTER TABLE timeline DROP CONSTRAINT uq_timeline_stream_seq")
    yield
    owner.execute("TRUNCATE ladder_steps_taken, ladder_runs, milestones, timeline, clock_pauses CASCADE")
    owner.execute(f"CREATE UNIQUE INDEX {RUNS_KEY}")
    owner.execute(f"CREATE UNIQUE INDEX {CLOCKS_KEY}")
    owner.execute("ALTER TABLE timeline ADD CONSTRAINT uq_timeline_stream_seq UNIQUE (stream, seq)")


@pytest.mark.usefixtures("without_keys")
def test_without_lock_and_keys_steps_are_taken_twice(cast: Cast, monkeypatch: pytest.MonkeyPatch) -> None:
    for _ in range(CASES):
        promise(cast)
    monkeypatch.setattr(queries, "LOCK", "")

    sweep_twice_at_once()

    assert max(steps_by_case().values()) > STEPS_AT_ISSUE
