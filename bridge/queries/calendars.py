"""What makes up the calendars of stores and desks, in one statement for any number of them; and changes.

Read by `bridge.services.calendars`, which turns rows into calendars. A row has everything:
the week, and as JSON the dated hours (the farthest unit's first, so that the nearest wins)
and the closures. Whoever changes something wakes the cases it concerns.
"""

from collections.abc import Collection
from datetime import date, datetime
from typing import Any, Final
from uuid import UUID
from zoneinfo import ZoneInfo

import sqlalchemy as sa
from sqlmodel import Session, col, select

from bridge.calendars import Closure, DatedHours, OpenCalendar, no_holidays, public_holidays
from bridge.db import Act, Connection
from bridge.hours import week_hours
from bridge.lifecycle import TERMINAL
from bridge.models.calendars import CalendarException
from bridge.models.calendars import Closure as ClosureRow
from bridge.names import holdable

STREAM: Final = "calendars"
"""The audit stream of every change to a calendar. Its length tells whether something changed."""

_OVER: Final = ", ".join(f"'{status.value}'" for status in sorted(TERMINAL))

_DATED: Final = """
    coalesce((
        SELECT jsonb_agg(jsonb_build_array(x.day, x.windows, x.label)
                         ORDER BY array_position({path}, x.unit_id) DESC, x.day)
        FROM calendar_exceptions x
        WHERE x.unit_id = ANY ({path}) AND x.removed_at IS NULL
    ), '[]'::jsonb)
"""

CHANGED: Final = f"""
    {_DATED.format(path="{store}.unit_path")} AS dated,
    coalesce((
        SELECT jsonb_agg(jsonb_build_array(c.starts_at, c.ends_at, c.label, c.reason) ORDER BY c.starts_at, c.id)
        FROM closures c WHERE c.store_id = {{store}}.id
    ), '[]'::jsonb) AS closures
"""
"""What changes a store's week, for statements that read stores; `store` is the table's name in them."""

_PARTS: Final = f"""
SELECT s.id, 'store ' || s.number AS name, s.zone, s.hours, s.country, s.state, s.observes_holidays,
       {CHANGED.format(store="s")}
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


def calendar_of(row: Any) -> OpenCalendar:
    """The calendar of a row of `parts_of`, or of any row with its columns."""
    return OpenCalendar(
        name=row.name,
        zone=ZoneInfo(row.zone),
        week=week_hours(row.hours),
        holidays=public_holidays(row.country, row.state) if row.observes_holidays else no_holidays,
        dated=[
            DatedHours(date.fromisoformat(on), tuple((opens, closes) for opens, closes in windows), label)
            for on, windows, label in row.dated
        ],
        closures=[
            Closure(
                datetime.fromisoformat(starts),
                datetime.fromisoformat(ends) if ends else None,
                label or reason,
            )
            for starts, ends, label, reason in row.closures
        ],
    )


def version_of_all(source: Act | Connection) -> int:
    """A number that grows with every change to a calendar or to the directory: two audit chains' length."""
    version: int = _ask(source, _VERSION, {}).fetchone().version
    return version


def _ask(source: Act | Connection, sql: str, values: dict[str, Any]) -> Any:
    return source.ask(sql, values) if isinstance(source, Act) else source.execute(sql, values)


# What stands in a calendar, for people to read.

_STORE: Final = """
SELECT s.id, s.number, s.name, s.zone, s.observes_holidays, s.unit_path
FROM stores s WHERE s.brand_id = %(brand_id)s AND s.number = %(number)s
"""

_UNIT: Final = """
WITH RECURSIVE up AS (
    SELECT o.id, o.parent_id, 1 AS step FROM org_units o
    WHERE o.id = %(unit_id)s AND o.brand_id = %(brand_id)s
    UNION ALL
    SELECT o.id, o.parent_id, up.step + 1 FROM org_units o JOIN up ON o.id = up.parent_id WHERE up.step < 20
)
SELECT u.id, u.kind, u.name, k.unit_id IS NULL AS always_open, coalesce(k.hours_text, '') AS hours_text,
       coalesce(k.country, '') AS country, coalesce(k.state, '') AS state,
       coalesce(k.observes_holidays, false) AS observes_holidays,
       (SELECT array_agg(up.id ORDER BY up.step) FROM up) AS unit_path
FROM org_units u LEFT JOIN unit_calendars k ON k.unit_id = u.id
WHERE u.id = %(unit_id)s AND u.brand_id = %(brand_id)s
"""

_EXCEPTIONS: Final = """
SELECT x.id, x.unit_id, u.kind AS unit_kind, u.name AS unit_name, x.day, x.windows, x.label, x.created_at
FROM calendar_exceptions x JOIN org_units u ON u.id = x.unit_id
WHERE x.unit_id = ANY (%(path)s::uuid[]) AND x.removed_at IS NULL AND x.day >= %(since)s
ORDER BY x.day, array_position(%(path)s::uuid[], x.unit_id)
LIMIT 400
"""

_CLOSURES: Final = """
SELECT c.id, s.number AS store_number, c.reason, c.label, c.starts_at, c.ends_at, c.declared_at
FROM closures c JOIN stores s ON s.id = c.store_id
WHERE c.store_id = %(store_id)s AND (c.ends_at IS NULL OR c.ends_at > %(since)s)
ORDER BY c.starts_at DESC, c.id
LIMIT 100
"""


def store_numbered(connection: Connection, brand_id: UUID, number: str) -> Any:
    """The brand's store of that number with its unit's path, or None."""
    values = {"brand_id": brand_id, "number": holdable(number)}
    return connection.execute(_STORE, values).fetchone()


def unit_of(connection: Connection, brand_id: UUID, unit_id: UUID) -> Any:
    """The brand's unit with its path and what is said of its hours, or None."""
    return connection.execute(_UNIT, {"brand_id": brand_id, "unit_id": unit_id}).fetchone()


def exceptions_over(connection: Connection, path: Collection[UUID], *, since: date) -> list[Any]:
    """Dated hours from `since` on at these units, by date, the nearest unit's first."""
    return connection.execute(_EXCEPTIONS, {"path": list(path), "since": since}).fetchall()


def closures_of(connection: Connection, store_id: UUID, *, since: datetime) -> list[Any]:
    """The store's closures that had not ended at `since`, the latest first."""
    return connection.execute(_CLOSURES, {"store_id": store_id, "since": since}).fetchall()


# Changes, inside an ORM transaction.


def exception_on_for_update(session: Session, unit_id: UUID, day: date) -> CalendarException | None:
    """The unit's dated hours that count on that date, locked."""
    return session.exec(
        select(CalendarException)
        .where(
            CalendarException.unit_id == unit_id,
            CalendarException.day == day,
            col(CalendarException.removed_at).is_(None),
        )
        .with_for_update()
    ).first()


def exception_for_update(session: Session, brand_id: UUID, exception_id: UUID) -> CalendarException | None:
    """The brand's dated hours of that id, removed ones too, locked."""
    return session.exec(
        select(CalendarException)
        .where(CalendarException.id == exception_id, CalendarException.brand_id == brand_id)
        .with_for_update()
    ).first()


def closure_for_update(session: Session, store_id: UUID, closure_id: UUID) -> ClosureRow | None:
    """The store's closure of that id, locked."""
    return session.exec(
        select(ClosureRow)
        .where(ClosureRow.id == closure_id, ClosureRow.store_id == store_id)
        .with_for_update()
    ).first()


def closure_in_force(session: Session, store_id: UUID, now: datetime) -> ClosureRow | None:
    """The store's closure that holds at this moment."""
    return session.exec(
        select(ClosureRow).where(
            ClosureRow.store_id == store_id,
            ClosureRow.starts_at <= now,
            sa.or_(col(ClosureRow.ends_at).is_(None), col(ClosureRow.ends_at) > now),
        )
    ).first()


def has_closure_that_goes_on(session: Session, store_id: UUID, now: datetime) -> bool:
    """Whether a closure of the store ends later than `now`, also one that another manager began a moment after."""
    ends_at = col(ClosureRow.ends_at)
    goes_on = select(ClosureRow.id).where(
        ClosureRow.store_id == store_id, sa.or_(ends_at.is_(None), ends_at > now)
    )
    return session.exec(goes_on).first() is not None


def lock_store(session: Session, store_id: UUID) -> None:
    """Let nobody else declare a closure of this store until the transaction ends."""
    session.execute(sa.text("SELECT FROM stores WHERE id = :id FOR NO KEY UPDATE"), {"id": store_id})


_OBSERVE: Final = sa.text(
    """
    UPDATE stores SET observes_holidays = :observes, updated_at = :now
    WHERE unit_path @> ARRAY[:unit_id]::uuid[] AND observes_holidays <> :observes
    """
)


def set_observing(session: Session, unit_id: UUID, *, observes: bool, now: datetime) -> int:
    """Let every store of the unit observe public holidays, or not; returns how many that changes."""
    changed = session.connection().execute(_OBSERVE, {"unit_id": unit_id, "observes": observes, "now": now})
    return changed.rowcount


_WAKE_STORES: Final = sa.text(
    f"""
    WITH stores_of AS MATERIALIZED (SELECT id FROM stores WHERE unit_path @> ARRAY[:unit_id]::uuid[])
    UPDATE escalations SET attend_at = least(attend_at, :now)
    WHERE id IN (
        SELECT e.id FROM escalations e JOIN stores_of s ON s.id = e.store_id
        WHERE e.status NOT IN ({_OVER})
        UNION
        SELECT t.escalation_id FROM transfers t JOIN stores_of s ON s.id = t.to_store_id WHERE t.state = 'offered'
    )
    """
)

_WAKE_BRAND: Final = sa.text(
    """
    WITH threads_woken AS (
        UPDATE threads SET attend_at = least(attend_at, :now) WHERE brand_id = :brand_id AND attend_at IS NOT NULL
    )
    UPDATE escalations SET attend_at = least(attend_at, :now) WHERE brand_id = :brand_id AND attend_at IS NOT NULL
    """
)


def wake_stores_cases(session: Session, unit_id: UUID, now: datetime) -> int:
    """Let the clock look at every live case at the unit's stores, or offered to one. Returns how many.

    Locks their rows. Take the audit chain's head first, so that two such changes do not cross.
    """
    return session.connection().execute(_WAKE_STORES, {"unit_id": unit_id, "now": now}).rowcount


def wake_brands_cases(session: Session, brand_id: UUID, now: datetime) -> int:
    """As `wake_stores_cases` for every case and thread of the brand on which a clock runs.

    Those have an `attend_at`, whose partial index keeps this away from years of history.
    """
    return session.connection().execute(_WAKE_BRAND, {"brand_id": brand_id, "now": now}).rowcount
