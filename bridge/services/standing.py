"""How stores compare: honoured of those who came, and how soon they act. Never by money.

Only stores with ten cases or more are ranked; how it is computed stands on the page that shows it.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from fractions import Fraction
from uuid import UUID

from bridge.db import Connection
from bridge.queries.reports import Scope
from bridge.ranking import LEAST_CASES, Entry, Ranked, rank
from bridge.services.overview import Place, overview

BY = ("honoured", "act")


@dataclass(frozen=True, slots=True)
class Standing:
    """Stores in order, those with too few cases, and the median of all that are ranked."""

    by: str
    ranked: list[Ranked[Place]]
    too_few: list[Entry[Place]]

    def of(self, store_id: UUID | None) -> Ranked[Place] | None:
        """Where one store stands; None when it has too few cases."""
        return next((one for one in self.ranked if one.entry.store.id == store_id), None)


def standing(
    connection: Connection, scope: Scope, *, by: str, from_at: datetime, to_at: datetime
) -> Standing:
    """Compare the scope's stores over cases issued in [from_at, to_at)."""
    return standings(connection, scope, from_at=from_at, to_at=to_at, by=(by,))[by]


def standings(
    connection: Connection, scope: Scope, *, from_at: datetime, to_at: datetime, by: Sequence[str] = BY
) -> dict[str, Standing]:
    """The same in several orders, from one count of the cases."""
    found = overview(connection, scope, from_at=from_at, to_at=to_at, now=to_at)
    stores = [store for district in found.districts for store in district.stores]
    return {one: _ordered(stores, one) for one in by}


def _ordered(stores: Sequence[Place], by: str) -> Standing:
    entries = [_entry(store, by) for store in stores if store.figures.issued]
    ranked, too_few = rank(entries, highest_first=by == "honoured", least=LEAST_CASES)
    return Standing(by, ranked, too_few)


def _entry(store: Place, by: str) -> Entry[Place]:
    figures = store.figures
    if by == "honoured":
        came = figures.answerable
        return Entry(store, Fraction(figures.honoured, came) if came else None, came, store.number)
    median = figures.median_seconds_to_act
    acted = sum(figures.bands)
    return Entry(store, None if median is None else Fraction(median), acted, store.number)
