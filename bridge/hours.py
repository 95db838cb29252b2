"""A store's opening hours as a pure value, and the moments that follow from them.

Windows are the clock on the store's wall: minutes after midnight of their weekday, the
end above 1440 when the store closes after midnight. Every moment is computed on UTC
instants; adding a duration to a local time is wrong twice a year. Holidays build on
this by giving `windows_on` another answer for a date.
"""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from typing import Any, Final, Protocol
from zoneinfo import ZoneInfo

from bridge.errors import InvalidInput
from bridge.wording import FORMS, WORDING

DAY_MINUTES: Final = 1440
CLOSES_LATEST: Final = 2 * DAY_MINUTES
HORIZON_DAYS: Final = 15

Window = tuple[int, int]
Windows = tuple[Window, ...]
ALL_DAY: Final[Windows] = ((0, DAY_MINUTES),)


class Calendar(Protocol):
    """Whatever can say which windows a date has; `WeekHours` is the plainest."""

    def windows_on(self, on: date) -> Windows:
        """Return the date's windows in order, () when closed."""


@dataclass(frozen=True, slots=True)
class WeekHours:
    """Seven days of windows, Monday first. Raises InvalidInput when windows overlap or are empty."""

    days: tuple[Windows, ...]

    def __post_init__(self) -> None:
        if len(self.days) != 7:
            raise InvalidInput("A week has seven days.", fields={"hours": [f"{len(self.days)} days"]})
        for windows in self.days:
            reached = 0
            for opens, closes in windows:
                if not (reached <= opens < DAY_MINUTES and opens < closes <= CLOSES_LATEST):
                    raise InvalidInput(
                        "Windows are in order, do not overlap and start within their day.",
                        fields={"hours": [f"{opens}-{closes}"]},
                    )
                reached = closes

    def windows_on(self, on: date) -> Windows:
        """Return the windows of the date's weekday."""
        return self.days[on.weekday()]


def wall_moment(on: date, minute: int, zone: ZoneInfo) -> datetime:
    """Return the first instant, in UTC, at which the store's wall clock shows this minute or later.

    A time that spring skips is the end of the gap; one that autumn repeats is the first pass.
    """
    wall = datetime.combine(on + timedelta(days=minute // DAY_MINUTES), time()) + timedelta(
        minutes=minute % DAY_MINUTES
    )
    moment = wall.replace(tzinfo=zone).astimezone(UTC)
    # In a gap, fold=0 lands after it by as much as the wall time was inside the gap.
    overshoot = moment.astimezone(zone).replace(tzinfo=None) - wall
    if overshoot <= timedelta():
        return moment
    before = wall.replace(tzinfo=zone, fold=1).astimezone(UTC)
    while moment - before > timedelta(seconds=1):
        middle = before + (moment - before) / 2
        if middle.astimezone(zone).replace(tzinfo=None) < wall:
            before = middle
        else:
            moment = middle
    return moment.replace(microsecond=0)


def open_intervals(
    calendar: Calendar, zone: ZoneInfo, *, start: datetime, end: datetime
) -> Iterator[tuple[datetime, datetime]]:
    """Yield (opens, closes) in UTC for all open time that touches start..end, in order.

    Windows that meet or overlap are one interval, so a store open round the clock yields
    one. Intervals are not cut to start; they are whole as far as the days looked at go.
    """
    day = start.astimezone(zone).date() - timedelta(days=2)
    last = end.astimezone(zone).date() + timedelta(days=1)
    opened: datetime | None = None
    closed = datetime.min.replace(tzinfo=UTC)
    while day <= last:
        for opens, closes in calendar.windows_on(day):
            opens_at, closes_at = wall_moment(day, opens, zone), wall_moment(day, closes, zone)
            if opens_at >= closes_at:  # The whole window fell into a gap of the clock.
                continue
            if opened is not None and opens_at > closed:
                if closed > start and opened <= end:
                    yield opened, closed
                opened = None
            opened, closed = opened or opens_at, max(closed, closes_at)
        day += timedelta(days=1)
    if opened is not None and closed > start and opened <= end:
        yield opened, closed


def is_open(calendar: Calendar, zone: ZoneInfo, instant: datetime) -> bool:
    """Tell whether the store is open; the opening minute counts, the closing minute does not."""
    return any(
        opens <= instant < closes
        for opens, closes in open_intervals(calendar, zone, start=instant, end=instant)
    )


def next_change(calendar: Calendar, zone: ZoneInfo, instant: datetime) -> datetime | None:
    """Return when the store next opens or closes after `instant`, in the store's zone.

    None when nothing changes within two weeks: always open, or closed.
    """
    horizon = instant + timedelta(days=HORIZON_DAYS)
    for interval in open_intervals(calendar, zone, start=instant, end=horizon):
        for moment in interval:
            if instant < moment <= horizon:
                return moment.astimezone(zone)
    return None


def closing_time_on(calendar: Calendar, zone: ZoneInfo, instant: datetime) -> datetime | None:
    """Return the last closing of the windows that belong to the instant's local date.

    In the store's zone; after midnight when the store closes late; None when closed that day.
    This is the use-by moment of a promise that holds "until Saturday".
    """
    on = instant.astimezone(zone).date()
    windows = calendar.windows_on(on)
    return wall_moment(on, windows[-1][1], zone).astimezone(zone) if windows else None


_DAY_NAMES: Final = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")
_TIME = r"(\d{1,2})(?::([0-5]\d))?\s*([ap])?(?:\.?m\.?)?"
_WINDOW: Final = re.compile(rf"{_TIME}\s*[-\u2013]\s*{_TIME}", re.ASCII)
_ROUND_THE_CLOCK: Final = frozenset({"24 hours", "open 24 hours", "0-11:59", "12-11:59"})


def parse_hours(text: str) -> WeekHours:
    """Read hours such as "Mon: 10-9:30; Tue: 10-9:30; ... Sun: 11-7". A day not named is closed.

    Understands the directory's habit of leaving out am and pm: a store opens from 6 in the
    morning to 4 in the afternoon and closes after noon; 11:59 stands for midnight, and 0-11:59
    and 12-11:59 for round the clock. Also reads am and pm, 24-hour times, "Mon-Fri", several
    windows ("9-12, 1-6"), "closed" and "24 hours". What could mean two things is refused.
    Raises InvalidInput with the offending part.
    """
    days: dict[int, Windows] = {}
    for part in filter(None, (part.strip() for part in re.split(r"[;\n]", text))):
        names, colon, hours = part.partition(":")
        if not colon:
            raise _unreadable(part, "A day looks like this: Mon: 10am-9pm.")
        windows = _read_day(hours.strip().lower(), part)
        for day in _read_days(names.strip().lower(), part):
            if day in days:
                raise _unreadable(part, "This day was given before.")
            days[day] = windows
    if not days:
        raise _unreadable(text, "No day is given.")
    return WeekHours(tuple(days.get(day, ()) for day in range(7)))


def parse_day(text: str) -> Windows:
    """Read one day's hours: "10-4", "9-12, 1-6", "24 hours"; () for "closed". Raises as `parse_hours`."""
    return WeekHours((_read_day(text.strip().lower(), text), (), (), (), (), (), ())).days[0]


def _unreadable(part: str, problem: str) -> InvalidInput:
    return InvalidInput(
        "The opening hours cannot be read.", fields={"hours": [f"{part!r}: {problem}"]}, part=part
    )


def _read_days(names: str, part: str) -> list[int]:
    first, dash, last = (name.strip() for name in names.partition("-"))
    ends = [
        [day for day, full in enumerate(_DAY_NAMES) if len(name) >= 3 and full.startswith(name)]
        for name in ([first, last] if dash else [first, first])
    ]
    if not all(ends):
        raise _unreadable(part, "This is no day of the week.")
    start, end = ends[0][0], ends[1][0]
    return [(start + step) % 7 for step in range((end - start) % 7 + 1)]


def _read_day(hours: str, part: str) -> Windows:
    if hours == "closed":
        return ()
    if hours in _ROUND_THE_CLOCK:
        return ALL_DAY
    texts = [window.strip() for window in hours.split(",")]
    windows = []
    for at, text in enumerate(texts):
        match = _WINDOW.fullmatch(text)
        if match is None:
            raise _unreadable(part, "A window looks like this: 10am-9pm.")
        windows.append(_read_window(match, part, break_follows=at + 1 < len(texts)))
    return tuple(windows)


def _read_window(match: re.Match[str], part: str, *, break_follows: bool) -> Window:
    opens_text, _, opens_half, closes_text, _, closes_half = match.groups()
    opens_hour, closes_hour = int(opens_text), int(closes_text)
    opens_minute, closes_minute = int(match[2] or 0), int(match[5] or 0)
    military = not (opens_half or closes_half) and any(
        hour.startswith("0") or int(hour) > 12 for hour in (opens_text, closes_text)
    )
    if max(opens_hour, closes_hour) > (24 if military else 12) or (
        not military and 0 in (opens_hour, closes_hour)
    ):
        raise _unreadable(part, "There is no such hour.")
    if military:
        opens, closes = opens_hour * 60, closes_hour * 60
    else:
        opens = _opening(opens_hour, opens_half, part)
        closes = _closing(closes_hour, closes_half, part, break_follows=break_follows, opens=opens)
    opens, closes = opens + opens_minute, closes + closes_minute
    if closes % DAY_MINUTES == DAY_MINUTES - 1:
        closes += 1
    if closes <= opens and (military or closes_half) and (closes < opens or opens == 0):
        closes += DAY_MINUTES
    if not opens < closes or opens >= DAY_MINUTES:
        raise _unreadable(part, "It closes before it opens; write am and pm.")
    return opens, closes


def _opening(hour: int, half: str | None, part: str) -> int:
    if half is None and hour == 5:
        raise _unreadable(part, "5 could be morning or afternoon; write 5am or 5pm.")
    afternoon = half == "p" or (half is None and (hour <= 4 or hour == 12))
    return (hour % 12 + (12 if afternoon else 0)) * 60


def _closing(hour: int, half: str | None, part: str, *, break_follows: bool, opens: int) -> int:
    if half is None and hour == 12 and not (break_follows and opens < 12 * 60):
        raise _unreadable(part, "12 could be noon or midnight; write 12pm or 12am.")
    return (hour % 12 + (0 if half == "a" else 12)) * 60


def hours_line(week: WeekHours, weekday: int, locale: str) -> str:
    """Word one weekday's hours for a customer: "10 am-9:30 pm". Monday is 0."""
    return windows_line(week.days[weekday], locale)


def clock_text(minute: int, locale: str) -> str:
    """Word a minute of the day: "9:30 pm", "21 h 30", "noon", "midnight"."""
    form = FORMS[locale]
    hour, past = divmod(minute % DAY_MINUTES, 60)
    if past == 0 and hour in {0, 12}:
        return form.noon if hour else form.midnight
    pattern = form.hour_and_minute if past else form.whole_hour
    if form.halves is None:
        return pattern.format(hour=hour, minute=past)
    return pattern.format(hour=(hour + 11) % 12 + 1, minute=past, half=form.halves[hour >= 12])


def windows_line(windows: Windows, locale: str) -> str:
    """Word one day's hours for people: "10 am-9:30 pm", "closed"."""
    if not windows:
        return WORDING[locale]["closed"]
    if windows == ALL_DAY:
        return WORDING[locale]["all_day"]
    return ", ".join(f"{clock_text(opens, locale)}-{clock_text(closes, locale)}" for opens, closes in windows)


def week_hours(stored: Mapping[str, Any]) -> WeekHours:
    """Read `stores.hours`: {"days": [[[600, 1290]], ...]}, Monday first, in minutes after midnight."""
    days: list[Windows] = [
        tuple((int(opens), int(closes)) for opens, closes in windows) for windows in stored["days"]
    ]
    return WeekHours(tuple(days))


def stored_hours(week: WeekHours) -> dict[str, Any]:
    """What `week_hours` reads."""
    return {"days": [[list(window) for window in windows] for windows in week.days]}
