"""Say what one look at a case brought about: to HQ's queue, to staff, to receivers, to the history. Pure.

Everything is gathered in `Attended` and written together. What staff are told twice for the
same reason has the same key, so a look that is repeated tells nobody twice.
"""

from datetime import datetime
from typing import Any

from bridge.cases import Attended, Told
from bridge.climbing import Recipient, Taken
from bridge.clocks import Ring
from bridge.ladders import Do
from bridge.milestones import MilestoneType
from bridge.notices import Channel, NewNotice, StopsOn, Template
from bridge.reasons import EntryReason
from bridge.reviewing import NewReview
from bridge.roles import THE_CLOCK
from bridge.sla import BREACH_PERCENT
from bridge.sla import Told as Role
from bridge.telling import payload_of
from bridge.timeline import moment

_TEMPLATES = {
    Do.REASSIGN: Template.CASE_REASSIGNED,
    Do.OFFER_OTHER_STORE: Template.OFFER_OTHER_STORE,
}
_AT_THE_STORE = frozenset({Role.STORE_ASSOCIATE, Role.STORE_MANAGER})


class Announcer:
    """Gathers what is to be told about one case at one moment."""

    def __init__(self, done: Attended, now: datetime) -> None:
        self.done, self.case, self.now = done, done.case, now

    def note(self, action: str, facts: dict[str, Any]) -> None:
        """A link of the history that leaves the record as it is."""
        self.done.links.append(self.case.escalation.note(action, actor=THE_CLOCK, now=self.now, facts=facts))

    def event(self, topic: str, *, reason: str | None = None, on_board: bool = False) -> None:
        """An event for receivers, and with `on_board` for the agent."""
        payload = payload_of(
            self.case.escalation, self.case.store_number, amount_minor=0, now=self.now, reason=reason
        )
        self.done.told.append(Told(topic, payload, on_board))

    def review(self, reason: EntryReason, at: datetime, facts: dict[str, Any] | None = None) -> None:
        """Put the case before HQ, once for each reason that is open."""
        case = self.case
        if reason in case.open_reviews or any(new.entry_reason is reason for new in self.done.reviews):
            return
        self.done.reviews.append(
            NewReview(
                case.escalation.brand_id, case.escalation.id, case.subject.store_id, reason, at, facts or {}
            )
        )
        self.note("review.opened", {"reason": reason.value})
        self.event("review.opened", reason=reason.value)
        key = f"review:{case.escalation.id}:{reason.value}:{moment(at)}"
        self.tell(Template.REVIEW_OPENED, (Role.HQ,), key, {"reason": reason.value})

    def rang(self, ring: Ring) -> None:
        """Tell of a warning or a breach; a breach also stands in the history."""
        clock, case = ring.clock, self.case
        is_breach = ring.percent == BREACH_PERCENT
        facts = {"milestone": clock.type.value, "due_at": moment(clock.due_at or ring.at)}
        if is_breach:
            self.note("clock.missed", {**facts, "round": clock.round})
            self.event("escalation.clock_missed", reason=clock.type.value)
        target = case.policy.target(clock.type, kind=case.subject.kind, priority=case.subject.priority)
        roles = target.tell.get(ring.percent, ()) if target else ()
        if clock.type is MilestoneType.CUSTOMER_NEED and is_breach:
            roles = (Role.AGENT, Role.LEAD)
        template = Template.CLOCK_MISSED if is_breach else Template.CLOCK_WARNING
        key = f"clock:{clock.id}:{ring.percent}"
        self.tell(template, roles, key, {**facts, "percent": ring.percent}, email=is_breach)

    def stepped(self, taken: Taken) -> None:
        """Tell whoever a step of the ladder reaches."""
        template = _TEMPLATES.get(taken.do, Template.CASE_CLIMBED)
        if template is Template.CASE_CLIMBED and taken.role in _AT_THE_STORE:
            template = Template.CASE_WAITING
        key = f"ladder:{taken.run_id}:{taken.round}:{taken.step}"
        facts = {**taken.detail, "step": taken.step, "round": taken.round}
        for one in taken.told:
            self._notice(template, one, key, facts, StopsOn.ACKNOWLEDGE)

    def tell(
        self,
        template: Template,
        roles: tuple[Role, ...],
        key: str,
        facts: dict[str, Any] | None = None,
        *,
        stops_on: StopsOn = StopsOn.NOTHING,
        email: bool = False,
    ) -> None:
        """A notice to everybody in these roles, in the app and with `email` also by mail."""
        for role in roles:
            for channel in (Channel.INBOX, Channel.EMAIL) if email else (Channel.INBOX,):
                for one in self.case.world.reach(role, channel):
                    self._notice(template, one, key, facts or {}, stops_on)

    def _notice(
        self, template: Template, to: Recipient, key: str, facts: dict[str, Any], stops_on: StopsOn
    ) -> None:
        case = self.case
        self.done.notices.append(
            NewNotice(
                brand_id=case.escalation.brand_id,
                dedup_key=f"{key}:{to.channel.value}:{to.contact_point_id or to.person_id}",
                channel=to.channel,
                template=template,
                escalation_id=case.escalation.id,
                store_id=case.subject.store_id,
                person_id=to.person_id,
                contact_point_id=to.contact_point_id,
                next_at=self.now,
                stops_on=stops_on,
                facts={"number": case.escalation.number, "store_number": case.store_number, **facts},
            )
        )
