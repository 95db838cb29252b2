"""What the demo asks and changes beyond the services: its sessions, its codes, what was seen long ago."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

import sqlalchemy as sa
from sqlmodel import Session

from bridge.db import Connection

_END_SESSIONS = sa.text(
    "UPDATE credentials SET revoked_at = :now WHERE brand_id = :brand_id AND name = :name AND revoked_at IS NULL"
)

_CODES = """
SELECT t.external_id AS thread, r.cipher, e.id AS escalation_id, e.status, s.number AS store_number
FROM threads t
JOIN escalations e ON e.thread_id = t.id
JOIN LATERAL (
    SELECT r.cipher FROM reference_codes r WHERE r.escalation_id = e.id ORDER BY r.issued_at LIMIT 1
) r ON true
LEFT JOIN stores s ON s.id = e.store_id
WHERE t.external_id = ANY (%(threads)s) AND e.supersedes_id IS NULL
ORDER BY e.number
"""

_NEWEST_LIVE = """
SELECT e.id, e.number, r.cipher
FROM escalations e JOIN reference_codes r ON r.hmac = e.code_hmac
WHERE e.store_id = %(store_id)s AND e.status IN ('issued', 'acknowledged')
ORDER BY e.created_at DESC, e.id DESC
LIMIT 1
"""

_COUNT = "SELECT count(*) AS n FROM threads WHERE external_id LIKE %(prefix)s || '%%'"

_SEEN = """
UPDATE notices SET seen_at = created_at + interval '1 hour'
WHERE seen_at IS NULL AND created_at < %(before)s
"""


def end_sessions(session: Session, brand_id: UUID, name: str, now: datetime) -> None:
    """End the sessions of that name."""
    session.connection().execute(_END_SESSIONS, {"brand_id": brand_id, "name": name, "now": now})


def first_codes(connection: Connection, threads: Sequence[str]) -> list[Any]:
    """Of each thread the first promise's first code, sealed, and where the case stands."""
    return connection.execute(_CODES, {"threads": list(threads)}).fetchall()


def newest_live(connection: Connection, store_id: UUID) -> Any:
    """The store's newest promise that can be presented, with its sealed code; None when there is none."""
    return connection.execute(_NEWEST_LIVE, {"store_id": store_id}).fetchone()


def threads_named(connection: Connection, prefix: str) -> int:
    """How many conversations have a name that begins so."""
    return int(connection.execute(_COUNT, {"prefix": prefix}).fetchone().n)  # type: ignore[union-attr]  # one row


def seen_before(connection: Connection, before: datetime) -> None:
    """Everybody has seen what they were told before that moment."""
    connection.execute(_SEEN, {"before": before})
