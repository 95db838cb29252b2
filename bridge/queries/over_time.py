"""Why promises fail, week by week: declines by their reason, ended cases by their cause.

A week is seven days that end at `now`, so that the newest one is whole. Formulas: docs/reports.md.
"""

from datetime import datetime, timedelta
from typing import Any

from bridge.db import Connection
from bridge.queries.reports import REACHED, Scope

WEEKS = 12
WEEK = timedelta(days=7)

_WEEKS_AGO = "floor(extract(epoch FROM %(now)s - e.ended_at) / 604800)::int"
_ENDED = "e.ended_at > %(since)s AND e.ended_at <= %(now)s"

_REASONS = f"""
SELECT coalesce(e.last_decision ->> 'reason', 'D99') AS key, {_WEEKS_AGO} AS weeks_ago, count(*) AS cases
FROM escalations e LEFT JOIN stores s ON s.id = e.store_id
WHERE {REACHED} AND {_ENDED} AND e.outcome = 'declined'
GROUP BY 1, 2
"""

_CAUSES = f"""
SELECT array_to_string((string_to_array(e.cause_code, '.'))[1:%(depth)s::int], '.') AS key,
       {_WEEKS_AGO} AS weeks_ago, count(*) AS cases
FROM escalations e LEFT JOIN stores s ON s.id = e.store_id
WHERE {REACHED} AND {_ENDED} AND (%(above)s::text IS NULL OR starts_with(e.cause_code, %(above)s::text || '.'))
GROUP BY 1, 2
"""


def reasons(connection: Connection, scope: Scope, *, now: datetime) -> list[Any]:
    """Declines by reason and week; a refusal without a reason counts as another one."""
    values = {**scope.values(), "now": now, "since": now - WEEKS * WEEK}
    return connection.execute(_REASONS, values).fetchall()


def causes(connection: Connection, scope: Scope, *, above: str | None, now: datetime) -> list[Any]:
    """Ended cases by cause and week, of the level beneath `above`; `key` is None for those without one."""
    depth = 1 if above is None else above.count(".") + 2
    values = {**scope.values(), "now": now, "since": now - WEEKS * WEEK, "above": above, "depth": depth}
    return connection.execute(_CAUSES, values).fetchall()
