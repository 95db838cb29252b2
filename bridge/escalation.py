"""An escalation as the services hold it, and the one method that changes it.

It is a plain value filled from a locked row, not an ORM entity: the counter cannot afford
one. `apply` is the only place in the code base that sets a status, and it returns the
timeline link that `queries.escalations.save` stores in the same statement.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from bridge.lifecycle import Action, Status, next_status
from bridge.roles import Actor
from bridge.timeline import Link, next_link


@dataclass(slots=True)
class Escalation:
    """What an act needs to know and may change. Money is in minor units of `currency`."""

    id: UUID
    number: int
    brand_id: UUID
    status: Status
    status_before: Status | None
    agent_id: UUID
    currency: str
    authorised_minor: int
    remaining_minor: int
    valid_until: datetime
    version: int
    head_seq: int
    head_hash: bytes
    frozen_at: datetime | None = None
    second_fact_failures: int = 0
    acknowledged_at: datetime | None = None
    acknowledged_by: UUID | None = None
    set_aside_note: str = ""
    issued_at: datetime | None = None
    code_hmac: bytes | None = None
    authority: dict[str, Any] | None = None
    last_decision: dict[str, Any] | None = None
    outcome: str | None = None

    def apply(
        self,
        action: Action,
        *,
        actor: Actor,
        now: datetime,
        facts: Mapping[str, object],
        request_id: str = "",
    ) -> Link:
        """Move to the status that the table gives for `action` and return the timeline link.

        Values other than the status are set by the caller before, so that `facts` can say what
        they became. Raises IllegalAction when the table does not know the pair.
        """
        before = self.status
        after = next_status(before, action, before=self.status_before)
        link = next_link(
            str(self.id),
            head_seq=self.head_seq,
            head_hash=self.head_hash,
            at=now,
            action=action.value,
            actor=actor,
            facts={**facts, "from": before.value, "to": after.value, "remaining_minor": self.remaining_minor},
            request_id=request_id,
        )
        if after is not before:
            self.status, self.status_before = after, before
        self.version += 1
        self.head_seq, self.head_hash = link.seq, link.hash
        return link

    def note(
        self, action: str, *, actor: Actor, now: datetime, facts: Mapping[str, object], request_id: str = ""
    ) -> Link:
        """A timeline link for something that leaves the record as it is: a warning, a ladder's step.

        The version stays, so that nobody's If-Match fails because a clock ticked.
        """
        link = next_link(
            str(self.id),
            head_seq=self.head_seq,
            head_hash=self.head_hash,
            at=now,
            action=action,
            actor=actor,
            facts={
                **facts,
                "from": self.status.value,
                "to": self.status.value,
                "remaining_minor": self.remaining_minor,
            },
            request_id=request_id,
        )
        self.head_seq, self.head_hash = link.seq, link.hash
        return link
