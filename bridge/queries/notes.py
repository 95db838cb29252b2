"""Notes on a case, read by circle. They are written with `queries.life.add_note`."""

from collections.abc import Collection
from typing import Any
from uuid import UUID

from bridge.db import Connection
from bridge.reasons import Visibility

_LISTED = """
SELECT n.id, n.escalation_id, n.visibility, n.text, n.created_at, p.display_name AS author
FROM notes n JOIN people p ON p.id = n.author_id
WHERE n.escalation_id = %(id)s AND n.visibility = ANY (%(circles)s::text[])
ORDER BY n.created_at, n.id
"""

_COUNTS_AT = """
SELECT 1 FROM escalations e JOIN stores s ON s.id = %(store_id)s AND s.brand_id = e.brand_id
WHERE e.id = %(id)s AND (
    e.store_scope = 'any' OR (e.store_scope = 'one' AND e.store_id = s.id)
    OR (e.store_scope = 'group' AND e.scope_unit_id = ANY (s.unit_path)))
"""


def listed(connection: Connection, escalation_id: UUID, circles: Collection[Visibility]) -> list[Any]:
    """The notes that a reader of these circles may see, oldest first."""
    values = {"id": escalation_id, "circles": [circle.value for circle in circles]}
    return connection.execute(_LISTED, values).fetchall()


def counts_at(connection: Connection, escalation_id: UUID, *, store_id: UUID) -> bool:
    """Whether the case counts at the store."""
    return connection.execute(_COUNTS_AT, {"id": escalation_id, "store_id": store_id}).fetchone() is not None
