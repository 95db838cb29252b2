"""A case as the page of its store shows it, and what the store decided lately. Never a code."""

from datetime import datetime
from typing import Any
from uuid import UUID

from bridge.db import Connection

_ONE = """
SELECT e.id, e.number, e.status, e.store_scope, e.currency, e.authorised_minor, e.remaining_minor, e.valid_until,
       e.needed_by, e.note_for_store, e.set_aside_note, e.authority, e.version,
       i.handle AS customer_handle, i.network AS customer_network
FROM escalations e LEFT JOIN social_identities i ON i.id = e.identity_id
WHERE e.id = %(id)s
"""

_DECIDED = """
SELECT d.id, d.action, d.amount_minor, d.currency, d.reason, d.happened_at, e.id AS escalation_id, e.number,
       p.display_name AS person,
       e.last_decision ->> 'id' = d.id::text AND e.issued_at <= d.happened_at AS is_the_last
FROM decisions d
JOIN escalations e ON e.id = d.escalation_id
JOIN people p ON p.id = d.person_id
WHERE d.store_id = %(store_id)s AND d.happened_at > %(since)s AND d.action <> 'undo'
  AND NOT EXISTS (SELECT FROM decisions r WHERE r.reverses_id = d.id)
ORDER BY d.happened_at DESC, d.id
LIMIT 100
"""


def one(connection: Connection, escalation_id: UUID) -> Any:
    """The case; the caller has checked that it counts at the reader's store."""
    return connection.execute(_ONE, {"id": escalation_id}).fetchone()


def decided(connection: Connection, store_id: UUID, *, since: datetime) -> list[Any]:
    """What the store decided since and did not take back, newest first."""
    return connection.execute(_DECIDED, {"store_id": store_id, "since": since}).fetchall()
