import json
import random
from collections.abc import Iterable
from datetime import UTC, date, datetime, timedelta
from functools import cache
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from bridge import hours as hours_rules
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
    public_holidays,
    recompute,
    subtract_open_time,
)
from bridge.errors import InvalidInput, NeverOpens
from bridge.hours import ALL_DAY, WeekHours, Windows, parse_hours

NEW_YORK = ZoneInfo("America/New_York")
BERLIN = ZoneInfo("Europe/Berlin")
LORD_HOWE = ZoneInfo("Australia/Lord_Howe")  # Moves by half an hour.
CHICAGO = ZoneInfo("America/Chicago")
ZONES = (NEW_YORK, BERLIN, LORD_HOWE)

WEEKS = {
    "usual": parse_hours("Mon-Fri: 10-9; Sat: 9-10; Sun: 11-7"),
    "office": parse_hours("Mon-Fri: 09:00-17:00"),
    "lunch": parse_hours("Mon-Fri: 9-12, 1-6; Sat: 9-12, 1-4"),
    "night": parse_hours("Mon-Sun: 6pm-2am"),
    "overlap": parse_hours("Fri: 20:00-04:00; Sat: 02:00-10:00"),
    "always": parse_hours("Mon-Sun: 24 hours"),
    "dawn": parse_hours("Mon-Sun: 1am-2:15am, 2:45am-4am"),
    "weekend": parse_hours("Sun: 11:00-19:00"),
}
CLOSED = WeekHours(((),) * 7)


def minutes(count: int) -> timedelta:
    return timedelta(minutes=count)


def hours(count: float) -> timedelta:
    return timedelta(hours=count)


def at(zone: ZoneInfo, *parts: int, fold: int = 0) -> datetime:
    return datetime(*parts, tzinfo=zone, fold=fold).astimezone(UTC)  # type: ignore[arg-type,misc]


def place(
    week: str = "usual",
    zone: ZoneInfo = NEW_YORK,
    *,
    holidays: dict[date, str] | None = None,
    dated: Iterable[DatedHours] = (),
    closures: Iterable[Closure] = (),
) -> OpenCalendar:
    return OpenCalendar(
        name=week, zone=zone, week=WEEKS[week], holidays=holidays or {}, dated=dated, closures=closures
    )


starts = st.integers(0, 3 * 365 * 86_400_000_000).map(
    lambda micro: datetime(2024, 1, 1, tzinfo=UTC) + timedelta(microseconds=micro)
)
amounts = st.one_of(
    st.just(timedelta()),
    st.integers(0, 40 * 60).map(minutes),
    st.integers(0, 60 * 3600 * 1_000_000).map(lambda micro: timedelta(microseconds=micro)),
)
places = st.builds(place, st.sampled_from(sorted(WEEKS)), st.sampled_from(ZONES))


# --- What is due when, by example -------------------------------------------------------------------


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


# --- Open now, and until when -----------------------------------------------------------------------


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


@given(places, starts)
def test_open_now_says_what_the_plain_hours_say(calendar: OpenCalendar, when: datetime) -> None:
    assert is_open(calendar, when) == hours_rules.is_open(calendar, calendar.zone, when)
    assert next_change(calendar, when) == hours_rules.next_change(calendar, calendar.zone, when)


# --- Holidays, dated hours, closures ----------------------------------------------------------------

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


# --- Places that never open -------------------------------------------------------------------------


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


# --- The last minute, round the clock ---------------------------------------------------------------


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


# --- The nights on which the clock changes ----------------------------------------------------------


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


# --- Laws -------------------------------------------------------------------------------------------


def days_after(start: datetime, most: int = 20) -> st.SearchStrategy[date]:
    return st.integers(-2, most).map(lambda days: start.date() + timedelta(days=days))


@given(places, starts, amounts, amounts)
def test_due_times_are_monotone_in_the_amount(
    calendar: OpenCalendar, start: datetime, one: timedelta, other: timedelta
) -> None:
    less, more = sorted([one, other])

    assert start <= due_at(calendar, start, less) <= due_at(calendar, start, more)


@given(places, starts, amounts)
def test_adding_then_measuring_is_the_identity(
    calendar: OpenCalendar, start: datetime, amount: timedelta
) -> None:
    due = due_at(calendar, start, amount)

    assert open_time_between(calendar, start, due) == amount
    if amount:  # The earliest such moment: just before it there was less.
        assert open_time_between(calendar, start, due - timedelta(microseconds=1)) < amount


@given(places, starts, amounts)
def test_backwards_then_measuring_is_the_identity(
    calendar: OpenCalendar, end: datetime, amount: timedelta
) -> None:
    begun = subtract_open_time(calendar, end, amount)

    assert begun <= end
    assert open_time_between(calendar, begun, end) == amount
    if amount:
        assert open_time_between(calendar, begun + timedelta(microseconds=1), end) < amount


@given(places, starts, amounts, amounts)
def test_waiting_in_two_parts_is_waiting_once(
    calendar: OpenCalendar, start: datetime, one: timedelta, other: timedelta
) -> None:
    assume(other)

    assert due_at(calendar, due_at(calendar, start, one), other) == due_at(calendar, start, one + other)


@given(st.data(), st.sampled_from(sorted(WEEKS)), st.sampled_from(ZONES), starts, amounts)
def test_a_holiday_or_a_closure_only_moves_due_times_later(
    data: st.DataObject, week: str, zone: ZoneInfo, start: datetime, amount: timedelta
) -> None:
    feasts = data.draw(st.sets(days_after(start), max_size=4))
    begins = data.draw(st.integers(-50, 200).map(lambda count: start + hours(count)))
    lasts = data.draw(st.integers(0, 100).map(hours))
    plain = place(week, zone)
    kept = place(
        week,
        zone,
        holidays=dict.fromkeys(feasts, "Feast"),
        closures=[Closure(begins, begins + lasts, "Flood")],
    )

    assert due_at(kept, start, amount) >= due_at(plain, start, amount)
    assert subtract_open_time(kept, start, amount) <= subtract_open_time(plain, start, amount)
    end = start + timedelta(days=9)
    assert open_time_between(kept, start, end) <= open_time_between(plain, start, end)


@given(st.data(), st.sampled_from(sorted(WEEKS)), st.sampled_from(ZONES), starts, amounts)
def test_the_trace_alone_gives_the_same_instant(
    data: st.DataObject, week: str, zone: ZoneInfo, start: datetime, amount: timedelta
) -> None:
    feasts = data.draw(st.sets(days_after(start), max_size=4))
    closed = data.draw(st.integers(0, 200).map(lambda count: start + hours(count)))
    calendar = place(
        week,
        zone,
        holidays=dict.fromkeys(feasts, "Feast"),
        closures=[Closure(closed, closed + hours(30), "Flood")],
    )

    due = add_open_time(calendar, start, amount)
    told = json.loads(json.dumps(due.trace)) | {"due_at": "not looked at"}

    assert due.at == due_at(calendar, start, amount) == recompute(told)
    assert due.trace["due_at"] == due.at.isoformat()
    assert sum(round(row[2] * 1_000_000) for row in told["windows"]) == amount // timedelta(microseconds=1)


# --- Traces -----------------------------------------------------------------------------------------


def test_a_trace_reads_like_the_answer_to_why() -> None:
    calendar = place("lunch", holidays={date(2025, 6, 3): "Founder's Day"})

    trace = add_open_time(calendar, at(NEW_YORK, 2025, 6, 2, 17), hours(5)).trace

    assert trace == {
        "v": 1,
        "calendar": "lunch",
        "zone": "America/New_York",
        "start": "2025-06-02T21:00:00+00:00",
        "amount_seconds": 18_000,
        "windows": [
            ["2025-06-02T17:00:00+00:00", "2025-06-02T22:00:00+00:00", 3600],
            ["2025-06-04T13:00:00+00:00", "2025-06-04T16:00:00+00:00", 10_800],
            ["2025-06-04T17:00:00+00:00", "2025-06-04T22:00:00+00:00", 3600],
        ],
        "skipped": [{"on": "2025-06-03", "why": "Founder's Day"}],
        "due_at": "2025-06-04T18:00:00+00:00",
    }


def test_a_holiday_on_a_day_that_is_closed_anyway_is_not_told() -> None:
    calendar = place("office", holidays={date(2025, 6, 7): "A Saturday"})

    assert add_open_time(calendar, at(NEW_YORK, 2025, 6, 6, 16), hours(2)).trace["skipped"] == []


def test_the_trace_of_a_long_wait_stays_short_and_exact() -> None:
    feasts = {date(2025, 6, 1) + timedelta(days=7 * week): "Feast" for week in range(60)}
    calendar = place("usual", LORD_HOWE, holidays=feasts)
    start = datetime(2025, 6, 2, 1, 2, 3, 456789, tzinfo=UTC)

    due = add_open_time(calendar, start, hours(3000))

    assert len(due.trace["windows"]) == 25
    assert due.trace["merged_windows"] > 200
    assert len(due.trace["skipped"]) == 40
    assert (
        due.trace["skipped_more"]
        == len([on for on in feasts if on <= due.at.astimezone(LORD_HOWE).date()]) - 41
    )
    assert recompute(json.loads(json.dumps(due.trace))) == due.at
    assert len(json.dumps(due.trace)) < 5_000


def test_a_trace_round_the_clock_names_the_time_that_was_used() -> None:
    start = at(NEW_YORK, 2025, 6, 2, 12)

    rows = add_open_time(place("always", holidays={date(2020, 1, 1): "Old"}), start, hours(50)).trace[
        "windows"
    ]

    assert rows == [["2025-06-02T16:00:00+00:00", "2025-06-04T18:00:00+00:00", 180_000]]


# --- The real directory -----------------------------------------------------------------------------


def test_every_hour_string_of_the_directory_keeps_the_laws(shared_data: Path) -> None:
    stores = json.loads((shared_data / "best-buy-open-data" / "stores.json").read_text(encoding="utf-8"))
    texts = sorted({store["hours"] for store in stores})
    chance = random.Random(3)
    friday = at(CHICAGO, 2025, 10, 31, 20)
    assert len(texts) == 65

    for text in texts:
        calendar = OpenCalendar(
            name=text, zone=CHICAGO, week=parse_hours(text), holidays=public_holidays("US", "MN")
        )
        previous = friday
        for amount in sorted(minutes(chance.randrange(6000)) for _ in range(40)):
            due = add_open_time(calendar, friday, amount)
            assert open_time_between(calendar, friday, due.at) == amount, text
            assert recompute(due.trace) == due.at >= previous, text
            back = subtract_open_time(calendar, due.at, amount)
            assert open_time_between(calendar, back, due.at) == amount, text
            previous = due.at
        assert open_time_between(calendar, at(CHICAGO, 2025, 11, 27, 4), at(CHICAGO, 2025, 11, 28)) == hours(
            0
        )


# --- An independent count, minute by minute ---------------------------------------------------------

SPAN_DAYS = 12
NIGHTS = [
    (2025, 3, 5),
    (2025, 3, 26),
    (2025, 4, 2),
    (2025, 10, 1),
    (2025, 10, 22),
    (2025, 10, 29),
    (2025, 7, 1),
]


@cache
def wall_minutes(zone: ZoneInfo, first: tuple[int, int, int]) -> list[tuple[date, int]]:
    """What the wall clock shows in every minute of twelve days: the date and the minute of the day."""
    begin = datetime(*first, tzinfo=UTC)
    walls = ((begin + minutes(count)).astimezone(zone) for count in range(SPAN_DAYS * 1440))
    return [(wall.date(), wall.hour * 60 + wall.minute) for wall in walls]


def open_minutes(
    walls: list[tuple[date, int]], hours_of: dict[date, Windows], closed: list[tuple[int, int]]
) -> bytearray:
    """One byte a minute. A window runs from the first minute at which the clock shows its opening or
    later to the first at which it shows its closing or later; clocks that go back do not reopen it."""
    ordinals = [on.toordinal() * 1440 + minute for on, minute in walls]
    first_seen, most = {}, -1
    for count, wall in enumerate(ordinals):
        for shown in range(max(most + 1, wall - 90), wall + 1):
            first_seen.setdefault(shown, count)
        most = max(most, wall)
    marks = bytearray(len(walls))
    for on, windows in hours_of.items():
        for opens, closes in windows:
            begin = first_seen.get(on.toordinal() * 1440 + opens)
            end = first_seen.get(on.toordinal() * 1440 + closes)
            if begin is not None and end is not None:
                for count in range(begin, end):
                    marks[count] = 1
    for begin, end in closed:
        for count in range(begin, end):
            marks[count] = 0
    return marks


def test_a_thousand_random_cases_agree_with_a_minute_by_minute_count() -> None:
    chance = random.Random(20251122)
    compared = 0
    while compared < 1000:
        zone, first = chance.choice(ZONES), chance.choice(NIGHTS)
        walls, begin = wall_minutes(zone, first), datetime(*first, tzinfo=UTC)
        week = WeekHours(tuple(random_windows(chance) for _ in range(7)))
        dates = sorted({on for on, _ in walls})
        feasts = {on: "Feast" for on in dates if chance.random() < 0.1}
        changed = {on: random_windows(chance) for on in dates if chance.random() < 0.1}
        closed = [
            (count, count + chance.randrange(900))
            for count in chance.sample(range(15_000), chance.randrange(3))
        ]
        calendar = OpenCalendar(
            name="random",
            zone=zone,
            week=week,
            holidays=feasts,
            dated=[DatedHours(on, windows, "Dated") for on, windows in changed.items()],
            closures=[Closure(begin + minutes(a), begin + minutes(b), "Closed") for a, b in closed],
        )
        hours_of = {
            on: changed[on] if on in changed else () if on in feasts else week.days[on.weekday()]
            for on in dates
        }
        marks = open_minutes(walls, hours_of, closed)
        for _ in range(10):
            # The first and last three days are where windows may begin or end outside the count.
            start = chance.randrange(3 * 1440, 8 * 1440)
            end = chance.randrange(start, 9 * 1440)
            count = sum(marks[start:end])
            measured = open_time_between(calendar, begin + minutes(start), begin + minutes(end))
            assert measured == minutes(count), (zone, first, start, end)
            if count:
                reached = [at_ for at_ in range(start, end) if marks[at_]]
                due = due_at(calendar, begin + minutes(start), minutes(count))
                assert due == begin + minutes(reached[-1] + 1), (zone, first, start, count)
                back = subtract_open_time(calendar, begin + minutes(end), minutes(count))
                assert back == begin + minutes(reached[0]), (zone, first, end, count)
            compared += 1


def random_windows(chance: random.Random) -> Windows:
    """Up to three windows, often at odd minutes and at night, the last perhaps past midnight."""
    if chance.random() < 0.15:
        return ()
    if chance.random() < 0.1:
        return ALL_DAY
    edges = sorted(chance.sample(range(1440), 2 * chance.randrange(1, 4)))
    windows = list(zip(edges[::2], edges[1::2], strict=True))
    if chance.random() < 0.3:
        windows[-1] = (windows[-1][0], chance.randrange(1440, 1440 + 600))
    return tuple(windows)


@settings(max_examples=20)
@given(places, starts)
def test_asking_far_and_wide_forgets_nothing(calendar: OpenCalendar, start: datetime) -> None:
    before = [due_at(calendar, start + timedelta(days=28 * step), hours(5)) for step in range(70)]

    again = [due_at(calendar, start + timedelta(days=28 * step), hours(5)) for step in reversed(range(70))]

    assert again == before[::-1]
