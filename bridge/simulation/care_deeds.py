"""What the care desk and headquarters do in a simulation, and what customers write."""

from datetime import datetime, timedelta
from uuid import UUID

from bridge import db
from bridge.queries import simulation as queries
from bridge.reasons import RevokeReason
from bridge.reviewing import Finding
from bridge.services import (
    appealing,
    approvals,
    asking,
    capturing,
    claims,
    closing,
    extending,
    promises,
    review,
    revoking,
    superseding,
)
from bridge.services.acting import Acted
from bridge.services.approvals import Settled
from bridge.services.issuing import Wanted
from bridge.services.promises import Made
from bridge.services.review import Judgement, Reviewed
from bridge.simulation.doing import Doing
from bridge.simulation.world import Member


class CareDeeds(Doing):
    """Agents, leads and reviewers."""

    def capture(
        self,
        by: Member,
        handle: str,
        *,
        text: str,
        now: datetime,
    ) -> UUID | None:
        """A customer's post comes in by the connector; returns its thread."""
        captured = capturing.Captured(
            network=self.network,
            external_id=f"{self.threads}{handle}",
            handle=handle,
            text=text,
            posted_at=now,
            addressed_to=self.handle,
        )

        def take() -> UUID:
            with db.transaction() as session:
                return capturing.capture(session, by.actor, captured, now).thread.id

        return self._tried("capture", take)

    def find_post(self, by: Member, handle: str, *, text: str, posted_at: datetime, now: datetime) -> UUID:
        """An agent finds a new customer's post and takes it, in one statement; returns its thread."""
        self.count["find_post"] += 1
        values = {
            "brand_id": by.actor.brand_id,
            "network": self.network,
            "handle": handle,
            "thread": f"{self.threads}{handle}",
            "text": text,
            "posted_at": posted_at,
            "now": now,
            "person_id": by.actor.id,
            "lease_until": now + timedelta(seconds=self.settings.claim_lease_seconds),
        }
        with db.statement() as connection:
            return queries.add_conversation(connection, values)

    def claim(self, by: Member, thread_id: UUID, now: datetime) -> bool:
        """Take a thread, or keep it."""

        def take() -> bool:
            with db.transaction() as session:
                claims.claim(session, by.actor, thread_id, now)
            return True

        return self._tried("claim", take) is not None

    def release(self, by: Member, thread_id: UUID, now: datetime) -> None:
        """Give a thread back."""

        def give_back() -> bool:
            with db.transaction() as session:
                claims.release(session, by.actor, thread_id, "done", now)
            return True

        self._tried("release", give_back)

    # The promise.

    def promise(self, by: Member, wanted: Wanted, now: datetime) -> Made | None:
        """Make a promise; without a code it waits for approval."""
        return self._done(
            "promise",
            lambda act: promises.make(
                act, by.token, wanted, once=self._once(), now=now, settings=self.settings, vault=self.vault
            ),
        )

    def replace(self, by: Member, case_id: UUID, wanted: Wanted, now: datetime) -> Made | None:
        """Put another promise in its place."""
        return self._done(
            "replace",
            lambda act: superseding.supersede(
                act,
                by.token,
                case_id,
                wanted,
                if_version=None,
                once=self._once(),
                now=now,
                settings=self.settings,
                vault=self.vault,
            ),
        )

    def approve(self, by: Member, case_id: UUID, now: datetime) -> Settled | None:
        """Approve what was over its author's right."""
        return self._done(
            "approve",
            lambda act: approvals.approve(
                act,
                by.token,
                case_id,
                reason="fair",
                if_version=None,
                once=self._once(),
                now=now,
                settings=self.settings,
                vault=self.vault,
            ),
        )

    def reject(self, by: Member, case_id: UUID, now: datetime) -> Settled | None:
        """Refuse it."""
        return self._done(
            "reject",
            lambda act: approvals.reject(
                act,
                by.token,
                case_id,
                reason="too much",
                if_version=None,
                once=self._once(),
                now=now,
                settings=self.settings,
            ),
        )

    def cancel(self, by: Member, case_id: UUID, now: datetime) -> Settled | None:
        """The author gives up."""
        return self._done(
            "cancel",
            lambda act: approvals.cancel(
                act,
                by.token,
                case_id,
                reason="solved",
                if_version=None,
                once=self._once(),
                now=now,
                settings=self.settings,
            ),
        )

    def revoke(self, by: Member, case_id: UUID, reason: RevokeReason, now: datetime) -> Acted | None:
        """Take a promise back."""
        return self._done(
            "revoke",
            lambda act: revoking.revoke(
                act, by.actor, case_id, reason=reason, text="", if_version=None, once=self._once(), now=now
            ),
        )

    def extend(self, by: Member, case_id: UUID, until: datetime, now: datetime) -> Acted | None:
        """Move its end."""
        return self._done(
            "extend",
            lambda act: extending.extend(
                act,
                by.actor,
                case_id,
                valid_until=until,
                if_version=None,
                once=self._once(),
                now=now,
                settings=self.settings,
                vault=self.vault,
            ),
        )

    def answer(self, by: Member, case_id: UUID, now: datetime, *, until: datetime | None) -> Acted | None:
        """Answer the store's question."""
        return self._done(
            "answer",
            lambda act: asking.answer(
                act,
                by.actor,
                case_id,
                text="Yes, please do.",
                valid_until=until,
                once=self._once(),
                now=now,
                settings=self.settings,
            ),
        )

    def tell(self, by: Member, case_id: UUID, now: datetime) -> Acted | None:
        """Tell the customer how it ended."""
        return self._done(
            "tell",
            lambda act: closing.tell_customer(
                act, by.actor, case_id, channel="dm", once=self._once(), now=now
            ),
        )

    def code_cause(self, by: Member, case_id: UUID, cause: str, now: datetime) -> Acted | None:
        """Note the cause of a case."""
        return self._done(
            "code_cause",
            lambda act: closing.code_cause(act, by.actor, case_id, cause=cause, once=self._once(), now=now),
        )

    def close(self, by: Member, case_id: UUID, cause: str | None, now: datetime) -> Acted | None:
        """Close it by hand."""
        return self._done(
            "close",
            lambda act: closing.close(
                act,
                by.actor,
                case_id,
                cause=cause,
                if_version=None,
                once=self._once(),
                now=now,
                settings=self.settings,
            ),
        )

    def reopen(self, by: Member, case_id: UUID, now: datetime) -> Acted | None:
        """Give a closed case a second life."""
        return self._done(
            "reopen",
            lambda act: closing.reopen(
                act,
                by.actor,
                case_id,
                reason="it broke again",
                valid_until=None,
                if_version=None,
                once=self._once(),
                now=now,
                settings=self.settings,
                vault=self.vault,
            ),
        )

    def appeal(self, by: Member, case_id: UUID, now: datetime) -> str | None:
        """Make the customer's address for an appeal."""
        made = self._done(
            "appeal_link",
            lambda act: appealing.make_link(
                act, by.actor, case_id, once=self._once(), now=now, settings=self.settings
            ),
        )
        return made.link if made else None

    def file(self, link: str, now: datetime) -> bool:
        """The customer appeals."""
        with db.act() as act:
            filed = appealing.file(act, link.rsplit("/", 1)[1], text="Please look again.", now=now)
        self.count["appeal" if filed else "appeal_too_late"] += 1
        return filed

    def assign(self, by: Member, review_id: UUID, now: datetime) -> Reviewed | None:
        """Take a row of the queue."""
        return self._done(
            "assign",
            lambda act: review.assign(
                act, by.actor, review_id, person_id=None, if_version=None, once=self._once(), now=now
            ),
        )

    def find(
        self, by: Member, review_id: UUID, finding: Finding, cause: str, now: datetime
    ) -> Reviewed | None:
        """Close a row with a finding."""
        judged = Judgement(finding, "Seen.", cause)
        return self._done(
            finding.value,
            lambda act: review.find(
                act,
                by.actor,
                review_id,
                judged,
                if_version=None,
                once=self._once(),
                now=now,
                settings=self.settings,
                vault=self.vault,
            ),
        )
