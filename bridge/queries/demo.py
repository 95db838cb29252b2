"""What the demo asks and changes beyond the services: its sessions, its codes, what was seen long ago."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

import sqlalchemy as sa
from sqlmodel import Session

from bridge.db import Connection

_END_SESSIONS = sa.text(
    "UPDATE credentials SET revoked_at = :now, last_seen_at = least(last_seen_at, :now) WHERE brand_id = :brand_id AND name = :name AND revoked_at IS NULL"
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
SELECT e.id
FROM escalations e JOIN reference_codes r ON r.hmac = e.code_hmac
WHERE e.store_id = %(store_id)s AND e.status IN ('issued', 'acknowledged')
  AND e.valid_from <= %(now)s AND e.valid_until > %(now)s AND e.frozen_at IS NULL
ORDER BY e.second_fact IS NOT NULL, e.created_at DESC, e.id DESC
LIMIT 1
"""

_CASE_OF_THREAD = """
SELECT e.id FROM escalations e
WHERE e.thread_id = %(thread_id)s AND e.code_hmac IS NOT NULL
  AND (e.store_id = %(store_id)s OR e.store_id IS NULL)
ORDER BY e.created_at DESC, e.id DESC
LIMIT 1
"""

_CIPHER = """
SELECT r.cipher FROM escalations e JOIN reference_codes r ON r.hmac = e.code_hmac WHERE e.id = %(id)s
"""

_NEWEST_CIPHER = """
SELECT r.cipher FROM escalations e JOIN reference_codes r ON r.hmac = e.code_hmac
WHERE e.store_id = %(store_id)s
ORDER BY e.created_at DESC, e.id DESC
LIMIT 1
"""

_FREE = """
SELECT t.id FROM threads t
WHERE t.brand_id = %(brand_id)s AND t.triage = 'open'
  AND NOT EXISTS (SELECT FROM escalations e WHERE e.thread_id = t.id)
  AND NOT EXISTS (
      SELECT FROM thread_claims c
      WHERE c.thread_id = t.id AND c.released_at IS NULL AND c.lease_until > %(now)s
        AND c.person_id <> %(person_id)s)
ORDER BY t.id IS NOT DISTINCT FROM %(own_id)s::uuid DESC, t.external_id = ANY (%(fitting)s) DESC,
         t.last_post_at DESC, t.id DESC
LIMIT 1
"""

_NEWEST_CASE = """
SELECT e.id FROM escalations e
WHERE e.code_hmac IS NOT NULL
ORDER BY e.updated_at DESC, e.id DESC
LIMIT 1
"""

_COUNT = "SELECT count(*) AS n FROM threads WHERE external_id LIKE %(prefix)s || '%%'"

_SEEN = """
WITH told AS (
    UPDATE outcomes SET seen_at = created_at + interval '1 hour'
    WHERE channel = 'board' AND seen_at IS NULL AND created_at < %(before)s
), customers AS (
    UPDATE escalations SET told_at = ended_at + interval '1 hour'
    WHERE told_at IS NULL AND ended_at < %(before)s
)
UPDATE notices SET seen_at = created_at + interval '1 hour'
WHERE seen_at IS NULL AND created_at < %(before)s
"""


def end_sessions(session: Session, brand_id: UUID, name: str, now: datetime) -> None:
    """End the sessions of that name."""
    session.connection().execute(_END_SESSIONS, {"brand_id": brand_id, "name": name, "now": now})


def first_codes(connection: Connection, threads: Sequence[str]) -> list[Any]:
    """Of each thread the first promise's first code, sealed, and where the case stands."""
    return connection.execute(_CODES, {"threads": list(threads)}).fetchall()


def newest_live(connection: Connection, store_id: UUID, now: datetime) -> UUID | None:
    """The store's newest promise that can be presented, one without a question first; None for none."""
    row = connection.execute(_NEWEST_LIVE, {"store_id": store_id, "now": now}).fetchone()
    return row.id if row is not None else None


def case_of_thread(connection: Connection, thread_id: UUID, store_id: UUID) -> UUID | None:
    """What was promised last in that conversation and counts at that store; None for nothing."""
    row = connection.execute(_CASE_OF_THREAD, {"thread_id": thread_id, "store_id": store_id}).fetchone()
    return row.id if row is not None else None


def cipher_of(connection: Connection, escalation_id: UUID) -> bytes | None:
    """The case's code, sealed; None when it has none or it is kept no more."""
    row = connection.execute(_CIPHER, {"id": escalation_id}).fetchone()
    return row.cipher if row is not None else None


def newest_cipher(connection: Connection, store_id: UUID) -> bytes | None:
    """The sealed code of the promise that was made last for that store; None when there is none."""
    row = connection.execute(_NEWEST_CIPHER, {"store_id": store_id}).fetchone()
    return row.cipher if row is not None else None


def threads_named(connection: Connection, prefix: str) -> int:
    """How many conversations have a name that begins so."""
    return int(connection.execute(_COUNT, {"prefix": prefix}).fetchone().n)  # type: ignore[union-attr]  # one row


def seen_before(connection: Connection, before: datetime) -> None:
    """Everybody has seen what they were told before that moment, and so have customers."""
    connection.execute(_SEEN, {"before": before})


def free_thread(
    connection: Connection,
    brand_id: UUID,
    person_id: UUID,
    *,
    own_id: UUID | None,
    fitting: Sequence[str],
    now: datetime,
) -> UUID | None:
    """A conversation without a promise that nobody else holds; None when there is none.

    `own_id` when it is one, else the newest of those named `fitting`, else the newest of all.
    """
    values = {
        "brand_id": brand_id,
        "person_id": person_id,
        "own_id": own_id,
        "fitting": list(fitting),
        "now": now,
    }
    row = connection.execute(_FREE, values).fetchone()
    return row.id if row is not None else None


def newest_case(connection: Connection) -> UUID | None:
    """The case that was acted on last and has a code; None when there is none."""
    row = connection.execute(_NEWEST_CASE, {}).fetchone()
    return row.id if row is not None else None
