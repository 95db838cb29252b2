"""Advance one case on its ladder. Pure: what a step means is returned, not done.

The caller holds the case's lock and has checked that the store still has to answer, so nothing
climbs after an acknowledgement. A rung that reaches nobody is passed at once, with its wait, and
recorded as `no_recipient`: a fault of the configuration, not of the store. Waiting counts from
when the step was really taken, so a sweep that was away never takes a burst of rungs.
"""

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any, Protocol
from uuid import UUID

from bridge.calendars import ALWAYS, Due, add_open_time, due_at, next_open
from bridge.errors import NeverOpens
from bridge.ladders import Do, Rungs, Step
from bridge.notices import Channel
from bridge.open_calendar import OpenCalendar
from bridge.reasons import EntryReason
from bridge.sla import Told


@dataclass(frozen=True, slots=True)
class Recipient:
    """Somebody, or a unit's channel, that can be reached by `channel`."""

    channel: Channel
    person_id: UUID | None
    contact_point_id: UUID | None = None


class Around(Protocol):
    """What a step may ask about the world of the case."""

    @property
    def calendar(self) -> OpenCalendar:
        """The store's own hours."""

    @property
    def number(self) -> int:
        """The case's number; round robin goes by it."""

    def reach(self, role: Told, channel: Channel) -> list[Recipient]:
        """Everybody in that role for this case who can be reached so."""

    def silent_cases(self, minutes: int) -> int:
        """How many cases of this store began to climb in the last minutes."""

    def other_store(self) -> dict[str, Any] | None:
        """The nearest other store that can do it: number, name, km."""


@dataclass(slots=True)
class Run:
    """Where a case stands on its ladder; `step` is the next one to take, `next_at` when."""

    id: UUID
    ladder_version_id: UUID
    state: str
    step: int
    round: int
    next_at: datetime
    started_at: datetime
    store_id: UUID | None = None
    stopped_at: datetime | None = None
    stop_reason: str = ""
    waits_from: datetime | None = None
    touched: bool = False

    def stop(self, reason: str, at: datetime) -> None:
        """End it; an acknowledgement that lapses may start it again at the same step."""
        if self.state == "running":
            self.state, self.stopped_at, self.stop_reason, self.touched = "stopped", at, reason, True

    def go_on(self, at: datetime) -> None:
        """Climb on from where it was stopped."""
        self.state, self.stopped_at, self.stop_reason = "running", None, ""
        self.next_at, self.waits_from, self.touched = at, None, True


@dataclass(frozen=True, slots=True)
class Taken:
    """One step as it was taken, for the record. `told` are those to be notified."""

    run_id: UUID
    round: int
    step: int
    do: Do
    result: str
    due_at: datetime
    at: datetime
    detail: dict[str, Any] = field(default_factory=dict)
    told: tuple[Recipient, ...] = ()
    role: Told | None = None
    owner_id: UUID | None = None
    review: EntryReason | None = None


def climb(run: Run, rungs: Rungs, around: Around, *, now: datetime) -> list[Taken]:
    """Take every step that is due, up to the next wait. Changes `run`.

    A wait is counted anew each time, so a holiday or a closure that was added since moves it.
    """
    _count_the_wait(run, rungs, around)
    taken: list[Taken] = []
    while run.state == "running" and run.next_at <= now:
        if run.step >= len(rungs.steps):
            run.state, run.stopped_at, run.stop_reason, run.touched = "finished", now, "end", True
            break
        step = rungs.steps[run.step]
        found = _TAKE[step.do](run, step, around, now)
        run.touched = True
        if found is not None:
            taken.append(found)
            if found.result == "no_recipient":
                _pass_the_wait(run, rungs, now)
    return taken


def _count_the_wait(run: Run, rungs: Rungs, around: Around) -> None:
    if run.waits_from is None or not 0 < run.step <= len(rungs.steps):
        return
    amount = timedelta(minutes=rungs.steps[run.step - 1].minutes)
    due = open_after(around.calendar, run.waits_from, amount)
    if due != run.next_at:
        run.next_at, run.touched = due, True


def _record(run: Run, step: Step, now: datetime, result: str = "done", **more: Any) -> Taken:
    taken = Taken(run.id, run.round, run.step, step.do, result, run.next_at, now, **more)
    run.step += 1
    run.waits_from = None
    return taken


def _wait(run: Run, step: Step, around: Around, now: datetime) -> Taken:
    due = open_after(around.calendar, now, timedelta(minutes=step.minutes))
    taken = _record(run, step, now, detail={"minutes": step.minutes})
    run.next_at, run.waits_from = due, now
    return taken


def open_after(calendar: OpenCalendar, start: datetime, amount: timedelta) -> datetime:
    """The due time in the store's hours; round the clock for a store that never opens.

    A closure until further notice counts as fourteen days; when it ends, the wait is counted anew.
    """
    try:
        return due_at(calendar.bounded(), start, amount)
    except NeverOpens:
        return due_at(ALWAYS, start, amount)


def open_after_with_trace(calendar: OpenCalendar, start: datetime, amount: timedelta) -> Due:
    """`open_after`, and how it was counted."""
    try:
        return add_open_time(calendar.bounded(), start, amount)
    except NeverOpens:
        return add_open_time(ALWAYS, start, amount)


def _notify(run: Run, step: Step, around: Around, now: datetime) -> Taken:
    assert step.role is not None
    told = [one for channel in step.channels for one in around.reach(step.role, channel)]
    result = "done" if told else "no_recipient"
    detail = {"role": step.role.value, "told": len(told)}
    return _record(run, step, now, result, told=tuple(told), role=step.role, detail=detail)


def _notify_one(run: Run, step: Step, around: Around, now: datetime) -> Taken:
    assert step.role is not None
    everybody = [one for channel in step.channels for one in around.reach(step.role, channel)]
    people = sorted({one.person_id for one in everybody if one.person_id}, key=str)
    chosen = people[(around.number + run.round - 1) % len(people)] if people else None
    told = tuple(one for one in everybody if one.person_id == chosen) if chosen else ()
    result = "done" if told else "no_recipient"
    detail = {"role": step.role.value, "person": str(chosen) if chosen else None}
    return _record(run, step, now, result, told=told, role=step.role, detail=detail)


def _if_open(run: Run, step: Step, around: Around, now: datetime) -> Taken | None:
    try:
        opens = next_open(around.calendar.bounded(), now)
    except NeverOpens:
        opens = now
    if opens > now:
        run.next_at = opens
        return None
    return _record(run, step, now)


def _if_more_than(run: Run, step: Step, around: Around, now: datetime) -> Taken:
    cases = around.silent_cases(step.minutes)
    more = cases > step.cases
    taken = _record(run, step, now, "done" if more else "skipped", detail={"cases": cases})
    if not more:
        run.step += 1
    return taken


def _reassign(run: Run, step: Step, around: Around, now: datetime) -> Taken:
    assert step.role is not None
    people = sorted(
        {one.person_id for one in around.reach(step.role, Channel.INBOX) if one.person_id}, key=str
    )
    if not people:
        return _record(run, step, now, "no_recipient", role=step.role, detail={"role": step.role.value})
    owner = people[around.number % len(people)]
    detail = {"role": step.role.value, "owner": str(owner)}
    told = (Recipient(Channel.INBOX, owner),)
    return _record(run, step, now, role=step.role, owner_id=owner, told=told, detail=detail)


def _offer(run: Run, step: Step, around: Around, now: datetime) -> Taken:
    other = around.other_store()
    if other is None:
        return _record(run, step, now, "skipped", detail={"why": "no other store can do it"})
    return _record(
        run, step, now, told=tuple(around.reach(Told.AGENT, Channel.INBOX)), role=Told.AGENT, detail=other
    )


def _webhook(run: Run, step: Step, _around: Around, now: datetime) -> Taken:
    return _record(run, step, now)


def _review(run: Run, step: Step, _around: Around, now: datetime) -> Taken:
    return _record(run, step, now, review=step.reason, detail={"reason": step.reason.value})


def _repeat(run: Run, step: Step, _around: Around, now: datetime) -> Taken:
    again = run.round <= step.times
    taken = _record(run, step, now, "done" if again else "skipped", detail={"round": run.round})
    if again:
        run.round += 1
        run.step = 0
    return taken


def _pass_the_wait(run: Run, rungs: Rungs, now: datetime) -> None:
    """Nobody can answer, so there is nothing to wait for."""
    if run.step < len(rungs.steps) and rungs.steps[run.step].do is Do.WAIT:
        run.step += 1
        run.next_at, run.waits_from = now, None


_TAKE: dict[Do, Callable[[Run, Step, Around, datetime], Taken | None]] = {
    Do.WAIT: _wait,
    Do.NOTIFY: _notify,
    Do.NOTIFY_ROUND_ROBIN: _notify_one,
    Do.CONTINUE_IF_OPEN: _if_open,
    Do.CONTINUE_IF_MORE_THAN: _if_more_than,
    Do.REASSIGN: _reassign,
    Do.OFFER_OTHER_STORE: _offer,
    Do.WEBHOOK: _webhook,
    Do.OPEN_REVIEW: _review,
    Do.REPEAT: _repeat,
}
