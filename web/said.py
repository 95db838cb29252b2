"""What we wrote to customers, as the pages of a conversation and of a case list it."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlmodel import Session

from bridge import db
from bridge.errors import ClaimTaken, Conflict, InvalidInput
from bridge.models import Thread
from bridge.queries import releasing as queries
from bridge.roles import Permission
from bridge.services import releasing, replying
from bridge.services.writing import TEXT_PLACE
from web import forms, message_words
from web.languages import say as _
from web.sessions import own_brand, visitor


def ways(session: Session, thread: Thread, *, now: datetime) -> list[dict[str, Any]]:
    """How the visitor could write to the customer now, with the rules for the page's own counter."""
    if not visitor().may(Permission.MESSAGES_WRITE):
        return []
    return [
        {"way": offer, "counted": [[rule.limit, rule.counter] for rule in offer.rules]}
        for offer in replying.offers(session, thread, now=now)
    ]


def promise_ways(
    session: Session, thread_id: UUID | None, *, channel: str, now: datetime
) -> dict[str, replying.Offer]:
    """By which way each of a promise's two texts could go; none while another channel's are shown."""
    thread = None if thread_id is None else session.get(Thread, thread_id)
    if thread is None or thread.network != channel or not visitor().may(Permission.MESSAGES_WRITE):
        return {}
    found: dict[str, replying.Offer] = {}
    for offer in replying.offers(session, thread, now=now):
        which = "public" if offer.is_public else "private"
        if which not in found or (offer.is_open and not found[which].is_open):
            found[which] = offer
    return found


def why_not(error: InvalidInput | ClaimTaken | Conflict) -> str:
    """Why it was not written, in a sentence."""
    if isinstance(error, ClaimTaken):
        holder = str(error.details.get("holder", ""))
        return _("%(name)s is on it. What you typed is still here; take over to go on.", name=holder)
    if isinstance(error, InvalidInput):
        if "code" in error.message:
            return _("This text holds the code. Anybody could use it; take it out.")
        if "long" in error.message:
            return _("The text is too long for this network.")
        return _("Write what you want to say.")
    why = str(error.details.get("why", ""))
    if why == "answered":
        return _("The post has had its one private answer.")
    if why in message_words.REASONS:
        return str(message_words.REASONS[why])
    return _("No connected account can carry this message.")


def written_in(rows: Sequence[Any]) -> list[dict[str, Any]]:
    """Messages as the pages list them, the words open for whoever may write."""
    shown = []
    for row in rows:
        text = forms.vault().open(bytes(row.text_cipher), place=TEXT_PLACE).decode()
        address = row.permalink if row.state == "sent" else row.hand_off_url
        shown.append(
            {
                "row": row,
                "text": releasing.shown_text(visitor().actor, text),
                "state": message_words.STATES[row.state],
                "reason": message_words.reason(row.last_error) if row.state != "sent" else "",
                "address": address if (address or "").startswith("https://") else "",
                "waits": row.state in {"waiting", "handed_off", "unknown", "failed_final"},
            }
        )
    return shown


def of_thread(connection: db.Connection, thread_id: UUID) -> list[dict[str, Any]]:
    """What was written in a conversation, for who may write; empty for the others."""
    if not visitor().may(Permission.MESSAGES_WRITE):
        return []
    return written_in(queries.of_thread(connection, own_brand(), thread_id))


def of_case(connection: db.Connection, escalation_id: UUID) -> list[dict[str, Any]]:
    """What was written about a case, for who may write; empty for the others."""
    if not visitor().may(Permission.MESSAGES_WRITE):
        return []
    return written_in(queries.of_escalation(connection, own_brand(), escalation_id))
