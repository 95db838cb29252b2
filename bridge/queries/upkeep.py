"""What is thrown away when it is old enough. Deletes in batches; the caller commits each."""

from datetime import datetime, timedelta

from bridge.db import Connection

IDEMPOTENCY_KEPT = timedelta(days=30)

_PRUNE_IDEMPOTENCY = """
DELETE FROM idempotency_keys
WHERE ctid = ANY (ARRAY(
    SELECT ctid FROM idempotency_keys WHERE created_at < %(before)s ORDER BY created_at LIMIT %(limit)s
))
"""


def prune_idempotency(connection: Connection, now: datetime, *, limit: int) -> int:
    """Delete up to `limit` stored answers that are older than thirty days. Returns how many."""
    values = {"before": now - IDEMPOTENCY_KEPT, "limit": limit}
    return connection.execute(_PRUNE_IDEMPOTENCY, values).rowcount


PRESENCE_KEPT = timedelta(hours=1)

_PRUNE_PRESENCE = "DELETE FROM thread_presence WHERE seen_at < %(before)s"


def prune_presence(connection: Connection, now: datetime) -> int:
    """Delete who was on a conversation more than an hour ago. Returns how many; there are never many."""
    return connection.execute(_PRUNE_PRESENCE, {"before": now - PRESENCE_KEPT}).rowcount


STORE_FILES_WAIT = timedelta(days=1)

_PRUNE_STORE_FILES = "DELETE FROM store_files WHERE applied_at IS NULL AND created_at < %(before)s"


def prune_store_files(connection: Connection, now: datetime) -> int:
    """Delete files of stores that nobody applied within a day. Returns how many; there are never many."""
    return connection.execute(_PRUNE_STORE_FILES, {"before": now - STORE_FILES_WAIT}).rowcount
