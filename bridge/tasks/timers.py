"""The clock of the cases and threads, and the watchdog over it."""

from functools import lru_cache

import structlog

from bridge import db
from bridge.celery_app import task
from bridge.clock import utc_now
from bridge.services import answering, turns, watching
from bridge.services.attending import Sweeper
from bridge.settings import settings

log = structlog.get_logger()


@lru_cache(maxsize=1)
def sweeper() -> Sweeper:
    """The process's sweeper; it keeps calendars and versions between two sweeps."""
    return Sweeper(settings())


@task("bridge.timers.attend_due")
def attend_due() -> None:
    """Look at every case and thread that is due."""
    with turns.live(settings()) as ours:
        if not ours:
            return
        now = utc_now()
        count = sweeper().sweep(now)
        count["threads"] = answering.sweep(now)
    with db.statement() as connection:
        watching.note_beat(connection, "sweep", utc_now(), dict(count))
    log.info("cases_attended", **count)


@task("bridge.timers.watch")
def watch() -> None:
    """Find what was due and did not happen."""
    with turns.live(settings()) as ours:
        if not ours:
            return
        with db.statement() as connection:
            watching.watch(connection, utc_now())
