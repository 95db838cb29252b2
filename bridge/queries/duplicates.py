"""Links between cases about the same thing."""

from datetime import datetime
from typing import Any
from uuid import UUID

from bridge.db import Act, Connection
from bridge.models.base import new_id

_LOCK_BOTH = "SELECT id FROM escalations WHERE id = ANY (%(ids)s::uuid[]) ORDER BY id FOR NO KEY UPDATE"

_ORIGINAL = """
SELECT e.id, e.brand_id, e.number,
       coalesce(s.unit_path, CASE WHEN e.scope_unit_id IS NULL THEN ARRAY[]::uuid[]
                                  ELSE ARRAY[e.scope_unit_id] END) AS place,
       EXISTS (SELECT FROM duplicate_links l WHERE l.escalation_id = e.id AND l.cut_at IS NULL) AS is_duplicate,
       EXISTS (SELECT FROM duplicate_links l WHERE l.escalation_id = %(of)s AND l.cut_at IS NULL) AS linked_before,
       EXISTS (SELECT FROM duplicate_links l WHERE l.duplicate_of_id = %(of)s AND l.cut_at IS NULL) AS has_duplicates
FROM escalations e LEFT JOIN stores s ON s.id = e.store_id
WHERE e.id = %(id)s
"""

_ADD = """
INSERT INTO duplicate_links (id, escalation_id, duplicate_of_id, reason, linked_by, linked_at, cut_reason)
VALUES (%(id)s, %(escalation_id)s, %(duplicate_of_id)s, %(reason)s, %(person_id)s, %(now)s, '')
"""

_LINKED = "SELECT escalation_id, duplicate_of_id, cut_at FROM duplicate_links WHERE id = %(id)s"

_CUT = """
UPDATE duplicate_links SET cut_at = %(now)s, cut_by = %(person_id)s, cut_reason = %(reason)s
WHERE id = %(id)s AND cut_at IS NULL
"""

_LISTED = """
SELECT l.id, l.escalation_id, l.duplicate_of_id, l.reason, l.linked_at, l.cut_at, l.cut_reason,
       a.display_name AS linked_by, c.display_name AS cut_by, e.id AS other_id, e.number AS other_number,
       e.status AS other_status, l.escalation_id = %(id)s AS is_the_duplicate
FROM duplicate_links l
JOIN escalations e ON e.id = CASE WHEN l.escalation_id = %(id)s THEN l.duplicate_of_id ELSE l.escalation_id END
LEFT JOIN stores s ON s.id = e.store_id
JOIN people a ON a.id = l.linked_by
LEFT JOIN people c ON c.id = l.cut_by
WHERE (l.escalation_id = %(id)s OR l.duplicate_of_id = %(id)s) AND e.brand_id = %(brand_id)s
  AND (%(reach)s::uuid[] IS NULL OR s.unit_path && %(reach)s::uuid[] OR e.scope_unit_id = ANY (%(reach)s::uuid[]))
ORDER BY l.linked_at, l.id
"""


def lock_both(act: Act, one: UUID, other: UUID) -> None:
    """Lock two cases in the order of their ids, so that no two acts wait crosswise."""
    act.ask(_LOCK_BOTH, {"ids": [one, other]})


def original(act: Act, original_id: UUID, *, of: UUID) -> Any:
    """The case that would be the first, and which links it and `of` have already; None if unknown."""
    return act.ask(_ORIGINAL, {"id": original_id, "of": of}).fetchone()


def add(
    act: Act, *, escalation_id: UUID, duplicate_of_id: UUID, reason: str, person_id: UUID, now: datetime
) -> UUID:
    """Link; returns the link's id."""
    link_id = new_id()
    act.ask(
        _ADD,
        {
            "id": link_id,
            "escalation_id": escalation_id,
            "duplicate_of_id": duplicate_of_id,
            "reason": reason,
            "person_id": person_id,
            "now": now,
        },
    )
    return link_id


def linked(act: Act, link_id: UUID) -> Any:
    """The two cases of a link; None if there is none."""
    return act.ask(_LINKED, {"id": link_id}).fetchone()


def cut(act: Act, link_id: UUID, *, reason: str, person_id: UUID, now: datetime) -> None:
    """Cut the link; its row stays."""
    act.ask(_CUT, {"id": link_id, "reason": reason, "person_id": person_id, "now": now})


def listed(
    connection: Connection, escalation_id: UUID, *, brand_id: UUID | None, reach: list[UUID] | None
) -> list[Any]:
    """Every link of a case to cases within reach, cut ones too. Names the cases, never their notes."""
    values = {"id": escalation_id, "brand_id": brand_id, "reach": reach}
    return connection.execute(_LISTED, values).fetchall()
