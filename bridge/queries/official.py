"""Accounts of ours as everybody may ask for them, the checks of their links, and what looks like them."""

from collections.abc import Collection, Sequence
from datetime import datetime
from typing import Any, Final
from uuid import UUID

import sqlalchemy as sa
from sqlmodel import Session

from bridge.db import Act, Connection
from bridge.models.base import id_at, new_id

# One statement whatever is asked, so that a known and an unknown account take the same way.
_ASK = """
SELECT EXISTS (
    SELECT FROM official_handles
    WHERE network = %(network)s AND status = 'active' AND official_since <= %(now)s
      AND check_result <> 'other_id'
      AND ((lower(handle) = lower(%(handle)s)
            AND (%(external_id)s = '' OR external_id IS NULL OR external_id = %(external_id)s))
           OR (%(external_id)s <> '' AND external_id = %(external_id)s))
) AS is_ours
"""

_LISTED = """
SELECT b.name AS brand, h.network, h.handle, h.external_id, h.kind, h.official_since, h.site_url,
       h.check_result, h.last_checked_at
FROM official_handles h JOIN brands b ON b.id = h.brand_id
WHERE h.status = 'active' AND h.official_since <= %(now)s AND h.check_result <> 'other_id'
ORDER BY b.name, h.network, lower(h.handle)
"""

_CLAIM = """
UPDATE official_handles h SET check_at = %(again_at)s
FROM (
    SELECT id FROM official_handles WHERE status = 'active' AND check_at <= %(now)s
    ORDER BY check_at LIMIT %(limit)s FOR UPDATE SKIP LOCKED
) due
WHERE h.id = due.id
RETURNING h.id, h.network, h.handle, h.external_id, h.site_url, h.check_result
"""

# An answer is written down whole; without one only the reason is, and what was known grows old.
_CHECKED = """
UPDATE official_handles
SET check_at = %(next_at)s, check_reason = %(reason)s,
    check_result = CASE WHEN %(answered)s THEN %(result)s ELSE check_result END,
    last_checked_at = CASE WHEN %(answered)s THEN %(now)s ELSE last_checked_at END
WHERE id = %(id)s AND network = %(network)s AND handle = %(handle)s AND site_url = %(site_url)s
"""

_OURS = """
SELECT id, brand_id, network, handle, external_id, status = 'active' AS is_active,
       check_result = 'other_id' AS is_taken
FROM official_handles WHERE brand_id = ANY (%(brands)s)
"""

# Posts of our own connected accounts come with their account; all others may be anybody's.
_AUTHORS = """
SELECT t.brand_id, p.network, p.author_handle AS handle, max(p.received_at) AS seen_at,
       min(i.external_id) AS external_id
FROM posts p JOIN threads t ON t.id = p.thread_id
LEFT JOIN social_identities i ON i.id = t.identity_id AND lower(i.handle) = lower(p.author_handle)
  AND i.network = p.network
WHERE p.id >= %(since)s AND p.erased_at IS NULL AND NOT (p.author_kind = 'brand' AND p.account_id IS NOT NULL)
GROUP BY 1, 2, 3
LIMIT %(limit)s
"""

_SIGHTED = """
INSERT INTO look_alikes (id, brand_id, network, handle, official_handle_id, why, first_seen_at, last_seen_at)
VALUES (%(id)s, %(brand_id)s, %(network)s, %(handle)s, %(official_handle_id)s, %(why)s, %(seen_at)s, %(seen_at)s)
ON CONFLICT (brand_id, network, lower(handle)) DO UPDATE
SET last_seen_at = greatest(look_alikes.last_seen_at, EXCLUDED.last_seen_at), why = EXCLUDED.why,
    official_handle_id = EXCLUDED.official_handle_id
"""

_LOOK_ALIKES = """
SELECT l.id, l.network, l.handle, l.why, l.first_seen_at, l.last_seen_at, h.handle AS ours,
       h.network AS our_network
FROM look_alikes l JOIN official_handles h ON h.id = l.official_handle_id
WHERE l.brand_id = %(brand_id)s AND l.dismissed_at IS NULL
ORDER BY l.last_seen_at DESC, l.id
LIMIT %(limit)s
"""

_HARMLESS = """
SELECT network, lower(handle) AS handle FROM look_alikes
WHERE brand_id = %(brand_id)s AND dismissed_at IS NOT NULL AND lower(handle) = ANY (%(handles)s)
"""

_DISMISS: Final = sa.text(
    """
    UPDATE look_alikes SET dismissed_at = :now, dismissed_by = :person_id
    WHERE id = :id AND brand_id = :brand_id AND dismissed_at IS NULL
    RETURNING id
    """
)


def is_ours(connection: Connection, *, network: str, handle: str, external_id: str, now: datetime) -> bool:
    """Whether an account speaks for us. A handle that the network's id contradicts does not."""
    values = {"network": network, "handle": handle, "external_id": external_id, "now": now}
    row: Any = connection.execute(_ASK, values).fetchone()
    return bool(row.is_ours)


def listed(connection: Connection, now: datetime) -> Sequence[Any]:
    """Every account that speaks for one of the brands now."""
    return connection.execute(_LISTED, {"now": now}).fetchall()


def claim_checks(act: Act, now: datetime, *, again_at: datetime, limit: int) -> Sequence[Any]:
    """Accounts whose links are to be looked at; whoever dies over them leaves them for `again_at`."""
    return act.ask(_CLAIM, {"now": now, "again_at": again_at, "limit": limit}).fetchall()


def write_check(
    connection: Connection, row: Any, *, result: str, reason: str, next_at: datetime, now: datetime
) -> None:
    """Write down a check, unless the account was changed meanwhile."""
    connection.execute(
        _CHECKED,
        {
            "id": row.id,
            "network": row.network,
            "handle": row.handle,
            "site_url": row.site_url,
            "answered": result != "unknown",
            "result": result,
            "reason": reason[:60],
            "next_at": next_at,
            "now": now,
        },
    )


def ours(connection: Connection, brands: Collection[UUID]) -> Sequence[Any]:
    """All accounts of these brands, also those that do not speak for us any more."""
    return connection.execute(_OURS, {"brands": list(brands)}).fetchall()


def authors_since(connection: Connection, since: datetime, *, limit: int) -> Sequence[Any]:
    """Who wrote in conversations since then, each once."""
    return connection.execute(_AUTHORS, {"since": id_at(since), "limit": limit}).fetchall()


def note_sighting(connection: Connection, author: Any, *, official_handle_id: UUID, why: str) -> None:
    """Remember that an account that looks like one of ours was seen."""
    connection.execute(
        _SIGHTED,
        {
            "id": new_id(),
            "brand_id": author.brand_id,
            "network": author.network,
            "handle": author.handle,
            "official_handle_id": official_handle_id,
            "why": why,
            "seen_at": author.seen_at,
        },
    )


def look_alikes(connection: Connection, brand_id: UUID, *, limit: int) -> Sequence[Any]:
    """What looks like accounts of the brand and was not found harmless, the last seen first."""
    return connection.execute(_LOOK_ALIKES, {"brand_id": brand_id, "limit": limit}).fetchall()


def harmless(connection: Connection, brand_id: UUID, handles: Collection[str]) -> set[tuple[str, str]]:
    """Which of these handles somebody found harmless, as (network, handle in small letters)."""
    values = {"brand_id": brand_id, "handles": [one.lower() for one in handles]}
    return {(row.network, row.handle) for row in connection.execute(_HARMLESS, values)}


def dismiss(
    session: Session, look_alike_id: UUID, *, brand_id: UUID, person_id: UUID | None, now: datetime
) -> bool:
    """Find one harmless; False when it is not there or was found so already."""
    values = {"id": look_alike_id, "brand_id": brand_id, "person_id": person_id, "now": now}
    return session.connection().execute(_DISMISS, values).first() is not None
