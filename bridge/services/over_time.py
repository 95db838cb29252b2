"""Why promises fail, over twelve weeks: one series for each reason and each cause, all on one scale."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from bridge.db import Connection
from bridge.queries import over_time as queries
from bridge.queries.over_time import WEEK, WEEKS
from bridge.queries.reports import Scope
from bridge.services.reports import per_mille


@dataclass(frozen=True, slots=True)
class Series:
    """What one reason or cause counted in each week, oldest first."""

    key: str
    counts: tuple[int, ...]

    @property
    def newest(self) -> int:
        """The last seven days."""
        return self.counts[-1]

    @property
    def change(self) -> int:
        """The last seven days against the seven before."""
        return self.counts[-1] - self.counts[-2]


@dataclass(frozen=True, slots=True)
class OverTime:
    """Reasons and causes, the most frequent first, and how many ended cases have no cause."""

    weeks: tuple[tuple[datetime, datetime], ...]
    reasons: list[Series]
    causes: list[Series]
    untagged: Series
    ended: int

    @property
    def untagged_per_mille(self) -> int | None:
        """The share of the ended cases without a cause."""
        return per_mille(sum(self.untagged.counts), self.ended)


def over_time(connection: Connection, scope: Scope, *, above: str | None, now: datetime) -> OverTime:
    """Count twelve weeks that end at `now`; causes are those of the level beneath `above`."""
    causes = queries.causes(connection, scope, above=above, now=now)
    everything = causes if above is None else queries.causes(connection, scope, above=None, now=now)
    untagged = [row for row in everything if row.key is None]
    return OverTime(
        weeks=tuple((now - (ago + 1) * WEEK, now - ago * WEEK) for ago in reversed(range(WEEKS))),
        reasons=_series(queries.reasons(connection, scope, now=now)),
        causes=_series(row for row in causes if row.key is not None),
        untagged=_series(untagged)[0] if untagged else Series("", (0,) * WEEKS),
        ended=sum(row.cases for row in everything),
    )


def _series(rows: Iterable[Any]) -> list[Series]:
    counted: dict[str, list[int]] = {}
    for row in rows:
        weeks = counted.setdefault(row.key or "", [0] * WEEKS)
        weeks[WEEKS - 1 - row.weeks_ago] += row.cases
    found = [Series(key, tuple(counts)) for key, counts in counted.items()]
    return sorted(found, key=lambda one: (-sum(one.counts), one.key))
