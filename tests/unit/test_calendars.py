"""What is due when, and what is open when, by examples worked out by hand."""

import json
from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from bridge.calendars import (
    ALWAYS,
    Closure,
    DatedHours,
    OpenCalendar,
    add_open_time,
    due_at,
    is_open,
    next_change,
    next_open,
    open_time_between,
    recompute,
    subtract_open_time,
)
from bridge.errors import InvalidInput, NeverOpens
from bridge.hours import ALL_DAY, parse_hours
from tests.unit.calendar_places import (
    BERLIN,
    CLOSED,
    LORD_HOWE,
    NEW_YORK,
    WEEKS,
    ZONES,
    at,
    hours,
    minutes,
    place,
)


@pytest.mark.parametrize(
    ("week", "start", "amount", "due"),
    [
        ("office", (2025, 6, 2, 10), hours(2), (2025, 6, 2, 12)),
        ("office", (2025, 6, 2, 16), hours(2), (2025, 6, 3, 10)),
        ("office", (2025, 6, 6, 16), hours(2), (2025, 6, 9, 10)),  # over the weekend
        ("office", (2025, 6, 7, 12), minutes(30), (2025, 6, 9, 9, 30)),  # begun on a Saturday
        ("office", (2025, 6, 2, 16), hours(1), (2025, 6, 2, 17)),  # at closing, not at the next opening
        ("office", (2025, 6, 2, 9), hours(40), (2025, 6, 6, 17)),
        ("office", (2025, 6, 2, 9), hours(400), (2025, 8, 8, 17)),
        ("lunch", (2025, 6, 2, 11, 30), hours(1), (2025, 6, 2, 13, 30)),
        ("lunch", (2025, 6, 2, 12, 30), minutes(10), (2025, 6, 2, 13, 10)),
        ("lunch", (2025, 6, 7, 15, 45), minutes(30), (2025, 6, 9, 9, 15)),
        ("night", (2025, 6, 6, 23), hours(4), (2025, 6, 7, 19)),
        ("night", (2025, 6, 7, 1, 30), minutes(30), (2025, 6, 7, 2)),
        ("overlap", (2025, 6, 6, 23), hours(8), (2025, 6, 7, 7)),  # two windows meet in one stretch
        ("always", (2025, 6, 6, 23, 59), minutes(2), (2025, 6, 7, 0, 1)),
        ("weekend", (2025, 6, 2, 9), hours(9), (2025, 6, 15, 12)),
    ],
)
def test_due_times_by_example(
    week: str, start: tuple[int, ...], amount: timedelta, due: tuple[int, ...]
) -> None:
    calendar, begun = place(week), at(NEW_YORK, *start)

    assert due_at(calendar, begun, amount) == at(NEW_YORK, *due)
    assert open_time_between(calendar, begun, at(NEW_YORK, *due)) == amount


def test_nothing_to_wait_for_is_due_at_the_next_open_instant() -> None:
    calendar = place("office")

    assert next_open(calendar, at(NEW_YORK, 2025, 6, 2, 8)) == at(NEW_YORK, 2025, 6, 2, 9)
    assert next_open(calendar, at(NEW_YORK, 2025, 6, 2, 9)) == at(NEW_YORK, 2025, 6, 2, 9)
    assert next_open(calendar, at(NEW_YORK, 2025, 6, 2, 16, 59)) == at(NEW_YORK, 2025, 6, 2, 16, 59)
    assert next_open(calendar, at(NEW_YORK, 2025, 6, 2, 17)) == at(NEW_YORK, 2025, 6, 3, 9)
    assert due_at(calendar, at(NEW_YORK, 2025, 6, 6, 17), timedelta()) == at(NEW_YORK, 2025, 6, 9, 9)


def test_a_negative_amount_is_refused() -> None:
    for add in (due_at, add_open_time, subtract_open_time):
        with pytest.raises(InvalidInput):
            add(place(), at(NEW_YORK, 2025, 6, 2, 12), minutes(-1))  # type: ignore[operator]


def test_a_time_without_a_zone_is_refused() -> None:
    with pytest.raises(TypeError):
        due_at(place(), datetime(2025, 6, 2, 12), minutes(1))  # noqa: DTZ001 -- that is the point


# --- Open now, and until when ------------------------------------------------------------------------


def test_open_now_and_the_next_change_know_holidays_and_closures() -> None:
    burst = Closure(at(NEW_YORK, 2025, 6, 2, 12), at(NEW_YORK, 2025, 6, 2, 14), "Burst pipe")
    calendar = place("office", holidays={date(2025, 6, 3): "Feast"}, closures=[burst])
    moment, seen = at(NEW_YORK, 2025, 6, 2, 8), []
    for _ in range(5):
        change = next_change(calendar, moment)
        assert change is not None
        seen.append(f"{change:%a %H:%M} {'opens' if is_open(calendar, change) else 'closes'}")
        moment = change

    assert seen == [
        "Mon 09:00 opens",
        "Mon 12:00 closes",
        "Mon 14:00 opens",
        "Mon 17:00 closes",
        "Wed 09:00 opens",
    ]
    assert is_open(calendar, at(NEW_YORK, 2025, 6, 2, 16, 59))
    assert not is_open(calendar, at(NEW_YORK, 2025, 6, 3, 12))


@pytest.mark.parametrize(
    "when", [datetime(2025, 6, 2, 12, tzinfo=UTC), datetime(2025, 7, 17, 0, 30, tzinfo=UTC)]
)
def test_round_the_clock_and_shut_never_change(when: datetime) -> None:
    shut = OpenCalendar(name="shut", zone=NEW_YORK, week=CLOSED)

    for calendar, expected in ((ALWAYS, True), (place("always", BERLIN), True), (shut, False)):
        assert is_open(calendar, when) is expected
        assert next_change(calendar, when) is None


# --- Places that never open --------------------------------------------------------------------------


@pytest.mark.parametrize(
    "calendar",
    [
        OpenCalendar(name="shut", zone=NEW_YORK, week=CLOSED),
        OpenCalendar(name="feast", zone=NEW_YORK, week=WEEKS["usual"], holidays=lambda on: "Feast"),
        place(closures=[Closure(at(NEW_YORK, 2020, 1, 1), None, "Until further notice")]),
        # Its only window lies in the hour that spring skips, on a day of its own.
        OpenCalendar(
            name="gap",
            zone=NEW_YORK,
            week=CLOSED,
            dated=[DatedHours(date(2025, 3, 9), ((130, 170),), "In the gap")],
        ),
    ],
    ids=lambda calendar: calendar.name,
)
def test_a_store_that_never_opens_is_refused(calendar: OpenCalendar) -> None:
    start = at(NEW_YORK, 2025, 3, 1)
    for ask in (
        lambda: next_open(calendar, start),
        lambda: due_at(calendar, start, minutes(1)),
        lambda: add_open_time(calendar, start, minutes(1)),
        lambda: subtract_open_time(calendar, start, minutes(1)),
    ):
        with pytest.raises(NeverOpens) as refused:
            ask()
        assert calendar.name in refused.value.message
    assert open_time_between(calendar, start, start + timedelta(days=60)) == timedelta()


def test_one_open_day_in_a_year_is_waited_for() -> None:
    fair = DatedHours(date(2026, 2, 25), ((600, 660),), "The fair")
    calendar = OpenCalendar(name="fair", zone=BERLIN, week=CLOSED, dated=[fair])

    assert next_open(calendar, at(BERLIN, 2025, 2, 26)) == at(BERLIN, 2026, 2, 25, 10)
    assert subtract_open_time(calendar, at(BERLIN, 2027, 2, 1), hours(1)) == at(BERLIN, 2026, 2, 25, 10)
    with pytest.raises(NeverOpens):
        due_at(calendar, at(BERLIN, 2025, 2, 26), minutes(61))


def test_more_than_ten_years_of_waiting_is_refused() -> None:
    with pytest.raises(NeverOpens):
        due_at(place("weekend"), at(NEW_YORK, 2025, 1, 1), timedelta(days=400))


def test_the_end_of_the_calendar_is_closed() -> None:
    last = datetime(9999, 12, 1, tzinfo=UTC)

    with pytest.raises(NeverOpens):
        due_at(place("office"), last, timedelta(days=30))


# --- The last minute, round the clock ----------------------------------------------------------------


def test_the_last_minute_of_the_day_is_a_minute() -> None:
    late = OpenCalendar(name="late", zone=NEW_YORK, week=parse_hours("Mon-Sun: 08:00-23:59"))
    start = at(NEW_YORK, 2025, 6, 2, 23, 59)

    assert late.week.days[0] == ((480, 1440),)
    assert due_at(late, start, minutes(1)) == at(NEW_YORK, 2025, 6, 3)
    assert due_at(late, start, minutes(2)) == at(NEW_YORK, 2025, 6, 3, 8, 1)


@pytest.mark.parametrize("zone", ZONES, ids=str)
def test_round_the_clock_has_no_closed_moment_in_a_year(zone: ZoneInfo) -> None:
    calendar, start = place("always", zone), at(zone, 2025, 1, 1)

    for amount in (minutes(1), hours(23), timedelta(days=70), timedelta(days=365)):
        assert due_at(calendar, start, amount) == start + amount
    assert open_time_between(calendar, start, start + timedelta(days=365)) == timedelta(days=365)


def test_always_is_plain_time() -> None:
    start = datetime(2025, 6, 2, 12, 0, 0, 5, tzinfo=UTC)

    due = add_open_time(ALWAYS, start, hours(50))

    assert due.at == start + hours(50)
    assert recompute(due.trace) == due.at
    assert subtract_open_time(ALWAYS, due.at, hours(50)) == start
    assert open_time_between(ALWAYS, start, due.at) == hours(50)
    assert ALWAYS.windows_on(date(2025, 12, 25)) == ALL_DAY


# --- The nights on which the clock changes -----------------------------------------------------------


@pytest.mark.parametrize(
    ("zone", "on", "length"),
    [
        (NEW_YORK, date(2025, 3, 9), hours(23)),
        (NEW_YORK, date(2025, 11, 2), hours(25)),
        (BERLIN, date(2025, 3, 30), hours(23)),
        (BERLIN, date(2025, 10, 26), hours(25)),
        (LORD_HOWE, date(2025, 10, 5), hours(23.5)),
        (LORD_HOWE, date(2025, 4, 6), hours(24.5)),
    ],
    ids=str,
)
def test_the_night_of_the_change_is_as_long_as_it_is(zone: ZoneInfo, on: date, length: timedelta) -> None:
    midnight = at(zone, on.year, on.month, on.day)
    evening = midnight - hours(2)
    day = timedelta(days=1)
    noon = at(zone, on.year, on.month, on.day, 12)
    ten_to_nine = OpenCalendar(name="day", zone=zone, week=parse_hours("Mon-Sun: 10:00-21:00"))
    night = OpenCalendar(name="night", zone=zone, week=parse_hours("Mon-Sun: 22:00-06:00"))
    changed = length - day

    # A day shop opens by the wall clock; a night shop is open longer or shorter; nothing is due twice.
    assert due_at(ten_to_nine, evening, hours(2)) == noon
    assert open_time_between(night, evening, noon) == hours(8) + changed
    assert due_at(night, evening, hours(8) + changed) == at(zone, on.year, on.month, on.day, 6)
    assert subtract_open_time(night, noon, hours(8) + changed) == evening
    trace = json.loads(json.dumps(add_open_time(night, evening, hours(8)).trace))
    assert recompute(trace) == due_at(night, evening, hours(8))
