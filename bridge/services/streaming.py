"""Hold the streams on which networks tell at once what saved searches find. One process holds all of them.

1. Whoever has the lock of the streams holds them; another process waits, and takes over when it dies.
2. Every few seconds: which accounts can have a stream, what is searched for, which lines are open.
3. On each line, in a thread of its own: what is told is written down as a delivery, and read like any other.

A line breaks, and X says that it will. While none is open the searches are asked at each poll; when one was
opened, once more, for what was said in between. A post that comes by both is one delivery.
"""

import threading
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import replace
from typing import Final
from uuid import UUID

import structlog

from bridge import db
from bridge.channels.calling import Call
from bridge.channels.registry import by_server, channels, networks
from bridge.channels.registry import channel as channel_named
from bridge.clock import utc_now
from bridge.db import Connection
from bridge.errors import DatabaseUnavailable
from bridge.queries import searches as search_queries
from bridge.queries import streams as queries
from bridge.services import channel_accounts
from bridge.services.stream_lines import HeldLine, Wanted, Work
from bridge.settings import Settings
from bridge.vault import Vault

LOOK_SECONDS: Final = 5.0
CLOSED_SECONDS: Final = 5

log = structlog.get_logger()


def hold(
    config: Settings,
    stopping: threading.Event,
    *,
    looked: Callable[[], None] = lambda: None,
    look_seconds: float = LOOK_SECONDS,
) -> None:
    """Hold the streams, or wait until nobody else does, until `stopping`. Calls `looked` at each look."""
    while not stopping.is_set():
        try:
            with db.statement() as connection, _leading(connection) as is_ours:
                looked()
                if is_ours:
                    _hold_all(connection, config, stopping, looked=looked, look_seconds=look_seconds)
        except DatabaseUnavailable:
            log.warning("streams_without_database")
        except Exception:
            log.exception("streams_failed")  # the searches are asked all the same
        stopping.wait(look_seconds)


@contextmanager
def _leading(connection: Connection) -> Iterator[bool]:
    is_ours = queries.lead(connection)
    try:
        yield is_ours
    finally:
        if is_ours and not connection.closed:
            queries.resign(connection)


def _hold_all(
    connection: Connection,
    config: Settings,
    stopping: threading.Event,
    *,
    looked: Callable[[], None],
    look_seconds: float,
) -> None:
    """Look, and look again. However it ends, no line stays open."""
    lines = Lines(config)
    try:
        while not stopping.is_set():
            lines.look(connection)
            looked()
            stopping.wait(look_seconds)
    finally:
        lines.close()
    lines.tell(connection)


class Lines:
    """The lines that this process holds. Used by one thread; each line has another."""

    def __init__(self, config: Settings, *, call: Call | None = None) -> None:
        limits = channel_accounts.limits_of(config)
        self._work = Work(config, call or channel_accounts.caller(config), limits)
        self._vault = Vault(config.encryption_keys)
        self._held: dict[UUID, HeldLine] = {}

    def look(self, connection: Connection) -> None:
        """Hold a line for each account that can have one and searches for something, and no other.

        Calls nobody: each line sees to itself. An app's new line waits until its old one was let go of.
        """
        wanted = self._wanted(connection)
        closed = [held for held in self._held.values() if not held.is_for(wanted.get(held.account_id))]
        for held in closed:
            held.close()
            del self._held[held.account_id]
        for account_id, one in wanted.items():
            if account_id in self._held:
                self._held[account_id].wanted = one
            elif not closed:
                held = HeldLine(account_id, one, self._work)
                held.start()
                self._held[account_id] = held
        self.tell(connection)

    def tell(self, connection: Connection) -> None:
        """Say which streams are open."""
        since = {account_id: held.since for account_id, held in self._held.items()}
        opened = {account_id: at for account_id, at in since.items() if at is not None}
        queries.seen(connection, opened, channels=_streaming(), now=utc_now())

    def close(self) -> None:
        """Close every line and wait until nobody reads any, but not for whoever still waits for an answer."""
        ends = time.monotonic() + CLOSED_SECONDS
        for held in self._held.values():
            held.close()
        for held in self._held.values():
            held.join(ends - time.monotonic())
        self._held.clear()

    def _wanted(self, connection: Connection) -> Mapping[UUID, "Wanted"]:
        """By account. Of several accounts of one app the first one has its line."""
        rows = queries.streamable(connection, channels=_streaming(), by_server=by_server(), now=utc_now())
        if not rows:
            return {}
        searched = search_queries.in_force(connection, [row.brand_id for row in rows], networks=networks())
        wanted: dict[UUID, Wanted] = {}
        keys: set[str] = set()
        for row in rows:
            channel = channel_named(row.channel)
            searches = searched.get((row.brand_id, channel.capabilities.network), ())
            account = replace(channel_accounts.of_row(row, self._vault).account, streamed_since=None)
            stream = channel.stream(account)
            if stream is not None and searches and stream.key not in keys:
                keys.add(stream.key)
                wanted[row.id] = Wanted(account, stream, searches)
        return wanted


def _streaming() -> list[str]:
    """The channels that can hold a line."""
    return [name for name, channel in channels().items() if channel.capabilities.can_stream]
