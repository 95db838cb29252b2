"""PostgreSQL hangs: nobody at a counter hangs with it, and the same key sent again tells what became of it."""

import time
from concurrent.futures import ThreadPoolExecutor

import pytest

from bridge import db, pools
from bridge.settings import settings
from tests.cast import Member, promise
from tests.faults.conftest import World
from tests.faults.freezing import frozen

pytestmark = pytest.mark.servers

EMAIL = "ana@northlight.example"
BAD_MOMENT_SECONDS = 1.5
LATE_WITHIN_SECONDS = 10


def ask(
    world: World, who: Member, what: str, body: dict[str, object] | None = None, key: str = ""
) -> tuple[int, dict[str, object], float]:
    """One request, a GET without a body; its status, its body, and how long it took."""
    headers = {**who.headers, "Idempotency-Key": key} if key else who.headers
    method = "GET" if body is None else "POST"
    began = time.monotonic()
    status, answer, _ = world.service.call(method, f"/api/v1/{what}", body, headers=headers)
    return status, answer, time.monotonic() - began


def until_answered(
    world: World, who: Member, what: str, body: dict[str, object], key: str = ""
) -> dict[str, object]:
    """As a till does: again, with the same key, until it is no 503."""
    deadline = time.monotonic() + LATE_WITHIN_SECONDS
    while True:
        status, answer, _ = ask(world, who, what, body, key)
        if status != 503:
            assert status in {200, 201}, answer
            return answer
        assert time.monotonic() < deadline
        time.sleep(0.1)


def test_whoever_looks_up_is_told_within_a_persons_patience_and_then_all_is_well(world: World) -> None:
    look_up = {"code": promise(world.cast).code, "source": "scan"}
    ask(world, world.cast.ana, "session", {"email": EMAIL, "password": "no matter"})  # keeps a connection
    assert until_answered(world, world.cast.sam, "counter/look-up", look_up)["verdict"] == "genuine"

    with frozen(world.postgres.pid), ThreadPoolExecutor(3) as people:
        waiting = [
            people.submit(ask, world, world.cast.sam, "counter/look-up", look_up),
            people.submit(ask, world, world.cast.ana, "stores"),
            people.submit(ask, world, world.cast.ana, "session", {"email": EMAIL, "password": "no matter"}),
        ]
        alive = world.service.call("GET", "/healthz")[0]
        asked = [answer.result() for answer in waiting]

    assert [(status, told.get("code")) for status, told, _ in asked] == [(503, "database_unavailable")] * 3
    assert max(seconds for _, _, seconds in asked) < answered_within_seconds(), asked
    assert alive == 200
    assert until_answered(world, world.cast.sam, "counter/look-up", look_up)["verdict"] == "genuine"


def test_a_decision_that_got_no_answer_is_taken_once_by_the_same_key(world: World) -> None:
    made = promise(world.cast, amount_minor=1500)
    part = {"action": "honour", "code": made.code, "amount_minor": 400}
    before = until_answered(world, world.cast.sam, "counter/look-up", {"code": made.code, "source": "scan"})

    with frozen(world.postgres.pid):
        status, told, seconds = ask(world, world.cast.sam, "counter/decisions", part, key="one-press")
    done = until_answered(world, world.cast.sam, "counter/decisions", part, key="one-press")
    again = until_answered(world, world.cast.sam, "counter/decisions", part, key="one-press")

    assert before["verdict"] == "genuine"
    assert (status, told["code"]) == (503, "database_unavailable")
    assert seconds < answered_within_seconds()
    assert again == done
    assert stored() == [400]


def answered_within_seconds() -> float:
    """A little more than a row's lock may take, and what a busy machine adds."""
    return settings().db_lock_timeout_seconds + 0.5 + BAD_MOMENT_SECONDS


def stored() -> list[int]:
    pools.dispose()
    with db.statement() as connection:
        rows = connection.execute("SELECT amount_minor FROM decisions").fetchall()
    return [row.amount_minor for row in rows]
