"""The two doors to PostgreSQL, and the only file that commits.

* `transaction()` gives an ORM session for lists and administration.
* `statement()` gives a psycopg connection in autocommit for one statement (the look-up).
* `act()` gives a psycopg connection inside one transaction, for everything that changes an
  escalation. BEGIN travels with the first statement and COMMIT with the last one, so an act
  costs as many round trips as it has statements.

Every connection takes the role `bridge_app`, which may only insert and read the append-only
tables. Pools are made on first use, one per process, so that forked workers share nothing.
"""

import os
import re
import select
import signal
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from contextvars import ContextVar
from functools import lru_cache
from threading import Lock
from typing import Any, Self

import orjson
import psycopg
import sqlalchemy as sa
from psycopg.rows import namedtuple_row
from psycopg.types.json import set_json_dumps, set_json_loads
from psycopg_pool import ConnectionPool, PoolTimeout
from sqlalchemy.exc import InterfaceError, OperationalError
from sqlmodel import Session

from bridge.errors import DatabaseUnavailable
from bridge.outage import Outage
from bridge.settings import Settings, settings

APP_ROLE = "bridge_app"
LOGIN_ROLE = "bridge_web"

Connection = psycopg.Connection[Any]
Cursor = psycopg.Cursor[Any]

CRASH_AT: ContextVar[str] = ContextVar("crash_at", default="")
"""Where this request's process has to die: "before_commit" or "after_commit". Set in test builds only."""

# A statement that waited too long for a lock, or ran too long, is an outage of that row, not a bug.
_UNAVAILABLE = (
    psycopg.OperationalError,
    psycopg.errors.LockNotAvailable,
    psycopg.errors.QueryCanceled,
    PoolTimeout,
)


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
            query, names = _numbered(query)
            params = [params[name] for name in names]
        return super().execute(query, params, **options)


@lru_cache(maxsize=512)
def _numbered(sql: str) -> tuple[bytes, tuple[str, ...]]:
    """The statement with `$1` for its values, and the values' names in that order."""
    places: dict[str, int] = {}

    def number(found: re.Match[str]) -> str:
        return f"${places.setdefault(found[1], len(places) + 1)}" if found[1] else "%"

    return _PLACEHOLDER.sub(number, sql).encode(), tuple(places)


_MAKERS: dict[tuple[str, int], Callable[[Sequence[Any]], Any]] = {}


def _named_row(cursor: psycopg.Cursor[Any]) -> Callable[[Sequence[Any]], Any]:
    """Rows as named tuples, as psycopg's `namedtuple_row`; the type is made once for each statement."""
    result, asked = cursor.pgresult, getattr(cursor, "asked", "")
    if result is None or not asked:
        return namedtuple_row(cursor)
    key = (asked, result.nfields)
    if key not in _MAKERS:
        _MAKERS[key] = namedtuple_row(cursor)
    return _MAKERS[key]


_OUTAGE = Outage()


class PatientConnection(psycopg.Connection[Any]):
    """A connection that may give up on its own: PostgreSQL's time limits are kept by PostgreSQL.

    A server that hangs (a disk that does not answer, a machine that was stopped) keeps none, and whoever
    asked would hang with it. Past `gives_up_at` the connection is closed, because it may still be answered.
    """

    gives_up_at: float | None = None

    @classmethod
    def connect(cls, *where: Any, **options: Any) -> Self:
        """Connect, and let those who cannot wait know how it went."""
        try:
            connection = super().connect(*where, **options)
        except psycopg.OperationalError:
            _OUTAGE.begin()
            raise
        _OUTAGE.end()
        return connection

    def wait(self, gen: Any, interval: float = 0.1, timeout: float | None = None) -> Any:
        """Wait for an answer. Raises OperationalError when there is none in time."""
        if self.gives_up_at is None:
            return super().wait(gen, interval, timeout)
        try:
            return super().wait(gen, interval, max(self.gives_up_at - time.monotonic(), 0.001))
        except psycopg.errors._WaitTimeout:
            self.pgconn.finish()
            _OUTAGE.begin()
            raise


def _set_up(connection: Connection) -> None:
    connection.cursor_factory = StatementCursor
    set_json_loads(orjson.loads, connection)
    set_json_dumps(orjson.dumps, connection)


def _refuse_if_left(connection: Connection) -> None:
    """Refuse a pooled connection whose server went away, so that the pool hands out another one.

    A server says good-bye by closing, and an idle connection has nothing else to read: one system call
    tells, where asking the server would cost every request a round trip. Only where something is to be
    read is the server asked, because it may also have said that a setting changed.
    """
    waiting = select.poll()
    waiting.register(connection.fileno(), select.POLLIN | select.POLLHUP)
    if waiting.poll(0):
        ConnectionPool.check_connection(connection)


# Our statements find rows by key, whatever the values, and planning one anew costs as much as
# running it; compiling one to machine code never pays.
HOT_OPTIONS = {"plan_cache_mode": "force_generic_plan", "jit": "off"}


def connection_options(config: Settings, **more: str) -> dict[str, Any]:
    """Keyword arguments for every connection of the application: role, time zone and all time limits."""
    options = {
        "role": APP_ROLE,
        "timezone": "UTC",
        "statement_timeout": f"{config.db_statement_timeout_seconds * 1000:.0f}",
        "lock_timeout": f"{config.db_lock_timeout_seconds * 1000:.0f}",
        "idle_in_transaction_session_timeout": "15000",
        # A report takes one core and no more: whoever stands at a counter comes first.
        "max_parallel_workers_per_gather": "0",
        **more,
    }
    return {
        "options": " ".join(f"-c {name}={value}" for name, value in options.items()),
        "connect_timeout": config.db_connect_timeout_seconds,
        "application_name": "bridge",
    }


def driver_url(url: str) -> str:
    """The URL as psycopg wants it: without SQLAlchemy's driver suffix."""
    return url.replace("postgresql+psycopg://", "postgresql://", 1).replace("postgres://", "postgresql://", 1)


# Without it, threads whose first use comes together would each make a pool, and all but one be lost open.
_FIRST_USE = Lock()


def engine() -> sa.Engine:
    """The process's ORM engine."""
    with _FIRST_USE:
        return _engine()


def pool() -> "ConnectionPool[Connection]":
    """The process's pool for the hot path; every connection is in autocommit and prepares at once."""
    with _FIRST_USE:
        return _pool()


@lru_cache(maxsize=1)
def _engine() -> sa.Engine:
    config = settings()
    return sa.create_engine(
        driver_url(config.database_url),
        pool_size=config.db_pool_size,
        max_overflow=0,
        pool_timeout=config.db_connect_timeout_seconds,
        pool_pre_ping=True,
        connect_args=connection_options(config),
    )


@lru_cache(maxsize=1)
def _pool() -> "ConnectionPool[Connection]":
    config = settings()
    return ConnectionPool(
        driver_url(config.database_url),
        min_size=1,
        max_size=config.db_pool_size,
        connection_class=PatientConnection,
        timeout=config.db_connect_timeout_seconds,
        kwargs={
            **connection_options(config, **HOT_OPTIONS),
            "autocommit": True,
            "prepare_threshold": 1,
            "row_factory": _named_row,
        },
        configure=_set_up,
        check=_refuse_if_left,
        reconnect_timeout=2,
        open=True,
    )


def dispose() -> None:
    """Close both pools; the next use opens new ones. For tests and for freshly forked workers."""
    if _engine.cache_info().currsize:
        _engine().dispose()
        _engine.cache_clear()
    if _pool.cache_info().currsize:
        _pool().close(timeout=1)
        _pool.cache_clear()
    _OUTAGE.end()


@contextmanager
def transaction() -> Iterator[Session]:
    """One ORM transaction: commits when the block ends, rolls back when it raises."""
    try:
        with Session(engine(), expire_on_commit=False) as session, session.begin():
            yield session
    except (OperationalError, InterfaceError, sa.exc.TimeoutError) as error:
        raise DatabaseUnavailable("the database does not answer", retry_after_seconds=2) from error


@contextmanager
def statement(*, wait_seconds: float | None = None) -> Iterator[Connection]:
    """A connection on which each statement is its own transaction.

    `wait_seconds` is how long to wait in all, for a connection and for its answers, where somebody gives up
    sooner than the setting says. A statement that got no answer by then may still be done. Who gives up so
    soon is refused at once while the database is known to be away.
    """
    if wait_seconds is not None and _OUTAGE.refuses():
        raise DatabaseUnavailable("the database does not answer", retry_after_seconds=2)
    gives_up_at = None if wait_seconds is None else time.monotonic() + wait_seconds
    try:
        with pool().connection(timeout=wait_seconds) as connection:
            assert isinstance(connection, PatientConnection)
            connection.gives_up_at = gives_up_at
            try:
                yield connection
            finally:
                connection.gives_up_at = None
        _OUTAGE.end()
    except _UNAVAILABLE as error:
        raise DatabaseUnavailable("the database does not answer", retry_after_seconds=2) from error


def _die() -> None:
    """End this process as `kill -9` would."""
    os.kill(os.getpid(), signal.SIGKILL)


@contextmanager
def reading() -> Iterator[Connection]:
    """A connection inside one read-only snapshot, without a limit on a statement's time; for checks."""
    try:
        with pool().connection() as connection, connection.transaction():
            connection.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ, READ ONLY")
            connection.execute("SET LOCAL statement_timeout = 0")
            connection.execute("SET LOCAL idle_in_transaction_session_timeout = 0")
            yield connection
    except _UNAVAILABLE as error:
        raise DatabaseUnavailable("the database does not answer", retry_after_seconds=2) from error


# A report's values decide its plan: 28 days of one district are not a year of the brand.
_REPORTING = """
SELECT set_config('plan_cache_mode', 'force_custom_plan', true) AS plans,
       set_config('work_mem', '32MB', true) AS sorts
"""


@contextmanager
def reporting() -> Iterator[Connection]:
    """A connection inside one read-only snapshot, so that a page's figures agree with each other.

    Statements are planned with their values and may sort in memory; the time limit of a statement stays.
    """
    try:
        with pool().connection() as connection, connection.transaction():
            connection.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ, READ ONLY")
            connection.execute(_REPORTING)
            yield connection
    except _UNAVAILABLE as error:
        raise DatabaseUnavailable("the database does not answer", retry_after_seconds=2) from error


class Act:
    """One transaction of one act. `ask` runs a statement; the last one goes together with COMMIT.

    The block must end with `ask_and_commit`, or with `rollback` when nothing is to be kept;
    a block that ends with neither is rolled back.

    BEGIN and COMMIT are never prepared: in a pipeline whose statement failed the server skips
    preparing what comes after it, and psycopg would go on believing in a COMMIT that is not there.
    """

    def __init__(self, connection: Connection) -> None:
        self._connection = connection
        self._open = False

    def ask(self, sql: str, values: dict[str, Any]) -> Cursor:
        """Run a statement inside the transaction, which the first one begins."""
        if self._open:
            return self._connection.execute(sql, values)
        self._open = True
        with self._connection.pipeline():
            self._connection.execute("BEGIN", prepare=False)
            return self._connection.execute(sql, values)

    def ask_and_commit(self, sql: str, values: dict[str, Any]) -> Cursor:
        """Run the last statement and commit with it in one round trip."""
        begun, self._open = self._open, True
        crash = CRASH_AT.get()
        if crash == "before_commit":
            if not begun:
                self._connection.execute("BEGIN", prepare=False)
            self._connection.execute(sql, values)
            _die()
        with self._connection.pipeline():
            if not begun:
                self._connection.execute("BEGIN", prepare=False)
            cursor = self._connection.execute(sql, values)
            self._connection.execute("COMMIT", prepare=False)
        self._open = False
        if crash == "after_commit":
            _die()
        return cursor

    def commit(self) -> None:
        """Commit what was asked so far."""
        if self._open:
            self._connection.execute("COMMIT", prepare=False)
            self._open = False

    @property
    def is_lost(self) -> bool:
        """Whether the connection is gone; nothing more can be asked."""
        return bool(self._connection.closed)

    def alone(self) -> Connection:
        """The connection for statements that stand alone, after the act has ended."""
        assert not self._open, "the act is not over"
        return self._connection

    def rollback(self) -> None:
        """Undo everything asked so far; the next `ask` begins a new transaction."""
        if self._open and not self._connection.closed:
            self._connection.execute("ROLLBACK", prepare=False)
        self._open = False


@contextmanager
def act() -> Iterator[Act]:
    """A transaction on the hot path; rolled back unless the block commits."""
    try:
        with pool().connection() as connection:
            running = Act(connection)
            try:
                yield running
            finally:
                running.rollback()
    except _UNAVAILABLE as error:
        raise DatabaseUnavailable("the database does not answer", retry_after_seconds=2) from error


@contextmanager
def work() -> Iterator[Act]:
    """A transaction for a batch of statements: commits when the block ends, rolls back when it raises."""
    with act() as running:
        yield running
        running.commit()
