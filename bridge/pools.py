"""The process's connections to PostgreSQL: one pool for the hot path, one for the ORM.

Every connection takes the role `bridge_app`, which may only insert and read the append-only
tables. Pools are made on first use, one per process, so that forked workers share nothing.
"""

from functools import lru_cache
from threading import Lock
from typing import Any

import psycopg
import sqlalchemy as sa
import sqlalchemy.event
from psycopg_pool import ConnectionPool

from bridge.connections import OUTAGE, PatientConnection, named_row, set_up
from bridge.settings import Settings, settings

APP_ROLE = "bridge_app"
LOGIN_ROLE = "bridge_web"

LATE_SECONDS = 0.5
"""A server that lives ends a statement, or its wait for a lock, itself; its answer is no later than this."""

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
        "answer_seconds": config.db_statement_timeout_seconds + LATE_SECONDS,
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


def pool() -> "ConnectionPool[PatientConnection]":
    """The process's pool for the hot path; every connection is in autocommit and prepares at once."""
    with _FIRST_USE:
        return _pool()


@lru_cache(maxsize=1)
def _engine() -> sa.Engine:
    config = settings()
    made = sa.create_engine(
        driver_url(config.database_url),
        pool_size=config.db_pool_size,
        max_overflow=0,
        pool_timeout=config.db_connect_timeout_seconds,
        pool_pre_ping=True,
        connect_args=connection_options(config),
    )
    sqlalchemy.event.listen(made, "do_connect", _connected)
    return made


def _connected(
    _dialect: object, _record: object, where: list[Any], options: dict[str, Any]
) -> PatientConnection:
    """What the ORM connects by; not while somebody else finds that nothing answers."""
    if OUTAGE.refuses():
        raise psycopg.OperationalError("the database did not answer a moment ago")
    return PatientConnection.connect(*where, **options)


@lru_cache(maxsize=1)
def _pool() -> "ConnectionPool[PatientConnection]":
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
            "row_factory": named_row,
        },
        configure=set_up,
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
    OUTAGE.end()
