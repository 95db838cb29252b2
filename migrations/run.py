"""Move a database to the newest schema. Called by `bridge db upgrade` and by tests.

An advisory lock lets several services start at once: one migrates, the others wait.
Roles belong to the whole server and not to one database, so they are made here.
"""

import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import TextIO

import psycopg
import sqlalchemy as sa
from alembic import command
from alembic.config import Config
from psycopg import sql

from bridge.errors import DatabaseUnavailable, StartupError
from bridge.pools import APP_ROLE, LOGIN_ROLE, driver_url

MIGRATION_LOCK = 7_261_120_001
LOCK_WAIT_SECONDS = 60


def upgrade(url: str, revision: str = "head") -> None:
    """Bring the database at `url` (an owner's) up to `revision`; safe to run twice or at once.

    Raises DatabaseUnavailable when nothing answers, and StartupError for a database whose encoding
    is not UTF-8.
    """
    try:
        prepare_roles(url)
    except psycopg.OperationalError as error:
        raise DatabaseUnavailable("the database does not answer, or refuses its owner") from error
    with _connected_config(url) as config:
        command.upgrade(config, revision)


def downgrade(url: str, revision: str) -> None:
    """Take the database back to `revision`; `base` empties it."""
    with _connected_config(url) as config:
        command.downgrade(config, revision)


def check(url: str) -> None:
    """Raise when the models say something that no migration made."""
    with _connected_config(url) as config:
        command.check(config)


def prepare_roles(url: str) -> None:
    """Make the application's role and its login, once per server; the owner becomes a member."""
    with psycopg.connect(driver_url(url), autocommit=True, connect_timeout=10) as connection:
        if connection.info.parameter_status("server_encoding") != "UTF8":
            raise StartupError("the database's encoding is not UTF-8; make it with ENCODING 'UTF8'")
        for role, ability in ((APP_ROLE, "NOLOGIN"), (LOGIN_ROLE, "LOGIN")):
            exists = connection.execute("SELECT 1 FROM pg_roles WHERE rolname = %s", [role]).fetchone()
            if exists is None:
                # Another service may make it in the same moment.
                with suppress(psycopg.errors.DuplicateObject, psycopg.errors.UniqueViolation):
                    connection.execute(
                        sql.SQL("CREATE ROLE {} {}").format(sql.Identifier(role), sql.SQL(ability))
                    )
        for member in (sql.Identifier(LOGIN_ROLE), sql.SQL("CURRENT_USER")):
            connection.execute(sql.SQL("GRANT {} TO {}").format(sql.Identifier(APP_ROLE), member))


def _take_turn(connection: sa.Connection) -> None:
    """Wait until nobody else migrates.

    Asked again and again: a session that waits inside `pg_advisory_lock` holds a snapshot, and an index
    made concurrently by the one whose turn it is would wait for that snapshot to end.
    """
    gives_up = time.monotonic() + LOCK_WAIT_SECONDS
    while True:
        mine = connection.execute(sa.text("SELECT pg_try_advisory_lock(:key)"), {"key": MIGRATION_LOCK})
        taken = mine.scalar_one()
        connection.commit()
        if taken:
            return
        if time.monotonic() > gives_up:
            raise StartupError(f"another service has been migrating for {LOCK_WAIT_SECONDS} s")
        time.sleep(0.1)


@contextmanager
def _connected_config(url: str) -> Iterator[Config]:
    engine = sa.create_engine(driver_url(url), poolclass=sa.pool.NullPool)
    try:
        with engine.connect() as connection:
            connection.execute(sa.text(f"SET lock_timeout = '{LOCK_WAIT_SECONDS}s'"))
            _take_turn(connection)
            config = Config()
            config.set_main_option("script_location", str(Path(__file__).parent))
            config.attributes["connection"] = connection
            try:
                yield config
            finally:
                connection.rollback()
                connection.execute(sa.text("SELECT pg_advisory_unlock(:key)"), {"key": MIGRATION_LOCK})
                connection.commit()
    finally:
        engine.dispose()


def as_sql(output: TextIO, *, after: str = "base") -> None:
    """Write the SQL of every migration after `after`; for linters and for reading."""
    config = Config(output_buffer=output)
    config.set_main_option("script_location", str(Path(__file__).parent))
    command.upgrade(config, f"{after}:head", sql=True)
