"""Is anything left alone? Every case ended or stands on somebody's list, and nothing is late.

Reads only. Ends a simulation, and is `bridge doctor` for a service that runs.
"""

from collections.abc import Iterator
from datetime import datetime, timedelta

from bridge.db import Connection
from bridge.queries import soundness as queries
from bridge.services import verifying
from bridge.services.verifying import Finding
from bridge.settings import Settings


def examine(
    connection: Connection, settings: Settings, *, now: datetime, late_after: timedelta, history: bool = True
) -> Iterator[Finding]:
    """Everything that should not be, with `history` also in chains and books. Needs a transaction.

    `late_after` is how long after its time something may still wait.
    """
    grace = timedelta(seconds=settings.expiry_grace_seconds)
    for kind, place, what in queries.unsound(connection, now=now, late=now - late_after, grace=grace):
        yield Finding(kind, place, what)
    if history:
        yield from verifying.reconcile(connection)
        yield from verifying.verify(connection, settings=settings)


def whose(
    connection: Connection, settings: Settings, *, now: datetime, late_after: timedelta
) -> dict[str, int]:
    """On whose list how many cases stand."""
    grace = timedelta(seconds=settings.expiry_grace_seconds)
    return queries.lists(connection, now=now, late=now - late_after, grace=grace)
