"""One process holds the streams, another takes over when it is gone, and a stop takes no longer than it may."""

import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import psycopg
import pytest

from bridge import db
from bridge.channels.calling import Request
from bridge.channels.webhook import Failed
from bridge.models import ChannelAccount
from bridge.services import streaming
from bridge.services.streaming import Lines
from bridge.settings import settings
from tests.cast import Cast
from tests.channels.streams.stage import (
    HEELS,
    PATIENCE_SECONDS,
    comes,
    connected,
    kept,
    look,
    opened,
    search_for,
    stream_of,
)
from tests.peers.servers.x import Network


def test_lines_that_wait_for_an_answer_do_not_hold_up_a_stop(
    cast: Cast, address: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """All of them together are waited for no longer than one is."""
    search_for(cast)
    for number in range(3):
        made = connected(cast, address, f"Northlight {number}", str(number + 1))
        with db.statement() as connection:
            connection.execute(
                "UPDATE channel_accounts SET base_url = %(url)s WHERE id = %(id)s",
                {"url": f"{address}/{number}", "id": made.id},
            )
    monkeypatch.setattr(streaming, "CLOSED_SECONDS", 0.3)
    answers = threading.Semaphore(0)
    waiting: list[Request] = []

    def never(request: Request) -> Failed:
        waiting.append(request)
        answers.acquire(timeout=PATIENCE_SECONDS)
        return Failed("timeout", 1)

    held = Lines(settings(), call=never)
    look(held)
    comes(lambda: len(waiting) == 3)
    joined: list[float] = []
    join = threading.Thread.join
    monkeypatch.setattr(
        threading.Thread,
        "join",
        lambda self, timeout=None: (joined.append(timeout), join(self, timeout))[1],
    )
    held.close()
    assert len(joined) == 3
    assert sum(joined) <= 0.3 + 0.1
    answers.release(3)


@contextmanager
def holding() -> Iterator[threading.Event]:
    """Another process, as a thread: holds the streams until the event is set."""
    stopping = threading.Event()
    thread = threading.Thread(
        target=streaming.hold, args=(settings(), stopping), kwargs={"look_seconds": 0.1}, daemon=True
    )
    thread.start()
    try:
        yield stopping
    finally:
        stopping.set()
        thread.join(PATIENCE_SECONDS)
    assert not thread.is_alive()


@pytest.mark.usefixtures("hasty")
def test_one_process_holds_the_streams_and_another_takes_over(
    account: ChannelAccount, network: Network
) -> None:
    with holding() as first:
        comes(lambda: network.lines and stream_of().since)
        with holding():
            time.sleep(0.5)
            assert opened(network) == 1
            first.set()
            comes(lambda: opened(network) > 1)
            comes(lambda: network.lines and stream_of().since)
            network.post(HEELS)
            comes(kept)
    assert stream_of().since is None, "said by the one that stopped"


def test_without_the_lock_two_would_open_a_line_each(
    account: ChannelAccount, network: Network, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The negative control: X refuses the second one, and each may change the other's rules."""
    monkeypatch.setattr(streaming.queries, "lead", lambda _connection: True)
    monkeypatch.setattr(streaming.queries, "resign", lambda _connection: None)
    with holding():
        comes(lambda: network.lines)
        with holding():
            comes(lambda: opened(network) == 2)


@pytest.mark.usefixtures("hasty")
def test_a_lost_connection_to_the_database_closes_every_line_and_it_begins_anew(
    account: ChannelAccount, network: Network, owner: psycopg.Connection[Any]
) -> None:
    """With the connection the lock is lost: somebody else may hold the streams by now."""
    with holding():
        comes(lambda: network.lines and stream_of().since)
        (line,) = network.lines
        owner.execute(
            "SELECT pg_terminate_backend(pid) FROM pg_locks WHERE locktype = 'advisory' AND objid = %s",
            [streaming.queries.STREAMS_LOCK & 0xFFFF_FFFF],
        )
        comes(lambda: network.lines and network.lines != [line])
        network.post(HEELS)
        comes(kept)


def started() -> subprocess.Popen[bytes]:
    return subprocess.Popen(
        [sys.executable, "-m", "bridge.cli", "streams"],
        env={**os.environ, "BRIDGE_WEBHOOK_ALLOW_PRIVATE_ADDRESSES": "true"},
        stdin=subprocess.DEVNULL,
    )


def test_the_command_holds_them_until_it_is_asked_to_stop_and_a_killed_one_is_replaced(
    account: ChannelAccount, network: Network
) -> None:
    killed = started()
    comes(lambda: network.lines and stream_of().since)
    (line,) = network.lines
    killed.send_signal(signal.SIGKILL)
    killed.wait(PATIENCE_SECONDS)
    comes(lambda: line not in network.lines)

    stopped = started()
    comes(lambda: network.lines)
    network.post(HEELS)
    comes(kept)
    stopped.send_signal(signal.SIGTERM)
    assert stopped.wait(PATIENCE_SECONDS) == 0
    assert stream_of().since is None
