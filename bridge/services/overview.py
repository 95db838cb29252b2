"""HQ's overview as a tree: the brand or what a reader may see, its districts, their stores.

What is live adds up from stores to districts; medians do not and come from the database at each
level. A case that counts at several stores stands under no district. Formulas: docs/reports.md.
"""

from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from bridge.db import Connection
from bridge.queries import overview as queries
from bridge.queries.reports import Scope
from bridge.services.reports import per_mille

BANDS = queries.BANDS
WEEK = timedelta(days=7)


@dataclass(slots=True)
class Figures:
    """What is counted of a place: live now, and of the period's cases."""

    open: int = 0
    late: int = 0
    unacknowledged: int = 0
    questions: int = 0
    oldest_at: datetime | None = None
    issued: int = 0
    answerable: int = 0
    honoured: int = 0
    declined: int = 0
    median_seconds_to_act: int | None = None
    bands: tuple[int, ...] = (0,) * len(BANDS)

    @property
    def honour_rate_per_mille(self) -> int | None:
        """Honoured of those who came; None when nobody came."""
        return per_mille(self.honoured, self.answerable)

    def add_live(self, row: Any) -> None:
        """Count a store's live cases in."""
        self.open += row.open
        self.late += row.late
        self.unacknowledged += row.unacknowledged
        self.questions += row.questions
        if row.oldest_at and (self.oldest_at is None or row.oldest_at < self.oldest_at):
            self.oldest_at = row.oldest_at

    def take_period(self, row: Any) -> None:
        """Take over what became of the period's cases."""
        self.issued, self.answerable = row.issued, row.answerable
        self.honoured, self.declined = row.honoured, row.declined
        if row.median_seconds_to_act is not None:
            self.median_seconds_to_act = round(row.median_seconds_to_act)
        self.bands = tuple(getattr(row, band) for band in BANDS)


@dataclass(slots=True)
class Place:
    """A store, a district with its stores, or everything; `number` is a store's."""

    id: UUID | None
    name: str
    number: str = ""
    figures: Figures = field(default_factory=Figures)
    stores: list["Place"] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class Overview:
    """Everything, its districts, and how many promises were declined in the last seven days."""

    all: Place
    districts: list[Place]
    declined_this_week: int


def overview(
    connection: Connection, scope: Scope, *, from_at: datetime, to_at: datetime, now: datetime
) -> Overview:
    """Count the scope's cases in each place that has any, live now or issued in [from_at, to_at)."""
    found = queries.tree(connection, scope, from_at=from_at, to_at=to_at, declined_since=now - WEEK)
    places = {row.id: row for row in found.places}
    everything = Place(None, "")
    districts: dict[UUID | None, Place] = {}
    stores: dict[UUID | None, Place] = {}

    def district(of: UUID | None, name: str) -> Place:
        return districts.setdefault(of, Place(of, name))

    def store(of: UUID | None) -> Place | None:
        if of not in places:  # it counts at several stores
            return None
        if of not in stores:
            row = places[of]
            stores[of] = Place(of, row.name, row.number)
            district(row.district_id, row.district_name or "").stores.append(stores[of])
        return stores[of]

    for row in found.live:
        everything.figures.add_live(row)
        if (here := store(row.store_id)) is not None:
            here.figures.add_live(row)
        above = places[row.store_id].district_id if here else None
        district(above, "").figures.add_live(row)
    for row in found.period:
        if row.level == queries.TOTAL:
            everything.figures.take_period(row)
        elif row.level == queries.STORE and (here := store(row.store_id)) is not None:
            here.figures.take_period(row)
    for row in found.period:
        if row.level == queries.DISTRICT:
            district(row.district_id, "").figures.take_period(row)
    return Overview(everything, list(districts.values()), found.declined)
