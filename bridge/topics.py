"""The events that outcomes tell, by name; receivers subscribe to these words or to `*`.

An act writes one outcome row per subscribed endpoint, in its own transaction:
`INSERT ... SELECT FROM webhook_endpoints WHERE enabled AND deleted_at IS NULL AND
brand_id = ... AND (topic = ANY (topics) OR '*' = ANY (topics))`.

The payload is thin and holds no personal data and no code. A receiver that wants more
reads the escalation by its id:

    escalation_id     the record's id
    number            the number that people say
    status            the status after the event (bridge/lifecycle.py)
    outcome           what became of the promise, or null while it is open
    amount_minor      minor units moved by this event, or null
    remaining_minor   minor units still alive, or null for a promise without value
    currency          ISO 4217, or null
    store_number      the store concerned, or null
    reason            a word from the list of reasons, or null
    happened_at       ISO 8601 in UTC

`thread.*` events carry thread_id, network, person_id and happened_at instead;
`webhook.test` carries endpoint_id and happened_at. `bridge/telling.py` makes all three and nothing
else does; `schemas/outcomes.py` holds their shapes, `docs/events.md` shows them.
"""

from datetime import timedelta
from types import MappingProxyType
from typing import Final

EVERY_TOPIC: Final = "*"
URL_MAX_CHARACTERS: Final = 500
ROTATION_OVERLAP: Final = timedelta(hours=24)
ROTATION_OVERLAP_MAX: Final = timedelta(days=7)
TEST_TOPIC: Final = "webhook.test"

TOPICS: Final = MappingProxyType(
    {
        "escalation.issued": "A promise is authorised and its reference code was made.",
        "escalation.approval_requested": "A promise is over its author's limit and waits for a lead.",
        "escalation.approved": "A lead approved a promise; its reference code was made.",
        "escalation.rejected": "A lead refused a promise; no code was made.",
        "escalation.cancelled": "The promise was taken back before the store acted on it.",
        "escalation.acknowledged": "The store has seen the escalation and prepares for the customer.",
        "escalation.honoured": "The store did what was promised; the code is used.",
        "escalation.honoured_part": "The store did a part; remaining_minor says what is left.",
        "escalation.declined": "The store refused, with a reason.",
        "escalation.undone": "A decision was taken back within the undo window.",
        "escalation.frozen": "Too many wrong second facts: nobody can act on it until care looks.",
        "escalation.review_assigned": "Somebody at HQ took a case to look at.",
        "escalation.review_found": "HQ looked at a case, noted why, and left it as it is.",
        "escalation.upheld": "HQ stands by the store's refusal; the case is closed.",
        "escalation.overturned": "HQ gave the promise again; a new code was made.",
        "escalation.expired": "The promise ran out; outcome says whether the customer came too late.",
        "escalation.reminded": "An agent reminded the store, which has not answered yet.",
        "escalation.lapsed": "The store acknowledged and did nothing since; it is asked again.",
        "escalation.question_lapsed": "Nobody answered the store in time; the case is the store's again.",
        "escalation.transfer_lapsed": "The other store did not answer; the case stays where it was.",
        "escalation.closed": "The case is over.",
        "escalation.clock_missed": "A deadline passed; reason names the clock.",
        "escalation.clock_paused": "Clocks stand still; reason says why.",
        "escalation.clock_resumed": "Clocks that stood still go on; reason says which.",
        "escalation.ladder_step": "A webhook step of the ladder: the store stays silent.",
        "review.opened": "The case came before HQ; reason says why.",
        "escalation.asked": "The store asks the agent; reason is the question's code.",
        "escalation.answered": "The agent answered the store's question.",
        "escalation.question_withdrawn": "The store took its question back.",
        "escalation.transfer_offered": "Another store is asked to take the case.",
        "escalation.transfer_accepted": "Another store took the case; store_number is the new one.",
        "escalation.transfer_refused": "The other store did not take the case.",
        "escalation.transfer_withdrawn": "The offer to another store was taken back.",
        "escalation.revoked": "The promise was taken back; its code is worth nothing.",
        "escalation.extended": "The promise counts longer; an expired one got a new code.",
        "escalation.superseded": "Another promise took its place; its code is worth nothing.",
        "escalation.annulled": "A manager took a decision back; its value counts again.",
        "escalation.appeal_link_made": "The customer can contest the result by a link.",
        "escalation.appealed": "The customer contests the result; it is under review.",
        "escalation.reopened": "A closed case lives again with a new code.",
        "escalation.cause_coded": "The case's root cause was noted; reason is its code.",
        "escalation.customer_told": "The customer was told how it ended.",
        "escalation.noted": "A note was added; reason is who may read it.",
        "escalation.duplicate_linked": "The case was linked to another one about the same thing.",
        "escalation.duplicate_cut": "A link to another case was cut.",
        "escalation.code_public": "The code stands in a public post: whoever reads it could use it.",
        "escalation.code_replaced": "The code became public; a new one counts, the old one is worth nothing.",
        "thread.claimed": "An agent took the right to answer a thread.",
        "thread.taken_over": "A colleague took a claim from its holder.",
        TEST_TOPIC: "Sent by hand to try an endpoint; nothing happened.",
    }
)


def unknown_topics(topics: list[str]) -> list[str]:
    """Those of `topics` that are neither an event nor `*`, in order."""
    return [topic for topic in topics if topic not in TOPICS and topic != EVERY_TOPIC]
