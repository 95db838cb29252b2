"""Processes die and the database goes away, under load: what was acknowledged is stored, once.

The clients behave as a till does: after an unknown outcome they ask again with the same key.
"""

import http.client
import random
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, field

import pytest

from bridge import db, pools
from bridge.services import verifying
from bridge.settings import settings
from tests.cast import Cast, promise
from tests.faults.conftest import World
from tests.running import Service, revive

pytestmark = pytest.mark.servers

CLIENTS = 8
AMOUNT_MINOR = 10
GIVE_UP_AFTER_SECONDS = 60


@dataclass
class Till:
    """One client: honours small parts, remembers what was acknowledged, counts the crashes it asked for."""

    service: Service
    cast: Cast
    code: str
    acknowledged: dict[str, str] = field(default_factory=dict)
    crashes: int = 0
    unresolved: int = 0

    def work(self, number: int, stop: threading.Event, crash: Callable[[], str]) -> None:
        connection = self.service.connection(10)
        turn = 0
        while not stop.is_set():
            turn += 1
            key = f"till-{number}-{turn}"
            where = crash()
            deadline = time.monotonic() + GIVE_UP_AFTER_SECONDS
            while True:
                headers = {**self.cast.sam.headers, "Idempotency-Key": key}
                if where:
                    headers["X-Crash-At"], where = where, ""
                    self.crashes += 1
                try:
                    status, body, _ = self.service.call(
                        "POST",
                        "/api/v1/counter/decisions",
                        {"action": "honour", "code": self.code, "amount_minor": AMOUNT_MINOR},
                        headers=headers,
                        connection=connection,
                    )
                except (OSError, http.client.HTTPException):
                    connection.close()
                    connection = self.service.connection(10)
                    status, body = 0, {}
                if status == 201:
                    self.acknowledged[key] = str(body["decision_id"])
                    break
                assert status in {0, 503}, (status, body)
                if time.monotonic() > deadline:
                    self.unresolved += 1
                    break
                time.sleep(0.05)
        connection.close()


def crash_sometimes(budget: list[str], lock: threading.Lock, pause_seconds: float) -> Callable[[], str]:
    """Hand out the crashes in `budget` one at a time, at least `pause_seconds` apart."""
    last = [time.monotonic()]

    def crash() -> str:
        with lock:
            if budget and time.monotonic() - last[0] > pause_seconds and random.random() < 0.2:
                last[0] = time.monotonic()
                return budget.pop()
        return ""

    return crash


def survive(
    world: World, *, kills: int, stops: int, pause_seconds: float, limit_seconds: float
) -> list[Till]:
    """Load the service while its workers are killed and the database is stopped; then check everything."""
    made = promise(world.cast, by=world.cast.hana, amount_minor=100_000)
    assert made.code is not None
    budget = ["before_commit", "after_commit"] * (kills // 2)
    tills = [Till(world.service, world.cast, made.code) for _ in range(CLIENTS)]
    stop = threading.Event()
    crash = crash_sometimes(budget, threading.Lock(), pause_seconds)
    threads = [
        threading.Thread(target=till.work, args=(number, stop, crash)) for number, till in enumerate(tills)
    ]
    for thread in threads:
        thread.start()
    began = time.monotonic()
    left = stops
    while (budget or left) and time.monotonic() - began < limit_seconds:
        revive(world.service, world.folder)
        if left and time.monotonic() - began > (stops - left + 1) * 3:
            world.postgres.stop()
            time.sleep(1)
            world.postgres.start()
            left -= 1
        time.sleep(0.2)
    stop.set()
    settled = time.monotonic()
    while any(thread.is_alive() for thread in threads) and time.monotonic() - settled < 70:
        revive(world.service, world.folder)
        time.sleep(0.2)
    for thread in threads:
        thread.join(1)
    assert budget == []
    pools.dispose()
    return tills


def check(tills: list[Till], kills: int) -> None:
    acknowledged = {key: one for till in tills for key, one in till.acknowledged.items()}
    with db.reading() as snapshot:
        stored = {str(row.id): row.nonce for row in snapshot.execute("SELECT id, nonce FROM decisions")}
        remaining = snapshot.execute("SELECT remaining_minor FROM escalations").fetchone()
        found = [*verifying.reconcile(snapshot), *verifying.verify(snapshot, settings=settings())]
        owed = snapshot.execute("SELECT count(*) AS n FROM outcomes WHERE channel = 'board'").fetchone()

    assert sum(till.crashes for till in tills) == kills
    assert sum(till.unresolved for till in tills) == 0
    assert len(acknowledged) > kills
    assert {one: key for key, one in acknowledged.items()} == stored
    assert remaining is not None
    assert remaining.remaining_minor == 100_000 - AMOUNT_MINOR * len(stored)
    assert found == []
    assert owed is not None
    assert owed.n == len(stored)


@pytest.mark.timeout(240)
def test_workers_killed_around_the_commit_lose_and_double_nothing(world: World) -> None:
    check(survive(world, kills=4, stops=1, pause_seconds=1, limit_seconds=60), 4)


@pytest.mark.campaign
def test_fifty_kills_and_three_stops_of_the_database_lose_and_double_nothing(world: World) -> None:
    check(survive(world, kills=50, stops=3, pause_seconds=2, limit_seconds=400), 50)


def test_without_a_database_the_answer_is_503_within_five_seconds_and_then_all_is_well(world: World) -> None:
    made, service = promise(world.cast), world.service

    def look_up() -> tuple[int, object]:
        body, headers = {"code": made.code}, world.cast.sam.headers
        status, answer, _ = service.call("POST", "/api/v1/counter/look-up", body, headers=headers)
        return status, answer.get("code")

    before = look_up()
    world.postgres.stop()
    began = time.monotonic()

    refused = look_up()
    took_seconds = time.monotonic() - began
    alive = service.call("GET", "/healthz")[0]
    ready = service.call("GET", "/readyz")[0]
    world.postgres.start()
    deadline = time.monotonic() + 5
    while (answer := look_up()[0]) != 200 and time.monotonic() < deadline:
        time.sleep(0.1)

    assert before[0] == 200
    assert (refused, alive, ready) == ((503, "database_unavailable"), 200, 503)
    assert took_seconds < 5
    assert answer == 200


def test_with_valkey_stopped_promises_and_decisions_go_on(world: World) -> None:
    world.valkey.stop()
    made = promise(world.cast)
    headers = {**world.cast.sam.headers, "Idempotency-Key": "without-a-bell"}

    status, body, _ = world.service.call(
        "POST", "/api/v1/counter/decisions", {"action": "honour", "code": made.code}, headers=headers
    )

    assert (status, body["status"]) == (201, "honoured")
