"""Both sides of a case as HQ reads it: decisions, questions, appeals, moves, notes, clocks and the ladder.

Read-only and without locks. `records.one` has the promise itself and proves the reach; these
statements take an id that was proven so.
"""

from dataclasses import dataclass
from typing import Any
from uuid import UUID

from bridge.db import Connection
from bridge.queries.clocks_shown import ClocksShown, clocks_of

_DECISIONS = """
SELECT d.id, d.action, d.amount_minor, d.gave_up_minor, d.currency, d.reason, d.reason_text, d.customer_text,
       d.happened_at, p.display_name AS person_name, s.number AS store_number, s.name AS store_name,
       u.happened_at AS undone_at
FROM decisions d
JOIN people p ON p.id = d.person_id
JOIN stores s ON s.id = d.store_id
LEFT JOIN decisions u ON u.reverses_id = d.id
WHERE d.escalation_id = %(id)s AND d.action <> 'undo'
ORDER BY d.happened_at, d.id
"""

_APPEALS = """
SELECT id, used_at, text FROM appeals
WHERE escalation_id = %(id)s AND used_at IS NOT NULL ORDER BY used_at, id
"""

_QUESTIONS = """
SELECT q.question, q.text, q.is_live, q.asked_at, q.state, q.answer, q.answered_at,
       p.display_name AS asked_by, s.number AS store_number, r.display_name AS answered_by
FROM info_requests q
JOIN people p ON p.id = q.asked_by
JOIN stores s ON s.id = q.store_id
LEFT JOIN people r ON r.id = q.answered_by
WHERE q.escalation_id = %(id)s ORDER BY q.asked_at, q.id
"""

_TRANSFERS = """
SELECT t.reason, t.note, t.state, t.offered_at, t.decided_at, t.decided_note, f.number AS from_number,
       o.number AS to_number, p.display_name AS decided_by
FROM transfers t
JOIN stores f ON f.id = t.from_store_id
JOIN stores o ON o.id = t.to_store_id
LEFT JOIN people p ON p.id = t.decided_by
WHERE t.escalation_id = %(id)s ORDER BY t.offered_at, t.id
"""

_NOTES = """
SELECT n.text, n.visibility, n.created_at, p.display_name AS author
FROM notes n JOIN people p ON p.id = n.author_id
WHERE n.escalation_id = %(id)s ORDER BY n.created_at, n.id
"""


@dataclass(frozen=True, slots=True)
class BothSides:
    """Rows of everything that was said and done about a case, oldest first."""

    decisions: list[Any]
    appeals: list[Any]
    questions: list[Any]
    transfers: list[Any]
    notes: list[Any]
    clocks: ClocksShown


def both_sides(connection: Connection, escalation_id: UUID) -> BothSides:
    """Read all of it. The caller has proven that the reader may see the case."""

    def rows(sql: str) -> list[Any]:
        return connection.execute(sql, {"id": escalation_id}).fetchall()

    return BothSides(
        decisions=rows(_DECISIONS),
        appeals=rows(_APPEALS),
        questions=rows(_QUESTIONS),
        transfers=rows(_TRANSFERS),
        notes=rows(_NOTES),
        clocks=clocks_of(connection, escalation_id),
    )
