"""The lists that administrators search: stores, people, keys. A page at a time, by its number.

Each is limited to one brand and reads one row more than it shows, so that a page knows whether
another follows.
"""

from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final
from uuid import UUID

from bridge.db import Connection
from bridge.names import holdable
from bridge.roles import Role

PAGE: Final = 50
PAGES_MAX: Final = 1_000

_STORES = """
SELECT s.number, s.name, s.kind, s.city, s.state, s.phone, s.has_counter, s.accepts_escalations,
       d.name AS district,
       (SELECT count(DISTINCT r.person_id) FROM role_assignments r
        JOIN people p ON p.id = r.person_id AND p.status = 'active'
        WHERE r.org_unit_id = s.org_unit_id AND r.valid_from <= %(now)s
          AND (r.valid_to IS NULL OR r.valid_to > %(now)s)) AS people
FROM stores s
JOIN org_units u ON u.id = s.org_unit_id
LEFT JOIN org_units d ON d.id = u.parent_id
WHERE s.brand_id = %(brand_id)s
  AND (%(text)s = '' OR (s.number || ' ' || s.name || ' ' || s.city || ' ' || s.state || ' ' || s.postcode)
       ILIKE %(like)s OR s.number = %(text)s)
  AND CASE %(show)s WHEN 'closed' THEN NOT s.accepts_escalations
                    WHEN 'no_counter' THEN NOT s.has_counter
                    WHEN 'no_phone' THEN s.phone = ''
                    ELSE true END
ORDER BY s.number <> %(text)s, length(s.number), s.number
LIMIT %(limit)s OFFSET %(offset)s
"""

_PEOPLE = """
SELECT p.id, p.display_name, p.email, p.status, p.password_hash IS NOT NULL AS has_password,
       ARRAY(SELECT jsonb_build_object('role', r.role, 'unit', u.name, 'kind', u.kind)
             FROM role_assignments r JOIN org_units u ON u.id = r.org_unit_id
             WHERE r.person_id = p.id AND r.valid_from <= %(now)s
               AND (r.valid_to IS NULL OR r.valid_to > %(now)s)
             ORDER BY r.valid_from, r.id) AS roles,
       (SELECT max(c.last_seen_at) FROM credentials c
        WHERE c.person_id = p.id AND c.kind <> 'api_key') AS last_seen_at
FROM people p
WHERE p.brand_id = %(brand_id)s
  AND (%(text)s = '' OR p.display_name ILIKE %(like)s OR p.email ILIKE %(like)s)
  AND (%(status)s = '' OR p.status = %(status)s)
  AND ((%(role)s = '' AND %(unit)s = '') OR EXISTS (
        SELECT FROM role_assignments r JOIN org_units u ON u.id = r.org_unit_id
        LEFT JOIN stores s ON s.org_unit_id = u.id
        WHERE r.person_id = p.id AND r.valid_from <= %(now)s AND (r.valid_to IS NULL OR r.valid_to > %(now)s)
          AND (%(role)s = '' OR r.role = %(role)s)
          AND (%(unit)s = '' OR s.number = %(unit)s OR u.name ILIKE %(unit_like)s)))
ORDER BY p.display_name, p.id
LIMIT %(limit)s OFFSET %(offset)s
"""

_ROLES = """
SELECT r.id, r.role, r.valid_from, r.valid_to, u.name AS unit_name, u.kind AS unit_kind,
       g.display_name AS granted_by
FROM role_assignments r JOIN org_units u ON u.id = r.org_unit_id
LEFT JOIN people g ON g.id = r.granted_by
WHERE r.person_id = %(person_id)s
ORDER BY r.valid_to IS NOT NULL AND r.valid_to <= %(now)s, r.valid_from DESC, r.id
"""

_STAFF = """
SELECT DISTINCT ON (p.display_name, p.id) p.id, p.display_name, r.role
FROM role_assignments r JOIN people p ON p.id = r.person_id
WHERE r.org_unit_id = %(unit_id)s AND p.status = 'active' AND r.valid_from <= %(now)s
  AND (r.valid_to IS NULL OR r.valid_to > %(now)s)
ORDER BY p.display_name, p.id, r.role
"""

_KEYS = """
SELECT c.id, c.name, c.prefix, c.scopes, c.created_at, c.last_seen_at, c.expires_at, c.revoked_at,
       h.display_name AS person, s.number AS store_number, m.display_name AS created_by,
       c.person_id
FROM credentials c
LEFT JOIN people h ON h.id = c.person_id
LEFT JOIN people m ON m.id = c.created_by
LEFT JOIN stores s ON s.id = c.store_id
WHERE c.brand_id = %(brand_id)s AND c.kind = 'api_key'
ORDER BY c.revoked_at IS NOT NULL OR c.expires_at <= %(now)s, c.created_at DESC, c.id DESC
LIMIT %(limit)s OFFSET %(offset)s
"""

_KEY = """
SELECT c.name, c.scopes, s.number AS store_number, p.email AS person_email
FROM credentials c
LEFT JOIN people p ON p.id = c.person_id
LEFT JOIN stores s ON s.id = c.store_id
WHERE c.id = %(id)s AND c.brand_id = %(brand_id)s AND c.kind = 'api_key'
"""


@dataclass(frozen=True, slots=True)
class Listed:
    """A page of rows, and whether there is another one."""

    rows: list[Any]
    has_more: bool


def stores(
    connection: Connection, brand_id: UUID, *, text: str, show: str, page: int, now: datetime
) -> Listed:
    """Stores by number; `show` is "" or one of closed, no_counter, no_phone."""
    values = {"text": _plain(text), "like": f"%{_like(text)}%", "show": show}
    return _listed(connection, _STORES, brand_id, page, {**values, "now": now})


def people(
    connection: Connection,
    brand_id: UUID,
    *,
    text: str,
    role: Role | None,
    unit: str,
    status: str,
    page: int,
    now: datetime,
) -> Listed:
    """People by name, with the roles held now; `unit` is a store's number or a part of a unit's name."""
    values = {
        "text": _plain(text),
        "like": f"%{_like(text)}%",
        "role": role.value if role else "",
        "unit": _plain(unit).upper() if unit.strip().isalnum() and len(unit) <= 12 else _plain(unit),
        "unit_like": f"%{_like(unit)}%",
        "status": status,
    }
    return _listed(connection, _PEOPLE, brand_id, page, {**values, "now": now})


def keys(connection: Connection, brand_id: UUID, *, page: int, now: datetime) -> Listed:
    """API keys, live ones first, without their secrets, which nobody has."""
    return _listed(connection, _KEYS, brand_id, page, {"now": now})


def key(connection: Connection, brand_id: UUID, key_id: UUID) -> Any:
    """What another key like this one would have; None when there is none."""
    return connection.execute(_KEY, {"id": key_id, "brand_id": brand_id}).fetchone()


def roles(connection: Connection, person_id: UUID, *, now: datetime) -> list[Any]:
    """Every role that a person holds, will hold or held, those that ended last."""
    return connection.execute(_ROLES, {"person_id": person_id, "now": now}).fetchall()


def staff(connection: Connection, unit_id: UUID, *, now: datetime) -> list[Any]:
    """Who has a role at this very unit now."""
    return connection.execute(_STAFF, {"unit_id": unit_id, "now": now}).fetchall()


def _listed(connection: Connection, sql: str, brand_id: UUID, page: int, values: dict[str, Any]) -> Listed:
    at = max(1, min(page, PAGES_MAX))
    place = {"brand_id": brand_id, "limit": PAGE + 1, "offset": (at - 1) * PAGE}
    rows = connection.execute(sql, {**values, **place}).fetchall()
    return Listed(rows[:PAGE], len(rows) > PAGE)


def _plain(text: str) -> str:
    return holdable(text).strip()[:80]


def _like(text: str) -> str:
    return _plain(text).replace("\\", "\\\\").replace("%", "\\%").replace("_", "\\_")
