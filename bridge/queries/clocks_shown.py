"""The clocks of a case with their reasons, and its ladder: which version it keeps, what was done, what comes next.

Read-only and without locks. The caller has proven that the reader may see the case.
"""

from dataclasses import dataclass
from typing import Any
from uuid import UUID

from bridge.db import Connection

_MILESTONES = """
SELECT m.type, m.round, m.state, m.calendar, m.policy_version, m.target_seconds, m.started_at, m.due_at,
       m.breached_at, m.completed_at, m.elapsed_seconds, m.stopped_seconds, m.actual_seconds, m.trace,
       s.zone AS store_zone
FROM milestones m LEFT JOIN stores s ON s.id = m.store_id
WHERE m.escalation_id = %(id)s ORDER BY m.started_at, m.type, m.round
"""

_RUNS = """
SELECT r.id, r.state, r.step, r.round, r.next_at, r.started_at, r.stopped_at, r.stop_reason, v.version,
       l.name AS ladder_name, s.number AS store_number, s.zone AS store_zone, r.store_id, r.waits_from,
       CASE WHEN r.state = 'running' THEN v.definition -> 'steps' -> r.step END AS next_step,
       CASE WHEN r.waits_from IS NOT NULL THEN (v.definition -> 'steps' -> (r.step - 1) ->> 'minutes')::int
       END AS wait_minutes
FROM ladder_runs r
JOIN ladder_versions v ON v.id = r.ladder_version_id
JOIN ladders l ON l.id = v.ladder_id
LEFT JOIN stores s ON s.id = r.store_id
WHERE r.escalation_id = %(id)s ORDER BY r.started_at, r.id
"""

_STEPS = """
SELECT t.run_id, t.round, t.step, t.kind, t.result, t.detail, t.due_at, t.at
FROM ladder_steps_taken t JOIN ladder_runs r ON r.id = t.run_id
WHERE r.escalation_id = %(id)s ORDER BY t.at, t.round, t.step
"""

_KEPT = """
SELECT p.version FROM escalations e JOIN sla_policies p ON p.id = e.policy_id WHERE e.id = %(id)s
"""


@dataclass(frozen=True, slots=True)
class ClocksShown:
    """Rows, oldest first. `policy_version` is None until the clock has looked at the case."""

    milestones: list[Any]
    runs: list[Any]
    steps: list[Any]
    policy_version: int | None


def clocks_of(connection: Connection, escalation_id: UUID) -> ClocksShown:
    """Everything about the clocks and the ladder of a case."""

    def rows(sql: str) -> list[Any]:
        return connection.execute(sql, {"id": escalation_id}).fetchall()

    kept = rows(_KEPT)
    return ClocksShown(
        milestones=rows(_MILESTONES),
        runs=rows(_RUNS),
        steps=rows(_STEPS),
        policy_version=kept[0].version if kept else None,
    )
