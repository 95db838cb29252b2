"""The watchdog: finds what was due and did not happen, mends it, counts it, and says that it looked.

The sweep needs no watchdog as long as every case says when to look at it. This one proves it: a
live case that says nothing, a ladder's step or a deadline that is long past, is set to be looked
at now. Each piece of clockwork leaves a heartbeat in the database; a metric tells its age, so a
watchdog that is off is seen as well.
"""

from datetime import datetime, timedelta
from typing import Any, Final

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
    note_beat(connection, "watchdog", now, {"mended": len(mended), "due": late.cases})
    return len(mended)


def note_beat(connection: Connection, name: str, now: datetime, facts: dict[str, Any]) -> None:
    """Remember that a piece of clockwork came to its end, in the database and as a metric."""
    heartbeats.beat(connection, name, now, facts)
    metrics.HEARTBEAT_TIMESTAMP_SECONDS.labels(name).set(now.timestamp())
