"""The watchdog: finds what was due and did not happen, mends it, counts it, and says that it looked.

The sweep needs no watchdog as long as every case says when to look at it. This one proves it: a
live case that says nothing, a ladder's step or a deadline that is long past, is set to be looked
at now. Each piece of clockwork leaves a heartbeat in the database; a metric tells its age, so a
watchdog that is off is seen as well.
"""

from datetime import datetime, timedelta
from typing import Final

import structlog

from bridge import metrics
from bridge.db import Connection
from bridge.queries import attending as queries
from bridge.queries import heartbeats

LATE_AFTER: Final = timedelta(minutes=2)
"""The sweep comes every five seconds; so late means that something did not fire."""

log = structlog.get_logger()


def watch(connection: Connection, now: datetime) -> int:
    """Wake what is stuck; returns how many cases were mended, none being the rule."""
    mended = queries.wake(connection, now, late=now - LATE_AFTER)
    late = queries.overdue(connection, now)
    if mended:
        metrics.WATCHDOG_MENDED.inc(len(mended))
        log.warning("stuck_cases_mended", cases=len(mended), first=str(mended[0]))
    metrics.CASE_AGE_SECONDS.set((now - late.oldest).total_seconds() if late.oldest else 0)
    heartbeats.beat(connection, "watchdog", now, {"mended": len(mended), "due": late.cases})
    return len(mended)


def note_ages(connection: Connection, now: datetime) -> None:
    """Set the metric of how long ago each piece of clockwork came to its end."""
    for row in heartbeats.all_beats(connection):
        metrics.HEARTBEAT_AGE_SECONDS.labels(row.name).set((now - row.at).total_seconds())
