"""Which clocks start and end when something happens to a case: one table, folded over its history.

The sweep gives each event once, in order. Before an event counts, time passes up to it, so
that a deadline that ran out before the event is missed even when the sweep was away.
Whose turn it is follows from the status alone: a question to the agent stops the store's
clock and starts the agent's. Source: docs/clocks.md.
"""

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from bridge.clocks import Clock, Pause, Ring
from bridge.lifecycle import Action, Status
from bridge.milestones import CalendarSource, MilestoneType
from bridge.open_calendar import OpenCalendar
from bridge.reasons import PauseReason, Priority
from bridge.sla import Policy

HOTLINE = timedelta(minutes=10)
"""A live question has a customer waiting at the counter."""
PRESENTED = "presented"
"""The first genuine look-up; it stands in the record, not in the timeline."""

PAUSED, RESUMED = "clock.paused", "clock.resumed"
"""Notes by which somebody stops and restarts clocks for a listed reason."""

_T = MilestoneType
_AT_STORE = (_T.STORE_ACK, _T.COUNTER_DECISION)
_DECISIONS = frozenset({Action.HONOUR, Action.HONOUR_PART, Action.GIVE_UP_REST, Action.DECLINE})
_STOPPED_BY = {
    PauseReason.AWAITING_CUSTOMER: (_T.RESOLUTION, _T.OUTCOME_TO_CUSTOMER),
    PauseReason.AWAITING_AGENT: (_T.COUNTER_DECISION,),
    PauseReason.DISASTER: (*_AT_STORE, _T.TRANSFER_ACCEPT, _T.RESOLUTION),
}
"""Which clocks stand still for which reason; the customer's own need never does."""
_GIVEN_BACK = frozenset({Action.UNDO, Action.ANNUL})


@dataclass(frozen=True, slots=True)
class Event:
    """Something that happened to the case. `was` and `now` are the statuses before and after."""

    at: datetime
    action: str
    was: Status
    now: Status
    facts: dict[str, Any] = field(default_factory=dict)
    actor_id: UUID | None = None


@dataclass(slots=True)
class Subject:
    """What the clocks need to know of a case. `since` is the customer's first post."""

    kind: str
    priority: Priority
    store_id: UUID | None
    needed_by: datetime | None
    since: datetime


class Clocks:
    """All clocks of one case. `follow` and `tick` change them and gather what rang."""

    def __init__(
        self,
        held: Iterable[Clock],
        *,
        subject: Subject,
        policy: Policy,
        calendar_of: Callable[[CalendarSource, UUID | None], OpenCalendar],
        new_id: Callable[[], UUID],
    ) -> None:
        self.held = list(held)
        self.rings: list[Ring] = []
        self._subject, self._policy = subject, policy
        self._calendar_of, self._new_id = calendar_of, new_id
        for clock in self._open():
            clock.set_due(self._calendar(clock))

    def tick(self, now: datetime) -> None:
        """Let time pass up to `now`."""
        for clock in self._open():
            self.rings += clock.tick(now, self._calendar(clock))

    def follow(self, event: Event) -> None:
        """Take one event into account, after the time before it has passed."""
        self.tick(event.at)
        if event.action == PRESENTED:
            if not self.is_open(_T.COUNTER_DECISION):
                self.start(_T.COUNTER_DECISION, event.at)
        elif event.action in _DECISIONS:
            self._decided(event)
        elif event.action in _GIVEN_BACK:
            self._given_back(event)
        elif event.now is not event.was:
            self._moved(event)
        elif event.action == Action.TELL_CUSTOMER:
            self.end(_T.OUTCOME_TO_CUSTOMER, event.at)
        elif event.action == PAUSED:
            self._pause(PauseReason(event.facts["reason"]), event)
        elif event.action == RESUMED:
            self._resume(PauseReason(event.facts["reason"]), event.at)
        elif event.action == "cause.coded":
            self.end(_T.CAUSE_CODED, event.at)

    def next_at(self) -> datetime | None:
        """When the first of them does something by itself."""
        return min((at for clock in self._open() if (at := clock.next_at())), default=None)

    def is_open(self, milestone: MilestoneType) -> bool:
        """Whether such a clock still waits for its end."""
        return any(clock.type is milestone for clock in self._open())

    def stands_still(self, milestone: MilestoneType) -> bool:
        """Whether such a clock is paused."""
        return any(clock.type is milestone and clock.paused for clock in self._open())

    def was_missed(self, milestone: MilestoneType) -> bool:
        """Whether such a clock was ever missed."""
        return any(clock.type is milestone and clock.breached_at for clock in self.held)

    def start(
        self,
        milestone: MilestoneType,
        at: datetime,
        *,
        store_id: UUID | None = None,
        amount: timedelta | None = None,
        due_at: datetime | None = None,
    ) -> None:
        """Start a new round, unless one is open. `amount` or `due_at` win over the policy's target."""
        if self.is_open(milestone):
            return
        subject = self._subject
        target = self._policy.target(milestone, kind=subject.kind, priority=subject.priority)
        source = target.calendar if target else CalendarSource.ALWAYS
        if amount is not None or due_at is not None:
            source = CalendarSource.ALWAYS
        place = store_id or subject.store_id
        if place is None and source in {CalendarSource.STORE, CalendarSource.TARGET_STORE}:
            source = CalendarSource.CARE
        clock = Clock(
            id=self._new_id(),
            type=milestone,
            round=1 + max((one.round for one in self.held if one.type is milestone), default=0),
            policy_version=self._policy.version,
            source=source,
            store_id=place,
            target=amount or (target.amount if target and due_at is None else None),
            started_at=at,
            fixed_due_at=due_at,
            warn_percents=target.warn_percents if target else (50, 75, 90),
            touched=True,
        )
        clock.set_due(self._calendar(clock))
        self.held.append(clock)

    def end(self, milestone: MilestoneType, at: datetime) -> None:
        """What this clock waited for has happened."""
        for clock in self._open():
            if clock.type is milestone:
                clock.end(at, self._calendar(clock))

    def cancel(self, *milestones: MilestoneType, at: datetime) -> None:
        """Nobody waits for these any more."""
        for clock in self._open():
            if clock.type in milestones:
                clock.cancel(at, self._calendar(clock))

    def _open(self) -> list[Clock]:
        return [clock for clock in self.held if clock.is_open]

    def _calendar(self, clock: Clock) -> OpenCalendar:
        return self._calendar_of(clock.source, clock.store_id)

    def _decided(self, event: Event) -> None:
        """The store did something: its clocks end, and the customer is owed the outcome."""
        at = event.at
        for milestone in _AT_STORE:
            self.end(milestone, at)
        self.start(_T.OUTCOME_TO_CUSTOMER, at)
        if event.now is event.was:  # A part was given and the rest lives on.
            return
        self.end(_T.RESOLUTION, at)
        if event.action == Action.DECLINE:
            self.start(_T.CAUSE_CODED, at)
        else:
            self.end(_T.CUSTOMER_NEED, at)
            if event.action == Action.GIVE_UP_REST:
                self.start(_T.CAUSE_CODED, at)

    def _given_back(self, event: Event) -> None:
        """A decision was taken back: what it ended waits again, counted from now."""
        self.cancel(_T.OUTCOME_TO_CUSTOMER, _T.CAUSE_CODED, at=event.at)
        if event.now is not event.was:
            self.start(_T.RESOLUTION, event.at)
            self._start_need(event.at)
        self.start(_T.COUNTER_DECISION, event.at)

    def _moved(self, event: Event) -> None:
        """The status changed: leave the old one, then enter the new one."""
        self._leave(event)
        at = event.at
        if event.now is Status.ISSUED:
            self._issued(event)
        elif event.now is Status.PENDING_APPROVAL:
            self.start(_T.RESOLUTION, self._subject.since)
            self.start(_T.APPROVAL, at)
        elif event.now is Status.ACKNOWLEDGED:
            self.end(_T.STORE_ACK, at)
        elif event.now is Status.AWAITING_AGENT:
            self._asked(event)
        elif event.now is Status.TRANSFERRING:
            self.end(_T.STORE_ACK, at)
            self.cancel(_T.COUNTER_DECISION, at=at)
            target = event.facts.get("to_store_id")
            self.start(_T.TRANSFER_ACCEPT, at, store_id=UUID(target) if target else None)
        elif event.now in {Status.REVOKED, Status.EXPIRED}:
            self.cancel(*_AT_STORE, _T.AGENT_ANSWER, _T.TRANSFER_ACCEPT, at=at)
            self.end(_T.RESOLUTION, at)
            self.start(_T.OUTCOME_TO_CUSTOMER, at)
            if event.now is Status.EXPIRED:
                self.start(_T.CAUSE_CODED, at)
            else:
                self.cancel(_T.CUSTOMER_NEED, at=at)
        elif event.now in {Status.REJECTED, Status.CANCELLED, Status.CLOSED}:
            self._over(event)

    def _leave(self, event: Event) -> None:
        if event.was is Status.PENDING_APPROVAL:
            self.end(_T.APPROVAL, event.at)
        elif event.was is Status.AWAITING_AGENT:
            if event.action == Action.ANSWER:
                self.end(_T.AGENT_ANSWER, event.at)
            else:
                self.cancel(_T.AGENT_ANSWER, at=event.at)
            self._resume(PauseReason.AWAITING_AGENT, event.at)
        elif event.was is Status.TRANSFERRING:
            if event.action in {Action.ACCEPT_TRANSFER, Action.REFUSE_TRANSFER}:
                self.end(_T.TRANSFER_ACCEPT, event.at)
            else:
                self.cancel(_T.TRANSFER_ACCEPT, at=event.at)

    def _issued(self, event: Event) -> None:
        at = event.at
        if event.was in {Status.DRAFT, Status.PENDING_APPROVAL}:
            self.start(_T.RESOLUTION, self._subject.since)
            self._start_need(at)
        elif event.was in {Status.UNDER_REVIEW, Status.CLOSED, Status.EXPIRED}:
            # A reopened case gets new clocks from its reopening, never from its first creation.
            self.cancel(_T.OUTCOME_TO_CUSTOMER, _T.CAUSE_CODED, _T.HQ_REVIEW, at=at)
            self.start(_T.RESOLUTION, at)
            self._start_need(at)
        if self._subject.store_id is not None:
            self.start(_T.STORE_ACK, at)

    def _start_need(self, at: datetime) -> None:
        needed_by = self._subject.needed_by
        if needed_by is not None and needed_by > at:
            self.start(_T.CUSTOMER_NEED, at, due_at=needed_by)

    def _asked(self, event: Event) -> None:
        at = event.at
        self.end(_T.STORE_ACK, at)
        self._pause(PauseReason.AWAITING_AGENT, event)
        self.start(_T.AGENT_ANSWER, at, amount=HOTLINE if event.facts.get("is_live") else None)

    def _pause(self, reason: PauseReason, event: Event) -> None:
        limit = event.at + self._policy.pause_limit(reason)
        for clock in self._open():
            if clock.type in _STOPPED_BY.get(reason, ()):
                clock.pause(Pause(self._new_id(), reason, event.at, limit, paused_by=event.actor_id))

    def _resume(self, reason: PauseReason, at: datetime) -> None:
        for clock in self._open():
            if (pause := clock.paused) is not None and pause.reason is reason:
                clock.resume(at, self._calendar(clock))

    def _over(self, event: Event) -> None:
        if event.facts.get("cause"):
            self.end(_T.CAUSE_CODED, event.at)
        if event.now is Status.CLOSED:
            self.end(_T.HQ_REVIEW, event.at)
        self.end(_T.RESOLUTION, event.at)
        for clock in self._open():
            clock.cancel(event.at, self._calendar(clock))
