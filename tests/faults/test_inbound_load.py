"""What comes in from outside, under load and while parts fail: answered at once, nothing lost, read once."""

import asyncio
import os
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from uuid import UUID

import orjson
import pytest

from bridge import db, pools
from bridge.clock import utc_now
from bridge.embedded.commands import bridge_commands
from bridge.services import reading_in
from bridge.settings import settings
from tests.channels.cases.listening import mention, signed
from tests.channels.stage import connect_tool
from tests.faults.conftest import World
from tests.faults.freezing import frozen
from tests.faults.sender import Sender
from tests.running import start, stop

pytestmark = pytest.mark.servers

ANSWERED_WITHIN_SECONDS = 1.0
READ_WITHIN_SECONDS = 90
"""After the last one was taken: whoever was stopped while reading holds what it claimed for a minute."""


@contextmanager
def sending(sender: Sender) -> Iterator[None]:
    """While the block runs, and until everything was taken.

    The sender has the thread and the test stays in its own: a server ends with the thread that started it.
    """
    with ThreadPoolExecutor(1) as threads:
        done = threads.submit(lambda: asyncio.run(sender.run()))
        yield
        done.result()


def tell(world: World, account_id: UUID, name: str) -> tuple[int, float]:
    """One mention; the status and how long it took."""
    said = mention(permalink=f"https://x.com/a/status/{len(name)}", text=name)
    headers = signed(orjson.dumps(said), name=name, at=utc_now())
    began = time.monotonic()
    path = f"/api/v1/intake/mentions/{account_id}"
    status, _, _ = world.service.call("POST", path, said, headers=headers)
    return status, time.monotonic() - began


def taken(world: World, account_id: UUID, name: str) -> int:
    """As a sender does: again until it is not 503. A connection that was cut is found by whoever uses it."""
    deadline = time.monotonic() + 10
    while (status := tell(world, account_id, name)[0]) == 503 and time.monotonic() < deadline:
        time.sleep(0.1)
    return status


def test_a_database_that_hangs_is_answered_503_soon_and_then_all_is_well(world: World) -> None:
    """By the door for those who cannot wait (`tests/channels/test_hurried.py`): all others wait for longer."""
    account_id = connect_tool(world.cast).id
    pools.dispose()
    before = [taken(world, account_id, "a" * number) for number in (1, 2, 3, 4)]

    with frozen(world.postgres.pid):
        hanging = [tell(world, account_id, "b" * number) for number in (5, 6, 7)]
        alive = world.service.call("GET", "/healthz")[0]
    after = [taken(world, account_id, "b" * number) for number in (5, 6, 7)]

    assert before == [202] * 4
    assert [status for status, _ in hanging] == [503] * 3
    assert max(seconds for _, seconds in hanging) < settings().db_lock_timeout_seconds, hanging
    assert alive == 200
    assert after == [202] * 3
    reading_in.read_due(settings())
    assert read() == exactly_once(7)


def read() -> dict[str, int]:
    sql = """
        SELECT count(*) AS kept, count(*) FILTER (WHERE state = 'done') AS read,
               (SELECT count(*) FROM threads) AS threads, (SELECT count(*) FROM posts) AS posts
        FROM inbound_deliveries
    """
    with db.statement() as connection:
        row = connection.execute(sql).fetchone()
    assert row is not None
    return dict(row._asdict())


def exactly_once(count: int) -> dict[str, int]:
    return {"kept": count, "read": count, "threads": count, "posts": count}


def test_mentions_at_a_pace_are_answered_at_once_while_the_database_restarts(world: World) -> None:
    sender = Sender(
        world.service.port, connect_tool(world.cast).id, count=150, per_second=50, again_after_seconds=1
    )
    pools.dispose()

    with sending(sender):
        time.sleep(1)
        world.postgres.stop()
        time.sleep(1)
        world.postgres.start()
    while reading_in.read_due(settings())["read"]:
        pass

    # Neighbours on this machine may hold up one answer; the campaign is stricter.
    assert sender.within(0.95) < ANSWERED_WITHIN_SECONDS, sender.figures()
    assert 0 not in sender.answers
    assert 503 in sender.answers, "the outage was never noticed"
    assert read() == exactly_once(150)


@pytest.mark.campaign
@pytest.mark.timeout(1500)
def test_a_hundred_a_second_for_a_minute_lose_nothing_with_worker_and_database_stopped(
    world: World, capsys: pytest.CaptureFixture[str]
) -> None:
    sender = Sender(world.service.port, connect_tool(world.cast).id, count=6000, per_second=100)
    pools.dispose()
    commands = dict(bridge_commands(port=world.service.port, data_dir=world.folder).children)
    log = (world.folder / "service.log").open("ab")

    def start_reading() -> None:
        for name in ("worker", "beat"):
            start(world.service, name, commands[name], dict(os.environ), log.fileno())

    def stop_reading() -> None:
        for name in ("worker", "beat"):
            stop(world.service.processes.pop(name))

    start_reading()
    began = time.monotonic()
    try:
        with sending(sender):
            time.sleep(15)
            stop_reading()
            time.sleep(10)
            world.postgres.stop()
            time.sleep(10)
            world.postgres.start()
            time.sleep(5)
            start_reading()
        sent = time.monotonic() - began
        deadline = time.monotonic() + 1000
        while read()["read"] < 6000 and time.monotonic() < deadline:
            time.sleep(1)
        read_after = time.monotonic() - began
    finally:
        stop_reading()
        log.close()
    with capsys.disabled():
        print(f"\n{sender.figures()}; taken after {sent:.0f} s, read after {read_after:.0f} s")

    assert read() == exactly_once(6000)
    assert 0 not in sender.answers, "a connection was cut"
    assert sender.within(1) < ANSWERED_WITHIN_SECONDS, sender.figures()
    assert 503 in sender.answers, "the outage was never noticed"
    assert read_after - sent < READ_WITHIN_SECONDS
