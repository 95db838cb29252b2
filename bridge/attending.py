"""One look at a case: what follows from what happened and from what time it is. Pure.

In this order: follow the events since the last look, let time pass, carry out what only time
can do (lapse, expire, review, close), climb the ladder, and say when to look again. Everything
that is to be told or written is returned; nothing is done here.
Source: docs/decisions/0010-one-look-at-a-case.md.
"""

from datetime import datetime, timedelta
from typing import Any, Final

from bridge import ledger
from bridge.announcing import Announcer
from bridge.cases import Attended, Case, NewId
from bridge.climbing import Run, Taken, climb, open_after
from bridge.following import PRESENTED, Clocks, Event
from bridge.ladders import Do
from bridge.lifecycle import DECIDED, LIVE, Action, Status
from bridge.milestones import CalendarSource, MilestoneType
from bridge.notices import StopsOn, Template
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
_NEEDS_CAUSE = frozenset({Status.DECLINED, Status.PART_HONOURED, Status.EXPIRED})


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
        self.fresh_at: datetime | None = None
        self.lapsed_at: datetime | None = None

    def look(self) -> Attended:
        for event in self._events():
            self._follow(event)
        self.clocks.tick(self.now)
        self._let_time_act()
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

    def _let_time_act(self) -> None:
        """Carry out what has become due by itself, one thing after the other, until nothing is."""
        for act in (
            self._withdraw_request,
            self._expire,
            self._lapse_question,
            self._lapse_transfer,
            self._lapse_acknowledgement,
            self._contest,
            self._close,
        ):
            act()

    def _is_live(self) -> bool:
        return self.case.escalation.status in LIVE

    def _withdraw_request(self) -> None:
        escalation = self.case.escalation
        if escalation.status is Status.PENDING_APPROVAL and self.case.expires_at <= self.now:
            self.done.approval_withdrawn = True
            self._apply(Action.CANCEL, {"why": "nobody approved it in time"})
            self.say.event("escalation.cancelled", on_board=True)

    def _expire(self) -> None:
        case, escalation = self.case, self.case.escalation
        if not self._is_live() or case.expires_at > self.now:
            return
        was_seen = bool(case.presented_at or escalation.acknowledged_at or case.lapses)
        self._forget_waiting()
        self.done.booked += ledger.give_up(escalation.id, amount_minor=escalation.remaining_minor)
        given_up, escalation.remaining_minor = escalation.remaining_minor, 0
        escalation.outcome = self._outcome_of_silence()
        self._apply(Action.EXPIRE, {"gave_up_minor": given_up, "was_seen": was_seen})
        self.say.event("escalation.expired", on_board=True)
        self.say.tell(
            Template.EXPIRED,
            (Role.AGENT,),
            f"expired:{escalation.id}:{escalation.head_seq}",
            {"was_seen": was_seen},
        )
        if not was_seen and case.subject.store_id is not None:
            self.say.review(EntryReason.EXPIRED_UNSEEN, self.now)

    def _outcome_of_silence(self) -> str:
        if self.clocks.was_missed(MilestoneType.CUSTOMER_NEED):
            return "too_late"
        return "customer_no_show" if self.case.escalation.acknowledged_at else "expired_unused"

    def _forget_waiting(self) -> None:
        """An open question or offer ends with the promise."""
        case = self.case
        if case.question is not None:
            self.done.question_lapsed, case.question = case.question.id, None
        if case.transfer is not None:
            self.done.transfer_lapsed, case.transfer = case.transfer.id, None

    def _question_lapses_at(self) -> datetime | None:
        question = self.case.question
        if question is None or self.case.escalation.status is not Status.AWAITING_AGENT:
            return None
        if question.lapses_at is not None:
            return question.lapses_at
        care = self.case.world.calendar_of(CalendarSource.CARE, None)
        return open_after(care, question.since, self.case.policy.question_lapses_after)

    def _lapse_question(self) -> None:
        due, question = self._question_lapses_at(), self.case.question
        if due is None or due > self.now or question is None:
            return
        self.done.question_lapsed, self.case.question = question.id, None
        self._apply(Action.LAPSE, {"question": str(question.id)})
        self.say.event("escalation.question_lapsed", on_board=True)
        roles = (Role.STORE_MANAGER, Role.LEAD)
        self.say.tell(Template.QUESTION_LAPSED, roles, f"question:{question.id}", email=True)

    def _transfer_lapses_at(self) -> datetime | None:
        transfer = self.case.transfer
        if transfer is None or self.case.escalation.status is not Status.TRANSFERRING:
            return None
        theirs = self.case.world.calendar_of(CalendarSource.TARGET_STORE, transfer.store_id)
        return open_after(theirs, transfer.since, self.case.policy.transfer_lapses_after)

    def _lapse_transfer(self) -> None:
        due, transfer = self._transfer_lapses_at(), self.case.transfer
        if due is None or due > self.now or transfer is None:
            return
        self.done.transfer_lapsed, self.case.transfer = transfer.id, None
        self._apply(Action.LAPSE, {"transfer": str(transfer.id)})
        self.say.event("escalation.transfer_lapsed", on_board=True)
        roles = (Role.STORE_MANAGER, Role.AGENT)
        facts = {"state": "lapsed", "to_number": transfer.store_number}
        self.say.tell(Template.TRANSFER_DECIDED, roles, f"transfer:{transfer.id}", facts)

    def _acknowledgement_lapses_at(self) -> datetime | None:
        """When "we are ready" stops counting; never after the customer came, or too often."""
        case, escalation = self.case, self.case.escalation
        ladder = case.ran or case.in_force
        at = escalation.acknowledged_at
        if escalation.status is not Status.ACKNOWLEDGED or at is None or ladder is None:
            return None
        if case.lapses >= ladder.rungs.lapses_most or (case.presented_at and case.presented_at >= at):
            return None
        amount = timedelta(minutes=ladder.rungs.acknowledgement_lapses_after_minutes)
        return open_after(case.world.calendar, at, amount)

    def _lapse_acknowledgement(self) -> None:
        due = self._acknowledgement_lapses_at()
        if due is None or due > self.now:
            return
        self.case.lapses += 1
        self._apply(
            Action.LAPSE, {"acknowledged_at": moment(self._acknowledged_at()), "times": self.case.lapses}
        )
        self.say.event("escalation.lapsed")
        key = f"lapse:{self.case.escalation.id}:{self.case.lapses}"
        self.say.tell(
            Template.ACKNOWLEDGEMENT_LAPSED, (Role.STORE_MANAGER,), key, stops_on=StopsOn.ACKNOWLEDGE
        )

    def _acknowledged_at(self) -> datetime:
        at = self.case.escalation.acknowledged_at
        assert at is not None
        return at

    def _contested(self) -> bool:
        mine = {new.entry_reason for new in self.done.reviews} | set(self.case.open_reviews)
        return bool(mine & CONTESTED) and self.case.escalation.status in {*DECIDED, Status.EXPIRED}

    def _contest(self) -> None:
        """Move a contested result to HQ, once it cannot be undone at the counter any more."""
        if self._contested() and not self._can_undo():
            self._apply(Action.REVIEW, {})

    def _can_undo(self) -> bool:
        until = self.case.undo_until
        return self.case.escalation.status in DECIDED and until is not None and until > self.now

    def _closes_at(self) -> datetime | None:
        case, status = self.case, self.case.escalation.status
        if status not in {*DECIDED, Status.REVOKED, Status.EXPIRED} or case.open_reviews or self.done.reviews:
            return None
        needs_cause = status in _NEEDS_CAUSE and case.escalation.outcome != "customer_no_show"
        if needs_cause and case.cause_code is None:
            return None
        return (case.ended_at or self.now) + case.policy.close_after

    def _close(self) -> None:
        due = self._closes_at()
        if due is not None and due <= self.now:
            self._apply(Action.CLOSE, {"cause": self.case.cause_code})
            self.say.event("escalation.closed")

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
        case, status = self.case, self.case.escalation.status
        waiting = [self.clocks.next_at(), self._question_lapses_at(), self._transfer_lapses_at()]
        waiting += [self._acknowledgement_lapses_at(), self._closes_at()]
        stands_still = self.clocks.stands_still(MilestoneType.STORE_ACK)
        if case.run is not None and case.run.state == "running" and not stands_still:
            waiting.append(case.run.next_at)
        if self._is_live() or status is Status.PENDING_APPROVAL:
            waiting.append(case.expires_at)
        if self._contested() and self._can_undo():
            waiting.append(case.undo_until)
        return min((at for at in waiting if at is not None), default=None)
