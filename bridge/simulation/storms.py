"""Now and then a store shuts without plan, for hours or for days."""

from datetime import datetime, timedelta
from random import Random

from bridge.simulation.stage import Stage

SHUT_A_DAY = 0.002


class Storms:
    """Each day some stores shut; clocks that count their hours stand still."""

    def __init__(self, stage: Stage, chance: Random) -> None:
        self._stage, self._chance = stage, chance

    def day(self, now: datetime) -> None:
        """Shut today's stores, and plan tomorrow."""
        for shop in self._stage.world.shops:
            if self._chance.random() < SHUT_A_DAY and shop.manager is not None:
                until = now + timedelta(hours=self._chance.uniform(3, 60))
                self._stage.deeds.shut(shop.manager, shop, now, until)
        self._stage.hours_changed()
        self._stage.agenda.plan(now + timedelta(days=1), self.day)
