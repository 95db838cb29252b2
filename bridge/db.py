"""The two doors to PostgreSQL, and the only file that commits.

* `transaction()` gives an ORM session for lists and administration.
* `statement()` gives a psycopg connection in autocommit for one statement (the look-up).
* `act()` gives a psycopg connection inside one transaction, for everything that changes an
  escalation. BEGIN travels with the first statement and COMMIT with the last one, so an act
  costs as many round trips as it has statements.

The connections are lent from `bridge.pools`.
"""

import os
import signal
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from typing import Any

import psycopg
import sqlalchemy as sa
from psycopg_pool import PoolTimeout
from sqlalchemy.exc import InterfaceError, OperationalError
from sqlmodel import Session

from bridge.connections import OUTAGE, WAITS_SECONDS, PatientConnection, has_ended
from bridge.errors import DatabaseUnavailable
from bridge.pools import LATE_SECONDS, engine, pool
from bridge.settings import settings

Connection = psycopg.Connection[Any]
Cursor = psycopg.Cursor[Any]

_WHEN_COMMITTED = "when_committed"

CRASH_AT: ContextVar[str] = ContextVar("crash_at", default="")
"""Where this request's process has to die: "before_commit" or "after_commit". Set in test builds only."""

# A statement that waited too long for a lock, or ran too long, is an outage of that row, not a bug.
_UNAVAILABLE = (
    psycopg.OperationalError,
    psycopg.errors.LockNotAvailable,
    psycopg.errors.QueryCanceled,
    PoolTimeout,
)


def somebody_waits() -> None:
    """Let no answer take longer than a row's lock may, from now on in this context: a request's."""
    WAITS_SECONDS.set(settings().db_lock_timeout_seconds + LATE_SECONDS)


@contextmanager
def _nobody_waits() -> Iterator[None]:
    before = WAITS_SECONDS.set(None)
    try:
        yield
    finally:
        WAITS_SECONDS.reset(before)


@contextmanager
def transaction() -> Iterator[Session]:
    """One ORM transaction: commits when the block ends, rolls back when it raises."""
    try:
        with Session(engine(), expire_on_commit=False) as session, session.begin():
            yield session
        for act in session.info.get(_WHEN_COMMITTED, ()):
            act()
    except (OperationalError, InterfaceError, sa.exc.TimeoutError) as error:
        raise DatabaseUnavailable("the database does not answer", retry_after_seconds=2) from error


def when_committed(session: Session, act: Callable[[], object]) -> None:
    """Do this when the session's transaction has committed, and never when it is undone: for figures."""
    session.info.setdefault(_WHEN_COMMITTED, []).append(act)


@contextmanager
def _lent(wait_seconds: float | None = None) -> Iterator[PatientConnection]:
    """A connection of the pool's that was alive a moment ago; waits for one as long as the setting says.

    After a restart of the server every idle connection is dead, and each would cost somebody a 503. The
    pool's own check waits a second before it tries the next one, and longer each time.
    """
    lender = pool()
    ends = time.monotonic() + (lender.timeout if wait_seconds is None else wait_seconds)
    while True:
        connection = lender.getconn(ends - time.monotonic())
        connection.gives_up_at = None if wait_seconds is None else ends
        try:
            if has_ended(connection):
                continue
            with connection:
                yield connection
            OUTAGE.end()
            return
        finally:
            connection.gives_up_at = None
            lender.putconn(connection)


@contextmanager
def statement() -> Iterator[Connection]:
    """A connection on which each statement is its own transaction."""
    try:
        with _lent() as connection:
            yield connection
    except _UNAVAILABLE as error:
        raise DatabaseUnavailable("the database does not answer", retry_after_seconds=2) from error


@contextmanager
def hurried(wait_seconds: float) -> Iterator[Connection]:
    """A connection as `statement` gives it, for senders that give up within a second or so.

    `wait_seconds` is how long to wait in all, for a connection and for its answers; what got none by then may
    still be done. While the database is known to be away they are refused at once.
    """
    if OUTAGE.refuses():
        raise DatabaseUnavailable("the database does not answer", retry_after_seconds=2)
    try:
        with _lent(wait_seconds) as connection:
            yield connection
    except _UNAVAILABLE as error:
        raise DatabaseUnavailable("the database does not answer", retry_after_seconds=2) from error


def _die() -> None:
    """End this process as `kill -9` would."""
    os.kill(os.getpid(), signal.SIGKILL)


@contextmanager
def reading() -> Iterator[Connection]:
    """A connection inside one read-only snapshot, without a limit on a statement's time; for checks."""
    try:
        with (
            _nobody_waits(),
            _lent() as connection,
            connection.without_limit(),
            connection.transaction(),
        ):
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
        with _nobody_waits(), _lent() as connection, connection.transaction():
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
    """A transaction on the hot path; rolled back unless the block commits.

    A COMMIT that got no answer may still be done: only the same key, sent again, tells.
    """
    try:
        with _lent() as connection:
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
