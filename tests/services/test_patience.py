"""No connection waits for ever: a server that hangs keeps none of its own time limits."""

import contextvars
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import pytest
import sqlalchemy as sa

from bridge import db, pools
from bridge.connections import WAITS_SECONDS
from bridge.errors import DatabaseUnavailable
from bridge.outage import LOOK_AGAIN_SECONDS
from bridge.settings import settings
from tests.cast import Cast

HANGS = "SELECT pg_sleep(2)"
Ask = Callable[[str], Any]
Door = Callable[[float | None], Any]


@contextmanager
def by_statement(answer_seconds: float | None) -> Iterator[tuple[Any, Ask]]:
    with db.statement() as connection:
        if answer_seconds is not None:
            connection.answer_seconds = answer_seconds  # type: ignore[attr-defined]
        yield connection, connection.execute


@contextmanager
def by_transaction(answer_seconds: float | None) -> Iterator[tuple[Any, Ask]]:
    with db.transaction() as session:
        connection = session.connection().connection.dbapi_connection
        if answer_seconds is not None:
            connection.answer_seconds = answer_seconds  # type: ignore[union-attr]
        yield connection, lambda sql: session.connection().execute(sa.text(sql))


@pytest.fixture(autouse=True)
def fresh_connections(cast: Cast) -> Iterator[None]:
    """What a test makes impatient is nobody else's."""
    yield
    pools.dispose()


@pytest.mark.parametrize("door", [by_statement, by_transaction])
def test_a_connection_waits_a_little_longer_than_the_server_lets_a_statement_run(door: Door) -> None:
    with door(None) as (connection, _):
        assert connection.answer_seconds > settings().db_statement_timeout_seconds


@pytest.mark.parametrize("door", [by_statement, by_transaction])
def test_an_answer_that_does_not_come_is_a_database_that_does_not_answer(door: Door) -> None:
    began = time.monotonic()
    with pytest.raises(DatabaseUnavailable), door(0.2) as (_, ask):
        ask(HANGS)
    assert time.monotonic() - began < 1

    time.sleep(LOOK_AGAIN_SECONDS)
    with door(None) as (_, ask):  # nobody is given the connection that was given up
        assert ask("SELECT 1").fetchone()[0] == 1


def test_who_waits_in_all_waits_for_several_answers_together() -> None:
    def ask_again_and_again() -> None:
        with db.hurried(0.5) as connection:
            for _ in range(20):
                connection.execute("SELECT pg_sleep(0.1)")

    began = time.monotonic()
    with pytest.raises(DatabaseUnavailable):
        ask_again_and_again()
    assert 0.4 < time.monotonic() - began < 1.5


def test_whoever_asks_for_a_request_waits_a_little_longer_than_a_lock_may_take() -> None:
    lock_seconds = settings().db_lock_timeout_seconds

    def limit() -> float | None:
        db.somebody_waits()
        return WAITS_SECONDS.get()

    assert contextvars.copy_context().run(limit) == pytest.approx(lock_seconds + 0.5)


@pytest.mark.parametrize("door", [by_statement, by_transaction])
def test_an_answer_that_a_request_waits_for_too_long_is_given_up(door: Door) -> None:
    def ask_for_a_request() -> None:
        WAITS_SECONDS.set(0.2)
        with door(None) as (_, ask):
            ask(HANGS)

    began = time.monotonic()
    with pytest.raises(DatabaseUnavailable):
        contextvars.copy_context().run(ask_for_a_request)
    assert time.monotonic() - began < 1


def test_a_report_may_take_as_long_as_a_statement_may_run() -> None:
    def report() -> float | None:
        WAITS_SECONDS.set(0.2)
        with db.reporting() as connection:
            connection.execute("SELECT pg_sleep(0.4)")
            during = WAITS_SECONDS.get()
        assert during is None
        return WAITS_SECONDS.get()

    assert contextvars.copy_context().run(report) == 0.2


def test_a_check_of_everything_is_not_hurried() -> None:
    with db.reading() as snapshot:
        assert snapshot.answer_seconds is None  # type: ignore[attr-defined]
        assert snapshot.execute("SHOW statement_timeout").fetchone() == ("0",)
    with db.statement() as connection:
        assert connection.answer_seconds is not None  # type: ignore[attr-defined]
