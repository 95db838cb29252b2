"""Two beats, two workers, and kill -9 in between: every step of the ladder is taken exactly once."""

import random
from collections import Counter
from pathlib import Path

import pytest

from bridge import db
from bridge.embedded.ports import free_port
from bridge.embedded.valkey import ValkeyServer
from bridge.services import verifying
from bridge.settings import settings
from tests import outbox
from tests.background import background, kill_group
from tests.cast import Cast, promise
from tests.clockwork import rows

pytestmark = [pytest.mark.servers]

STEPS, NOTICES = 3, 3
"""What the starting ladder does when a promise is issued: tell the associate, tell the manager, wait."""


def left() -> int:
    return int(rows("SELECT count(*) AS n FROM escalations WHERE attended_seq = 0")[0].n)


def run_and_kill(cast: Cast, folder: Path, *, cases: int, most: int, patience: float) -> int:
    """Issue `cases` promises, sweep them with two workers, and kill one at random; returns the kills.

    Whenever a batch was committed, so that the next is under way. `patience` in seconds is how long the
    others may take to go on; at most so many are killed.
    """
    for _ in range(cases):
        promise(cast, amount_minor=1)  # so that nobody's budget ends
    kills, dice = 0, random.Random(3)
    with (
        ValkeyServer(folder / "valkey", port=free_port(), persistent=False) as valkey,
        background(folder, valkey.url) as service,
    ):
        workers = [service.start_worker(), service.start_worker()]
        service.start_beat()
        service.start_beat()
        still = cases
        while still and outbox.wait_until(lambda: left() < still, seconds=patience):  # noqa: B023 - asked at once
            if kills < most:
                victim = dice.randrange(2)
                kill_group(workers[victim])
                kills += 1
                workers[victim] = service.start_worker()
            still = left()
        assert left() == 0, service.log()
    return kills


def assert_every_step_once(cases: int) -> None:
    steps = rows("SELECT r.escalation_id FROM ladder_steps_taken t JOIN ladder_runs r ON r.id = t.run_id")
    # On a busy machine the watch may also write to somebody about the clock itself, which is no case's.
    told = rows("SELECT escalation_id FROM notices WHERE escalation_id IS NOT NULL")
    assert Counter(Counter(row.escalation_id for row in steps).values()) == {STEPS: cases}
    assert Counter(Counter(row.escalation_id for row in told).values()) == {NOTICES: cases}
    with db.reading() as connection:
        assert list(verifying.verify(connection, settings=settings())) == []
        assert list(verifying.reconcile(connection)) == []


@pytest.mark.timeout(150)
def test_killed_workers_take_every_step_once(cast: Cast, tmp_path: Path) -> None:
    kills = run_and_kill(cast, tmp_path, cases=300, most=3, patience=60)

    assert kills >= 2
    assert_every_step_once(300)


@pytest.mark.campaign
@pytest.mark.timeout(1200)
def test_ten_thousand_due_rows_survive_killed_workers(cast: Cast, tmp_path: Path) -> None:
    kills = run_and_kill(cast, tmp_path, cases=10_000, most=100, patience=60)

    assert kills >= 5
    assert_every_step_once(10_000)
