"""One case from the customer's post to the code, and what the care desk does while it lives."""

from dataclasses import replace
from datetime import datetime, timedelta

from bridge.lifecycle import LIVE, Status
from bridge.promises import Level, StoreScope
from bridge.reasons import RevokeReason
from bridge.services.issuing import Wanted
from bridge.simulation.at_the_store import AtTheStore
from bridge.simulation.behaviour import about
from bridge.simulation.stage import after

FIRST_WORDS = "My order came broken, and the store sent me away."


class Life(AtTheStore):
    """A case, or what may become one. `post` begins it."""

    first_words = FIRST_WORDS
    comes_within_minutes = 3_200.0

    # The conversation and the promise.

    def post(self, now: datetime) -> None:
        """The customer writes; a connector brings one post in five, an agent finds the others."""
        if self._chance.random() < 0.2:
            self._thread = self._deeds.capture(self._agent, self._name, text=self.first_words, now=now)
        found = after(self._stage.of_care(), now, about(self._chance, 15))
        self._plan(found, lambda at: self._pick_up(now, at))
        if self._wish.writes_again:
            self._plan(now + about(self._chance, 600), self._write_again)

    def _write_again(self, now: datetime) -> None:
        if self._thread is not None:
            self._deeds.capture(self._agent, self._name, text="Is anybody there?", now=now)

    def _pick_up(self, posted_at: datetime, now: datetime) -> None:
        if self._thread is None:
            self._thread = self._deeds.find_post(
                self._agent, self._name, text=self.first_words, posted_at=posted_at, now=now
            )
        elif not self._deeds.claim(self._agent, self._thread, now):
            return
        self._plan(now + timedelta(minutes=self._chance.uniform(2, 14)), self._promise)

    def _promise(self, now: datetime) -> None:
        assert self._thread is not None
        made = self._deeds.promise(self._agent, self._wanted(now), now)
        if self._chance.random() < 0.1:
            self._deeds.release(self._agent, self._thread, now)
        if made is None:
            return
        self._id = made.id
        self._stage.lives[made.id] = self._issued
        if made.code is not None:
            self._issued(made.code, now)
        else:
            self._wait_for_approval(now)

    def _wanted(self, now: datetime) -> Wanted:
        wish = self._wish
        assert self._thread is not None
        return Wanted(
            thread_id=self._thread,
            lines=wish.lines,
            store_scope=wish.scope,
            store_number=self._shop.number if wish.scope is StoreScope.ONE else None,
            group_unit_id=self._shop.district_id if wish.scope is StoreScope.GROUP else None,
            needed_by=now + wish.needed_in if wish.needed_in else None,
            priority=wish.priority,
        )

    def _wait_for_approval(self, now: datetime) -> None:
        care, what = self._stage.of_care(), self._chance.random()
        at = after(care, now, about(self._chance, 40))
        if what < 0.86:
            self._plan(at, self._approve)
        elif what < 0.93:
            self._plan(
                at,
                lambda at: self._deeds.reject(self._chance.choice(self._stage.world.leads), self._case, at),
            )
        elif what < 0.96:
            self._plan(at, lambda at: self._deeds.cancel(self._agent, self._case, at))

    def _approve(self, now: datetime) -> None:
        settled = self._deeds.approve(self._chance.choice(self._stage.world.leads), self._case, now)
        if settled is None:
            settled = self._deeds.approve(self._chance.choice(self._stage.world.reviewers), self._case, now)
        if settled is not None and settled.code is not None:
            self._issued(settled.code, now)

    # A code is out: what store, customer and agent will do about it.

    def _issued(self, code: str, now: datetime) -> None:
        self._code, self._visits = code, 0
        wish, chance = self._wish, self._chance
        self._expect_store(now)
        if wish.comes:
            store = self._stage.of_shop(self._shop)
            self._plan(
                after(store, now, timedelta(minutes=chance.uniform(20, self.comes_within_minutes))),
                self._visit,
            )
        within_days = now + timedelta(days=chance.uniform(0.2, 6.0))
        if wish.agent_revokes:
            self._plan(within_days, self._revoke)
        if wish.agent_extends:
            self._plan(within_days, self._extend)
        if wish.agent_replaces:
            self._plan(after(self._stage.of_care(), within_days, timedelta()), self._replace)
        if wish.agent_offers_elsewhere:
            self._plan(within_days, self._offer_from_care)
        standing = self._deeds.status(self._case)
        self._plan(standing.valid_until + timedelta(hours=1), self._look_whether_it_ended)

    def _revoke(self, now: datetime) -> None:
        lead, reason = self._chance.choice(self._stage.world.leads), self._chance.choice(list(RevokeReason))
        if self._deeds.revoke(lead, self._case, reason, now):
            self._ended(now)

    def _extend(self, now: datetime) -> None:
        standing = self._deeds.status(self._case)
        until = standing.valid_until + timedelta(days=3)
        if self._deeds.extend(self._agent, self._case, until, now):
            self._plan(until + timedelta(hours=1), self._look_whether_it_ended)

    def _replace(self, now: datetime) -> None:
        assert self._thread is not None
        if Status(self._deeds.status(self._case).status) not in LIVE:
            return
        if not self._deeds.claim(self._agent, self._thread, now):
            return
        line = replace(
            self._wish.lines[0], level=Level.RECOMMEND if self._wish.lines[0].amount_minor else Level.INFORM
        )
        old = self._case
        made = self._deeds.replace(self._agent, old, replace(self._wanted(now), lines=[line]), now)
        self._deeds.release(self._agent, self._thread, now)
        if made is not None and made.code is not None:
            self._id = made.id
            self._stage.lives[made.id] = self._issued
            self._wish = replace(self._wish, agent_replaces=False)
            self._issued(made.code, now)
