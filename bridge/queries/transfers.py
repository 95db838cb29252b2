"""Offers to let another store do it."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from bridge.db import Act, Connection
from bridge.models.base import new_id

_TARGET = """
SELECT s.id, s.number, s.name, s.unit_path, s.has_counter AND s.accepts_escalations AS can,
       EXISTS (SELECT FROM authority_grants g
               WHERE g.id = ANY (%(grants)s::uuid[]) AND g.scope_unit_id IS NOT NULL
                 AND NOT g.scope_unit_id = ANY (s.unit_path)) AS outside_the_right
FROM stores s WHERE s.brand_id = %(brand_id)s AND s.number = %(number)s
"""

_ADD = """
INSERT INTO transfers (id, escalation_id, from_store_id, to_store_id, reason, note, state, offered_by, offered_at,
                       decided_note)
VALUES (%(id)s, %(escalation_id)s, %(from_store_id)s, %(to_store_id)s, %(reason)s, %(note)s, 'offered',
        %(offered_by)s, %(now)s, '')
"""

_ESCALATION_OF = "SELECT escalation_id FROM transfers WHERE id = %(id)s"

_ONE = """
SELECT t.id, t.state, t.from_store_id, t.to_store_id, t.offered_by, t.reason, f.number AS from_number,
       s.number AS to_number, s.has_counter AND s.accepts_escalations AS can
FROM transfers t
JOIN stores f ON f.id = t.from_store_id
JOIN stores s ON s.id = t.to_store_id
WHERE t.id = %(id)s
"""

_SETTLE = """
UPDATE transfers SET state = %(state)s, decided_by = %(person_id)s, decided_at = %(now)s, decided_note = %(note)s
WHERE id = %(id)s AND state = 'offered'
"""

_COLUMNS = """
t.id, t.escalation_id, t.reason, t.note, t.state, t.offered_at, t.decided_at, t.decided_note,
f.number AS from_number, f.name AS from_name, s.number AS to_number, s.name AS to_name,
o.display_name AS offered_by, d.display_name AS decided_by
FROM transfers t
JOIN stores f ON f.id = t.from_store_id
JOIN stores s ON s.id = t.to_store_id
LEFT JOIN people o ON o.id = t.offered_by
LEFT JOIN people d ON d.id = t.decided_by
"""

_LISTED = f"SELECT {_COLUMNS} WHERE t.escalation_id = %(id)s ORDER BY t.offered_at, t.id"

_OFFERED_TO = f"""
SELECT e.number, e.currency, e.remaining_minor, e.authorised_minor, e.valid_until, e.authority, {_COLUMNS}
JOIN escalations e ON e.id = t.escalation_id
WHERE t.to_store_id = %(store_id)s AND t.state = 'offered' AND e.status = 'transferring'
ORDER BY t.offered_at, t.id
LIMIT 200
"""

_OFFERED_BY = f"""
SELECT e.number, e.currency, e.remaining_minor, e.authorised_minor, e.valid_until, e.authority, {_COLUMNS}
JOIN escalations e ON e.id = t.escalation_id
WHERE t.from_store_id = %(store_id)s
  AND (t.state = 'offered' AND e.status = 'transferring' OR t.state = 'accepted' AND t.decided_at > %(since)s)
ORDER BY t.offered_at DESC, t.id
LIMIT 200
"""

_MANAGERS = """
SELECT DISTINCT p.id FROM role_assignments a
JOIN people p ON p.id = a.person_id
JOIN stores s ON s.id = %(store_id)s AND a.org_unit_id = s.org_unit_id
WHERE a.role = 'store_manager' AND p.status = 'active' AND a.valid_from <= %(now)s
  AND (a.valid_to IS NULL OR a.valid_to > %(now)s)
ORDER BY p.id
"""


def target(act: Act, *, brand_id: UUID, number: str, grants: list[UUID]) -> Any:
    """A store by its number, whether it can take cases, and whether it lies outside one of `grants`."""
    return act.ask(_TARGET, {"brand_id": brand_id, "number": number, "grants": grants}).fetchone()


def add(
    act: Act,
    *,
    escalation_id: UUID,
    from_store_id: UUID,
    to_store_id: UUID,
    reason: str,
    note: str,
    offered_by: UUID | None,
    now: datetime,
) -> UUID:
    """Offer; returns the transfer's id."""
    transfer_id = new_id()
    act.ask(
        _ADD,
        {
            "id": transfer_id,
            "escalation_id": escalation_id,
            "from_store_id": from_store_id,
            "to_store_id": to_store_id,
            "reason": reason,
            "note": note,
            "offered_by": offered_by,
            "now": now,
        },
    )
    return transfer_id


def escalation_of(act: Act, transfer_id: UUID) -> UUID | None:
    """Whose transfer it is, so that the case can be locked first."""
    row = act.ask(_ESCALATION_OF, {"id": transfer_id}).fetchone()
    return None if row is None else row.escalation_id


def one(act: Act, transfer_id: UUID) -> Any:
    """A transfer of a locked case."""
    return act.ask(_ONE, {"id": transfer_id}).fetchone()


def settle(
    act: Act, transfer_id: UUID, *, state: str, note: str, person_id: UUID | None, now: datetime
) -> None:
    """Accept, refuse or withdraw it."""
    values = {"id": transfer_id, "state": state, "note": note, "person_id": person_id, "now": now}
    act.ask(_SETTLE, values)


def listed(connection: Connection, escalation_id: UUID) -> list[Any]:
    """Every transfer of a case, oldest first."""
    return connection.execute(_LISTED, {"id": escalation_id}).fetchall()


def offered_to(connection: Connection, store_id: UUID) -> list[Any]:
    """What other stores ask this store to take, oldest first."""
    return connection.execute(_OFFERED_TO, {"store_id": store_id}).fetchall()


def offered_by(connection: Connection, store_id: UUID, *, since: datetime) -> list[Any]:
    """What this store wants to move and has moved since, newest first."""
    return connection.execute(_OFFERED_BY, {"store_id": store_id, "since": since}).fetchall()


def managers_of(act: Act, store_id: UUID, *, now: datetime) -> Sequence[UUID]:
    """The active managers of a store."""
    return [row.id for row in act.ask(_MANAGERS, {"store_id": store_id, "now": now})]
