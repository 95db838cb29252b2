"""Locks by which the clock that runs, and whoever plays the demo's past, take turns."""

import psycopg

from bridge.db import Connection
from bridge.queries.audit import RECORDING_LOCK

PAST_LOCK = 7_261_120_004
"""Held, exclusive, while a case of the past is played; shared, by each sweep of a demo's clock."""


def take(connection: Connection, *, alone: bool) -> bool:
    """Take the lock of the past for this connection; false when it was not free for as long as one may wait."""
    name = "pg_advisory_lock" if alone else "pg_advisory_lock_shared"
    try:
        connection.execute(f"SELECT {name}({PAST_LOCK})")
    except psycopg.errors.LockNotAvailable:
        return False
    return True


def give_back(connection: Connection, *, alone: bool) -> None:
    """Give the lock of the past back."""
    name = "pg_advisory_unlock" if alone else "pg_advisory_unlock_shared"
    connection.execute(f"SELECT {name}({PAST_LOCK})")


def hold_sealer(connection: Connection) -> None:
    """Keep the sealer away from now on; it finds somebody recording, and comes again a minute later."""
    connection.execute(f"SELECT pg_advisory_lock_shared({RECORDING_LOCK})")


def release_sealer(connection: Connection) -> None:
    """Let the sealer work again."""
    connection.execute(f"SELECT pg_advisory_unlock_shared({RECORDING_LOCK})")


def is_sealed(connection: Connection) -> bool:
    """Whether a checkpoint stands over the history, so that nothing older may be added."""
    return connection.execute("SELECT FROM checkpoints LIMIT 1").fetchone() is not None
