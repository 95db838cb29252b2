"""HQ's overview in two passes: what is live now, and what became of a period, each by store and district.

Each pass reads its cases once, through an index made for it: a pass for every card and table took
two seconds with fifty thousand open cases. Medians do not add up, so the period is counted at three
levels together (GROUPING SETS); what is live is summed by the service.
A case that counts at several stores belongs to no store and no district. Formulas: docs/reports.md.
"""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from bridge.db import Connection
from bridge.queries.reports import ANSWERABLE, HONOURED, LATE, LIVE, REACHED, TO_ACT, UNSEEN, Scope

_LIVE_NOW = f"""
SELECT e.store_id, count(*) AS open, count(*) FILTER (WHERE {LATE}) AS late,
       count(*) FILTER (WHERE {UNSEEN}) AS unacknowledged,
       count(*) FILTER (WHERE e.status = 'awaiting_agent') AS questions, min(e.issued_at) AS oldest_at
FROM escalations e
LEFT JOIN stores s ON s.id = e.store_id
WHERE {REACHED} AND {LIVE}
GROUP BY e.store_id
"""

_PERIOD = f"""
WITH cases AS MATERIALIZED (
    SELECT s.unit_path[2] AS district_id, e.store_id, {ANSWERABLE} AS answerable, {HONOURED} AS honoured,
           e.outcome = 'declined' AS declined, extract(epoch FROM {TO_ACT})::float8 AS act
    FROM escalations e
    LEFT JOIN stores s ON s.id = e.store_id
    WHERE {REACHED} AND e.issued_at >= %(from_at)s AND e.issued_at < %(to_at)s
)
SELECT grouping(district_id, store_id) AS level, district_id, store_id, count(*) AS issued,
       count(*) FILTER (WHERE answerable) AS answerable, count(*) FILTER (WHERE honoured) AS honoured,
       count(*) FILTER (WHERE declined) AS declined,
       percentile_cont(0.5) WITHIN GROUP (ORDER BY act) AS median_seconds_to_act,
       count(*) FILTER (WHERE act < 900) AS under_15_min,
       count(*) FILTER (WHERE act >= 900 AND act < 3600) AS under_1_h,
       count(*) FILTER (WHERE act >= 3600 AND act < 14400) AS under_4_h,
       count(*) FILTER (WHERE act >= 14400 AND act < 86400) AS under_1_d,
       count(*) FILTER (WHERE act >= 86400) AS from_1_d
FROM cases
GROUP BY GROUPING SETS ((district_id, store_id), (district_id), ())
"""

_DECLINED = f"""
SELECT count(*) AS declined
FROM escalations e LEFT JOIN stores s ON s.id = e.store_id
WHERE {REACHED} AND e.outcome = 'declined' AND e.ended_at >= %(since)s
"""

_PLACES = """
SELECT s.id, s.number, s.name, d.id AS district_id, d.name AS district_name
FROM stores s LEFT JOIN org_units d ON d.id = s.unit_path[2]
WHERE s.brand_id = %(brand_id)s AND (%(reach)s::uuid[] IS NULL OR s.unit_path && %(reach)s::uuid[])
"""

BANDS = ("under_15_min", "under_1_h", "under_4_h", "under_1_d", "from_1_d")
TOTAL, DISTRICT, STORE = 3, 1, 0
"""The levels of a row, as GROUPING says them."""


@dataclass(frozen=True, slots=True)
class Tree:
    """What is live by store, the period by store, district and in all, and what the places are called."""

    live: list[Any]
    period: list[Any]
    places: list[Any]
    declined: int


def tree(
    connection: Connection, scope: Scope, *, from_at: datetime, to_at: datetime, declined_since: datetime
) -> Tree:
    """Count the scope's cases in each place."""
    values = scope.values()
    declined = connection.execute(_DECLINED, {**values, "since": declined_since}).fetchone()
    assert declined is not None
    return Tree(
        live=connection.execute(_LIVE_NOW, values).fetchall(),
        period=connection.execute(_PERIOD, {**values, "from_at": from_at, "to_at": to_at}).fetchall(),
        places=connection.execute(_PLACES, {"brand_id": scope.brand_id, "reach": scope.reach}).fetchall(),
        declined=declined.declined,
    )
