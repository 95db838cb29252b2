"""One clock of a case: it starts, is warned about, pauses, is missed and ends. Pure.

The due time is always the start plus the target plus all pauses, in the open time of the
clock's calendar, computed anew at every look, so a holiday that is added later moves it. A
breach is a fact with its instant and is never taken back; what ends afterwards ends late.
`elapsed` runs from start to end, `stopped` is the part in pauses, actual = elapsed - stopped,
all in open time.
"""

from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from bridge.calendars import ALWAYS, add_open_time, due_at, open_time_between
from bridge.errors import NeverOpens
from bridge.milestones import OPEN, CalendarSource, MilestoneState, MilestoneType
from bridge.open_calendar import OpenCalendar
from bridge.reasons import PauseReason
from bridge.sla import BREACH_PERCENT
from bridge.timeline import moment


@dataclass(slots=True)
class Pause:
    """A stretch in which a clock stood still. It ends at `limit_at` at the latest."""

    id: UUID
    reason: PauseReason
    started_at: datetime
    limit_at: datetime
    ended_at: datetime | None = None
    paused_by: UUID | None = None


@dataclass(frozen=True, slots=True)
class Ring:
    """A clock reached a percentage of its target; 100 is the breach. `at` is when, not when it was seen."""

    clock: "Clock"
    percent: int
    at: datetime


@dataclass(slots=True, eq=False)
class Clock:
    """A milestone as the rules hold it. `touched` says that it has to be written."""

    id: UUID
    type: MilestoneType
    round: int
    policy_version: int
    source: CalendarSource
    store_id: UUID | None
    target: timedelta | None
    started_at: datetime
    fixed_due_at: datetime | None = None
    """A deadline that somebody named; it does not follow opening hours."""
    warn_percents: tuple[int, ...] = ()
    due_at: datetime | None = None
    warnings: tuple[tuple[int, datetime], ...] = ()
    warned_percent: int = 0
    state: MilestoneState = MilestoneState.RUNNING
    breached_at: datetime | None = None
    completed_at: datetime | None = None
    elapsed: timedelta | None = None
    stopped: timedelta = timedelta()
    trace: dict[str, Any] = field(default_factory=dict)
    pauses: list[Pause] = field(default_factory=list)
    touched: bool = False

    @property
    def is_open(self) -> bool:
        """Whether it still waits for its end."""
        return self.state in OPEN

    @property
    def actual(self) -> timedelta | None:
        """Elapsed less stopped, once it has ended."""
        return None if self.elapsed is None else self.elapsed - self.stopped

    @property
    def paused(self) -> Pause | None:
        """The pause it stands in."""
        return next((pause for pause in self.pauses if pause.ended_at is None), None)

    def set_due(self, calendar: OpenCalendar) -> None:
        """Compute the due time and its warnings; keeps them when nothing moved. Never moves a breach.

        A closure until further notice counts as two weeks. A place that never opens cannot have a
        deadline in its open hours: the clock then counts round the clock and its trace says so,
        because no case may wait for ever.
        """
        calendar = calendar.bounded()
        if self.breached_at is not None or not self.is_open:
            return
        if self.fixed_due_at is not None:
            self._set(self.fixed_due_at, ALWAYS, calendar_name="the moment the customer named")
        elif self.target is not None:
            try:
                self._set(due_at(calendar, self.started_at, self.target + self.stopped), calendar)
            except NeverOpens:
                due = due_at(ALWAYS, self.started_at, self.target + self.stopped)
                self._set(due, ALWAYS, never_opens=calendar.name)

    def _set(self, due: datetime, calendar: OpenCalendar, **more: str) -> None:
        if due == self.due_at:
            return
        amount = due - self.started_at if self.target is None else self.target + self.stopped
        self.due_at, self.touched = due, True
        self.warnings = tuple(
            (percent, due_at(calendar, self.started_at, amount * percent / BREACH_PERCENT))
            for percent in self.warn_percents
        )
        self.trace = {
            **add_open_time(calendar, self.started_at, amount).trace,
            "policy_version": self.policy_version,
            "pauses": [
                {
                    "reason": pause.reason.value,
                    "from": moment(pause.started_at),
                    "to": moment(pause.ended_at) if pause.ended_at else None,
                }
                for pause in self.pauses
            ],
            **more,
        }

    def pause(self, pause: Pause) -> None:
        """Stand still from `pause.started_at`; a clock that is paused, missed or over stays as it is."""
        if self.state is MilestoneState.RUNNING:
            self.pauses.append(pause)
            self.state, self.touched = MilestoneState.PAUSED, True

    def resume(self, at: datetime, calendar: OpenCalendar) -> None:
        """Go on; what stood still moves the due time later by its open time."""
        pause = self.paused
        if pause is None:
            return
        pause.ended_at = max(pause.started_at, min(at, pause.limit_at))
        self.stopped += open_time_between(calendar, pause.started_at, pause.ended_at)
        self.state, self.touched = MilestoneState.RUNNING, True
        self.set_due(calendar)

    def tick(self, now: datetime, calendar: OpenCalendar) -> list[Ring]:
        """Let time pass: resume what stood still too long, warn once for each percentage, miss.

        Of several warnings that passed at once only the highest rings.
        """
        if self.state is MilestoneState.PAUSED and (pause := self.paused) and pause.limit_at <= now:
            self.resume(pause.limit_at, calendar)
        if self.state is not MilestoneState.RUNNING:
            return []
        if self.due_at is not None and self.due_at <= now:
            self.breached_at, self.state, self.touched = self.due_at, MilestoneState.MISSED_OPEN, True
            self.warned_percent = BREACH_PERCENT
            return [Ring(self, BREACH_PERCENT, self.due_at)]
        passed = [(p, at) for p, at in self.warnings if at <= now and p > self.warned_percent]
        if not passed:
            return []
        self.warned_percent, self.touched = passed[-1][0], True
        return [Ring(self, *passed[-1])]

    def end(self, at: datetime, calendar: OpenCalendar) -> None:
        """What it waited for has happened. The caller ticked it up to `at` before."""
        if not self.is_open:
            return
        self._stop(at, calendar)
        self.state = MilestoneState.MET if self.breached_at is None else MilestoneState.MET_LATE

    def cancel(self, at: datetime, calendar: OpenCalendar) -> None:
        """It will never happen, and nobody waits for it; a missed one stays missed for ever."""
        if not self.is_open:
            return
        self._stop(at, calendar)
        self.state = MilestoneState.CANCELLED if self.breached_at is None else MilestoneState.MISSED_FINAL

    def _stop(self, at: datetime, calendar: OpenCalendar) -> None:
        self.resume(at, calendar)
        self.completed_at, self.touched = at, True
        self.elapsed = open_time_between(calendar, self.started_at, at)

    def next_at(self) -> datetime | None:
        """When something happens to it by itself; None when nothing will."""
        if self.state is MilestoneState.PAUSED:
            pause = self.paused
            return pause.limit_at if pause else None
        if self.state is not MilestoneState.RUNNING:
            return None
        waiting = [at for percent, at in self.warnings if percent > self.warned_percent]
        return min([*waiting, *([self.due_at] if self.due_at else [])], default=None)
