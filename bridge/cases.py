"""A case as the clock looks at it, and what one look brings about: plain values. Pure.

`bridge/attending.py` turns the first into the second; `bridge/queries/attending.py` reads and
writes them.
"""

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Protocol
from uuid import UUID

from bridge.climbing import Around, Run, Taken
from bridge.clocks import Clock
from bridge.escalation import Escalation
from bridge.following import Event, Subject
from bridge.ladders import Rungs
from bridge.ledger import Transfer
from bridge.milestones import CalendarSource
from bridge.notices import NewNotice
from bridge.open_calendar import OpenCalendar
from bridge.promises import Level
from bridge.reasons import EntryReason
from bridge.reviewing import NewReview
from bridge.sla import Policy
from bridge.timeline import Link


class World(Around, Protocol):
    """What a look may ask beyond the case itself; answered from what the sweep loaded."""

    def calendar_of(self, source: CalendarSource, store_id: UUID | None) -> OpenCalendar:
        """The opening hours that a clock counts."""

    def declines_alike(self, reason: str) -> int:
        """Declines with this reason at the case's store inside the policy's window, this one too."""


@dataclass(frozen=True, slots=True)
class Ladder:
    """A version of a ladder, read."""

    version_id: UUID
    rungs: Rungs


@dataclass(frozen=True, slots=True)
class Waiting:
    """An open question or an offered transfer. `lapses_at` was fixed by a live question; `store_id` and
    `store_number` are those of the store that is asked to take the case."""

    id: UUID
    since: datetime
    lapses_at: datetime | None = None
    store_id: UUID | None = None
    store_number: str | None = None


@dataclass(slots=True)
class Case:
    """One escalation under its lock, with everything the clock may need to know of it."""

    escalation: Escalation
    subject: Subject
    policy: Policy
    clocks: list[Clock]
    events: list[Event]
    level: Level
    store_number: str | None
    presented_at: datetime | None
    expires_at: datetime
    """The promise's end with the grace for a customer who stands in the queue at closing time."""
    undo_until: datetime | None
    """Until when the last decision can be undone at the counter."""
    world: World
    run: Run | None = None
    ran: Ladder | None = None
    """The version that `run` keeps."""
    in_force: Ladder | None = None
    """The version that a new run takes."""
    open_reviews: dict[EntryReason, datetime] = field(default_factory=dict)
    reviews_closed_at: datetime | None = None
    question: Waiting | None = None
    transfer: Waiting | None = None
    lapses: int = 0
    cause_code: str | None = None
    ended_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class Told:
    """An event for receivers, and for the agent's board when `on_board`."""

    topic: str
    payload: dict[str, Any]
    on_board: bool = False


@dataclass(slots=True)
class Attended:
    """What one look brought about; written in the transaction that holds the lock."""

    case: Case
    attend_at: datetime | None = None
    links: list[Link] = field(default_factory=list)
    clocks: list[Clock] = field(default_factory=list)
    old_runs: list[Run] = field(default_factory=list)
    taken: list[Taken] = field(default_factory=list)
    notices: list[NewNotice] = field(default_factory=list)
    reviews: list[NewReview] = field(default_factory=list)
    reviews_settled: list[EntryReason] = field(default_factory=list)
    """Open rows whose reason went away by itself: a decision that was undone."""
    booked: list[Transfer] = field(default_factory=list)
    told: list[Told] = field(default_factory=list)
    question_lapsed: UUID | None = None
    transfer_lapsed: UUID | None = None
    owner_id: UUID | None = None
    approval_withdrawn: bool = False


NewId = Callable[[], UUID]
