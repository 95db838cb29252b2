"""Who holds the streams, and which of them are open."""

from collections.abc import Collection, Mapping, Sequence
from datetime import datetime
from typing import Any, Final
from uuid import UUID

from bridge.db import Connection
from bridge.queries.channel_accounts import ACCOUNT, TWIN

STREAMS_LOCK: Final = 7_261_120_005
"""Held by the one process that holds the streams: of an app there may be one line, and its rules are shared."""

SAID_EVERY_SECONDS: Final = 20

_STREAMABLE: Final = f"""
{ACCOUNT}
WHERE a.channel = ANY (%(channels)s) AND a.enabled AND a.deleted_at IS NULL AND a.token_state = 'ok'
  AND NOT EXISTS ({TWIN})
ORDER BY a.created_at, a.id
"""

# Who holds a row, such as a refresh of its token, may hold it for seconds: it is told the next time.
_SEEN: Final = f"""
UPDATE channel_accounts a SET stream_since = given.since, stream_seen_at = %(now)s
FROM (
    SELECT c.id, o.since
    FROM channel_accounts c
    LEFT JOIN unnest(%(ids)s::uuid[], %(sinces)s::timestamptz[]) AS o (id, since) ON o.id = c.id
    WHERE c.channel = ANY (%(channels)s) AND (c.stream_since IS DISTINCT FROM o.since
          OR o.since IS NOT NULL AND c.stream_seen_at < %(now)s::timestamptz - interval '{SAID_EVERY_SECONDS} s')
    FOR NO KEY UPDATE OF c SKIP LOCKED
) given
WHERE a.id = given.id
"""


# A machine that is gone without a word keeps the lock until the server misses it.
_LEAD: Final = f"""
SELECT pg_try_advisory_lock({STREAMS_LOCK}) AS ours, set_config('tcp_keepalives_idle', '30', false) AS idle,
       set_config('tcp_keepalives_interval', '10', false) AS every, set_config('tcp_keepalives_count', '3', false) AS times
"""


def lead(connection: Connection) -> bool:
    """Take the streams' lock for this connection, without waiting. False when another process has it."""
    row = connection.execute(_LEAD).fetchone()
    assert row is not None
    return bool(row.ours)


def resign(connection: Connection) -> None:
    """Give the lock back."""
    connection.execute(f"SELECT pg_advisory_unlock({STREAMS_LOCK})")


def streamable(
    connection: Connection, *, channels: Collection[str], by_server: Collection[str], now: datetime
) -> Sequence[Any]:
    """The working accounts of these channels with their live secrets, the oldest first."""
    values = {"channels": list(channels), "by_server": list(by_server), "now": now}
    return connection.execute(_STREAMABLE, values).fetchall()


def seen(
    connection: Connection, opened: Mapping[UUID, datetime], *, channels: Collection[str], now: datetime
) -> None:
    """Say which streams are open and since when; all others are not. Passes over a row that is locked."""
    values = {"ids": list(opened), "sinces": list(opened.values()), "channels": list(channels), "now": now}
    connection.execute(_SEEN, values)
