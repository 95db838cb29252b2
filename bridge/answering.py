"""The clocks of a conversation: first response, next response, promise issued. Pure.

Recomputed from the whole history at every look, so a post that arrives late finds its place.
One clock never hides another: an unanswered newer post has its own. An answer is a post by the
brand or a promise; automatic texts do not come in as the brand's posts.
"""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from uuid import UUID

from bridge.clocks import Clock, Ring
from bridge.milestones import CalendarSource, MilestoneType
from bridge.open_calendar import OpenCalendar
from bridge.reasons import Priority
from bridge.sla import Policy


class Happened(StrEnum):
    """What counts in a conversation."""

    ASKED = "asked"
    ANSWERED = "answered"
    CLAIMED = "claimed"
    RELEASED = "released"
    ISSUED = "issued"


@dataclass(frozen=True, slots=True)
class Moment:
    """One thing that happened."""

    at: datetime
    what: Happened


class Conversation:
    """The clocks of one thread. `held` are those that were stored; `rings` gathers what rang."""

    def __init__(
        self,
        held: Iterable[Clock],
        *,
        policy: Policy,
        calendar_of: Callable[[CalendarSource], OpenCalendar],
        new_id: Callable[[], UUID],
    ) -> None:
        self.held = sorted(held, key=lambda clock: clock.round)
        self.rings: list[Ring] = []
        self._policy, self._calendar_of, self._new_id = policy, calendar_of, new_id
        self._round = dict.fromkeys(MilestoneType, 0)
        for clock in self.held:
            if clock.is_open:
                clock.set_due(calendar_of(clock.source))

    def replay(self, history: Iterable[Moment], now: datetime) -> None:
        """Follow the history in order, then let time pass up to `now`."""
        for moment in sorted(history, key=lambda one: one.at):
            self._tick(moment.at)
            self._follow(moment)
        self._tick(now)

    def next_at(self) -> datetime | None:
        """When the first clock does something by itself."""
        return min((at for clock in self.held if (at := clock.next_at())), default=None)

    def _follow(self, moment: Moment) -> None:
        first, following, promise = (
            MilestoneType.FIRST_RESPONSE,
            MilestoneType.NEXT_RESPONSE,
            MilestoneType.PROMISE_ISSUED,
        )
        if moment.what is Happened.ASKED:
            if not self._round[first]:
                self._start(first, moment.at)
            elif not self._is_open(first) and not self._is_open(following):
                self._start(following, moment.at)
        elif moment.what in {Happened.ANSWERED, Happened.ISSUED}:
            self._end(first, moment.at)
            self._end(following, moment.at)
            if moment.what is Happened.ISSUED:
                self._end(promise, moment.at)
        elif moment.what is Happened.CLAIMED:
            if not self._is_open(promise):
                self._start(promise, moment.at)
        else:
            self._end(promise, moment.at, cancel=True)

    def _current(self, milestone: MilestoneType) -> Clock | None:
        wanted = self._round[milestone]
        return next((one for one in self.held if one.type is milestone and one.round == wanted), None)

    def _is_open(self, milestone: MilestoneType) -> bool:
        clock = self._current(milestone)
        return clock is not None and clock.is_open

    def _start(self, milestone: MilestoneType, at: datetime) -> None:
        self._round[milestone] += 1
        if self._current(milestone) is not None:
            return
        target = self._policy.target(milestone, kind="promise", priority=Priority.NORMAL)
        clock = Clock(
            id=self._new_id(),
            type=milestone,
            round=self._round[milestone],
            policy_version=self._policy.version,
            source=target.calendar if target else CalendarSource.ALWAYS,
            store_id=None,
            target=target.amount if target else None,
            started_at=at,
            warn_percents=target.warn_percents if target else (),
            touched=True,
        )
        clock.set_due(self._calendar_of(clock.source))
        self.held.append(clock)

    def _end(self, milestone: MilestoneType, at: datetime, *, cancel: bool = False) -> None:
        clock = self._current(milestone)
        if clock is not None and clock.is_open:
            stop = clock.cancel if cancel else clock.end
            stop(max(at, clock.started_at), self._calendar_of(clock.source))

    def _tick(self, now: datetime) -> None:
        for milestone in MilestoneType:
            clock = self._current(milestone)
            if clock is not None and clock.is_open:
                self.rings += clock.tick(now, self._calendar_of(clock.source))
