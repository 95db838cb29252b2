"""How long after it was said a customer's post reached us, by the way it came and the kind of mention."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any, Final
from uuid import UUID

from bridge.db import Connection
from bridge.models.base import id_at

# Ids are in the order of time, so that the primary key finds the posts of a period.
_LAG: Final = """
SELECT coalesce(a.channel, 'heard_or_pasted') AS channel, p.network, t.mention_type AS kind, count(*) AS posts,
       round(percentile_cont(0.5) WITHIN GROUP (ORDER BY lag.seconds))::bigint AS median_seconds,
       round(percentile_cont(0.95) WITHIN GROUP (ORDER BY lag.seconds))::bigint AS p95_seconds
FROM posts p
JOIN threads t ON t.id = p.thread_id
LEFT JOIN channel_accounts a ON a.id = p.account_id
CROSS JOIN LATERAL (SELECT greatest(extract(epoch FROM p.received_at - p.posted_at), 0)::float8 AS seconds) lag
WHERE p.id >= %(first_id)s AND p.received_at >= %(since)s AND t.brand_id = %(brand_id)s
  AND p.author_kind = 'customer'
GROUP BY 1, 2, 3
ORDER BY 1, 2, 3
"""


def lag(connection: Connection, brand_id: UUID, *, since: datetime) -> Sequence[Any]:
    """Rows of channel, network, kind, posts, median_seconds and p95_seconds, of posts received since then."""
    values = {"first_id": id_at(since), "since": since, "brand_id": brand_id}
    return connection.execute(_LAG, values).fetchall()
