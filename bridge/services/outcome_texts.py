"""What the customer is told of the end: a private and a public text, ready to be sent by hand.

The public one never holds a code, an amount, a store or a name, and of a bad end says only that a
private message was sent. Marked as sent by `closing.tell_customer`.
"""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from bridge.customer_view import Case, State, decline_reason, state_of
from bridge.db import Connection
from bridge.lifecycle import LIVE, Status
from bridge.queries import records
from bridge.services import handing_over, message_templates
from bridge.texts import CustomerTexts, outcome_texts, safe_reason

_ENDINGS = {
    State.USED: "honoured",
    State.PART_LEFT: "honoured_part",
    State.PART_USED: "honoured_part",
    State.NOT_POSSIBLE: "declined",
    State.CHANGED: "revoked",
    State.ENDED: "expired",
}


@dataclass(frozen=True, slots=True)
class OutcomeTexts:
    """The two texts for a channel and a language. `is_due`: the case has ended and nobody told yet."""

    ending: str
    texts: CustomerTexts
    channel: str
    locale: str
    is_due: bool
    reason: str = ""
    given_minor: int = 0


def write(
    connection: Connection,
    row: Any,
    *,
    channel: str | None,
    locale: str | None,
    has_private: bool = True,
    now: datetime,
) -> OutcomeTexts | None:
    """The texts for a record that the caller may read; None while there is nothing to tell.

    What another promise replaced is told with that one. `has_private` says whether a private message
    can go along with the public text.
    """
    if row.superseded_by_id is not None or row.issued_at is None:
        return None
    state = state_of(
        Case(
            status=Status(row.status),
            outcome=row.outcome,
            valid_from=row.valid_from,
            valid_until=row.valid_until,
            authorised_minor=row.authorised_minor,
            remaining_minor=row.remaining_minor,
            code_counts=True,
            is_frozen=False,
            was_moved=False,
            names_a_store=True,
            waits_for_customer=False,
        ),
        now=now,
    )
    is_live = row.status in LIVE
    ending = _ENDINGS.get(state)
    if ending is None or (is_live and state is State.ENDED):
        return None
    network, wanted = channel or row.customer_network or "other", locale or row.locale
    links = [(link, records.facts_of(link)) for link in records.timeline(connection, row.id)]
    reason = decline_reason(links) if ending == "declined" else None
    given_minor, safe = records.given_minor(connection, row.id), safe_reason(reason or "", wanted)
    texts = outcome_texts(
        ending,
        handing_over.facts_of(row, None, code=None, locale=wanted, now_until=row.valid_until),
        wanted,
        network,
        given_minor=given_minor,
        left_minor=row.remaining_minor if is_live else None,
        reason=safe or None,
        has_private=has_private,
        wording=message_templates.in_force(connection.execute, row.brand_id),
    )
    return OutcomeTexts(
        ending,
        texts,
        network,
        wanted,
        is_due=not is_live and row.told_at is None,
        reason=safe,
        given_minor=given_minor,
    )


def phrase(row: Any, locale: str) -> str:
    """What was promised, for colleagues."""
    return handing_over.phrase_of(row.authority, row.currency, locale)
