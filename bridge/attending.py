"""One look at a case: what follows from what happened and from what time it is. Pure.

In this order: follow the events since the last look, let time pass, carry out what only time
does (`bridge/passing.py`), climb the ladder, and say when to look again. Everything
that is to be told or written is returned; nothing is done here.
Source: docs/decisions/0010-one-look-at-a-case.md.
"""

from datetime import datetime
from typing import Any, Final

from bridge.announcing import Announcer
from bridge.cases import Attended, Case, NewId
from bridge.climbing import Run, Taken, climb
from bridge.following import PRESENTED, Clocks, Event
from bridge.ladders import Do
from bridge.lifecycle import LIVE, Action, Status
from bridge.milestones import MilestoneType
from bridge.notices import Template
from bridge.passing import Passing
from bridge.reasons import CONTESTED, EntryReason
from bridge.reviewing import entries_after_decision, is_high_value, is_sampled, repeats
from bridge.roles import THE_CLOCK
from bridge.sla import Told as Role
from bridge.timeline import moment

NEED_CLIMBS_AT_PERCENT: Final = 75
"""So late in the customer's own time the ladder does not wait any longer."""
_GAVE = frozenset({Action.HONOUR, Action.HONOUR_PART, Action.GIVE_UP_REST})
FRESH: Final = frozenset(
    {Status.DRAFT, Status.PENDING_APPROVAL, Status.UNDER_REVIEW, Status.CLOSED, Status.EXPIRED}
)


def attend(case: Case, *, now: datetime, new_id: NewId) -> Attended:
    """Look at the case. Changes its escalation, clocks and run; the caller writes what is returned."""
    return _Look(case, now, new_id).look()


class _Look:
    def __init__(self, case: Case, now: datetime, new_id: NewId) -> None:
        self.case, self.now, self.new_id = case, now, new_id
        self.done = Attended(case)
        self.say = Announcer(self.done, now)
        self.clocks = Clocks(
            case.clocks,
            subject=case.subject,
            policy=case.policy,
            calendar_of=case.world.calendar_of,
            new_id=new_id,
        )
        self.passing = Passing(self.done, self.clocks, self.say, self._apply, now)
        self.fresh_at: datetime | None = None
        self.lapsed_at: datetime | None = None

    def look(self) -> Attended:
        for event in self._events():
            self._follow(event)
        self.clocks.tick(self.now)
        self.passing.act()
        self._climb()
        self._review_clock()
        for ring in self.clocks.rings:
            self.say.rang(ring)
        self.done.clocks = [clock for clock in self.clocks.held if clock.touched]
        self.done.attend_at = self._next_look()
        return self.done

    def _events(self) -> list[Event]:
        """What happened since the last look; the first presentation stands in the record alone."""
        case, found = self.case, list(self.case.events)
        at = case.presented_at
        known = any(
            clock.type is MilestoneType.COUNTER_DECISION and clock.started_at == at for clock in case.clocks
        )
        if at is not None and not known:
            status = case.escalation.status
            found.append(Event(at, PRESENTED, status, status))
            found.sort(key=lambda event: event.at)
        return found

    def _follow(self, event: Event) -> None:
        self.clocks.follow(event)
        if event.now is not event.was and event.now is Status.ISSUED:
            if event.was in FRESH or event.action == Action.ACCEPT_TRANSFER:
                self.fresh_at = event.at
            elif event.action == Action.LAPSE:
                self.lapsed_at = event.at
        if event.action in {Action.SUBMIT, Action.APPROVE} and event.now is Status.ISSUED:
            self._if_high_value(event)
        elif event.action == Action.DECLINE:
            self._declined(event)
        elif event.action in _GAVE:
            if is_sampled(self.case.escalation.id, self.case.policy.review.sample_per_mille):
                self.say.review(EntryReason.RANDOM_SAMPLE, event.at)
        elif event.action in {Action.UNDO, Action.ANNUL}:
            self._given_back()
        elif event.action == Action.ACKNOWLEDGE:
            self.say.tell(
                Template.CUSTOMER_CAN_GO, (Role.AGENT,), f"ack:{self.case.escalation.id}:{moment(event.at)}"
            )

    def _if_high_value(self, event: Event) -> None:
        if is_high_value(self.case.escalation.authorised_minor, self.case.policy.review):
            self.say.review(EntryReason.HIGH_VALUE, event.at)

    def _declined(self, event: Event) -> None:
        reason = str(event.facts.get("reason") or "")
        facts = {"decision": event.facts.get("decision"), "reason": reason}
        for entry in entries_after_decision(Action.DECLINE, self.case.level):
            self.say.review(entry, event.at, facts)
        if reason:
            cases = self.case.world.declines_alike(reason)
            if repeats(cases, self.case.policy.review):
                self.say.review(EntryReason.REPEAT_PATTERN, event.at, {**facts, "cases": cases})

    def _given_back(self) -> None:
        """A decline that was taken back is no case for HQ any more."""
        self.done.reviews = [new for new in self.done.reviews if new.entry_reason not in CONTESTED]
        if EntryReason.WRONGFUL_DECLINE in self.case.open_reviews:
            del self.case.open_reviews[EntryReason.WRONGFUL_DECLINE]
            self.done.reviews_settled.append(EntryReason.WRONGFUL_DECLINE)

    def _apply(self, action: Action, facts: dict[str, Any]) -> None:
        """Change the status by the clock's hand, and follow what that starts and ends."""
        escalation = self.case.escalation
        was = escalation.status
        link = escalation.apply(action, actor=THE_CLOCK, now=self.now, facts=facts)
        self.done.links.append(link)
        if escalation.status in LIVE:
            self.case.ended_at = None
        elif self.case.ended_at is None:
            self.case.ended_at = self.now
        self._follow(Event(self.now, action.value, was, escalation.status, facts))

    def _climb(self) -> None:
        """The ladder climbs exactly as long as the store has to give a sign of life."""
        case = self.case
        if not self.clocks.is_open(MilestoneType.STORE_ACK):
            if case.run is not None:
                case.run.stop(case.escalation.status.value, self.now)
            return
        self._have_a_run()
        if case.run is None or case.ran is None or case.run.state != "running":
            return
        if self.clocks.stands_still(MilestoneType.STORE_ACK):
            return
        if self._need_presses():
            case.run.next_at, case.run.waits_from = min(case.run.next_at, self.now), None
            case.run.touched = True
        for taken in climb(case.run, case.ran.rungs, case.world, now=self.now):
            self._stepped(taken)
        climbed_out = case.run.state == "finished" and case.run.stopped_at == self.now
        if climbed_out and not any(step.do is Do.OPEN_REVIEW for step in case.ran.rungs.steps):
            self.say.review(EntryReason.NO_ACK, self.now, {"ladder": "finished"})

    def _have_a_run(self) -> None:
        """A promise that was issued anew starts a ladder anew; one that came back climbs on."""
        case, run = self.case, self.case.run
        is_new = run is None or (self.fresh_at is not None and run.started_at < self.fresh_at)
        came_back = run is not None and run.state == "finished" and self.lapsed_at is not None
        if is_new or came_back:
            if run is not None:
                run.stop("issued_again", self.now)
                self.done.old_runs.append(run)
            case.run, case.ran = None, case.in_force
            at = self.fresh_at or self.lapsed_at or self.now
            if case.in_force is not None:
                version = case.in_force.version_id
                case.run = Run(
                    self.new_id(),
                    version,
                    "running",
                    0,
                    1,
                    at,
                    at,
                    store_id=case.subject.store_id,
                    touched=True,
                )
        elif run is not None and run.state == "stopped":
            run.go_on(self.now)

    def _need_presses(self) -> bool:
        return any(
            ring.clock.type is MilestoneType.CUSTOMER_NEED and ring.percent >= NEED_CLIMBS_AT_PERCENT
            for ring in self.clocks.rings
        )

    def _stepped(self, taken: Taken) -> None:
        """Record a step and tell whoever it reaches."""
        self.done.taken.append(taken)
        if taken.do is Do.WAIT:
            return
        facts = {"step": taken.step, "round": taken.round, "do": taken.do.value, "result": taken.result}
        self.say.note("ladder.step", {**facts, **taken.detail})
        if taken.owner_id is not None:
            self.done.owner_id = taken.owner_id
        if taken.review is not None:
            self.say.review(taken.review, self.now, {"step": taken.step, "round": taken.round})
        if taken.do is Do.WEBHOOK:
            self.say.event("escalation.ladder_step")
        self.say.stepped(taken)

    def _review_clock(self) -> None:
        """HQ's clock runs while any row is open, and ends with the last."""
        opened = [*self.case.open_reviews.values(), *(new.opened_at for new in self.done.reviews)]
        if opened:
            self.clocks.start(MilestoneType.HQ_REVIEW, min(opened))
            self.clocks.tick(self.now)
        elif self.clocks.is_open(MilestoneType.HQ_REVIEW):
            self.clocks.end(MilestoneType.HQ_REVIEW, self.case.reviews_closed_at or self.now)
        if self.case.cause_code is not None:
            self.clocks.end(MilestoneType.CAUSE_CODED, self.now)

    def _next_look(self) -> datetime | None:
        """The earliest moment at which anything happens by itself; None when nothing ever will."""
        case = self.case
        waiting = [self.clocks.next_at(), *self.passing.next_at()]
        stands_still = self.clocks.stands_still(MilestoneType.STORE_ACK)
        if case.run is not None and case.run.state == "running" and not stands_still:
            waiting.append(case.run.next_at)
        return min((at for at in waiting if at is not None), default=None)
