"""Open time: what is due when, in the hours of the place that has to act.

Pure functions on an `OpenCalendar`. Everything is computed on UTC instants; adding a
duration to a wall time is wrong twice a year. Each due time can carry its trace, from
which alone the same instant is recomputed: "why Tuesday, 10:40?" has an answer.
"""

from bisect import bisect_left, bisect_right
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any, Final

from bridge.calendar_traces import recompute, trace_of
from bridge.errors import InvalidInput, NeverOpens
from bridge.open_calendar import (
    ALWAYS,
    MICROSECOND,
    STRETCH_DAYS,
    STRETCH_MICROSECONDS,
    Closure,
    DatedHours,
    OpenCalendar,
    microseconds,
    moment,
)
from bridge.public_holidays import no_holidays, public_holidays

__all__ = [
    "ALWAYS",
    "Closure",
    "DatedHours",
    "Due",
    "OpenCalendar",
    "add_open_time",
    "due_at",
    "is_open",
    "next_change",
    "next_open",
    "no_holidays",
    "open_time_between",
    "public_holidays",
    "recompute",
    "subtract_open_time",
]

HORIZON_DAYS: Final = 370
"""A place that is closed for longer than this in a row never opens, as far as we wait."""
CHANGE_WITHIN: Final = timedelta(days=15)
_DRY_MOST: Final = HORIZON_DAYS // STRETCH_DAYS + 1
_REACH_MOST: Final = 10 * 365 // STRETCH_DAYS


@dataclass(frozen=True, slots=True)
class Due:
    """A due time and how it came about, as plain JSON."""

    at: datetime
    trace: dict[str, Any]


def next_open(calendar: OpenCalendar, instant: datetime) -> datetime:
    """Return the instant itself while open, else the next opening. Raises NeverOpens."""
    return due_at(calendar, instant, timedelta())


def is_open(calendar: OpenCalendar, instant: datetime) -> bool:
    """Tell whether the place is open; the opening instant counts, the closing one does not."""
    at = microseconds(instant)
    stretch = calendar.stretch(at // STRETCH_MICROSECONDS)
    place = bisect_right(stretch.opens, at) - 1
    return place >= 0 and at < stretch.closes[place]


def next_change(calendar: OpenCalendar, instant: datetime) -> datetime | None:
    """Return when the place next opens or closes after `instant`, in its own zone.

    None when nothing changes within two weeks: always open, or closed.
    """
    first = microseconds(instant)
    last = first + CHANGE_WITHIN // MICROSECOND
    for interval in calendar.intervals(first, last):
        for change in interval:
            if first < change <= last:
                return moment(change).astimezone(calendar.zone)
    return None


def open_time_between(calendar: OpenCalendar, start: datetime, end: datetime) -> timedelta:
    """Return how long the place is open from start to end; nothing when end is not after start."""
    if end <= start:
        return timedelta()
    if calendar.round_the_clock:
        return end - start
    first, last = microseconds(start), microseconds(end)
    index, at = last // STRETCH_MICROSECONDS, first // STRETCH_MICROSECONDS
    passed = calendar.stretch(index).open_before(last) - calendar.stretch(at).open_before(first)
    return timedelta(microseconds=passed + sum(calendar.stretch(i).total for i in range(at, index)))


def due_at(calendar: OpenCalendar, start: datetime, amount: timedelta) -> datetime:
    """Return the earliest instant by which the place was open for `amount` since start.

    Time that ends with a window is due at its closing, not at the next opening. Nothing
    to wait for is due at the next open instant. `open_time_between(start, due)` is the
    amount again. Raises NeverOpens after 370 days in a row without an open minute, or ten
    years in all, and InvalidInput for a negative amount.
    """
    wanted = _wanted(amount)
    if calendar.round_the_clock:
        return start.astimezone(UTC) + amount
    instant = microseconds(start)
    index = instant // STRETCH_MICROSECONDS
    stretch = calendar.stretch(index)
    wanted += stretch.open_before(instant)
    # Without an amount the end of an interval is not enough: what opens next is wanted.
    place = bisect_left if amount else bisect_right
    dry, last = 0, index + _REACH_MOST
    while (at := place(stretch.through, wanted)) == len(stretch.through):
        wanted -= stretch.total
        index += 1
        stretch = calendar.stretch(index)
        dry = 0 if stretch.total else dry + 1
        if dry >= _DRY_MOST or index > last:
            raise _never(calendar, start)
    return moment(stretch.closes[at] - stretch.through[at] + wanted)


def subtract_open_time(calendar: OpenCalendar, end: datetime, amount: timedelta) -> datetime:
    """Return the latest instant from which the place is open for `amount` until end.

    "One hour before it is due" in the hours of the place: across a night it is the evening
    before, never midnight. No amount is `end` itself. Raises as `due_at`.
    """
    wanted = _wanted(amount)
    if calendar.round_the_clock or not amount:
        return end.astimezone(UTC) - amount
    instant = microseconds(end)
    index = instant // STRETCH_MICROSECONDS
    stretch = calendar.stretch(index)
    wanted = stretch.open_before(instant) - wanted
    dry, last = 0, index - _REACH_MOST
    while wanted < 0:
        index -= 1
        stretch = calendar.stretch(index)
        wanted += stretch.total
        dry = 0 if stretch.total else dry + 1
        if dry >= _DRY_MOST or index < last:
            raise _never(calendar, end)
    at = bisect_right(stretch.through, wanted)
    return moment(stretch.closes[at] - stretch.through[at] + wanted)


def add_open_time(calendar: OpenCalendar, start: datetime, amount: timedelta) -> Due:
    """Return `due_at` with its trace. Raises the same."""
    at = due_at(calendar, start, amount)
    return Due(at=at, trace=trace_of(calendar, start=start, amount=amount, due=at))


def _wanted(amount: timedelta) -> int:
    if amount < timedelta():
        raise InvalidInput("Open time to add is not negative.", fields={"amount": [str(amount)]})
    return amount // MICROSECOND


def _never(calendar: OpenCalendar, instant: datetime) -> NeverOpens:
    return NeverOpens(
        f"By its calendar, {calendar.name} does not open in the {HORIZON_DAYS} days around "
        f"{instant.astimezone(calendar.zone):%Y-%m-%d}; nothing can become due in its open hours.",
        calendar=calendar.name,
    )
