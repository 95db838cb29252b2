"""What we ask of a connection beyond what psycopg does: our cursor, patience, and whether it still lives."""

import re
import select
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from contextvars import ContextVar
from functools import lru_cache
from typing import Any, Self

import orjson
import psycopg
from psycopg.rows import namedtuple_row
from psycopg.types.json import set_json_dumps, set_json_loads

from bridge.outage import Outage

_PLACEHOLDER = re.compile(r"%(?:\((\w+)\)s|%)")


class StatementCursor(psycopg.RawCursor[Any]):
    """A cursor for our own statements, which are long, constant and few.

    Takes `%(name)s` and a dict, like psycopg's own; but psycopg reads a statement of more than
    4 kB or 50 values anew for every call, and names the row's fields anew as well. Together
    that is a quarter of a look-up's CPU.
    """

    asked = ""

    def execute(self, query: Any, params: Any = None, **options: Any) -> Self:
        """Run a statement; its form and its row's type are remembered."""
        if isinstance(query, str) and isinstance(params, dict):
            self.asked = query
            query, names = numbered(query)
            params = [params[name] for name in names]
        return super().execute(query, params, **options)


@lru_cache(maxsize=512)
def numbered(sql: str) -> tuple[bytes, tuple[str, ...]]:
    """The statement with `$1` for its values, and the values' names in that order."""
    places: dict[str, int] = {}

    def number(found: re.Match[str]) -> str:
        return f"${places.setdefault(found[1], len(places) + 1)}" if found[1] else "%"

    return _PLACEHOLDER.sub(number, sql).encode(), tuple(places)


_MAKERS: dict[tuple[str, int], Callable[[Sequence[Any]], Any]] = {}


def named_row(cursor: psycopg.Cursor[Any]) -> Callable[[Sequence[Any]], Any]:
    """Rows as named tuples, as psycopg's `namedtuple_row`; the type is made once for each statement."""
    result, asked = cursor.pgresult, getattr(cursor, "asked", "")
    if result is None or not asked:
        return namedtuple_row(cursor)
    key = (asked, result.nfields)
    if key not in _MAKERS:
        _MAKERS[key] = namedtuple_row(cursor)
    return _MAKERS[key]


OUTAGE = Outage()
"""What this process knows of the database being away."""

WAITS_SECONDS: ContextVar[float | None] = ContextVar("waits_seconds", default=None)
"""How long whoever asks now waits for each answer. None: as long as the connection does."""


class PatientConnection(psycopg.Connection[Any]):
    """A connection that may give up on its own: PostgreSQL's time limits are kept by PostgreSQL.

    A server that hangs (a disk that does not answer, a machine that was stopped) keeps none, and whoever
    asked would hang with it. No answer is waited for longer than `answer_seconds` and `WAITS_SECONDS`, and
    none of all past `gives_up_at`; the connection is closed then, because it may still be answered.
    """

    answer_seconds: float | None = None
    gives_up_at: float | None = None

    @classmethod
    def connect(cls, *where: Any, **options: Any) -> Self:
        """Connect, and let those who cannot wait know how it went. Takes `answer_seconds` as well."""
        answer_seconds = options.pop("answer_seconds", None)
        try:
            connection = super().connect(*where, **options)
        except psycopg.OperationalError:
            OUTAGE.begin()
            raise
        OUTAGE.end()
        connection.answer_seconds = answer_seconds
        return connection

    @contextmanager
    def without_limit(self) -> Iterator[None]:
        """Wait for each answer as long as it takes, while the block runs."""
        usual, self.answer_seconds = self.answer_seconds, None
        try:
            yield
        finally:
            self.answer_seconds = usual

    def wait(self, gen: Any, interval: float = 0.1, timeout: float | None = None) -> Any:
        """Wait for an answer. Raises OperationalError when there is none in time."""
        limits = [limit for limit in (self.answer_seconds, WAITS_SECONDS.get()) if limit is not None]
        if self.gives_up_at is not None:
            limits.append(max(self.gives_up_at - time.monotonic(), 0.001))
        if not limits:
            return super().wait(gen, interval, timeout)
        try:
            return super().wait(gen, interval, min(limits))
        except psycopg.errors._WaitTimeout:
            self.pgconn.finish()
            OUTAGE.begin()
            raise


def set_up(connection: psycopg.Connection[Any]) -> None:
    """Give a new connection of the hot path our cursor, and JSON by orjson."""
    connection.cursor_factory = StatementCursor
    set_json_loads(orjson.loads, connection)
    set_json_dumps(orjson.dumps, connection)


def has_ended(connection: psycopg.Connection[Any]) -> bool:
    """Whether the server ended this idle connection, which is closed then.

    A server says good-bye by closing, and an idle connection has nothing else to be read: one system call
    tells, where asking the server would cost every request a round trip. Only where something is to be
    read is the server asked, because it may also have said that a setting changed.
    """
    if connection.closed:
        return True
    waiting = select.poll()
    waiting.register(connection.fileno(), select.POLLIN | select.POLLHUP)
    if not waiting.poll(0):
        return False
    try:
        connection.execute("", prepare=False)
    except psycopg.OperationalError:
        connection.close()
        return True
    return False
