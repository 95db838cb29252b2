"""Laws that the calendars keep for any place, any moment and any amount, and for the real directory."""

import json
import random
from datetime import datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

from hypothesis import assume, given, settings
from hypothesis import strategies as st

from bridge import hours as hours_rules
from bridge.calendars import (
    Closure,
    OpenCalendar,
    add_open_time,
    due_at,
    is_open,
    next_change,
    open_time_between,
    public_holidays,
    recompute,
    subtract_open_time,
)
from bridge.hours import parse_hours
from tests.unit.calendar_places import (
    CHICAGO,
    WEEKS,
    ZONES,
    amounts,
    at,
    days_after,
    hours,
    minutes,
    place,
    places,
    starts,
)


@given(places, starts)
def test_open_now_says_what_the_plain_hours_say(calendar: OpenCalendar, when: datetime) -> None:
    assert is_open(calendar, when) == hours_rules.is_open(calendar, calendar.zone, when)
    assert next_change(calendar, when) == hours_rules.next_change(calendar, calendar.zone, when)


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


@settings(max_examples=20)
@given(places, starts)
def test_asking_far_and_wide_forgets_nothing(calendar: OpenCalendar, start: datetime) -> None:
    before = [due_at(calendar, start + timedelta(days=28 * step), hours(5)) for step in range(70)]

    again = [due_at(calendar, start + timedelta(days=28 * step), hours(5)) for step in reversed(range(70))]

    assert again == before[::-1]
