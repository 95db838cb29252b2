"""The calendars of stores and desks, ready to compute with.

The clockwork holds one `CalendarShelf` and fills it for each batch: the statement that asks
whether anything changed is all that a sweep over the same stores costs. Changes are made in
`bridge.services.calendar_changes`.
"""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final
from uuid import UUID

from bridge.calendars import ALWAYS, OpenCalendar
from bridge.db import Act, Connection
from bridge.queries import calendars as queries

_CLOSURES_SHOWN: Final = timedelta(days=14)


@dataclass(slots=True)
class _Kept:
    """A calendar, the row that it was made of (None for a unit without hours), and how new that is."""

    version: int
    row: Any
    calendar: OpenCalendar


class CalendarShelf:
    """Keeps calendars, with what they have computed, until something about them changes.

    Fill it after the cases are claimed: whoever changes a calendar wakes its cases in the same
    transaction, so a case that is awake is always judged by the calendar that woke it. Nothing
    is kept for a time only; a closure counts in the very next fill.
    """

    def __init__(self) -> None:
        self._kept: dict[UUID, _Kept] = {}

    def fill(
        self, source: Act | Connection, *, store_ids: Collection[UUID] = (), unit_ids: Collection[UUID] = ()
    ) -> None:
        """Make these calendars current: one statement, and a second one when anything changed."""
        # Asked before the rows are read, so that a change in between is seen by the next fill.
        version = queries.version_of_all(source)
        stores, units = self._old(store_ids, version), self._old(unit_ids, version)
        if not stores and not units:
            return
        rows = {row.id: row for row in queries.parts_of(source, store_ids=stores, unit_ids=units)}
        for place in stores | units:
            row, before = rows.get(place), self._kept.get(place)
            if row is None and place in stores:
                continue
            same = before is not None and before.row == row
            calendar = (
                before.calendar if same and before else ALWAYS if row is None else queries.calendar_of(row)
            )
            self._kept[place] = _Kept(version, row, calendar)

    def store(self, store_id: UUID) -> OpenCalendar:
        """The store's calendar. KeyError when it was not filled."""
        return self._kept[store_id].calendar

    def unit(self, unit_id: UUID) -> OpenCalendar:
        """The desk's calendar; always open when it has no hours. KeyError when it was not filled."""
        return self._kept[unit_id].calendar

    def _old(self, wanted: Collection[UUID], version: int) -> set[UUID]:
        return {
            place for place in wanted if (kept := self._kept.get(place)) is None or kept.version != version
        }


def load_calendars(
    source: Act | Connection, *, store_ids: Collection[UUID] = (), unit_ids: Collection[UUID] = ()
) -> dict[UUID, OpenCalendar]:
    """These calendars by store and unit id, in one statement. A unit without hours is always open."""
    rows = queries.parts_of(source, store_ids=store_ids, unit_ids=unit_ids)
    return dict.fromkeys(unit_ids, ALWAYS) | {row.id: queries.calendar_of(row) for row in rows}


@dataclass(frozen=True, slots=True)
class StoreCalendar:
    """A store's calendar with what stands in it, as rows of `bridge.queries.calendars`."""

    store: Any
    calendar: OpenCalendar
    exceptions: list[Any]
    closures: list[Any]


@dataclass(frozen=True, slots=True)
class DeskCalendar:
    """A unit's own calendar with what stands in it."""

    unit: Any
    calendar: OpenCalendar
    exceptions: list[Any]


def store_calendar(
    connection: Connection, brand_id: UUID, number: str, *, now: datetime
) -> StoreCalendar | None:
    """What people see of a store's calendar: dated hours from today on, closures of the last two weeks."""
    store = queries.store_numbered(connection, brand_id, number)
    if store is None:
        return None
    calendar = load_calendars(connection, store_ids=[store.id])[store.id]
    today = now.astimezone(calendar.zone).date()
    return StoreCalendar(
        store,
        calendar,
        queries.exceptions_over(connection, store.unit_path, since=today),
        queries.closures_of(connection, store.id, since=now - _CLOSURES_SHOWN),
    )


def desk_calendar(
    connection: Connection, brand_id: UUID, unit_id: UUID, *, now: datetime
) -> DeskCalendar | None:
    """What people see of a unit's own calendar, dated hours from today on."""
    unit = queries.unit_of(connection, brand_id, unit_id)
    if unit is None:
        return None
    calendar = load_calendars(connection, unit_ids=[unit_id])[unit_id]
    today = now.astimezone(calendar.zone).date()
    return DeskCalendar(unit, calendar, queries.exceptions_over(connection, unit.unit_path, since=today))
