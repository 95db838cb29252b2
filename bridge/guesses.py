"""What wrong guesses cost. Pure: counts in, pauses out.

Only well-formed codes that do not exist count: a slip of the finger fails the check sign and
is no guess. Limits are far above what an honest store does in a day, and a pause stops typed
look-ups only, so that a scanned code can still be served.
Source: docs/decisions/0007-guess-budgets.md.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta

from bridge.settings import Settings

SHORTEST_PAUSE = timedelta(seconds=30)
LONGEST_PAUSE = timedelta(hours=1)


@dataclass(frozen=True, slots=True)
class Window:
    """A budget: guesses counted on one kind of subject in one span of time."""

    counted_on: str
    length: timedelta
    limit: int
    until_end: bool
    """Whether going over pauses until the window ends (a day) or for a growing wait (ten minutes)."""

    @property
    def seconds(self) -> int:
        """The window's length."""
        return int(self.length.total_seconds())


def windows(settings: Settings) -> tuple[Window, ...]:
    """The budgets in force."""
    minutes, day = timedelta(minutes=10), timedelta(days=1)
    return (
        Window("device", minutes, settings.misses_per_device_10_minutes, until_end=False),
        Window("device", day, settings.misses_per_device_day, until_end=True),
        Window("person", day, settings.misses_per_person_day, until_end=True),
        Window("store", day, settings.misses_per_store_day, until_end=True),
        Window("brand", day, settings.misses_per_brand_day, until_end=True),
    )


def window_start(now: datetime, length: timedelta) -> datetime:
    """When the window that holds `now` began; windows are aligned to the epoch."""
    seconds = int(length.total_seconds())
    return datetime.fromtimestamp(int(now.timestamp()) // seconds * seconds, tz=now.tzinfo)


def pauses(
    counts: dict[tuple[str, int], int], *, now: datetime, settings: Settings
) -> Iterator[tuple[str, datetime]]:
    """Which subjects are paused, and until when; `counts` holds guesses by (kind, window seconds)."""
    for window in windows(settings):
        over = counts.get((window.counted_on, window.seconds), 0) - window.limit
        if over < 0:
            continue
        if window.until_end:
            yield window.counted_on, window_start(now, window.length) + window.length
        else:
            yield window.counted_on, now + min(SHORTEST_PAUSE * 2 ** min(over, 10), LONGEST_PAUSE)
