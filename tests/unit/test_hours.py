import contextlib
import json
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bridge.errors import InvalidInput
from bridge.hours import (
    ALL_DAY,
    WeekHours,
    Windows,
    clock_text,
    closing_time_on,
    hours_line,
    is_open,
    next_change,
    open_intervals,
    parse_hours,
    wall_moment,
)

NEW_YORK = ZoneInfo("America/New_York")
SANTIAGO = ZoneInfo("America/Santiago")  # Springs forward at midnight: the day starts at 1.
LORD_HOWE = ZoneInfo("Australia/Lord_Howe")  # Moves by half an hour.
PHOENIX = ZoneInfo("America/Phoenix")
DIRECTORY = Path(__file__).parents[3] / "shared" / "data" / "best-buy-open-data" / "stores.json"

WEEK = "Mon: {0}; Tue: {0}; Wed: {0}; Thurs: {0}; Fri: {0}; Sat: {0}; Sun: {0}"


def every_day(hours: str) -> WeekHours:
    return parse_hours(WEEK.format(hours))


def clock(hour: int, minute: int = 0) -> int:
    return hour * 60 + minute


def test_the_directorys_usual_week_is_read_without_am_and_pm() -> None:
    week = parse_hours(
        "Mon: 10-9:30; Tue: 10-9:30; Wed: 10-9:30; Thurs: 10-9:30; Fri: 10-9:30; Sat: 9-10; Sun: 11-7"
    )

    assert week.days[:5] == (((clock(10), clock(21, 30)),),) * 5
    assert week.days[5:] == (((clock(9), clock(22)),), ((clock(11), clock(19)),))


@pytest.mark.parametrize(
    ("hours", "windows"),
    [
        ("0-11:59", ALL_DAY),
        ("12-11:59", ALL_DAY),
        ("8-11:59", ((clock(8), clock(24)),)),
        ("12-6", ((clock(12), clock(18)),)),
        ("12:30-5:30", ((clock(12, 30), clock(17, 30)),)),
        ("1-6", ((clock(13), clock(18)),)),
        ("1-5:30", ((clock(13), clock(17, 30)),)),
        ("9:30-9", ((clock(9, 30), clock(21)),)),
        ("10-10", ((clock(10), clock(22)),)),
        ("11:30-5:30", ((clock(11, 30), clock(17, 30)),)),
        ("10am-9:30pm", ((clock(10), clock(21, 30)),)),
        ("10 a.m. \u2013 9:30 p.m.", ((clock(10), clock(21, 30)),)),
        ("6PM-2AM", ((clock(18), clock(26)),)),
        ("12am-12am", ALL_DAY),
        ("12pm-12am", ((clock(12), clock(24)),)),
        ("5am-5pm", ((clock(5), clock(17)),)),
        ("10:00-21:30", ((clock(10), clock(21, 30)),)),
        ("09:00-12:30, 14:00-18:00", ((clock(9), clock(12, 30)), (clock(14), clock(18)))),
        ("9-12, 1-6", ((clock(9), clock(12)), (clock(13), clock(18)))),
        ("18:00-02:00", ((clock(18), clock(26)),)),
        ("00:00-24:00", ALL_DAY),
        ("00:00-23:59", ALL_DAY),
        ("Open 24 hours", ALL_DAY),
        ("closed", ()),
    ],
)
def test_a_days_hours_are_read(hours: str, windows: Windows) -> None:
    assert every_day(hours).days == (windows,) * 7


def test_a_day_that_is_not_named_is_closed_and_a_range_names_many() -> None:
    assert parse_hours("Mon: 10-9; Sat: 10-9").days[6] == ()
    assert parse_hours("Mon-Fri: 9-5; Sat: closed") == parse_hours("Mon-Fri: 9am-5pm")
    assert parse_hours("Fri-Mon: 9-6").days[2] == ()


@pytest.mark.parametrize(
    ("text", "offender"),
    [
        ("", ""),
        ("Mon: 10-9; Tue 10-9", "Tue 10-9"),
        ("Mon: 10-9; Mon: 10-8", "Mon: 10-8"),
        ("Mon: 10-9; Moonday: 10-8", "Moonday: 10-8"),
        ("Mon: ten to nine", "Mon: ten to nine"),
        ("Mon: 10-", "Mon: 10-"),
        ("Mon: 10-25", "Mon: 10-25"),
        ("Mon: 10-9:75", "Mon: 10-9:75"),
        ("Mon: 13pm-9", "Mon: 13pm-9"),
        ("Mon: 5-9", "Mon: 5-9"),
        ("Mon: 9-12", "Mon: 9-12"),
        ("Mon: 4-2", "Mon: 4-2"),
        ("Mon: 10am-10am", "Mon: 10am-10am"),
        ("Mon: 24:00-25:00", "Mon: 24:00-25:00"),
        ("Mon: \u0661\u0660-9", "Mon: \u0661\u0660-9"),
    ],
)
def test_what_cannot_be_read_or_could_mean_two_things_is_refused_by_part(text: str, offender: str) -> None:
    with pytest.raises(InvalidInput) as refused:
        parse_hours(text)

    assert refused.value.details["part"] == offender


@given(st.text(alphabet="MonTueSat:;-, 0123456789apm\n\u0663", max_size=40))
def test_any_text_is_read_or_refused_and_nothing_else(text: str) -> None:
    with contextlib.suppress(InvalidInput):
        parse_hours(text)


@pytest.mark.parametrize(
    "windows", [((60, 60),), ((600, 500),), ((600, 700), (650, 800)), ((1440, 1500),), ((0, 2881),)]
)
def test_a_week_with_impossible_windows_cannot_be_made(windows: Windows) -> None:
    with pytest.raises(InvalidInput):
        WeekHours((windows, (), (), (), (), (), ()))
    with pytest.raises(InvalidInput):
        WeekHours(((),))


def test_every_line_of_the_real_directory_is_read() -> None:
    if not DIRECTORY.exists():
        pytest.skip("the directory is not on this machine")
    stores = json.loads(DIRECTORY.read_text(encoding="utf-8"))

    weeks = {text: parse_hours(text) for text in {store["hours"] for store in stores}}

    assert len(weeks) == 65
    for text, week in weeks.items():
        for windows in week.days:
            assert windows == () or 4 * 60 <= windows[0][1] - windows[0][0] <= 1440, text
    assert sum(weeks[store["hours"]].days == (ALL_DAY,) * 7 for store in stores) == 189


def at(zone: ZoneInfo, *parts: int, fold: int = 0) -> datetime:
    return datetime(*parts, tzinfo=zone, fold=fold).astimezone(UTC)  # type: ignore[arg-type,misc]


def test_the_opening_minute_is_open_and_the_closing_minute_is_not() -> None:
    week = every_day("10-9:30")

    assert is_open(week, NEW_YORK, at(NEW_YORK, 2025, 6, 7, 10))
    assert not is_open(week, NEW_YORK, at(NEW_YORK, 2025, 6, 7, 9, 59))
    assert is_open(week, NEW_YORK, at(NEW_YORK, 2025, 6, 7, 21, 29))
    assert not is_open(week, NEW_YORK, at(NEW_YORK, 2025, 6, 7, 21, 30))


def test_a_window_past_midnight_belongs_to_the_day_that_opened_it() -> None:
    week = parse_hours("Fri: 6pm-2am")

    assert is_open(week, NEW_YORK, at(NEW_YORK, 2025, 6, 7, 1, 59))
    assert not is_open(week, NEW_YORK, at(NEW_YORK, 2025, 6, 7, 2))
    assert closing_time_on(week, NEW_YORK, at(NEW_YORK, 2025, 6, 6, 12)) == at(NEW_YORK, 2025, 6, 7, 2)
    assert closing_time_on(week, NEW_YORK, at(NEW_YORK, 2025, 6, 7, 1)) is None


def test_changes_are_told_over_lunch_nights_and_closed_days() -> None:
    week = parse_hours("Mon-Fri: 9-12, 1-6")
    moment, changes = at(NEW_YORK, 2025, 6, 6, 8), []
    for _ in range(6):
        change = next_change(week, NEW_YORK, moment)
        assert change is not None
        changes.append(change.strftime("%a %H:%M"))
        moment = change

    assert changes == ["Fri 09:00", "Fri 12:00", "Fri 13:00", "Fri 18:00", "Mon 09:00", "Mon 12:00"]


def test_round_the_clock_and_never_open_have_no_next_change() -> None:
    always, never = every_day("0-11:59"), every_day("closed")
    moment = at(NEW_YORK, 2025, 3, 9, 2)

    assert is_open(always, NEW_YORK, moment)
    assert not is_open(never, NEW_YORK, moment)
    assert next_change(always, NEW_YORK, moment) is None
    assert next_change(never, NEW_YORK, moment) is None
    assert closing_time_on(never, NEW_YORK, moment) is None


def test_a_store_open_all_week_and_closed_on_sunday_changes_at_midnight() -> None:
    week = parse_hours("Mon: 8-11:59; Tue-Sat: 12-11:59")

    change = next_change(week, NEW_YORK, at(NEW_YORK, 2025, 6, 3, 12))

    assert change == at(NEW_YORK, 2025, 6, 8, 0)


@pytest.mark.parametrize(
    ("zone", "on", "hours"),
    [
        (NEW_YORK, date(2025, 3, 9), 23.0),
        (NEW_YORK, date(2025, 11, 2), 25.0),
        (SANTIAGO, date(2025, 9, 7), 23.0),
        (SANTIAGO, date(2025, 4, 5), 25.0),
        (LORD_HOWE, date(2025, 10, 5), 23.5),
        (LORD_HOWE, date(2025, 4, 6), 24.5),
        (PHOENIX, date(2025, 3, 9), 24.0),
    ],
)
def test_a_day_is_as_long_as_it_is_there(zone: ZoneInfo, on: date, hours: float) -> None:
    assert wall_moment(on, 1440, zone) - wall_moment(on, 0, zone) == timedelta(hours=hours)


def test_an_opening_in_the_hour_that_spring_skips_is_the_end_of_the_gap() -> None:
    week = every_day("2:30am-9am")

    assert is_open(week, NEW_YORK, at(NEW_YORK, 2025, 3, 9, 3))
    assert wall_moment(date(2025, 3, 9), clock(2, 30), NEW_YORK) == datetime(2025, 3, 9, 7, tzinfo=UTC)
    assert wall_moment(date(2025, 9, 7), 0, SANTIAGO) == datetime(2025, 9, 7, 4, tzinfo=UTC)
    assert wall_moment(date(2025, 10, 5), clock(2, 10), LORD_HOWE) == datetime(
        2025, 10, 4, 15, 30, tzinfo=UTC
    )


def test_a_window_inside_the_skipped_hour_does_not_exist_that_day() -> None:
    week = every_day("2:10am-2:50am")

    assert not is_open(week, NEW_YORK, at(NEW_YORK, 2025, 3, 9, 3))
    change = next_change(week, NEW_YORK, at(NEW_YORK, 2025, 3, 9, 1))
    assert change == at(NEW_YORK, 2025, 3, 10, 2, 10)


def test_a_closing_in_the_hour_that_autumn_repeats_is_the_first_pass() -> None:
    week = every_day("6pm-1:30am")

    assert not is_open(week, NEW_YORK, at(NEW_YORK, 2025, 11, 2, 1, 40))
    assert not is_open(week, NEW_YORK, at(NEW_YORK, 2025, 11, 2, 1, 20, fold=1))


def test_closing_on_the_night_of_the_change_is_what_the_wall_clock_says() -> None:
    week = every_day("10-9")

    closes = closing_time_on(week, NEW_YORK, at(NEW_YORK, 2025, 3, 9, 0, 30))

    assert closes is not None
    assert closes.isoformat() == "2025-03-09T21:00:00-04:00"


def test_a_calendar_with_holidays_can_take_the_place_of_the_week() -> None:
    class WithHoliday:
        def windows_on(self, on: date) -> Windows:
            return () if on == date(2025, 7, 4) else every_day("10-9").windows_on(on)

    fourth = at(NEW_YORK, 2025, 7, 4, 12)

    assert not is_open(WithHoliday(), NEW_YORK, fourth)
    assert next_change(WithHoliday(), NEW_YORK, fourth) == at(NEW_YORK, 2025, 7, 5, 10)


@given(
    st.integers(0, 3 * 365 * 86_400),
    st.sampled_from([NEW_YORK, SANTIAGO, LORD_HOWE, PHOENIX]),
    st.sampled_from(["10-9", "0-11:59", "9-12, 1-6", "6pm-2am", "1am-2:15am, 2:45am-4am"]),
)
def test_intervals_are_in_order_apart_and_agree_with_is_open(
    seconds: int, zone: ZoneInfo, hours: str
) -> None:
    week, start = every_day(hours), datetime(2024, 1, 1, tzinfo=UTC) + timedelta(seconds=seconds)

    intervals = list(open_intervals(week, zone, start=start, end=start + timedelta(days=3)))

    moments = [moment for interval in intervals for moment in interval]
    assert moments == sorted(set(moments))
    assert is_open(week, zone, start) == any(opens <= start < closes for opens, closes in intervals)
    change = next_change(week, zone, start)
    if change is not None:
        assert is_open(week, zone, change) != is_open(week, zone, start)


@pytest.mark.parametrize(
    ("hours", "locale", "line"),
    [
        ("10-9:30", "en", "10 am-9:30 pm"),
        ("10-9:30", "es", "10 a. m.-9:30 p. m."),
        ("10-9:30", "fr", "10 h-21 h 30"),
        ("9-12, 1-6", "en", "9 am-noon, 1 pm-6 pm"),
        ("8-11:59", "fr", "8 h-minuit"),
        ("6pm-2am", "en", "6 pm-2 am"),
        ("0-11:59", "en", "open 24 hours"),
        ("0-11:59", "es", "abierto las 24 horas"),
        ("closed", "fr", "ferm\u00e9"),
    ],
)
def test_a_days_hours_are_worded_for_the_customer(hours: str, locale: str, line: str) -> None:
    assert hours_line(every_day(hours), 0, locale) == line


def test_the_half_hour_after_midnight_is_twelve_thirty() -> None:
    assert clock_text(clock(0, 30), "en") == "12:30 am"
    assert clock_text(clock(12, 5), "es") == "12:05 p. m."
    assert clock_text(clock(24, 30), "fr") == "0 h 30"
