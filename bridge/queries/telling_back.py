"""Ended cases whose customer does not know yet, the messages that tell it, and what became of them."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any, Final
from uuid import UUID

import sqlalchemy as sa
from sqlmodel import Session

from bridge.db import Act, Connection
from bridge.queries.queue import UNTOLD

TOPIC: Final = "outcome"

_UNTOLD: Final = ", ".join(f"'{status.value}'" for status in UNTOLD)

# What was written since the case ended tells this ending; an earlier life's message does not.
_DUE: Final = f"""
SELECT e.id, e.brand_id, e.thread_id, e.version, e.ended_at, t.language, t.visibility, t.network,
       b.default_locale
FROM escalations e
JOIN threads t ON t.id = e.thread_id
JOIN brands b ON b.id = e.brand_id
WHERE e.status IN ({_UNTOLD}) AND e.told_at IS NULL
  AND e.brand_id IN (SELECT a.brand_id FROM channel_accounts a WHERE a.enabled AND a.deleted_at IS NULL)
  AND e.superseded_by_id IS NULL AND e.issued_at IS NOT NULL
  AND e.ended_at > %(since)s AND e.ended_at < %(before)s
  AND (e.ended_at, e.id) > (%(after_at)s, %(after_id)s)
  AND EXISTS (
      SELECT FROM thread_doors d JOIN channel_accounts a ON a.id = d.account_id
      WHERE d.thread_id = t.id AND a.enabled AND a.deleted_at IS NULL AND a.channel = ANY (%(channels)s)
  )
  AND NOT EXISTS (
      SELECT FROM channel_messages m
      WHERE m.escalation_id = e.id AND m.topic = '{TOPIC}' AND m.created_at >= e.ended_at
  )
ORDER BY e.ended_at, e.id
LIMIT %(limit)s
"""

_LOCK: Final = sa.text(
    f"""
    SELECT 1 FROM escalations
    WHERE id = :id AND version = :version AND status IN ({_UNTOLD}) AND told_at IS NULL
    FOR NO KEY UPDATE SKIP LOCKED
    """
)

# The case lives again, or the customer was told otherwise: what was not sent is not said any more.
_CANCEL_STALE: Final = f"""
UPDATE channel_messages m
SET state = 'cancelled', next_at = NULL, settled_at = %(now)s,
    last_error = CASE WHEN e.told_at IS NULL THEN 'case_changed' ELSE 'told_otherwise' END
FROM escalations e
WHERE e.id = m.escalation_id AND m.topic = '{TOPIC}' AND m.purpose <> 'note'
  AND (m.state IN ('waiting', 'handed_off', 'failed_final') OR m.state = 'queued' AND m.attempts = 0)
  AND (e.ended_at IS NULL OR e.ended_at > m.created_at OR e.told_at IS NOT NULL)
RETURNING m.id
"""

_SENT: Final = f"""
SELECT e.id, m.id AS message_id, m.purpose, m.external_id, t.network
FROM escalations e
JOIN channel_messages m ON m.escalation_id = e.id
JOIN threads t ON t.id = m.thread_id
WHERE e.status IN ({_UNTOLD}) AND e.told_at IS NULL
  AND m.topic = '{TOPIC}' AND m.purpose <> 'note' AND m.state = 'sent' AND m.created_at >= e.ended_at
ORDER BY m.settled_at
LIMIT %(limit)s
"""


def due(
    connection: Connection,
    *,
    since: datetime,
    before: datetime,
    channels: Sequence[str],
    after: tuple[datetime, UUID],
    limit: int,
) -> Sequence[Any]:
    """Cases that ended in this time, can be told through one of `channels`, and are not told; oldest first."""
    values = {
        "since": since,
        "before": before,
        "channels": list(channels),
        "after_at": after[0],
        "after_id": after[1],
        "limit": limit,
    }
    return connection.execute(_DUE, values).fetchall()


def lock_untold(session: Session, escalation_id: UUID, *, version: int) -> bool:
    """Lock the case if it is as it was read and nobody told the customer meanwhile. Skips what is held."""
    return session.connection().execute(_LOCK, {"id": escalation_id, "version": version}).first() is not None


def cancel_stale(act: Act, now: datetime) -> int:
    """Take back messages whose ending is no more, as far as they were not tried. Returns how many."""
    return len(act.ask(_CANCEL_STALE, {"now": now}).fetchall())


def sent(connection: Connection, *, limit: int) -> Sequence[Any]:
    """Cases whose outcome was sent and that do not say so yet."""
    return connection.execute(_SENT, {"limit": limit}).fetchall()
