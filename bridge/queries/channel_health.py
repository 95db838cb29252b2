"""What is known of each connected account: when it last spoke, what waits, what could not be read."""

from collections.abc import Collection, Sequence
from datetime import datetime
from typing import Any, Final
from uuid import UUID

import sqlalchemy as sa
from sqlmodel import Session

from bridge.db import Act, Connection
from bridge.queries.channel_accounts import STREAMED_SINCE, TWIN

_SIGNS: Final = f"""
SELECT a.id, a.brand_id, a.channel, a.name, a.handle, a.enabled, a.token_state, a.token_expires_at, a.created_at,
       a.polled_at, a.poll_failures, a.paused_until, a.last_error, a.last_error_at, a.disabled_reason, a.rate,
       a.refused_at, a.refused_why, {STREAMED_SINCE} AS streamed_since, ({TWIN} LIMIT 1) AS twin,
       coalesce(a.quiet_after_seconds, %(usual_quiet)s) AS quiet_after_seconds, a.quiet_since,
       (SELECT max(d.received_at) FROM inbound_deliveries d WHERE d.account_id = a.id) AS last_event_at,
       (SELECT count(*) FROM (SELECT FROM inbound_deliveries d
                              WHERE d.account_id = a.id AND d.state = 'failed' LIMIT 100) f) AS unread,
       (SELECT max(m.settled_at) FROM channel_messages m WHERE m.account_id = a.id AND m.state = 'sent') AS sent_at,
       (SELECT count(*) FROM (SELECT FROM channel_messages m WHERE m.account_id = a.id
                              AND m.state IN ('queued', 'sending', 'unknown') LIMIT 100) w) AS waiting
FROM channel_accounts a
WHERE a.deleted_at IS NULL AND (%(brand_id)s::uuid IS NULL OR a.brand_id = %(brand_id)s)
ORDER BY a.channel, lower(a.name), a.id
"""

_LOG: Final = """
SELECT id, delivery_id, how, received_at, state, attempts, done_at, events, kinds, error, times_seen,
       raw_cipher IS NOT NULL AS has_raw
FROM inbound_deliveries
WHERE account_id = %(account_id)s AND (%(state)s::text = '' OR state = %(state)s)
ORDER BY received_at DESC, id DESC
LIMIT %(limit)s OFFSET %(offset)s
"""

_QUIET_SINCE: Final = """
UPDATE channel_accounts SET quiet_since = %(since)s::timestamptz
WHERE id = %(id)s AND (quiet_since IS NULL) = (%(since)s::timestamptz IS NOT NULL)
RETURNING id
"""

_AGAIN: Final = sa.text(
    """
    UPDATE inbound_deliveries SET state = 'queued', attempts = 0, next_at = :now, done_at = NULL
    WHERE account_id = :account_id AND state = 'failed' AND raw_cipher IS NOT NULL
    """
)


def signs(
    connection: Connection,
    brand_id: UUID | None,
    *,
    usual_quiet: int,
    by_server: Collection[str],
    now: datetime,
) -> Sequence[Any]:
    """Every account that is not taken away; those of all brands without `brand_id`.

    `twin` is the name of an earlier one that is the same account at the network.
    """
    values = {
        "brand_id": brand_id,
        "usual_quiet": usual_quiet,
        "by_server": list(by_server),
        "now": now,
    }
    return connection.execute(_SIGNS, values).fetchall()


def log(connection: Connection, account_id: UUID, *, state: str, limit: int, offset: int) -> Sequence[Any]:
    """What came in, newest first."""
    values = {"account_id": account_id, "state": state, "limit": limit, "offset": offset}
    return connection.execute(_LOG, values).fetchall()


def turned(act: Act, account_id: UUID, *, since: datetime | None) -> bool:
    """Note that trouble began (`since`) or ended (None). False when that was noted before."""
    return act.ask(_QUIET_SINCE, {"id": account_id, "since": since}).fetchone() is not None


def read_again(session: Session, account_id: UUID, now: datetime) -> int:
    """Let what could not be read be read again. Returns how many."""
    done: Any = session.connection().execute(_AGAIN, {"account_id": account_id, "now": now})
    return int(done.rowcount)
