"""What is said in Messenger and in Instagram's messages becomes events; both have one shape.

A conversation has no address of its own, so its thread is named by the account and the customer. Our
own side speaks as an echo (`is_echo`), whoever typed it. Since 30 Aug 2026 a sticker is an attachment
of its own type; before, it was an image with a `sticker_id`.
Source: developers.facebook.com/docs/messenger-platform/reference/webhook-events.
"""

from collections.abc import Mapping
from typing import Any

from bridge.channels.coming_in import Author, Event, EventKind
from bridge.channels.meta_entries import Told, inner, moment, short_id, text


def talked(told: Told) -> Event:
    """The event of one item of `messaging[]`. Its writer has an id and no name."""
    value = told.value
    sender, recipient = text(inner(value, "sender"), "id"), text(inner(value, "recipient"), "id")
    message = inner(value, "message") or inner(value, "message_edit") or inner(value, "postback")
    mid = text(message, "mid")
    is_ours = message.get("is_echo") is True
    customer = recipient if is_ours else sender
    if not mid or not customer or message.get("is_self") is True:
        return Event(kind=EventKind.OTHER, external_id=short_id(mid) or "unnamed")
    return Event(
        kind=_kind(value, message, is_ours=is_ours),
        external_id=short_id(mid),
        thread_id=f"messages/{told.about or (sender if is_ours else recipient)}/{customer}"[:120],
        author=None if is_ours else writer(customer),
        text=words_of(message),
        created_at=moment(value.get("timestamp")) or told.at,
        is_private=True,
        account=told.about,
        reference={"to": customer},
        facts={"attachments": " ".join(attached(message))} if attached(message) else {},
    )


def writer(customer: str) -> Author:
    """Somebody who is only known by the id under which they write messages."""
    return Author(external_id=customer[:80], handle="")


def _kind(value: Mapping[str, Any], message: Mapping[str, Any], *, is_ours: bool) -> EventKind:
    if message.get("is_deleted") is True:
        return EventKind.DELETED
    if is_ours:
        return EventKind.OUTCOME_ECHO
    return EventKind.EDITED if "message_edit" in value else EventKind.PRIVATE_MESSAGE


def words_of(message: Mapping[str, Any]) -> str:
    """The words, and for what has none the kind of each attachment in brackets."""
    said = text(message, "text") or text(message, "title")
    if said:
        return said
    if message.get("is_unsupported") is True:
        return "[unsupported]"
    return " ".join(f"[{kind}]" for kind in attached(message))


def attached(message: Mapping[str, Any]) -> list[str]:
    """The kinds of what is attached."""
    given = message.get("attachments")
    kinds = []
    for one in given if isinstance(given, list) else []:
        if isinstance(one, dict) and (kind := text(one, "type")):
            is_sticker = kind == "sticker" or "sticker_id" in inner(one, "payload")
            kinds.append("sticker" if is_sticker else kind[:40])
    return kinds
