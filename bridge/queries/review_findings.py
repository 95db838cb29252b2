"""What HQ's acts on the queue read and write: a row within reach, its case's open rows, who may judge."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from bridge.db import Act
from bridge.queries.review_queue import IN_REACH, OF_CASE

_PLACE = f"""
SELECT r.id, r.escalation_id, s.unit_path
FROM reviews r {OF_CASE}
WHERE r.id = %(id)s AND {IN_REACH}
"""

_OPEN_ROWS = """
SELECT id, entry_reason, state, assigned_to FROM reviews
WHERE escalation_id = %(escalation_id)s AND state <> 'closed'
ORDER BY id FOR UPDATE
"""

_ASSIGN = """
UPDATE reviews SET state = 'assigned', assigned_to = %(person_id)s, assigned_at = %(now)s
WHERE id = %(id)s AND state <> 'closed'
"""

_CLOSE = """
WITH coded AS (
    UPDATE escalations SET cause_code = %(cause_code)s WHERE id = %(escalation_id)s
)
UPDATE reviews SET state = 'closed', finding = %(finding)s, finding_text = %(text)s,
       cause_code = %(cause_code)s, bridge_cause = %(bridge_cause)s, taxonomy_version = %(version)s,
       closed_by = %(closed_by)s, closed_at = %(now)s
WHERE id = ANY (%(ids)s) AND state <> 'closed'
"""

_REVIEWER = """
SELECT p.id, p.display_name, p.status,
       ARRAY(SELECT a.role || '@' || u.kind || '@' || a.org_unit_id
             FROM role_assignments a JOIN org_units u ON u.id = a.org_unit_id
             WHERE a.person_id = p.id AND a.valid_from <= %(now)s
               AND (a.valid_to IS NULL OR a.valid_to > %(now)s)) AS assignments
FROM people p
WHERE p.id = %(id)s AND p.brand_id = %(brand_id)s
"""

_DECLINED_BY = """
SELECT d.person_id FROM decisions d
WHERE d.escalation_id = %(escalation_id)s AND d.action = 'decline'
  AND NOT EXISTS (SELECT 1 FROM decisions u WHERE u.reverses_id = d.id)
"""

_STORE_NUMBER = """
SELECT s.number FROM escalations e JOIN stores s ON s.id = e.store_id WHERE e.id = %(escalation_id)s
"""


def place_of(act: Act, review_id: UUID, *, brand_id: UUID | None, reach: list[UUID] | None) -> Any:
    """The row's case and its store's place, without a lock; None outside the reach."""
    return act.ask(_PLACE, {"id": review_id, "brand_id": brand_id, "reach": reach}).fetchone()


def open_rows(act: Act, escalation_id: UUID) -> list[Any]:
    """The case's open rows, locked. The caller holds the case's lock."""
    return act.ask(_OPEN_ROWS, {"escalation_id": escalation_id}).fetchall()


def assign(act: Act, review_id: UUID, *, person_id: UUID, now: datetime) -> None:
    """Give an open row to a person. Does not commit."""
    act.ask(_ASSIGN, {"id": review_id, "person_id": person_id, "now": now})


def close(
    act: Act,
    ids: Sequence[UUID],
    *,
    escalation_id: UUID,
    finding: str,
    text: str,
    cause_code: str,
    bridge_cause: str | None,
    version: int,
    closed_by: UUID,
    now: datetime,
) -> None:
    """Close rows with one finding, and write the cause on the case. Does not commit."""
    act.ask(
        _CLOSE,
        {
            "ids": list(ids),
            "escalation_id": escalation_id,
            "finding": finding,
            "text": text,
            "cause_code": cause_code,
            "bridge_cause": bridge_cause,
            "version": version,
            "closed_by": closed_by,
            "now": now,
        },
    )


def reviewer(act: Act, person_id: UUID, *, brand_id: UUID, now: datetime) -> Any:
    """A person of the brand with status and roles, as role@unit kind@unit; None when there is none."""
    return act.ask(_REVIEWER, {"id": person_id, "brand_id": brand_id, "now": now}).fetchone()


def declined_by(act: Act, escalation_id: UUID) -> list[UUID]:
    """Everybody whose decline of the case stands."""
    return [row.person_id for row in act.ask(_DECLINED_BY, {"escalation_id": escalation_id}).fetchall()]


def store_number(act: Act, escalation_id: UUID) -> str | None:
    """The number of the case's store, None when it counts at several."""
    row = act.ask(_STORE_NUMBER, {"escalation_id": escalation_id}).fetchone()
    return None if row is None else str(row.number)
