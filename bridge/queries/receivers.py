"""How receivers of webhooks fare, and the log of what each was sent: for an administrator's pages.

Counts stop at a bound, so that a receiver with millions of events costs no more than another.
"""

from datetime import datetime
from typing import Any, Final
from uuid import UUID

from bridge.db import Connection

COUNTED_MOST: Final = 1_000

_HEALTH = f"""
SELECT e.id,
  (SELECT count(*) FROM (SELECT FROM outcomes o WHERE o.endpoint_id = e.id AND o.channel = 'webhook'
     AND o.state = 'queued' LIMIT {COUNTED_MOST}) AS counted) AS waiting,
  (SELECT count(*) FROM (SELECT FROM outcomes o WHERE o.endpoint_id = e.id AND o.state = 'dead'
     LIMIT {COUNTED_MOST}) AS counted) AS dead,
  (SELECT count(*) FROM (SELECT FROM outcomes o WHERE o.endpoint_id = e.id AND o.state = 'cancelled'
     LIMIT {COUNTED_MOST}) AS counted) AS cancelled,
  (SELECT count(*) FROM (SELECT FROM outcomes o WHERE o.endpoint_id = e.id AND o.channel = 'webhook'
     AND o.state = 'queued' AND o.next_at > %(now)s LIMIT {COUNTED_MOST}) AS counted) AS later,
  (SELECT min(o.next_at) FROM outcomes o WHERE o.endpoint_id = e.id AND o.channel = 'webhook'
     AND o.state = 'queued') AS next_at,
  (SELECT row_to_json(t) FROM (
     SELECT o.state, o.last_error, o.created_at AS happened_at, o.settled_at
     FROM outcomes o WHERE o.endpoint_id = e.id AND o.channel = 'webhook'
       AND (o.attempts > 0 OR o.state <> 'queued')
     ORDER BY o.created_at DESC LIMIT 1) t) AS last
FROM webhook_endpoints e
WHERE e.brand_id = %(brand_id)s AND e.deleted_at IS NULL
"""

_LOG = """
SELECT o.id, o.topic, o.state, o.attempts, o.next_at, o.created_at, o.settled_at, o.last_error,
       t.started_at, t.duration_seconds, t.status_code, t.error, t.response_excerpt, t.attempt
FROM outcomes o
LEFT JOIN LATERAL (
  SELECT a.* FROM delivery_attempts a WHERE a.outcome_id = o.id ORDER BY a.attempt DESC LIMIT 1
) t ON true
WHERE o.endpoint_id = %(endpoint_id)s AND o.channel = 'webhook'
  AND (%(state)s = '' OR o.state = %(state)s)
ORDER BY o.created_at DESC, o.id DESC
LIMIT %(limit)s OFFSET %(offset)s
"""

_SECRETS = """
SELECT created_at, expires_at FROM webhook_secrets
WHERE endpoint_id = %(endpoint_id)s AND (expires_at IS NULL OR expires_at > %(now)s)
ORDER BY created_at DESC, id DESC
"""


def health(connection: Connection, brand_id: UUID, *, now: datetime) -> dict[UUID, Any]:
    """For each receiver: how many events wait, how many of them for a `later` try, and how the newest went.

    `dead` were given up, `cancelled` called off as it was switched off.
    """
    values = {"brand_id": brand_id, "now": now}
    return {row.id: row for row in connection.execute(_HEALTH, values)}


def log(connection: Connection, endpoint_id: UUID, *, state: str, limit: int, offset: int) -> list[Any]:
    """What a receiver was owed, newest first, each with its last attempt."""
    values = {"endpoint_id": endpoint_id, "state": state, "limit": limit, "offset": offset}
    return connection.execute(_LOG, values).fetchall()


def live_secrets(connection: Connection, endpoint_id: UUID, *, now: datetime) -> list[Any]:
    """When each secret that signs now was made and when it stops, newest first."""
    return connection.execute(_SECRETS, {"endpoint_id": endpoint_id, "now": now}).fetchall()
