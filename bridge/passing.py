"""What only time does to a case: requests, questions, offers and acknowledgements lapse, promises expire,
contested results go to HQ, ended cases close. Pure.

Each has its moment and its act, so that the next look is set by the same rule that acts then.
`bridge/attending.py` asks it once in every look, after what happened was followed.
"""

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

from bridge import ledger
from bridge.announcing import Announcer
from bridge.cases import Attended
from bridge.climbing import open_after
from bridge.following import Clocks
from bridge.lifecycle import DECIDED, LIVE, Action, Status
from bridge.milestones import CalendarSource, MilestoneType
from bridge.notices import StopsOn, Template
from bridge.reasons import CONTESTED, EntryReason
from bridge.sla import Told as Role
from bridge.timeline import moment

_NEEDS_CAUSE = frozenset({Status.DECLINED, Status.PART_HONOURED, Status.EXPIRED})

Apply = Callable[[Action, dict[str, Any]], None]
"""Changes the status by the clock's hand, and follows what that starts and ends."""


class Passing:
    """Lets time act on one case."""

    def __init__(self, done: Attended, clocks: Clocks, say: Announcer, apply: Apply, now: datetime) -> None:
        self.done, self.case, self.now = done, done.case, now
        self.clocks, self.say, self.apply = clocks, say, apply

    def act(self) -> None:
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

    def next_at(self) -> list[datetime | None]:
        """When each of them happens by itself, None where it will not."""
        status = self.case.escalation.status
        found = [
            self._question_lapses_at(),
            self._transfer_lapses_at(),
            self._acknowledgement_lapses_at(),
            self._closes_at(),
        ]
        if self._is_live() or status is Status.PENDING_APPROVAL:
            found.append(self.case.expires_at)
        if self._contested() and self._can_undo():
            found.append(self.case.undo_until)
        return found

    def _is_live(self) -> bool:
        return self.case.escalation.status in LIVE

    def _withdraw_request(self) -> None:
        escalation = self.case.escalation
        if escalation.status is Status.PENDING_APPROVAL and self.case.expires_at <= self.now:
            self.done.approval_withdrawn = True
            self.apply(Action.CANCEL, {"why": "nobody approved it in time"})
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
        self.apply(Action.EXPIRE, {"gave_up_minor": given_up, "was_seen": was_seen})
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
        self.apply(Action.LAPSE, {"question": str(question.id)})
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
        self.apply(Action.LAPSE, {"transfer": str(transfer.id)})
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
        self.apply(
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
            self.apply(Action.REVIEW, {})

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
            self.apply(Action.CLOSE, {"cause": self.case.cause_code})
            self.say.event("escalation.closed")
