"""What makes up the calendars of stores and desks, in one statement for any number of them.

Read by `bridge.services.calendars`, which turns rows into calendars. A row has everything:
the week, and as JSON the dated hours (the farthest unit's first, so that the nearest wins)
and the closures.
"""

from collections.abc import Collection
from typing import Any, Final
from uuid import UUID

from bridge.db import Act, Connection

STREAM: Final = "calendars"
"""The audit stream of every change to a calendar. Its length tells whether something changed."""

_DATED: Final = """
    coalesce((
        SELECT jsonb_agg(jsonb_build_array(x.day, x.windows, x.label)
                         ORDER BY array_position({path}, x.unit_id) DESC, x.day)
        FROM calendar_exceptions x
        WHERE x.unit_id = ANY ({path}) AND x.removed_at IS NULL
    ), '[]'::jsonb)
"""

_PARTS: Final = f"""
SELECT s.id, 'store ' || s.number AS name, s.zone, s.hours, s.country, s.state, s.observes_holidays,
       {_DATED.format(path="s.unit_path")} AS dated,
       coalesce((
           SELECT jsonb_agg(jsonb_build_array(c.starts_at, c.ends_at, c.label, c.reason) ORDER BY c.starts_at, c.id)
           FROM closures c WHERE c.store_id = s.id
       ), '[]'::jsonb) AS closures
FROM stores s
WHERE s.id = ANY (%(store_ids)s::uuid[])
UNION ALL
SELECT k.unit_id, u.name, k.zone, k.hours, k.country, k.state, k.observes_holidays,
       {_DATED.format(path="up.path")} AS dated, '[]'::jsonb AS closures
FROM unit_calendars k
JOIN org_units u ON u.id = k.unit_id
CROSS JOIN LATERAL (
    WITH RECURSIVE above AS (
        SELECT u.id, u.parent_id, 1 AS step
        UNION ALL
        SELECT o.id, o.parent_id, above.step + 1
        FROM org_units o JOIN above ON o.id = above.parent_id WHERE above.step < 20
    )
    SELECT array_agg(above.id ORDER BY above.step) AS path FROM above
) AS up
WHERE k.unit_id = ANY (%(unit_ids)s::uuid[])
"""

_VERSION: Final = f"""
SELECT coalesce(sum(seq), 0)::bigint AS version FROM stream_heads WHERE stream IN ('{STREAM}', 'directory')
"""


def parts_of(
    source: Act | Connection, *, store_ids: Collection[UUID], unit_ids: Collection[UUID]
) -> list[Any]:
    """One row for each store, and for each unit that has hours of its own. Locks nothing."""
    values = {"store_ids": list(store_ids), "unit_ids": list(unit_ids)}
    rows: list[Any] = _ask(source, _PARTS, values).fetchall()
    return rows


def version_of_all(source: Act | Connection) -> int:
    """A number that grows with every change to a calendar or to the directory: two audit chains' length."""
    version: int = _ask(source, _VERSION, {}).fetchone().version
    return version


def _ask(source: Act | Connection, sql: str, values: dict[str, Any]) -> Any:
    return source.ask(sql, values) if isinstance(source, Act) else source.execute(sql, values)
