"""Hold the streams on which networks tell at once what saved searches find. One process holds all of them.

1. Whoever has the lock of the streams holds them; another process waits, and takes over when it dies.
2. Every few seconds: which accounts can have a stream, what is searched for, which lines are open.
3. On each line, in a thread of its own: what is told is written down as a delivery, and read like any other.

A line breaks, and X says that it will. While none is open the searches are asked at each poll; when one was
opened, once more, for what was said in between. A post that comes by both is one delivery.
"""

import threading
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from datetime import datetime
from typing import Final
from uuid import UUID

import structlog

from bridge import db
from bridge.channels import asking_for
from bridge.channels.calling import Answered, Call, Request
from bridge.channels.coming_in import CHANNEL_FAILED, Item
from bridge.channels.lines import Line, open_line
from bridge.channels.registry import by_server, channels, networks
from bridge.channels.registry import channel as channel_named
from bridge.channels.streams import Over, Stream, Trouble
from bridge.channels.webhook import Failed
from bridge.clock import utc_now
from bridge.db import Connection
from bridge.errors import DatabaseUnavailable
from bridge.queries import channel_accounts as account_queries
from bridge.queries import searches as search_queries
from bridge.queries import streams as queries
from bridge.searches import Search
from bridge.services import channel_accounts, receiving
from bridge.settings import Settings
from bridge.vault import Vault

LOOK_SECONDS: Final = 5.0
CLOSED_SECONDS: Final = 5
STOOD_SECONDS: Final = 20
"""A line that was open so long was a good one: the count of tries begins anew."""

log = structlog.get_logger()

OpenLine = Callable[[Request], Line | Answered | Failed]
"""How a line is opened."""


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

    def __init__(
        self,
        config: Settings,
        *,
        call: Call | None = None,
        opens: OpenLine | None = None,
        clock: Callable[[], datetime] = utc_now,
    ) -> None:
        limits = channel_accounts.limits_of(config)
        self._work = _Work(
            config,
            call or channel_accounts.caller(config),
            opens or (lambda request: open_line(request, limits=limits)),
            clock,
        )
        self._vault = Vault(config.encryption_keys)
        self._held: dict[UUID, _Held] = {}

    def look(self, connection: Connection) -> None:
        """Hold a line for each account that can have one and searches for something, and no other."""
        wanted = self._wanted(connection)
        for account_id in [one for one in self._held if one not in wanted]:
            self._held.pop(account_id).close()
        for account_id, (stream, searches) in wanted.items():
            held = self._held.get(account_id)
            if held is None or held.stream.key != stream.key:
                if held is not None:
                    held.close()
                held = self._held[account_id] = _Held(account_id, stream, searches, self._work)
                held.start()
            else:
                held.search_for(searches)
        self.tell(connection)

    def tell(self, connection: Connection) -> None:
        """Say which streams are open."""
        opened = {one.account_id: one.since for one in self._held.values() if one.since is not None}
        queries.seen(connection, opened, channels=_streaming(), now=self._work.clock())

    def close(self) -> None:
        """Close every line, and wait until nobody reads any; not for one who still waits for an answer."""
        for held in self._held.values():
            held.close()
        for held in self._held.values():
            held.join(CLOSED_SECONDS)
        self._held.clear()

    def _wanted(self, connection: Connection) -> Mapping[UUID, tuple[Stream, Sequence[Search]]]:
        """By account. Of several accounts of one app the first one has its line."""
        rows = queries.streamable(
            connection, channels=_streaming(), by_server=by_server(), now=self._work.clock()
        )
        if not rows:
            return {}
        searched = search_queries.in_force(connection, [row.brand_id for row in rows], networks=networks())
        wanted: dict[UUID, tuple[Stream, Sequence[Search]]] = {}
        keys: set[str] = set()
        for row in rows:
            channel = channel_named(row.channel)
            searches = searched.get((row.brand_id, channel.capabilities.network), ())
            stream = channel.stream(channel_accounts.of_row(row, self._vault).account)
            if stream is not None and searches and stream.key not in keys:
                keys.add(stream.key)
                wanted[row.id] = stream, searches
        return wanted


@dataclass(frozen=True, slots=True)
class _Work:
    """What all lines share."""

    config: Settings
    call: Call
    opens: OpenLine
    clock: Callable[[], datetime]


class _Held(threading.Thread):
    """One account's line: opened, read, and opened again as the network asks, until it is closed."""

    def __init__(self, account_id: UUID, stream: Stream, searches: Sequence[Search], work: _Work) -> None:
        super().__init__(name=f"stream-{account_id}", daemon=True)
        self.account_id, self.stream = account_id, stream
        self.since: datetime | None = None
        """Since when the line is open; None while it is not."""
        self._searches, self._work = searches, work
        self._carries: Sequence[Search] | None = None
        self._closed = threading.Event()
        self._line: Line | None = None

    def run(self) -> None:
        """Hold it until it is closed."""
        tries = 0
        while not self._closed.is_set():
            began = time.monotonic()
            why = self._once()
            stood = time.monotonic() - began >= STOOD_SECONDS
            tries = 1 if stood else tries + 1
            if self._closed.is_set():
                return
            wait_seconds = self.stream.wait_seconds(why, tries)
            word = _word(why)
            log.info("stream_ended", account_id=str(self.account_id), error=word, wait_seconds=wait_seconds)
            if not stood:
                self._note(word)
            self._closed.wait(wait_seconds)

    def search_for(self, searches: Sequence[Search]) -> None:
        """Look for these from now on; an open line goes on meanwhile."""
        self._searches = searches
        if self.since is not None and searches != self._carries and (why := self._tune()) is not None:
            log.warning("stream_not_tuned", account_id=str(self.account_id), error=_word(why))

    def close(self) -> None:
        """Let nothing more come."""
        self._closed.set()
        if (line := self._line) is not None:
            line.close()

    def _once(self) -> Trouble:
        """Open the line and read it to its end. Says how that was."""
        try:
            return self._tune() or self._read()
        except DatabaseUnavailable:
            return Failed("database_unavailable", 0)  # what was just told is found by the searches
        except Exception:
            log.exception("channel_failed", account_id=str(self.account_id))
            return Failed(CHANNEL_FAILED, 0)
        finally:
            self.since = self._line = None

    def _tune(self) -> Answered | Failed | None:
        searches = self._searches
        why = self.stream.tune(searches, call=self._work.call)
        if why is None:
            self._carries = searches
        return why

    def _read(self) -> Trouble:
        line = self._work.opens(self.stream.request())
        if not isinstance(line, Line):
            return line
        self._line, self.since = line, self._work.clock()
        if self._closed.is_set():
            line.close()
        for text in line:
            heard = self.stream.heard(text, self._searches) if text.strip() else None
            if isinstance(heard, Over):
                return heard
            if heard is not None:
                self._keep(heard)
        return line.ended

    def _keep(self, item: Item) -> None:
        with db.statement() as connection:
            receiving.keep(
                connection,
                self.account_id,
                delivery_id=item.delivery_id,
                body=item.body,
                how="poll",
                config=self._work.config,
                now=self._work.clock(),
            )

    def _note(self, word: str) -> None:
        with suppress(DatabaseUnavailable), db.statement() as connection:
            account_queries.note_trouble(
                connection, self.account_id, error=f"stream_{word}"[:120], now=self._work.clock()
            )


def _word(why: Trouble) -> str:
    return why.error if isinstance(why, Over) else asking_for.trouble(why)


def _streaming() -> list[str]:
    """The channels that can hold a line."""
    return [name for name, channel in channels().items() if channel.capabilities.can_stream]
