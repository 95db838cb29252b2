"""Past cases for a replay, and what the ladders of today cannot reach. Read-only, for administrators."""

from datetime import datetime
from typing import Any
from uuid import UUID

from bridge.db import Act, Connection

READ_ONLY = "SET TRANSACTION READ ONLY"

_PAST = """
SELECT e.id, e.number, e.brand_id, e.kind, e.priority, e.store_id, e.agent_id, e.owner_id, e.presented_at,
       s.number AS store_number, s.unit_path AS store_path,
       (SELECT coalesce(jsonb_agg(jsonb_build_array(l.at, l.action, l.body::jsonb -> 'facts' ->> 'from',
                                                    l.body::jsonb -> 'facts' ->> 'to') ORDER BY l.seq), '[]')
        FROM timeline l
        WHERE l.stream = e.id::text AND l.body::jsonb -> 'facts' ->> 'to' IS NOT NULL) AS happened,
       (SELECT coalesce(jsonb_agg(w ->> 1 ORDER BY w ->> 1), '[]')
        FROM milestones m, jsonb_array_elements(m.warnings) w
        WHERE m.escalation_id = e.id AND m.type = 'customer_need' AND (w ->> 0)::int >= %(presses_at)s) AS warned,
       (SELECT coalesce(jsonb_agg(m.due_at), '[]') FROM milestones m
        WHERE m.escalation_id = e.id AND m.type = 'customer_need' AND m.due_at IS NOT NULL) AS needed,
       (SELECT coalesce(jsonb_agg(to_jsonb(t) || jsonb_build_object('ladder', d.name, 'version', v.version)
                                  ORDER BY r.started_at, t.round, t.step), '[]')
        FROM ladder_steps_taken t
        JOIN ladder_runs r ON r.id = t.run_id
        JOIN ladder_versions v ON v.id = r.ladder_version_id
        JOIN ladders d ON d.id = v.ladder_id
        WHERE r.escalation_id = e.id) AS taken,
       EXISTS (SELECT 1 FROM reviews w WHERE w.escalation_id = e.id AND w.entry_reason = 'no_ack') AS had_review
FROM escalations e
JOIN stores s ON s.id = e.store_id
WHERE e.brand_id = %(brand_id)s AND e.created_at >= %(since)s AND e.issued_at <= %(now)s
  AND (%(reach)s::uuid[] IS NULL OR s.unit_path && %(reach)s)
ORDER BY e.created_at DESC, e.id DESC
LIMIT %(limit)s
"""

_STORES = """
SELECT s.id AS store_id, s.number AS store_number, s.name AS store_name, s.unit_path AS store_path, s.brand_id,
       NULL::uuid AS owner_id, NULL::uuid AS agent_id, 0 AS number
FROM stores s
WHERE s.brand_id = %(brand_id)s AND s.accepts_escalations
  AND (%(reach)s::uuid[] IS NULL OR s.unit_path && %(reach)s)
ORDER BY s.number
"""

_UNITS = "SELECT id, kind, name FROM org_units WHERE id = ANY (%(ids)s)"

_MISSED = """
SELECT s.number AS store_number, s.name AS store_name, t.detail ->> 'role' AS role, count(*) AS times,
       count(DISTINCT r.escalation_id) AS cases, max(t.at) AS last_at
FROM ladder_steps_taken t
JOIN ladder_runs r ON r.id = t.run_id
JOIN escalations e ON e.id = r.escalation_id
LEFT JOIN stores s ON s.id = r.store_id
WHERE t.result = 'no_recipient' AND t.at > %(since)s AND e.brand_id = %(brand_id)s
  AND (%(reach)s::uuid[] IS NULL OR s.unit_path && %(reach)s)
GROUP BY s.number, s.name, t.detail ->> 'role'
ORDER BY times DESC, store_number, role
LIMIT %(limit)s
"""


def only_read(act: Act) -> None:
    """From here on the act's transaction can write nothing; must be the first thing it asks."""
    act.ask(READ_ONLY, {})


def past_cases(
    act: Act,
    brand_id: UUID,
    *,
    reach: list[UUID] | None,
    since: datetime,
    now: datetime,
    presses_at: int,
    limit: int,
) -> list[Any]:
    """The newest cases at one store that were issued since then, with their changes of status and steps."""
    values = {"brand_id": brand_id, "reach": reach, "since": since, "now": now}
    return act.ask(_PAST, {**values, "presses_at": presses_at, "limit": limit}).fetchall()


def stores(act: Act, brand_id: UUID, *, reach: list[UUID] | None) -> list[Any]:
    """Every store that takes escalations, as `services/looking.py` reads a case."""
    return act.ask(_STORES, {"brand_id": brand_id, "reach": reach}).fetchall()


def units(act: Act, ids: list[UUID]) -> dict[UUID, Any]:
    """Kind and name of units."""
    return {row.id: row for row in act.ask(_UNITS, {"ids": ids})}


def missed_rungs(
    connection: Connection | Act, brand_id: UUID, *, reach: list[UUID] | None, since: datetime, limit: int
) -> list[Any]:
    """Steps that reached nobody since then, by store and role, most often first."""
    values = {"brand_id": brand_id, "reach": reach, "since": since, "limit": limit}
    asked = (
        connection.ask(_MISSED, values)
        if isinstance(connection, Act)
        else connection.execute(_MISSED, values)
    )
    return asked.fetchall()
