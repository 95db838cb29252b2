"""What staff are told, by name, and a notice as a value before it is a row. Pure.

Whoever decides that somebody must be told makes a `NewNotice`; the wording, the channel's form,
quiet hours and delivery come later. `facts` hold ids, numbers and moments, never a customer's
handle, a code or a message's text: they travel through mail servers.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from uuid import UUID


class Template(StrEnum):
    """One kind of notice. Each has its words in every language of the staff."""

    CASE_WAITING = "case_waiting"
    """To the store: a promise waits for your OK. facts: number, store_number, step, round."""
    CASE_CLIMBED = "case_climbed"
    """To whoever stands higher: this store has not answered. facts as above."""
    CASE_REASSIGNED = "case_reassigned"
    """To the new owner of a case. facts: number, store_number."""
    OFFER_OTHER_STORE = "offer_other_store"
    """To the agent: the store is silent, another can. facts: other_number, other_name, other_km."""
    ACKNOWLEDGEMENT_LAPSED = "acknowledgement_lapsed"
    """To the store: you said OK and nothing happened since."""
    CLOCK_WARNING = "clock_warning"
    """Before a deadline. facts: milestone, percent, due_at."""
    CLOCK_MISSED = "clock_missed"
    """After a deadline. facts: milestone, due_at."""
    QUESTION_ASKED = "question_asked"
    """To the agent: the store asks. facts: question, is_live, expires_at."""
    QUESTION_ANSWERED = "question_answered"
    """To the store: the agent answered."""
    QUESTION_LAPSED = "question_lapsed"
    """To the store and leads: nobody answered in time."""
    TRANSFER_OFFERED = "transfer_offered"
    """To the other store: take this case? facts: from_number, to_number."""
    TRANSFER_DECIDED = "transfer_decided"
    """To the first store and the agent. facts: state, to_number."""
    REVIEW_OPENED = "review_opened"
    """To HQ: a case came into the queue. facts: reason."""
    CUSTOMER_CAN_GO = "customer_can_go"
    """To the agent: the store is ready, tell the customer."""
    EXPIRED = "expired"
    """To the agent: the promise ran out. facts: was_seen."""
    CHANNEL_TROUBLE = "channel_trouble"
    """To administrators: a connected account stopped or fell silent. facts: account, trouble, account_id."""
    RECEIVER_GONE = "receiver_gone"
    """To administrators: a receiver of webhooks answered 410 and is off. facts: receiver, webhook_id."""
    DIGEST = "digest"
    """Several at once. facts: items, a list of {template, facts, escalation_id}."""


class Channel(StrEnum):
    """A way to reach staff."""

    INBOX = "inbox"
    EMAIL = "email"
    SMS = "sms"
    SLACK = "slack"
    TEAMS = "teams"


class StopsOn(StrEnum):
    """What makes a notice that was not sent yet pointless."""

    ACKNOWLEDGE = "acknowledge"
    END = "end"
    NOTHING = "nothing"


@dataclass(frozen=True, slots=True)
class NewNotice:
    """Somebody is to be told something: a person, or the channel of a unit (`contact_point_id`).

    `dedup_key` is unique for ever: the same reason to tell the same recipient twice gives one row.
    """

    brand_id: UUID
    dedup_key: str
    channel: Channel
    template: Template
    escalation_id: UUID | None
    store_id: UUID | None
    person_id: UUID | None
    contact_point_id: UUID | None
    next_at: datetime
    stops_on: StopsOn = StopsOn.NOTHING
    facts: Mapping[str, object] = field(default_factory=dict)


def to_each(
    people: Iterable[UUID],
    *,
    brand_id: UUID,
    key: str,
    template: Template,
    facts: Mapping[str, object],
    now: datetime,
) -> list[NewNotice]:
    """Tell each person in the inbox and by e-mail. `key` says what happened, once for each and each way."""
    return [
        NewNotice(
            brand_id=brand_id,
            dedup_key=f"{key}:{way.value}:{person_id}",
            channel=way,
            template=template,
            escalation_id=None,
            store_id=None,
            person_id=person_id,
            contact_point_id=None,
            next_at=now,
            facts=facts,
        )
        for person_id in people
        for way in (Channel.INBOX, Channel.EMAIL)
    ]
