"""The loop: let happen what people do, then let the clock look at what is due, and jump to the next moment.

The clock sweeps on a grid of simulated minutes, and only where something is due, so that a night
in which nothing happens costs nothing. Sweeps are never cut short by the wall clock: how fast the
machine is must not change what happens.
"""

from collections import Counter
from collections.abc import Callable, Sequence
from contextlib import ExitStack
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from random import Random
from typing import Any, Final

from bridge import db
from bridge.causes import LEVELS, starting
from bridge.models.base import ids_drawn_from
from bridge.queries import simulation as queries
from bridge.services import answering, noticing, watching
from bridge.services.attending import Sweeper
from bridge.settings import Settings
from bridge.simulation import world as worlds
from bridge.simulation.behaviour import moment_of_posting
from bridge.simulation.deeds import Deeds
from bridge.simulation.doing import NobodyListens
from bridge.simulation.headquarters import Headquarters
from bridge.simulation.life import Life
from bridge.simulation.stage import Agenda, Stage, after
from bridge.simulation.storms import Storms

BATCH: Final = 500
"""Nobody waits at a counter here, so a batch may be large."""
AS_LONG_AS_IT_TAKES: Final = 86_400.0
WATCH_EVERY: Final = timedelta(hours=1)

Progress = Callable[[int], None]


@dataclass(frozen=True, slots=True)
class Plan:
    """What to simulate. `start` is a UTC midnight; `sweep_every` is the clock's grid."""

    escalations: int
    days: int
    seed: int
    start: datetime
    records: Sequence[Any]
    sweep_every: timedelta = timedelta(minutes=10)

    @property
    def end(self) -> datetime:
        """The last instant."""
        return self.start + timedelta(days=self.days)


@dataclass(slots=True)
class Played:
    """What a run did beside the database: sweeps, deeds, refusals, and what the watchdog had to mend."""

    end: datetime
    sweep_every: timedelta
    world: worlds.World
    sweeps: Counter[str] = field(default_factory=Counter)
    deeds: Counter[str] = field(default_factory=Counter)
    refused: Counter[str] = field(default_factory=Counter)
    mended: int = 0


def play(plan: Plan, settings: Settings, *, progress: Progress = lambda _minutes: None) -> Played:
    """Live through the plan in an empty database; commits as it goes.

    `progress` is called with the simulated minutes that passed.
    """
    chance = Random(plan.seed)
    now = [plan.start]

    def milliseconds() -> int:
        return int(now[0].timestamp() * 1000)

    with ExitStack() as stack:
        stack.enter_context(ids_drawn_from(milliseconds=milliseconds, bits=Random(plan.seed).getrandbits))
        return _Clockwork(plan, settings, chance, now, progress).run()


class _Clockwork:
    def __init__(
        self, plan: Plan, settings: Settings, chance: Random, now: list[datetime], progress: Progress
    ) -> None:
        self._plan, self._settings, self._now, self._progress = plan, settings, now, progress
        world = worlds.build(
            plan.records,
            cases_a_day=plan.escalations / plan.days,
            chance=chance,
            start=plan.start,
            end=plan.end,
        )
        self._deeds = Deeds(settings)
        self._agenda = Agenda()
        causes = [cause.code for cause in starting().all.values() if cause.level == LEVELS]
        stage = Stage(world, self._deeds, self._agenda, causes)
        for number in range(plan.escalations):
            own = Random(chance.getrandbits(64))
            life = Life(stage, f"customer_{number}", own, own.choice(world.shops))
            self._agenda.plan(plan.start + moment_of_posting(own, days=plan.days), life.post)
        headquarters = Headquarters(stage, Random(chance.getrandbits(64)))
        self._agenda.plan(after(stage.of_headquarters(), plan.start, timedelta()), headquarters.work)
        storms = Storms(stage, Random(chance.getrandbits(64)))
        self._agenda.plan(plan.start + timedelta(hours=15), storms.day)
        self._sweeper = Sweeper(settings, batch=BATCH)
        self._played = Played(plan.end, plan.sweep_every, world)
        self._watched = plan.start

    def run(self) -> Played:
        """Go from moment to moment until the end."""
        at = self._plan.start
        while (moment := self._next_moment(at)) is not None:
            self._progress(int((moment - at).total_seconds() // 60))
            self._play_until(moment)
            self._sweep(moment)
            at = moment
        self._progress(int((self._plan.end - at).total_seconds() // 60))
        self._played.deeds, self._played.refused = self._deeds.count, self._deeds.refused
        worlds.sign_everybody_out(self._played.world.brand_id, self._plan.end)
        return self._played

    def _play_until(self, moment: datetime) -> None:
        while (at := self._agenda.next_at()) is not None and at <= moment:
            self._now[0] = at
            self._agenda.play_until(at)
        self._now[0] = moment

    def _next_moment(self, at: datetime) -> datetime | None:
        """The next point of the grid at which anything is to do; the last one is the end."""
        with db.statement() as connection:
            waiting = [self._agenda.next_at(), queries.next_due(connection), queries.next_notice(connection)]
        found = min((one for one in waiting if one is not None), default=None)
        if at >= self._plan.end:
            return None
        if found is None:
            return self._plan.end
        step = self._plan.sweep_every
        steps = max(1, -((self._plan.start - max(found, at)) // step) - (at - self._plan.start) // step)
        return min(at + steps * step, self._plan.end)

    def _sweep(self, moment: datetime) -> None:
        played = self._played
        played.sweeps["sweeps"] += 1
        played.sweeps += self._sweeper.sweep(moment, seconds=AS_LONG_AS_IT_TAKES)
        played.sweeps["threads"] += answering.sweep(moment, seconds=AS_LONG_AS_IT_TAKES)
        self._notify(moment)
        if moment - self._watched >= WATCH_EVERY:
            self._watched = moment
            with db.statement() as connection:
                played.mended += watching.watch(connection, moment)

    def _notify(self, moment: datetime) -> None:
        with db.statement() as connection:
            due = queries.next_notice(connection)
        while due is not None and due <= moment:
            noticing.notify_due(self._settings, clock=lambda: moment, sender=NobodyListens)
            with db.statement() as connection:
                due = queries.next_notice(connection)


def midnight(day: datetime) -> datetime:
    """The UTC midnight with which that day begins."""
    return datetime(day.year, day.month, day.day, tzinfo=UTC)
