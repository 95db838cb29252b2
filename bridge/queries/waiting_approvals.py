"""What waits for a lead's right, the most pressing first."""

from typing import Any
from uuid import UUID

from bridge.db import Connection

_WAITING = """
SELECT e.id, e.number, e.version, e.agent_id, e.authority, e.currency, e.authorised_minor, e.note_internal,
       e.valid_until, e.needed_by, a.display_name AS agent_name, p.requested_at,
       s.number AS store_number, s.name AS store_name, s.zone AS store_zone, u.name AS group_name,
       i.handle AS customer_handle, i.network AS customer_network, m.due_at
FROM escalations e
JOIN people a ON a.id = e.agent_id
JOIN approvals p ON p.escalation_id = e.id AND p.state = 'requested'
LEFT JOIN stores s ON s.id = e.store_id
LEFT JOIN org_units u ON u.id = e.scope_unit_id
LEFT JOIN social_identities i ON i.id = e.identity_id
LEFT JOIN LATERAL (
    SELECT min(c.due_at) AS due_at FROM milestones c
    WHERE c.escalation_id = e.id AND c.type = 'approval' AND c.completed_at IS NULL
) m ON true
WHERE e.brand_id = %(brand_id)s AND e.status = 'pending_approval'
  AND (%(reach)s::uuid[] IS NULL OR s.unit_path && %(reach)s::uuid[] OR e.scope_unit_id = ANY (%(reach)s::uuid[]))
ORDER BY least(m.due_at, e.needed_by, e.valid_until), p.requested_at, e.id
LIMIT %(limit)s
"""


def waiting(
    connection: Connection, *, brand_id: UUID | None, reach: list[UUID] | None, limit: int
) -> list[Any]:
    """Requests for approval within reach."""
    values = {"brand_id": brand_id, "reach": reach, "limit": limit}
    return connection.execute(_WAITING, values).fetchall()
