"""Let something happen in the past, with the clock looking in between, as if the service had been running.

Acts that only write rows with old dates would leave every clock, ladder and review to today. So the
demo's past is played: each deed at its own moment, and the sweeper wherever it was due before.
Beside the real clock, which would attend to the past at today's time, only in a turn of
`bridge/services/turns.py`.
"""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta
from random import SystemRandom
from typing import Final

from bridge import db
from bridge.models.base import ids_drawn_from
from bridge.queries import simulation as queries
from bridge.services import answering, noticing
from bridge.services.attending import Sweeper
from bridge.settings import Settings
from bridge.simulation.doing import NobodyListens
from bridge.simulation.stage import Agenda

STEP: Final = timedelta(minutes=10)
_AS_LONG_AS_IT_TAKES: Final = 600.0
_BATCH: Final = 500


class Past:
    """A stretch of time that ends at `end`, which is now."""

    def __init__(self, settings: Settings, end: datetime) -> None:
        self.agenda = Agenda()
        self.end = end
        self._settings = settings
        self._sweeper = Sweeper(settings, batch=_BATCH)
        self._now = [end]

    @contextmanager
    def ids(self) -> Iterator[None]:
        """New rows get the ids of the moment that is played, so that lists by id are in order."""
        with ids_drawn_from(
            milliseconds=lambda: int(self._now[0].timestamp() * 1000), bits=SystemRandom().getrandbits
        ):
            yield

    def play(self, *, until: Callable[[], bool] = lambda: False) -> None:
        """Go from moment to moment to the end, or until nothing is planned and `until` says so."""
        at: datetime | None = None
        while (moment := self._next(at)) is not None:
            if self.agenda.next_at() is None and until():
                return
            while (planned := self.agenda.next_at()) is not None and planned <= moment:
                self._now[0] = planned
                self.agenda.play_until(planned)
            self._now[0] = moment
            self._sweep(moment)
            at = moment

    def _next(self, at: datetime | None) -> datetime | None:
        """The next moment at which there is anything to do; at least a step after the last sweep."""
        planned = self.agenda.next_at()
        with db.statement() as connection:
            due = [queries.next_due(connection), queries.next_notice(connection)]
        earliest = min((one for one in due if one is not None), default=None)
        if earliest is not None and at is not None:
            earliest = max(earliest, at + STEP)
        found = min((one for one in (planned, earliest) if one is not None), default=None)
        return found if found is not None and found <= self.end else None

    def _sweep(self, moment: datetime) -> None:
        self._sweeper.sweep(moment, seconds=_AS_LONG_AS_IT_TAKES)
        answering.sweep(moment, seconds=_AS_LONG_AS_IT_TAKES)
        noticing.notify_due(self._settings, clock=lambda: moment, sender=NobodyListens)
