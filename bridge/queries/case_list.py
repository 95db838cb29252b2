"""HQ's list of cases behind a figure: the same conditions as the figures, a page at a time or as an export.

What is live is listed oldest first, by its issue; what has ended newest first, by its end. Each list
has its statements written out, so that each has a plan of its own. Never a code, never a handle.
"""

from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from bridge.db import Connection
from bridge.queries.reports import HONOURED, LATE, LIVE, REACHED, UNSEEN, Scope

_COLUMNS = """
e.id, e.number, e.status, e.outcome, e.level, e.currency, e.authorised_minor, e.remaining_minor, e.issued_at,
e.acknowledged_at, e.presented_at, e.ended_at, e.valid_until, e.cause_code,
e.last_decision ->> 'reason' AS decline_reason, s.number AS store_number, s.name AS store_name,
d.name AS district_name, a.display_name AS agent_name,
EXISTS (SELECT 1 FROM milestones m WHERE m.escalation_id = e.id AND m.state = 'missed_open') AS is_late
"""

_ENDED = "e.ended_at IS NOT NULL"
_LISTS = {
    "open": (LIVE, "e.issued_at"),
    "late": (f"{LIVE} AND {LATE}", "e.issued_at"),
    "unseen": (f"{LIVE} AND {UNSEEN}", "e.issued_at"),
    "questions": (f"{LIVE} AND e.status = 'awaiting_agent'", "e.issued_at"),
    "declined": (f"{_ENDED} AND e.outcome = 'declined'", "e.ended_at"),
    "honoured": (f"{_ENDED} AND {HONOURED}", "e.ended_at"),
    "expired": (f"{_ENDED} AND (e.status = 'expired' OR e.outcome = 'expired_unused')", "e.ended_at"),
    "ended": (_ENDED, "e.ended_at"),
    "untagged": (f"{_ENDED} AND e.cause_code IS NULL", "e.ended_at"),
}
LISTS = tuple(_LISTS)
LIVE_LISTS = frozenset(name for name, (_, at) in _LISTS.items() if at == "e.issued_at")

_WHERE = """
FROM escalations e
LEFT JOIN stores s ON s.id = e.store_id
LEFT JOIN org_units d ON d.id = s.unit_path[2]
JOIN people a ON a.id = e.agent_id
WHERE {reached} AND {condition}
  AND (%(from_at)s::timestamptz IS NULL OR {at} >= %(from_at)s::timestamptz)
  AND (%(to_at)s::timestamptz IS NULL OR {at} < %(to_at)s::timestamptz)
  AND (%(reason)s::text IS NULL OR e.last_decision ->> 'reason' = %(reason)s::text)
  AND (%(cause)s::text IS NULL OR e.cause_code = %(cause)s::text
       OR starts_with(e.cause_code, %(cause)s::text || '.'))
"""


def _page_of(name: str) -> str:
    condition, at = _LISTS[name]
    sign, order = (">", "ASC") if name in LIVE_LISTS else ("<", "DESC")
    where = _WHERE.format(reached=REACHED, condition=condition, at=at)
    return f"""
SELECT {_COLUMNS}, {at} AS place_at {where}
  AND (%(place_at)s::timestamptz IS NULL OR ({at}, e.id) {sign} (%(place_at)s::timestamptz, %(place_id)s::uuid))
ORDER BY {at} {order}, e.id {order}
LIMIT %(limit)s
"""


def _count_of(name: str) -> str:
    condition, at = _LISTS[name]
    where = _WHERE.format(reached=REACHED, condition=condition, at=at)
    return f"SELECT count(*) AS rows FROM (SELECT 1 {where} LIMIT %(limit)s) AS found"


_PAGES = {name: _page_of(name) for name in LISTS}
_COUNTS = {name: _count_of(name) for name in LISTS}


@dataclass(frozen=True, slots=True)
class CaseFilter:
    """Which cases: a list, and what narrows it. `cause` takes in everything beneath it; [from_at, to_at)."""

    show: str = "open"
    reason: str | None = None
    cause: str | None = None
    from_at: datetime | None = None
    to_at: datetime | None = None

    def values(self) -> dict[str, Any]:
        """The values of every statement."""
        return {
            "reason": self.reason,
            "cause": self.cause,
            "from_at": self.from_at,
            "to_at": self.to_at,
        }


def page(
    connection: Connection,
    scope: Scope,
    wanted: CaseFilter,
    *,
    place: tuple[datetime, UUID] | None,
    limit: int,
) -> list[Any]:
    """Rows of the list; `place` is the (place_at, id) of the last row seen."""
    values = {
        **scope.values(),
        **wanted.values(),
        "place_at": place[0] if place else None,
        "place_id": place[1] if place else None,
        "limit": limit,
    }
    return connection.execute(_PAGES[wanted.show], values).fetchall()


def count(connection: Connection, scope: Scope, wanted: CaseFilter, *, most: int) -> int:
    """How many rows the list has; counting stops at `most`."""
    values = {**scope.values(), **wanted.values(), "limit": most}
    row = connection.execute(_COUNTS[wanted.show], values).fetchone()
    assert row is not None
    return int(row.rows)
