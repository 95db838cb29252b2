"""Headquarters: reviewers who come in, take the oldest rows of the queue, find, and go home."""

from datetime import datetime, timedelta
from random import Random
from typing import Any

from bridge.calendars import is_open
from bridge.lifecycle import Status
from bridge.reasons import EntryReason
from bridge.reviewing import Finding, allowed_findings
from bridge.simulation.stage import Stage, after
from bridge.simulation.world import Member

EVERY = timedelta(hours=1)
ROWS_AN_HOUR = 7
OVERTURNS = 0.3


class Headquarters:
    """All reviewers, hour by hour."""

    def __init__(self, stage: Stage, chance: Random) -> None:
        self._stage, self._chance = stage, chance

    def work(self, now: datetime) -> None:
        """An hour's work of everybody, and plan the next one."""
        calendar = self._stage.of_headquarters()
        if is_open(calendar, now):
            world = self._stage.world
            rows = self._stage.deeds.open_reviews(world.brand_id, ROWS_AN_HOUR * len(world.reviewers))
            for at, row in enumerate(rows):
                self._look(world.reviewers[at % len(world.reviewers)], row, now)
        self._stage.agenda.plan(after(calendar, now + EVERY, timedelta()), self.work)

    def _look(self, reviewer: Member, row: Any, now: datetime) -> None:
        deeds, chance = self._stage.deeds, self._chance
        standing = deeds.status(row.escalation_id)
        reason, status = EntryReason(row.entry_reason), Status(standing.status)
        allowed = allowed_findings(reason, status)
        if not allowed:
            return
        if chance.random() < 0.5:
            deeds.assign(reviewer, row.id, now)
        finding = allowed[0]
        if Finding.OVERTURNED in allowed and chance.random() < OVERTURNS:
            finding = Finding.OVERTURNED
        found = deeds.find(reviewer, row.id, finding, chance.choice(self._stage.causes), now)
        if found is not None and found.code is not None:
            self._stage.lives[found.escalation_id](found.code, now)
