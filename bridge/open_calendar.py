"""A place's calendar as an immutable value: its week, holidays, dated hours and closures.

`bridge/calendars.py` computes with it. Open time is kept in four-week stretches of UTC
microseconds with running totals, made when first asked for: a sweep asks the same few
weeks of 1,600 calendars a million times, and each answer is then two binary searches.
"""

from bisect import bisect_right
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, timedelta
from itertools import accumulate
from typing import Final, Protocol
from zoneinfo import ZoneInfo

from bridge.errors import InvalidInput
from bridge.hours import ALL_DAY, WeekHours, Windows, open_intervals
from bridge.public_holidays import HolidayName, no_holidays

EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)
MICROSECOND: Final = timedelta(microseconds=1)
STRETCH_DAYS: Final = 28
STRETCH_MICROSECONDS: Final = timedelta(days=STRETCH_DAYS) // MICROSECOND
UNTIL_FURTHER_NOTICE: Final = timedelta(days=14)
_STRETCHES_KEPT: Final = 60
_NO_END: Final = 1 << 62
_UTC: Final = ZoneInfo("UTC")

Interval = tuple[int, int]


class HolidayList(Protocol):
    """What a mapping of dates to names looks like; a dict will do."""

    def get(self, on: date, /) -> str | None:
        """Return the holiday's name, None on other days."""


@dataclass(frozen=True, slots=True)
class DatedHours:
    """The hours of one date, whatever the week or a holiday says; () is closed.

    Raises InvalidInput when windows overlap or are empty.
    """

    on: date
    windows: Windows
    label: str

    def __post_init__(self) -> None:
        WeekHours((self.windows, (), (), (), (), (), ()))


@dataclass(frozen=True, slots=True)
class Closure:
    """An unplanned closure between two instants; without an end it lasts until further notice.

    Raises InvalidInput when it ends before it starts.
    """

    starts_at: datetime
    ends_at: datetime | None
    label: str

    def __post_init__(self) -> None:
        if self.ends_at is not None and self.ends_at < self.starts_at:
            raise InvalidInput("A closure ends after it starts.", fields={"ends_at": ["before it starts"]})


@dataclass(frozen=True, slots=True)
class Stretch:
    """Four weeks of open time: intervals in order and apart, in microseconds since 1970.

    `through[i]` is the open time of the stretch up to and with interval i.
    """

    opens: tuple[int, ...]
    closes: tuple[int, ...]
    through: tuple[int, ...]
    total: int

    def open_before(self, instant: int) -> int:
        """Return the open time of this stretch before the instant."""
        at = bisect_right(self.opens, instant) - 1
        return 0 if at < 0 else self.through[at] - max(0, self.closes[at] - instant)


class OpenCalendar:
    """When a place is open. Never changes once made, so threads may share it.

    Dated hours win over public holidays, and holidays close their day; of two dated hours
    for one date the later given wins, so give the brand's first and the store's last.
    Closures take time away from whatever is left. A window past midnight belongs to the day
    that opens it: a holiday does not cut the night before short.
    """

    __slots__ = (
        "_bounded",
        "_dated",
        "_holiday",
        "_stretches",
        "_taken",
        "closures",
        "name",
        "round_the_clock",
        "week",
        "zone",
    )

    def __init__(
        self,
        *,
        name: str,
        zone: ZoneInfo,
        week: WeekHours,
        holidays: HolidayName | HolidayList = no_holidays,
        dated: Iterable[DatedHours] = (),
        closures: Iterable[Closure] = (),
    ) -> None:
        self.name, self.zone, self.week = name, zone, week
        self.closures = tuple(sorted(closures, key=lambda closure: closure.starts_at))
        self._holiday: Callable[[date], str | None] = holidays if callable(holidays) else holidays.get
        self._dated = {hours.on: hours for hours in dated}
        self._taken = [
            (microseconds(closure.starts_at), microseconds(closure.ends_at) if closure.ends_at else _NO_END)
            for closure in self.closures
        ]
        self._stretches: dict[int, Stretch] = {}
        self._bounded: OpenCalendar | None = None
        self.round_the_clock = (
            week.days == (ALL_DAY,) * 7 and holidays is no_holidays and not self._dated and not self.closures
        )

    def __repr__(self) -> str:
        return f"OpenCalendar({self.name!r}, {self.zone.key!r})"

    def windows_on(self, on: date) -> Windows:
        """Return the date's windows on the wall clock, () when closed. Closures are not in it."""
        if (dated := self._dated.get(on)) is not None:
            return dated.windows
        return () if self._holiday(on) else self.week.windows_on(on)

    def closed_because(self, on: date) -> str | None:
        """Return the label of the dated hours or holiday that close or change the date, else None."""
        if (dated := self._dated.get(on)) is not None:
            return dated.label
        return self._holiday(on)

    def closure_at(self, instant: datetime) -> Closure | None:
        """Return the unplanned closure that holds at the instant."""
        for closure in self.closures:
            if closure.starts_at <= instant and (closure.ends_at is None or instant < closure.ends_at):
                return closure
        return None

    def bounded(self) -> "OpenCalendar":
        """The same calendar with an end for closures that have none: two weeks after they started.

        For deadlines. "Until further notice" is no reason to count the nights instead, and none to
        wait for ever; whoever opens the place earlier has its deadlines computed anew.
        """
        if all(closure.ends_at is not None for closure in self.closures):
            return self
        if self._bounded is None:
            self._bounded = OpenCalendar(
                name=self.name,
                zone=self.zone,
                week=self.week,
                holidays=self._holiday,
                dated=self._dated.values(),
                closures=[
                    replace(closure, ends_at=closure.ends_at or closure.starts_at + UNTIL_FURTHER_NOTICE)
                    for closure in self.closures
                ],
            )
        return self._bounded

    def stretch(self, index: int) -> Stretch:
        """Return the open time of the four weeks that start `index` times four weeks after 1970."""
        found = self._stretches.get(index)
        if found is None:
            if len(self._stretches) >= _STRETCHES_KEPT:
                self._stretches.clear()
            found = self._stretches[index] = self._measured(index)
        return found

    def intervals(self, start: int, end: int) -> Iterator[Interval]:
        """Yield open intervals that touch start..end, in order and apart, whole within the stretches."""
        opened = closed = None
        for index in range(start // STRETCH_MICROSECONDS, end // STRETCH_MICROSECONDS + 1):
            stretch = self.stretch(index)
            for opens, closes in zip(stretch.opens, stretch.closes, strict=True):
                if opens == closed:
                    closed = closes
                    continue
                if opened is not None and closed is not None and start < closed and opened <= end:
                    yield opened, closed
                opened, closed = opens, closes
        if opened is not None and closed is not None and start < closed and opened <= end:
            yield opened, closed

    def _measured(self, index: int) -> Stretch:
        first, last = index * STRETCH_MICROSECONDS, (index + 1) * STRETCH_MICROSECONDS
        cut = [(max(opens, first), min(closes, last)) for opens, closes in self._planned(first, last)]
        left = [interval for interval in self._without_closures(cut) if interval[0] < interval[1]]
        through = tuple(accumulate(closes - opens for opens, closes in left))
        return Stretch(
            opens=tuple(opens for opens, _ in left),
            closes=tuple(closes for _, closes in left),
            through=through,
            total=through[-1] if through else 0,
        )

    def _planned(self, first: int, last: int) -> list[Interval]:
        try:
            found = open_intervals(self, self.zone, start=moment(first), end=moment(last))
            return [(microseconds(opens), microseconds(closes)) for opens, closes in found]
        except OverflowError:  # Before the year 1 or after 9999 nobody is open.
            return []

    def _without_closures(self, intervals: list[Interval]) -> list[Interval]:
        for starts, ends in self._taken:
            intervals = [
                piece
                for opens, closes in intervals
                for piece in ((opens, min(closes, starts)), (max(opens, ends), closes))
                if piece[0] < piece[1]
            ]
        return intervals


def microseconds(instant: datetime) -> int:
    """Return the instant as microseconds since 1970; exact. A naive time is a TypeError."""
    return (instant - EPOCH) // MICROSECOND


def moment(instant: int) -> datetime:
    """Return the UTC moment of `microseconds`."""
    return EPOCH + timedelta(microseconds=instant)


ALWAYS: Final = OpenCalendar(name="always", zone=_UTC, week=WeekHours((ALL_DAY,) * 7))
