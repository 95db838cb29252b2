"""Housekeeping: what may be thrown away, and when."""

import structlog

from bridge import db
from bridge.celery_app import task
from bridge.clock import utc_now
from bridge.queries import upkeep

log = structlog.get_logger()


@task("bridge.upkeep.prune_idempotency")
def prune_idempotency() -> None:
    """Forget stored answers older than thirty days, in batches, so that no lock lasts."""
    now, pruned = utc_now(), 0
    with db.statement() as connection:
        while batch := upkeep.prune_idempotency(connection, now, limit=5000):
            pruned += batch
    log.info("idempotency_pruned", rows=pruned)


@task("bridge.upkeep.prune_presence")
def prune_presence() -> None:
    """Forget who had a conversation open; pages write it every few seconds."""
    with db.statement() as connection:
        pruned = upkeep.prune_presence(connection, utc_now())
    log.info("presence_pruned", rows=pruned)


@task("bridge.upkeep.prune_store_files")
def prune_store_files() -> None:
    """Throw away files of stores that waited for a day and were not applied."""
    with db.statement() as connection:
        pruned = upkeep.prune_store_files(connection, utc_now())
    log.info("store_files_pruned", rows=pruned)
