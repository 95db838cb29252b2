"""How well a store can be reached, as one score with its parts. Pure.

0 is a store that answers, 100 one that nobody reaches. Each part says what was counted, how many
points that gives and how many it could give, so that a store manager can see the way down again.
A store is listed from `LISTED_FROM` on: two promises without an answer are enough, whatever else
is known, so that HQ sees it before the third complaint. Source: docs/reports.md.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta

WINDOW = timedelta(days=28)
SILENT_AFTER = timedelta(days=1)
"""A promise that nobody has seen for so long is silent, even where no clock ran."""
LISTED_FROM = 30
_ENOUGH_ACKNOWLEDGEMENTS = 3


@dataclass(frozen=True, slots=True)
class Signals:
    """What was counted of a store in the window."""

    acknowledgements_due: int = 0
    acknowledgements_missed: int = 0
    silent_cases: int = 0
    oldest_silent_at: datetime | None = None
    lapses: int = 0
    transfers_not_taken: int = 0
    calls_reported: int = 0
    last_sign_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class Part:
    """One part of the score: `count` gives `points` of at most `most`."""

    name: str
    count: int
    points: int
    most: int


@dataclass(frozen=True, slots=True)
class Reachability:
    """The score and what it is made of."""

    score: int
    parts: tuple[Part, ...]

    @property
    def is_listed(self) -> bool:
        """Whether HQ's list shows the store."""
        return self.score >= LISTED_FROM


def rate(signals: Signals, *, now: datetime) -> Reachability:
    """The score of what was counted.

    A share of missed acknowledgements counts fully from the third due one on: one of one is not yet
    a habit. Days without a sign of life count only while somebody waits.
    """
    due, missed = (
        signals.acknowledgements_due,
        min(signals.acknowledgements_missed, signals.acknowledgements_due),
    )
    sureness = min(due, _ENOUGH_ACKNOWLEDGEMENTS) / _ENOUGH_ACKNOWLEDGEMENTS
    parts = (
        Part("missed_acknowledgements", missed, round(35 * missed / due * sureness) if due else 0, 35),
        _each("silent_cases", signals.silent_cases, points=15, most=30),
        _each("lapses", signals.lapses, points=5, most=10),
        _each("transfers_not_taken", signals.transfers_not_taken, points=5, most=10),
        _each("calls_reported", signals.calls_reported, points=2, most=10),
        _each("quiet_days", _quiet_days(signals, now), points=1, most=5),
    )
    return Reachability(sum(part.points for part in parts), parts)


def _each(name: str, count: int, *, points: int, most: int) -> Part:
    return Part(name, count, min(count * points, most), most)


def _quiet_days(signals: Signals, now: datetime) -> int:
    if signals.oldest_silent_at is None:
        return 0
    heard = [signals.oldest_silent_at] if signals.last_sign_at is None else [signals.last_sign_at]
    return max(0, (now - max(heard)).days)
