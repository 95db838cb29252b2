"""Why something is due when it is due: the trace, and the same instant from it alone.

A trace is plain JSON and stands in the milestone's row. It names the calendar and its zone,
the open windows that were counted, and what was skipped: holidays, dated hours, closures.
Whoever keeps it may add keys of its own ("pauses", "policy_version").
"""

from collections.abc import Mapping
from datetime import UTC, date, datetime, timedelta
from typing import Any, Final

from bridge.open_calendar import MICROSECOND, Interval, OpenCalendar, microseconds, moment

VERSION: Final = 1
SKIPPED_MOST: Final = 40
_ROWS_AT_EITHER_END: Final = 12
_SECOND: Final = 1_000_000
_DAY: Final = 86_400 * _SECOND


def trace_of(calendar: OpenCalendar, *, start: datetime, amount: timedelta, due: datetime) -> dict[str, Any]:
    """Return the trace of `due`, which must be `due_at(calendar, start, amount)`.

    "windows" are [opens_at, closes_at, used_seconds] in UTC, whole windows as the place has
    them; one that runs more than a day past either end is cut there. Of a long span the
    middle windows are one row, and "merged_windows" says how many stand in it. "skipped"
    names each day that a holiday or dated hours changed, and each closure.
    """
    first, last = microseconds(start), microseconds(due)
    rows = _rows(calendar, first, last)
    skipped = _skipped(calendar, start, due)
    trace = {
        "v": VERSION,
        "calendar": calendar.name,
        "zone": calendar.zone.key,
        "start": _text(first),
        "amount_seconds": _seconds(amount // MICROSECOND),
        "windows": rows,
        "skipped": skipped[:SKIPPED_MOST],
        "due_at": _text(last),
    }
    middle = rows[_ROWS_AT_EITHER_END:-_ROWS_AT_EITHER_END]
    if len(middle) > 1:
        used = sum(round(row[2] * _SECOND) for row in middle)
        one = [middle[0][0], middle[-1][1], _seconds(used)]
        trace["windows"] = [*rows[:_ROWS_AT_EITHER_END], one, *rows[-_ROWS_AT_EITHER_END:]]
        trace["merged_windows"] = len(middle)
    if len(skipped) > SKIPPED_MOST:
        trace["skipped_more"] = len(skipped) - SKIPPED_MOST
    return trace


def recompute(trace: Mapping[str, Any]) -> datetime:
    """Return the due time from start, amount and windows alone; "due_at" is not looked at."""
    start = microseconds(datetime.fromisoformat(trace["start"]))
    left = round(trace["amount_seconds"] * _SECOND)
    *before, (opens_at, _, _) = trace["windows"]
    left -= sum(round(used * _SECOND) for _, _, used in before)
    return moment(max(start, microseconds(datetime.fromisoformat(opens_at))) + left)


def _rows(calendar: OpenCalendar, first: int, last: int) -> list[list[Any]]:
    if calendar.round_the_clock:
        return [[_text(first), _text(last), _seconds(last - first)]]
    near = list(calendar.intervals(first - _DAY, last + _DAY))
    counted = [interval for interval in near if first < interval[1] and interval[0] < last]
    # Nothing was to be waited for: the row is the window that is open then.
    counted = counted or [interval for interval in near if interval[0] <= last < interval[1]]
    return [_row(interval, first, last) for interval in counted]


def _row(interval: Interval, first: int, last: int) -> list[Any]:
    opens, closes = interval
    used = min(closes, last) - max(opens, first)
    shown_from = opens if first - opens < _DAY else first
    shown_until = closes if closes - last < _DAY else last
    return [_text(shown_from), _text(shown_until), _seconds(used)]


def _skipped(calendar: OpenCalendar, start: datetime, due: datetime) -> list[dict[str, str]]:
    first, last = start.astimezone(calendar.zone).date(), due.astimezone(calendar.zone).date()
    days = (first + timedelta(days=step) for step in range((last - first).days + 1))
    found = [(on, why) for on in days if (why := _changed(calendar, on))]
    found += [
        (max(start, closure.starts_at).astimezone(calendar.zone).date(), closure.label)
        for closure in calendar.closures
        if closure.starts_at < due and (closure.ends_at is None or start < closure.ends_at)
    ]
    return [{"on": on.isoformat(), "why": why} for on, why in sorted(found)]


def _changed(calendar: OpenCalendar, on: date) -> str | None:
    """The label, when the date's hours are not those of its weekday."""
    why = calendar.closed_because(on)
    return why if why and calendar.windows_on(on) != calendar.week.windows_on(on) else None


def _text(instant: int) -> str:
    return moment(instant).astimezone(UTC).isoformat()


def _seconds(microseconds_used: int) -> int | float:
    whole, rest = divmod(microseconds_used, _SECOND)
    return microseconds_used / _SECOND if rest else whole
