"""What every life of a simulation shares: the agenda of what happens when, hours, people and deeds."""

import heapq
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from random import Random
from uuid import UUID

from bridge import db
from bridge.calendars import OpenCalendar, due_at, next_open
from bridge.errors import NeverOpens
from bridge.services.calendars import CalendarShelf
from bridge.simulation.deeds import Deeds
from bridge.simulation.world import Member, Shop, World

Happening = Callable[[datetime], object]


@dataclass(slots=True)
class Agenda:
    """What will happen, in order; two things of the same instant in the order they were planned."""

    _heap: list[tuple[datetime, int, Happening]] = field(default_factory=list)
    _planned: int = 0

    def plan(self, at: datetime, happening: Happening) -> None:
        """Let it happen at that instant."""
        self._planned += 1
        heapq.heappush(self._heap, (at, self._planned, happening))

    def next_at(self) -> datetime | None:
        """When the next thing happens."""
        return self._heap[0][0] if self._heap else None

    def clear(self) -> None:
        """Let nothing of what was planned happen."""
        self._heap.clear()

    def play_until(self, until: datetime) -> None:
        """Let happen everything up to and including that instant, each at its own time."""
        while self._heap and self._heap[0][0] <= until:
            at, _, happening = heapq.heappop(self._heap)
            happening(at)


@dataclass(slots=True)
class Stage:
    """The shared world of all lives."""

    world: World
    deeds: Deeds
    agenda: Agenda
    causes: list[str]
    lives: dict[UUID, Callable[[str, datetime], None]] = field(default_factory=dict)
    """Of each case, whom to call when it is issued again with a new code."""
    _shelf: CalendarShelf = field(default_factory=CalendarShelf)
    _known: set[UUID] = field(default_factory=set)

    def of_shop(self, shop: Shop) -> OpenCalendar:
        """The store's hours as they are now."""
        if shop.id not in self._known:
            with db.statement() as connection:
                self._shelf.fill(connection, store_ids=[shop.id])
            self._known.add(shop.id)
        return self._shelf.store(shop.id)

    def of_care(self) -> OpenCalendar:
        """The care desk's hours."""
        return self._of_unit(self.world.care_id)

    def of_headquarters(self) -> OpenCalendar:
        """Headquarters' hours."""
        return self._of_unit(self.world.hq_id)

    def hours_changed(self) -> None:
        """Somebody shut a store: read its hours again."""
        self._known.clear()

    def _of_unit(self, unit_id: UUID) -> OpenCalendar:
        if unit_id not in self._known:
            with db.statement() as connection:
                self._shelf.fill(connection, unit_ids=[unit_id])
            self._known.add(unit_id)
        return self._shelf.unit(unit_id)

    def on_duty(self, chance: Random) -> Member:
        """Some agent."""
        return chance.choice(self.world.agents)


def after(calendar: OpenCalendar, at: datetime, amount: timedelta) -> datetime:
    """The instant when somebody gets to it who works in these hours, and then needs so long."""
    try:
        return due_at(calendar, next_open(calendar, at), amount)
    except NeverOpens:
        return at + timedelta(days=400)
