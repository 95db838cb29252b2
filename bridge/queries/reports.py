"""HQ's figures, counted from the records, clocks and decisions as they are. Formulas: docs/reports.md.

Read-only. "Now" figures are of live cases; the others are of cases issued in [from, to). Every
statement is limited to a brand, a reach, and the stores that the filter names.
"""

from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from bridge.db import Connection
from bridge.reachability import SILENT_AFTER
from bridge.reviewing import AgeBand

REACHED = """
e.brand_id = %(brand_id)s
  AND (%(reach)s::uuid[] IS NULL OR s.unit_path && %(reach)s::uuid[]
       OR e.scope_unit_id = ANY (%(reach)s::uuid[]))
  AND (%(store_number)s::text IS NULL OR s.number = %(store_number)s::text)
  AND (%(unit_ids)s::uuid[] IS NULL OR s.unit_path @> %(unit_ids)s::uuid[])
"""
_CASES = f"FROM escalations e LEFT JOIN stores s ON s.id = e.store_id WHERE {REACHED}"

LIVE = "e.status IN ('issued', 'acknowledged', 'awaiting_agent', 'transferring')"
_IN_PERIOD = "e.issued_at >= %(from_at)s AND e.issued_at < %(to_at)s"
LATE = """e.id IN (SELECT m.escalation_id FROM milestones m
     WHERE m.state = 'missed_open' AND m.escalation_id IS NOT NULL)"""
# Read once and hashed; as a join it was planned for a handful of cases and ran for minutes.
TO_ACT = """least(e.acknowledged_at, CASE WHEN e.outcome IN ('honoured_full', 'honoured_part', 'honoured_other_way',
     'declined', 'answered') THEN e.ended_at END) - e.issued_at"""
UNSEEN = "e.status = 'issued' AND e.acknowledged_at IS NULL"
HONOURED = "e.outcome IN ('honoured_full', 'honoured_part', 'honoured_other_way')"
ANSWERABLE = f"((e.presented_at IS NOT NULL AND e.outcome IS DISTINCT FROM 'answered') OR {HONOURED})"
_AGE = """CASE WHEN {0} > %(day)s THEN 'under_1d' WHEN {0} > %(three_days)s THEN '1d_to_3d'
     WHEN {0} > %(week)s THEN '3d_to_7d' ELSE 'over_7d' END"""

_NOW = f"""
SELECT {_AGE.format("coalesce(e.issued_at, e.created_at)")} AS age, count(*) AS open,
       count(*) FILTER (WHERE {LATE}) AS late, count(*) FILTER (WHERE {UNSEEN}) AS unacknowledged,
       min(e.issued_at) AS oldest_at
{_CASES} AND {LIVE}
GROUP BY 1
"""

_PERIOD = f"""
SELECT count(*) AS issued,
       count(*) FILTER (WHERE e.presented_at IS NOT NULL) AS presented,
       count(*) FILTER (WHERE {ANSWERABLE}) AS answerable,
       count(*) FILTER (WHERE {HONOURED}) AS honoured,
       count(*) FILTER (WHERE e.outcome = 'honoured_full') AS honoured_full,
       count(*) FILTER (WHERE e.outcome = 'declined') AS declined,
       count(*) FILTER (WHERE e.outcome = 'declined' AND e.presented_at IS NOT NULL) AS declined_presented,
       count(*) FILTER (WHERE e.status = 'expired' OR e.outcome = 'expired_unused') AS expired,
       count(*) FILTER (WHERE e.ended_at IS NOT NULL) AS ended,
       count(*) FILTER (WHERE e.ended_at IS NOT NULL AND e.cause_code IS NOT NULL) AS coded
{_CASES} AND {_IN_PERIOD}
"""

_DECLINED_BY_AGE = f"""
SELECT CASE WHEN e.ended_at < e.issued_at + interval '1 day' THEN 'under_1d'
            WHEN e.ended_at < e.issued_at + interval '3 days' THEN '1d_to_3d'
            WHEN e.ended_at < e.issued_at + interval '7 days' THEN '3d_to_7d' ELSE 'over_7d' END AS age,
       count(*) AS declined
{_CASES} AND {_IN_PERIOD} AND e.outcome = 'declined'
GROUP BY 1
"""

_TIMES = f"""
SELECT m.type, count(*) FILTER (WHERE m.completed_at IS NOT NULL) AS ended,
       count(*) FILTER (WHERE m.completed_at IS NOT NULL OR m.breached_at IS NOT NULL) AS judged,
       count(*) FILTER (WHERE m.breached_at IS NOT NULL) AS breached,
       percentile_cont(ARRAY[0.5, 0.9]) WITHIN GROUP (
           ORDER BY extract(epoch FROM m.completed_at - m.started_at)::float8) AS calendar,
       avg(extract(epoch FROM m.completed_at - m.started_at)::float8) AS calendar_mean,
       percentile_cont(ARRAY[0.5, 0.9]) WITHIN GROUP (ORDER BY m.actual_seconds) AS open_time,
       avg(m.actual_seconds)::float8 AS open_mean
FROM milestones m
JOIN (SELECT e.id {_CASES} AND {_IN_PERIOD}) AS cases ON cases.id = m.escalation_id
WHERE m.state <> 'cancelled'
GROUP BY m.type
ORDER BY m.type
"""

_STORES = f"""
SELECT found.*, d.name AS district_name
FROM (
    SELECT s.id, s.number, s.name, s.unit_path[2] AS district_id,
           count(*) FILTER (WHERE {LIVE}) AS open,
           count(*) FILTER (WHERE {LIVE} AND {LATE}) AS late,
           count(*) FILTER (WHERE {LIVE} AND {UNSEEN}) AS unacknowledged,
           count(*) FILTER (WHERE e.status = 'awaiting_agent') AS questions,
           min(e.issued_at) FILTER (WHERE {LIVE}) AS oldest_at,
           count(*) FILTER (WHERE {_IN_PERIOD}) AS issued,
           count(*) FILTER (WHERE {_IN_PERIOD} AND {ANSWERABLE}) AS answerable,
           count(*) FILTER (WHERE {_IN_PERIOD} AND {HONOURED}) AS honoured,
           count(*) FILTER (WHERE {_IN_PERIOD} AND e.outcome = 'declined') AS declined,
           percentile_cont(0.5) WITHIN GROUP (ORDER BY extract(epoch FROM e.ended_at - e.issued_at)::float8)
               FILTER (WHERE {_IN_PERIOD}) AS median_seconds_to_end,
           percentile_cont(0.5) WITHIN GROUP (ORDER BY extract(epoch FROM {TO_ACT})::float8)
               FILTER (WHERE {_IN_PERIOD}) AS median_seconds_to_act
    {_CASES} AND s.id IS NOT NULL AND ({LIVE} OR {_IN_PERIOD})
    GROUP BY s.id, s.number, s.name
) AS found
LEFT JOIN org_units d ON d.id = found.district_id
"""

_ORDERS = {
    "number": f"""
SELECT * FROM ({_STORES}) AS stores
WHERE (%(after)s::text IS NULL OR number > %(after)s::text)
ORDER BY number LIMIT %(limit)s
""",
    "worst": f"""
SELECT * FROM ({_STORES}) AS stores
WHERE %(after)s::text IS NULL
ORDER BY late DESC, unacknowledged DESC, open DESC, declined DESC, number LIMIT %(limit)s
""",
}

_SILENT = f"""
WITH cases AS (
    SELECT e.id, e.store_id, s.number, s.name, e.status, e.issued_at, e.acknowledged_at, e.presented_at, e.lapses
    {_CASES} AND s.id IS NOT NULL AND (e.issued_at >= %(since)s OR {LIVE})
),
clocks AS (
    SELECT m.store_id, count(*) AS due, count(*) FILTER (WHERE m.breached_at IS NOT NULL) AS missed
    FROM milestones m JOIN cases c ON c.id = m.escalation_id AND c.store_id = m.store_id
    WHERE m.type = 'store_ack' AND m.started_at >= %(since)s
      AND (m.completed_at IS NOT NULL OR m.breached_at IS NOT NULL) AND m.state <> 'cancelled'
    GROUP BY m.store_id
),
silent AS (
    SELECT c.store_id, count(*) AS cases, min(c.issued_at) AS oldest_at
    FROM cases c
    WHERE c.status = 'issued' AND c.acknowledged_at IS NULL AND c.presented_at IS NULL
      AND (c.issued_at <= %(silent_before)s OR EXISTS (
          SELECT 1 FROM milestones m
          WHERE m.escalation_id = c.id AND m.type = 'store_ack' AND m.state = 'missed_open'))
    GROUP BY c.store_id
),
moves AS (
    SELECT t.to_store_id AS store_id, count(*) AS not_taken
    FROM transfers t
    WHERE t.state IN ('refused', 'lapsed') AND t.decided_at >= %(since)s
      AND t.to_store_id IN (SELECT store_id FROM cases)
    GROUP BY t.to_store_id
),
calls AS (
    SELECT c.store_id, sum(least(p.tries, 5)) AS reported
    FROM prior_contacts p JOIN cases c ON c.id = p.escalation_id
    WHERE p.channel IN ('phone', 'store')
    GROUP BY c.store_id
),
heard AS (
    SELECT c.store_id, greatest(
        max(c.acknowledged_at),
        max((SELECT max(l.at) FROM look_ups l WHERE l.escalation_id = c.id AND l.store_id = c.store_id)),
        max((SELECT max(d.happened_at) FROM decisions d
             WHERE d.escalation_id = c.id AND d.store_id = c.store_id))) AS last_at,
        sum(c.lapses) AS lapses, count(*) AS cases
    FROM cases c GROUP BY c.store_id
)
SELECT s.id, s.number, s.name, s.phone, d.name AS district_name, heard.cases, heard.last_at, heard.lapses,
       coalesce(clocks.due, 0) AS due, coalesce(clocks.missed, 0) AS missed,
       coalesce(silent.cases, 0) AS silent, silent.oldest_at, coalesce(moves.not_taken, 0) AS not_taken,
       coalesce(calls.reported, 0) AS reported
FROM heard
JOIN stores s ON s.id = heard.store_id
LEFT JOIN org_units d ON d.id = s.unit_path[2]
LEFT JOIN clocks ON clocks.store_id = s.id
LEFT JOIN silent ON silent.store_id = s.id
LEFT JOIN moves ON moves.store_id = s.id
LEFT JOIN calls ON calls.store_id = s.id
"""

_UNITS = """
SELECT u.id, u.kind, u.name FROM org_units u
WHERE u.brand_id = %(brand_id)s AND u.kind IN ('district', 'region')
  AND (%(reach)s::uuid[] IS NULL OR u.id = ANY (%(reach)s::uuid[]) OR u.parent_id = ANY (%(reach)s::uuid[]))
ORDER BY u.kind, u.name
"""


@dataclass(frozen=True, slots=True)
class Scope:
    """Which cases a figure is about: a brand, what the reader may see, and the stores asked for."""

    brand_id: UUID | None
    reach: list[UUID] | None
    store_number: str | None = None
    unit_ids: tuple[UUID, ...] = ()

    def values(self) -> dict[str, Any]:
        """The values of every statement."""
        return {
            "brand_id": self.brand_id,
            "reach": self.reach,
            "store_number": self.store_number,
            "unit_ids": list(self.unit_ids) or None,
        }


@dataclass(frozen=True, slots=True)
class Overview:
    """Rows of the overview: live cases by age, the period's counts, declines by age, times by clock."""

    now: list[Any]
    period: Any
    declined: list[Any]
    times: list[Any]


def overview(
    connection: Connection, scope: Scope, *, from_at: datetime, to_at: datetime, now: datetime
) -> Overview:
    """Count the brand's, or the scope's, cases."""
    values = {**scope.values(), "from_at": from_at, "to_at": to_at, **_ages(now)}
    return Overview(
        now=connection.execute(_NOW, values).fetchall(),
        period=connection.execute(_PERIOD, values).fetchone(),
        declined=connection.execute(_DECLINED_BY_AGE, values).fetchall(),
        times=connection.execute(_TIMES, values).fetchall(),
    )


def stores(
    connection: Connection,
    scope: Scope,
    *,
    from_at: datetime,
    to_at: datetime,
    limit: int,
    order: str = "number",
    after: str | None = None,
) -> list[Any]:
    """One row for each store with something live or in the period; `order` is number or worst."""
    values = {**scope.values(), "from_at": from_at, "to_at": to_at, "after": after, "limit": limit}
    return connection.execute(_ORDERS[order], values).fetchall()


def signals(connection: Connection, scope: Scope, *, since: datetime, now: datetime) -> list[Any]:
    """What `bridge/reachability.py` rates, for each store that had a case since, or has a live one."""
    values = {**scope.values(), "since": since, "silent_before": now - SILENT_AFTER}
    return connection.execute(_SILENT, values).fetchall()


def units(connection: Connection, *, brand_id: UUID | None, reach: list[UUID] | None) -> list[Any]:
    """Districts and regions that a reader may filter by."""
    return connection.execute(_UNITS, {"brand_id": brand_id, "reach": reach}).fetchall()


def _ages(now: datetime) -> dict[str, datetime | None]:
    return {
        "day": AgeBand.UNDER_1D.since(now)[0],
        "three_days": AgeBand.FROM_1D_TO_3D.since(now)[0],
        "week": AgeBand.FROM_3D_TO_7D.since(now)[0],
    }
