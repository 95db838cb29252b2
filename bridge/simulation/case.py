"""A case of a simulation: whose it is, its own chance, and how it ends.

Each part of a life plans the next; whatever a service refuses meanwhile is how life went on without
it. The chances of a case are its own (a generator drawn from the seed), so that nothing in one case
changes another but what the services themselves let through.
"""

from collections.abc import Callable
from datetime import datetime, timedelta
from random import Random
from uuid import UUID

from bridge.simulation.behaviour import about, wish_of_customer
from bridge.simulation.stage import Stage, after
from bridge.simulation.world import Member, Shop


class Case:
    """What is known of a case; `AtTheStore` and `Life` build on it."""

    def __init__(self, stage: Stage, name: str, chance: Random, shop: Shop) -> None:
        self._stage, self._deeds, self._name, self._chance = stage, stage.deeds, name, chance
        self._shop = shop
        self._wish = wish_of_customer(chance)
        self._agent: Member = stage.on_duty(chance)
        self._thread: UUID | None = None
        self._id: UUID | None = None
        self._code = ""
        self._visits = 0
        self._ends = 0

    def _issued(self, code: str, now: datetime) -> None:
        """A code is out; `Life` says what follows."""
        raise NotImplementedError

    @property
    def _case(self) -> UUID:
        assert self._id is not None
        return self._id

    def _plan(self, at: datetime, happening: Callable[[datetime], object]) -> None:
        self._stage.agenda.plan(at, happening)

    def _look_whether_it_ended(self, now: datetime) -> None:
        if (
            self._deeds.status(self._case).status in {"expired", "under_review"}
            and self._deeds.status(self._case).outcome
        ):
            self._ended(now)
            what = self._chance.random()
            if what < 0.05:
                self._plan(now + about(self._chance, 300), self._revive)
            elif self._wish.appeals and self._wish.comes:
                self._plan(now + about(self._chance, 2_000), self._appeal)

    def _ended(self, now: datetime) -> None:
        """The agent tells the customer, and may note why it went so."""
        self._ends += 1
        care = self._stage.of_care()
        if self._wish.agent_tells:
            self._plan(
                after(care, now, about(self._chance, 60)),
                lambda at: self._deeds.tell(self._agent, self._case, at),
            )
        if self._chance.random() < 0.5:
            self._plan(after(care, now, about(self._chance, 700)), self._code_cause)
        if self._chance.random() < 0.05:
            self._plan(after(care, now, about(self._chance, 3_000)), self._close)

    def _code_cause(self, now: datetime) -> None:
        if self._deeds.status(self._case).status in {"declined", "part_honoured", "expired", "under_review"}:
            self._deeds.code_cause(self._agent, self._case, self._chance.choice(self._stage.causes), now)

    def _close(self, now: datetime) -> None:
        closed = self._deeds.close(self._agent, self._case, self._chance.choice(self._stage.causes), now)
        if closed and self._chance.random() < 0.2:
            self._plan(now + about(self._chance, 1_000), self._reopen)

    def _reopen(self, now: datetime) -> None:
        opened = self._deeds.reopen(self._agent, self._case, now)
        if opened and opened.code:
            self._issued(opened.code, now)

    def _revive(self, now: datetime) -> None:
        again = self._deeds.extend(self._agent, self._case, now + timedelta(days=5), now)
        if again and again.code:
            self._issued(again.code, now)

    def _appeal(self, now: datetime) -> None:
        link = self._deeds.appeal(self._agent, self._case, now)
        if link is not None:
            self._plan(now + about(self._chance, 900), lambda at: self._deeds.file(link, at))
