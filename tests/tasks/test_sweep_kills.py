"""Two beats, two workers, and kill -9 in between: every step of the ladder is taken exactly once."""

import random
import time
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


def run_and_kill(cast: Cast, folder: Path, *, cases: int, kill_every_seconds: float, patience: float) -> int:
    """Issue `cases` promises, sweep them with two workers, and kill one at random; returns the kills."""
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
        assert outbox.wait_until(lambda: left() < cases, seconds=60), service.log()
        ends = time.monotonic() + patience
        while left() and time.monotonic() < ends:
            victim = dice.randrange(2)
            kill_group(workers[victim])
            kills += 1
            workers[victim] = service.start_worker()
            outbox.wait_until(lambda: not left(), seconds=dice.uniform(0.2, 1) * kill_every_seconds)
        assert left() == 0, service.log()
    return kills


def assert_every_step_once(cases: int) -> None:
    steps = rows("SELECT r.escalation_id FROM ladder_steps_taken t JOIN ladder_runs r ON r.id = t.run_id")
    told = rows("SELECT escalation_id FROM notices")
    assert Counter(Counter(row.escalation_id for row in steps).values()) == {STEPS: cases}
    assert Counter(Counter(row.escalation_id for row in told).values()) == {NOTICES: cases}
    with db.reading() as connection:
        assert list(verifying.verify(connection, settings=settings())) == []
        assert list(verifying.reconcile(connection)) == []


@pytest.mark.timeout(150)
def test_killed_workers_take_every_step_once(cast: Cast, tmp_path: Path) -> None:
    kills = run_and_kill(cast, tmp_path, cases=500, kill_every_seconds=1, patience=60)

    assert kills >= 1
    assert_every_step_once(500)


@pytest.mark.campaign
@pytest.mark.timeout(1200)
def test_ten_thousand_due_rows_survive_killed_workers(cast: Cast, tmp_path: Path) -> None:
    kills = run_and_kill(cast, tmp_path, cases=10_000, kill_every_seconds=4, patience=900)

    assert kills >= 5
    assert_every_step_once(10_000)
