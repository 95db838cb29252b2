"""The sweep of the clock: look at every case that is due, a batch in each transaction.

1. Lock a batch of due cases, leaving out what somebody else holds.
2. Read what the looks need, ask the pure rule (`bridge/attending.py`) for each, write everything.
3. Commit, and go on until nothing is due or the time is over.

Safe to run twice, on several workers, and to lose: what was not committed is still due. A case
that cannot be looked at is put aside with a growing pause, counted and logged, and the others
of its batch are looked at one by one; it never stops the clock.
"""

import time
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any, Final
from uuid import UUID

import structlog

from bridge import db, metrics
from bridge.attending import attend
from bridge.cases import Attended, Case, Waiting
from bridge.climbing import Run
from bridge.db import Act
from bridge.errors import DatabaseUnavailable
from bridge.following import Event, Subject
from bridge.lifecycle import Status
from bridge.models.base import new_id
from bridge.promises import Level
from bridge.queries import attended
from bridge.queries import attending as queries
from bridge.queries.escalations import filled
from bridge.reasons import EntryReason, Priority
from bridge.services import status_notes
from bridge.services.looking import Batch, Shared, World, read_batch
from bridge.services.stored_clocks import clock_of, instant, maybe_instant, pauses_of
from bridge.settings import Settings

BATCH: Final = 50
"""Cases locked at once: a counter that needs one of them waits for the batch to end."""
SWEEP_SECONDS: Final = 20.0
FIRST_PAUSE: Final = timedelta(minutes=1)
LONGEST_PAUSE: Final = timedelta(hours=6)

log = structlog.get_logger()


@dataclass
class Sweeper:
    """Looks at what is due; keeps calendars and versions between batches. Not for two threads."""

    settings: Settings
    batch: int = BATCH
    shared: Shared = field(default_factory=Shared)
    count: Counter[str] = field(default_factory=Counter)

    def sweep(self, now: datetime, *, seconds: float = SWEEP_SECONDS) -> Counter[str]:
        """Look at everything that is due at `now`, for at most `seconds`; commits as it goes.

        Returns how many cases were looked at, what they brought about, and how many failed.
        """
        self.count = Counter()
        ends = time.monotonic() + seconds
        while time.monotonic() < ends:
            taken = self._one_batch(now)
            if taken < self.batch:
                break
        return self.count

    def _one_batch(self, now: datetime) -> int:
        looks: list[tuple[Any, Attended]] = []
        with db.work() as act:
            ids = queries.claim(act, now, limit=self.batch)
            if not ids:
                return 0
            try:
                looks = self._look(act, ids, now)
            except Exception as error:
                # One bad case must not stop the others: each gets a transaction of its own.
                if act.is_lost:
                    raise
                act.rollback()
                self.count["batches_failed"] += 1
                log.warning("batch_failed", cases=len(ids), error=type(error).__name__)
        self._note(looks, now)
        if not looks:
            for escalation_id in ids:
                self.look_at(escalation_id, now)
        return len(ids)

    def look_at(self, escalation_id: UUID, now: datetime) -> bool:
        """Look at one case in its own transaction; false when it failed and was put aside.

        Raises DatabaseUnavailable: then it is not the case that is at fault.
        """
        try:
            with db.work() as act:
                ids = queries.claim_one(act, escalation_id)
                looks = self._look(act, ids, now) if ids else []
            self._note(looks, now)
        except DatabaseUnavailable:
            raise
        except Exception:
            log.exception("case_failed", escalation_id=str(escalation_id))
            self.count["failed"] += 1
            metrics.LOOKS_FAILED.inc()
            with db.act() as act:
                queries.postpone(act, escalation_id, now, first=FIRST_PAUSE, longest=LONGEST_PAUSE)
            return False
        return True

    def _look(self, act: Act, ids: Sequence[UUID], now: datetime) -> list[tuple[Any, Attended]]:
        rows = queries.load(act, ids)
        batch = read_batch(act, rows, shared=self.shared, now=now)
        looks = [self._look_at_row(batch, row, now) for row in rows]
        attended.write(act, looks, now=now)
        self.count["status_notes"] += status_notes.write_due(act, ids, config=self.settings, now=now)
        return looks

    def _look_at_row(self, batch: Batch, row: Any, now: datetime) -> tuple[Any, Attended]:
        policy_id, policy = batch.policy_of(row)
        world = World(batch, row, policy)
        return row._replace(policy_id=policy_id), attend(
            case_of(row, world, settings=self.settings), now=now, new_id=new_id
        )

    def _note(self, looks: Sequence[tuple[Any, Attended]], now: datetime) -> None:
        self.count["looked"] += len(looks)
        for row, look in looks:
            metrics.LOOK_LATE_SECONDS.observe(max(0.0, (now - row.attend_at).total_seconds()))
            self.count["links"] += len(look.links)
            self.count["steps"] += len(look.taken)
            self.count["notices"] += len(look.notices)
            self.count["reviews"] += len(look.reviews)
            for taken in look.taken:
                if taken.result == "no_recipient":
                    self.count["no_recipient"] += 1
                    metrics.LADDER_STEPS.labels(taken.do.value, "no_recipient").inc()
                else:
                    metrics.LADDER_STEPS.labels(taken.do.value, "taken").inc()


def case_of(row: Any, world: World, *, settings: Settings) -> Case:
    """The case in a row of `queries.attending.load`."""
    escalation = filled(row)
    priority = Priority(row.priority)
    subject = Subject(
        kind=row.kind,
        priority=priority,
        store_id=row.store_id,
        needed_by=row.needed_by,
        since=row.first_post_at or row.created_at,
    )
    decided_at = (row.last_decision or {}).get("at")
    undo = timedelta(seconds=settings.undo_window_seconds)
    pauses = pauses_of(row.pauses)
    return Case(
        escalation=escalation,
        subject=subject,
        policy=world.policy,
        clocks=[
            clock_of(one, policy=world.policy, kind=row.kind, priority=priority, pauses=pauses)
            for one in row.clocks
        ],
        events=[_event(one) for one in row.events],
        level=Level(row.level),
        store_number=row.store_number,
        presented_at=row.presented_at,
        expires_at=row.valid_until + timedelta(seconds=settings.expiry_grace_seconds),
        undo_until=instant(decided_at) + undo if decided_at else None,
        world=world,
        run=_run(row.run) if row.run else None,
        ran=world.batch.shared.rungs.get(UUID(row.run["ladder_version_id"])) if row.run else None,
        in_force=world.batch.ladder_for(row),
        open_reviews={EntryReason(k): instant(v) for k, v in (row.open_reviews or {}).items()},
        reviews_closed_at=row.reviews_closed_at,
        question=_waiting(row.question),
        transfer=_waiting(row.transfer),
        lapses=row.lapses,
        cause_code=row.cause_code,
        ended_at=row.ended_at,
    )


def _waiting(found: dict[str, Any] | None) -> Waiting | None:
    if found is None:
        return None
    store = found.get("store_id")
    return Waiting(
        UUID(found["id"]),
        instant(found["since"]),
        maybe_instant(found.get("lapses_at")),
        UUID(store) if store else None,
        found.get("number"),
    )


def _event(found: list[Any]) -> Event:
    at, action, facts, actor_id = found
    return Event(
        instant(at),
        action,
        Status(facts["from"]),
        Status(facts["to"]),
        facts,
        UUID(actor_id) if actor_id else None,
    )


def _run(found: dict[str, Any]) -> Run:
    return Run(
        id=UUID(found["id"]),
        ladder_version_id=UUID(found["ladder_version_id"]),
        state=found["state"],
        step=found["step"],
        round=found["round"],
        next_at=instant(found["next_at"]),
        started_at=instant(found["started_at"]),
        store_id=UUID(found["store_id"]) if found["store_id"] else None,
        stopped_at=maybe_instant(found["stopped_at"]),
        stop_reason=found["stop_reason"],
        waits_from=maybe_instant(found["waits_from"]),
    )
