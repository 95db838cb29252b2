"""A trace says why something is due when it is, and that alone gives the same instant."""

import json
from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

from hypothesis import given
from hypothesis import strategies as st

from bridge.calendars import Closure, add_open_time, due_at, recompute
from tests.unit.calendar_places import (
    LORD_HOWE,
    NEW_YORK,
    WEEKS,
    ZONES,
    amounts,
    at,
    days_after,
    hours,
    place,
    starts,
)


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
