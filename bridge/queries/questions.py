"""A store's questions to the agent."""

from datetime import datetime
from typing import Any
from uuid import UUID

from bridge.db import Act, Connection
from bridge.models.base import new_id

_COUNT = "SELECT count(*) AS asked FROM info_requests WHERE escalation_id = %(id)s AND state <> 'withdrawn'"

_ADD = """
INSERT INTO info_requests (id, escalation_id, question, text, is_live, asked_by, store_id, asked_at, expires_at,
                           state, answer)
VALUES (%(id)s, %(escalation_id)s, %(question)s, %(text)s, %(is_live)s, %(asked_by)s, %(store_id)s, %(now)s,
        %(expires_at)s, 'open', '')
"""

_OPEN = """
SELECT q.id, q.question, q.asked_by, q.store_id, q.is_live FROM info_requests q
WHERE q.escalation_id = %(id)s AND q.state = 'open'
"""

_SETTLE = """
UPDATE info_requests SET state = %(state)s, answer = %(answer)s, answered_by = %(person_id)s, answered_at = %(now)s
WHERE id = %(id)s AND state = 'open'
"""

_LISTED = """
SELECT q.id, q.escalation_id, q.question, q.text, q.is_live, q.asked_at, q.expires_at, q.state, q.answer,
       q.answered_at, a.display_name AS asked_by, b.display_name AS answered_by, s.number AS store_number
FROM info_requests q
JOIN people a ON a.id = q.asked_by
JOIN stores s ON s.id = q.store_id
LEFT JOIN people b ON b.id = q.answered_by
WHERE q.escalation_id = ANY (%(ids)s::uuid[]) AND (%(store_id)s::uuid IS NULL OR q.store_id = %(store_id)s::uuid)
ORDER BY q.asked_at, q.id
"""

_USUAL = """
SELECT percentile_cont(0.5) WITHIN GROUP (ORDER BY extract(epoch FROM q.answered_at - q.asked_at)) AS seconds,
       count(*) AS answers
FROM info_requests q JOIN stores s ON s.id = q.store_id
WHERE q.state = 'answered' AND q.asked_at > %(since)s AND s.brand_id = %(brand_id)s
"""


def asked(act: Act, escalation_id: UUID) -> int:
    """How many questions this case had, without those that were withdrawn."""
    row: Any = act.ask(_COUNT, {"id": escalation_id}).fetchone()
    return int(row.asked)


def add(
    act: Act,
    *,
    escalation_id: UUID,
    question: str,
    text: str,
    is_live: bool,
    asked_by: UUID,
    store_id: UUID,
    expires_at: datetime | None,
    now: datetime,
) -> UUID:
    """Ask; returns the question's id."""
    question_id = new_id()
    act.ask(
        _ADD,
        {
            "id": question_id,
            "escalation_id": escalation_id,
            "question": question,
            "text": text,
            "is_live": is_live,
            "asked_by": asked_by,
            "store_id": store_id,
            "expires_at": expires_at,
            "now": now,
        },
    )
    return question_id


def open_of(act: Act, escalation_id: UUID) -> Any:
    """The open question of a locked case; None when there is none."""
    return act.ask(_OPEN, {"id": escalation_id}).fetchone()


def settle(
    act: Act, question_id: UUID, *, state: str, answer: str, person_id: UUID | None, now: datetime
) -> None:
    """Answer or withdraw it."""
    values = {"id": question_id, "state": state, "answer": answer, "person_id": person_id, "now": now}
    act.ask(_SETTLE, values)


def listed(connection: Connection, ids: list[UUID], *, store_id: UUID | None = None) -> list[Any]:
    """The questions of some cases, oldest first; with `store_id` only those which that store asked."""
    return connection.execute(_LISTED, {"ids": ids, "store_id": store_id}).fetchall()


def usual_answer(connection: Connection, *, brand_id: UUID | None, since: datetime) -> Any:
    """How long answers took since then: `seconds` is the median, and `answers` how many there were."""
    return connection.execute(_USUAL, {"brand_id": brand_id, "since": since}).fetchone()
