"""Holidays, dated hours and closures take their time out of the week, and each is named."""

from datetime import date

import pytest

from bridge.calendars import (
    Closure,
    DatedHours,
    OpenCalendar,
    add_open_time,
    due_at,
    next_open,
    open_time_between,
    public_holidays,
)
from bridge.errors import InvalidInput, NeverOpens
from tests.unit.calendar_places import CHICAGO, NEW_YORK, WEEKS, at, hours, place

THANKSGIVING = date(2025, 11, 27)


def test_a_public_holiday_closes_its_day_and_is_named() -> None:
    calendar = OpenCalendar(
        name="12", zone=CHICAGO, week=WEEKS["office"], holidays=public_holidays("US", "MN")
    )

    due = add_open_time(calendar, at(CHICAGO, 2025, 11, 26, 16), hours(2))

    assert due.at == at(CHICAGO, 2025, 11, 28, 10)
    assert calendar.closed_because(THANKSGIVING) == "Thanksgiving Day"
    assert due.trace["skipped"] == [{"on": "2025-11-27", "why": "Thanksgiving Day"}]


def test_dated_hours_win_over_the_week_and_over_a_holiday() -> None:
    sale = DatedHours(THANKSGIVING, ((1020, 1440),), "Doorbusters")
    eve = DatedHours(date(2025, 12, 24), ((480, 840),), "Christmas Eve")
    calendar = place("office", holidays={THANKSGIVING: "Thanksgiving"}, dated=[sale, eve])

    assert calendar.windows_on(THANKSGIVING) == ((1020, 1440),)
    assert calendar.closed_because(THANKSGIVING) == "Doorbusters"
    assert next_open(calendar, at(NEW_YORK, 2025, 11, 27, 1)) == at(NEW_YORK, 2025, 11, 27, 17)
    assert due_at(calendar, at(NEW_YORK, 2025, 12, 24, 13), hours(2)) == at(NEW_YORK, 2025, 12, 25, 10)
    assert place("office", holidays={THANKSGIVING: "Thanksgiving"}).windows_on(THANKSGIVING) == ()


def test_of_two_dated_hours_for_one_date_the_last_given_wins() -> None:
    brand = DatedHours(THANKSGIVING, (), "Everybody rests")
    store = DatedHours(THANKSGIVING, ((600, 720),), "We do not")

    assert place(dated=[brand, store]).windows_on(THANKSGIVING) == ((600, 720),)
    assert place(dated=[store, brand]).closed_because(THANKSGIVING) == "Everybody rests"


def test_a_holiday_leaves_the_night_before_alone() -> None:
    calendar = place("night", holidays={date(2025, 6, 7): "Saturday off"})

    assert due_at(calendar, at(NEW_YORK, 2025, 6, 7, 1), hours(2)) == at(NEW_YORK, 2025, 6, 8, 19)


def test_a_closure_takes_its_time_and_is_named() -> None:
    burst = Closure(at(NEW_YORK, 2025, 6, 2, 11), at(NEW_YORK, 2025, 6, 3, 10, 30), "Burst pipe")
    calendar = place("office", closures=[burst])

    due = add_open_time(calendar, at(NEW_YORK, 2025, 6, 2, 10), hours(2))

    assert due.at == at(NEW_YORK, 2025, 6, 3, 11, 30)
    assert due.trace["skipped"] == [{"on": "2025-06-02", "why": "Burst pipe"}]
    assert calendar.closure_at(at(NEW_YORK, 2025, 6, 2, 12)) == burst
    assert calendar.closure_at(at(NEW_YORK, 2025, 6, 3, 10, 30)) is None


def test_overlapping_closures_take_their_time_once() -> None:
    calendar = place(
        "office",
        closures=[
            Closure(at(NEW_YORK, 2025, 6, 2, 12), at(NEW_YORK, 2025, 6, 2, 14), "Power"),
            Closure(at(NEW_YORK, 2025, 6, 2, 10), at(NEW_YORK, 2025, 6, 2, 13), "Water"),
        ],
    )

    day = open_time_between(calendar, at(NEW_YORK, 2025, 6, 2), at(NEW_YORK, 2025, 6, 3))

    assert day == hours(8 - 4)


def test_a_closure_that_ends_before_it_starts_cannot_be_made() -> None:
    with pytest.raises(InvalidInput):
        Closure(at(NEW_YORK, 2025, 6, 2), at(NEW_YORK, 2025, 6, 1), "Backwards")
    with pytest.raises(InvalidInput):
        DatedHours(THANKSGIVING, ((700, 600),), "Backwards")


def test_unknown_places_have_no_holidays_and_unknown_states_have_their_countrys() -> None:
    assert public_holidays("ZZ", "")(date(2025, 12, 25)) is None
    assert public_holidays("", "MN")(date(2025, 12, 25)) is None
    assert public_holidays("US", "??")(date(2025, 12, 25)) == "Christmas Day"
    assert public_holidays("us", "mn") is public_holidays("us", "mn")
    assert public_holidays("DE", "BY")(date(2026, 1, 6)) == "Epiphany"
    assert public_holidays("DE", "HH")(date(2026, 1, 6)) is None


def test_until_further_notice_is_two_weeks_for_deadlines() -> None:
    shut = Closure(at(NEW_YORK, 2025, 6, 2, 12), None, "Burst pipe")
    calendar = place("office", closures=[shut])
    start = at(NEW_YORK, 2025, 6, 2, 11)

    assert calendar.bounded() is calendar.bounded()
    assert due_at(calendar.bounded(), start, hours(2)) == at(NEW_YORK, 2025, 6, 16, 13)
    assert due_at(calendar.bounded(), start, hours(2)) > due_at(place("office"), start, hours(2))
    assert place("office").bounded().closures == ()
    with pytest.raises(NeverOpens):
        due_at(calendar, start, hours(2))
