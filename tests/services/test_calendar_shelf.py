"""The shelf: current at every fill, one statement when nothing changed, nothing computed twice."""

from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from typing import Any
from uuid import UUID

import pytest

from bridge import db
from bridge.calendars import ALWAYS, next_open
from bridge.models import CalendarException, Closure, Store, UnitCalendar
from bridge.queries import calendars as queries
from bridge.roles import THE_CLOCK
from bridge.services import audit
from bridge.services.calendars import CalendarShelf, load_calendars
from tests.cast import Cast

TUESDAY = datetime(2026, 11, 24, 18, tzinfo=UTC)  # Noon in Chicago.
THANKSGIVING = date(2026, 11, 26)


class Counted:
    """A connection that counts what it is asked."""

    def __init__(self, connection: db.Connection) -> None:
        self._connection, self.statements = connection, 0

    def execute(self, sql: str, values: dict[str, Any]) -> db.Cursor:
        self.statements += 1
        return self._connection.execute(sql, values)


@pytest.fixture
def source(cast: Cast) -> Iterator[Any]:
    with db.statement() as connection:
        yield Counted(connection)


def change(*rows: Any) -> None:
    """Write rows as the services do: with a link in the calendars' chain."""
    with db.transaction() as session:
        for row in rows:
            session.merge(row)
        session.flush()
        audit.record(session, stream=queries.STREAM, action="changed", actor=THE_CLOCK, facts={}, now=TUESDAY)


def closed(cast: Cast, unit_id: UUID, on: date, label: str, *windows: list[int]) -> CalendarException:
    return CalendarException(
        brand_id=cast.brand.id, unit_id=unit_id, day=on, windows=list(windows), label=label
    )


def test_a_store_has_its_week_its_zone_and_its_name(cast: Cast, source: Any) -> None:
    calendar = load_calendars(source, store_ids=[cast.store_12.id])[cast.store_12.id]

    assert (calendar.name, calendar.zone.key) == ("store 12", "America/Chicago")
    assert calendar.windows_on(date(2026, 11, 24)) == ((600, 1290),)
    assert calendar.windows_on(THANKSGIVING) == ((600, 1290),)


def test_public_holidays_count_where_they_are_observed(cast: Cast, source: Any) -> None:
    with db.transaction() as session:
        session.get_one(Store, cast.store_12.id).observes_holidays = True
    found = load_calendars(source, store_ids=[cast.store_12.id, cast.store_40.id])

    assert found[cast.store_12.id].closed_because(THANKSGIVING) == "Thanksgiving Day"
    assert found[cast.store_40.id].closed_because(THANKSGIVING) is None


def test_the_nearest_unit_s_dated_hours_win(cast: Cast, source: Any) -> None:
    change(
        closed(cast, cast.store_12.org_unit_id, THANKSGIVING, "We open at five", [1020, 1440]),
        closed(cast, cast.hq.id, THANKSGIVING, "Everybody rests"),
        closed(cast, cast.district.id, THANKSGIVING, "Lakes open late", [720, 1290]),
    )
    found = load_calendars(source, store_ids=[s.id for s in (cast.store_10, cast.store_12, cast.store_40)])

    assert found[cast.store_12.id].windows_on(THANKSGIVING) == ((1020, 1440),)
    assert found[cast.store_10.id].closed_because(THANKSGIVING) == "Lakes open late"
    assert found[cast.store_40.id].windows_on(THANKSGIVING) == ()


def test_what_was_removed_does_not_count(cast: Cast, source: Any) -> None:
    gone = closed(cast, cast.hq.id, THANKSGIVING, "Everybody rests")
    gone.removed_at = TUESDAY
    change(gone)

    calendar = load_calendars(source, store_ids=[cast.store_12.id])[cast.store_12.id]

    assert calendar.closed_because(THANKSGIVING) is None


def test_closures_are_the_store_s_own_and_named(cast: Cast, source: Any) -> None:
    change(
        Closure(store_id=cast.store_12.id, label="Burst pipe", starts_at=TUESDAY - timedelta(hours=1)),
        Closure(
            store_id=cast.store_10.id,
            reason="disaster",
            starts_at=TUESDAY - timedelta(microseconds=1),
            ends_at=TUESDAY + timedelta(minutes=90),
        ),
    )
    found = load_calendars(source, store_ids=[s.id for s in (cast.store_10, cast.store_12, cast.store_40)])

    assert next_open(found[cast.store_40.id], TUESDAY) == TUESDAY
    assert next_open(found[cast.store_10.id], TUESDAY) == TUESDAY + timedelta(minutes=90)
    here, there = (found[store.id].closure_at(TUESDAY) for store in (cast.store_12, cast.store_10))
    assert here is not None
    assert there is not None
    assert (here.label, here.ends_at, there.label) == ("Burst pipe", None, "disaster")


def test_a_desk_has_its_hours_and_what_headquarters_says_of_a_date(cast: Cast, source: Any) -> None:
    change(
        UnitCalendar(
            unit_id=cast.care.id,
            zone="Europe/Berlin",
            hours={"days": [[[480, 1200]]] * 5 + [[], []]},
            country="DE",
            state="BE",
        ),
        closed(cast, cast.hq.id, date(2026, 12, 31), "Stocktaking"),
    )
    found = load_calendars(source, unit_ids=[cast.care.id, cast.hq.id])

    assert found[cast.hq.id] is ALWAYS
    desk = found[cast.care.id]
    assert (desk.name, desk.zone.key) == ("Social care", "Europe/Berlin")
    assert desk.closed_because(date(2026, 12, 31)) == "Stocktaking"
    assert desk.closed_because(date(2026, 5, 1)) == "Labor Day"


def test_the_shelf_keeps_what_did_not_change_and_asks_once(cast: Cast, source: Any) -> None:
    shelf, stores = CalendarShelf(), [cast.store_12.id, cast.store_40.id]
    shelf.fill(source, store_ids=stores, unit_ids=[cast.care.id])
    assert source.statements == 2
    before = [shelf.store(store) for store in stores]

    shelf.fill(source, store_ids=stores, unit_ids=[cast.care.id])
    assert source.statements == 3
    change(Closure(store_id=cast.store_12.id, starts_at=TUESDAY))
    shelf.fill(source, store_ids=stores, unit_ids=[cast.care.id])

    assert source.statements == 5
    assert shelf.store(cast.store_40.id) is before[1]
    assert shelf.store(cast.store_12.id) is not before[0]
    assert shelf.store(cast.store_12.id).closure_at(TUESDAY) is not None
    assert shelf.unit(cast.care.id) is ALWAYS


def test_a_place_that_was_not_filled_when_things_changed_is_read_when_it_is_wanted(
    cast: Cast, source: Any
) -> None:
    shelf = CalendarShelf()
    shelf.fill(source, store_ids=[cast.store_12.id])
    change(Closure(store_id=cast.store_12.id, starts_at=TUESDAY))
    shelf.fill(source, store_ids=[cast.store_40.id])

    shelf.fill(source, store_ids=[cast.store_12.id])

    assert shelf.store(cast.store_12.id).closure_at(TUESDAY) is not None


def test_a_desk_that_gets_hours_is_not_always_open_any_more(cast: Cast, source: Any) -> None:
    shelf = CalendarShelf()
    shelf.fill(source, unit_ids=[cast.care.id])
    change(UnitCalendar(unit_id=cast.care.id, zone="UTC", hours={"days": [[]] * 7}))

    shelf.fill(source, unit_ids=[cast.care.id])

    assert shelf.unit(cast.care.id).windows_on(THANKSGIVING) == ()


def test_a_store_that_does_not_exist_is_on_no_shelf(cast: Cast, source: Any) -> None:
    shelf = CalendarShelf()
    shelf.fill(source, store_ids=[cast.brand.id])

    with pytest.raises(KeyError):
        shelf.store(cast.brand.id)


def test_the_shelf_is_filled_inside_an_act(cast: Cast) -> None:
    shelf = CalendarShelf()
    with db.act() as act:
        shelf.fill(act, store_ids=[cast.store_12.id], unit_ids=[cast.hq.id])

    assert shelf.store(cast.store_12.id).name == "store 12"
