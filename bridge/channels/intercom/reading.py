"""What Intercom tells us, as events. Pure. Texts are HTML and are read as words."""

from collections.abc import Mapping, Sequence
from typing import Any, Final

from bridge.channels import care, care_events
from bridge.channels.accounts import Account
from bridge.channels.coming_in import Event, EventKind, NotReadable

CUSTOMERS: Final = ("user", "lead", "contact")
PRIVATE_SOURCES: Final = (
    "conversation",
    "email",
    "push",
    "whatsapp",
    "sms",
    "phone_call",
    "phone_switch",
    "instagram",
    "facebook",
)
"""Intercom carries Instagram's and Facebook's messages, no comments. Any other source may be public."""


def read(account: Account, body: bytes) -> Sequence[Event]:
    """The events of one notification, or of a conversation that was asked for. Raises NotReadable."""
    told = care.object_of(body)
    item = told if told.get("type") == "conversation" else care.inside(told, "data", "item")
    if not isinstance(item, dict) or item.get("type") != "conversation":
        return [Event(kind=EventKind.OTHER, external_id=care.id_of(told.get("id")))]
    number = care.id_of(item.get("id"))
    if not number:
        raise NotReadable("no_conversation")
    events = [*_opening(account, number, item)]
    for part in parts_of(item):
        events += _part(account, number, item, part)
    return [*events, _changed(account, number, item)]


def parts_of(item: Mapping[str, Any]) -> list[dict[str, Any]]:
    """The conversation's parts, oldest first."""
    return care.objects(care.inside(item.get("conversation_parts"), "conversation_parts"))


def own_name(account: Account, conversation: str, *more: object) -> str:
    """Our name for a conversation, or for a part of it; a workspace is told apart by its name."""
    place = account.settings.get("app_id") or str(account.id)
    return care.name_of(care.place_of(account), place, conversation, *more)


def door_url(account: Account, conversation: str) -> str:
    """Where a teammate opens the conversation; unknown without the workspace's name."""
    app = account.settings.get("app_id", "")
    if not app.isalnum() or not conversation.isalnum():
        return ""
    return f"https://app.intercom.com/a/inbox/{app}/inbox/conversation/{conversation}"


def is_private(item: Mapping[str, Any]) -> bool:
    """Whether an answer reaches the customer alone."""
    return care.inside(item, "source", "type") in PRIVATE_SOURCES


def _opening(account: Account, number: str, item: Mapping[str, Any]) -> list[Event]:
    source = item.get("source")
    words, author = care.plain(care.inside(source, "body")), care.inside(source, "author")
    if not words or care.inside(author, "type") not in CUSTOMERS:
        return []
    name = own_name(account, number)
    return [_post(account, item, name, words=words, author=author, at=item.get("created_at"))]


def _part(account: Account, number: str, item: Mapping[str, Any], part: Mapping[str, Any]) -> list[Event]:
    """A comment of the customer's or of a teammate's; notes and moves say nothing to us."""
    own, words, author = care.id_of(part.get("id")), care.plain(part.get("body")), part.get("author")
    if not own or not words or part.get("part_type") not in ("comment", "open", "close"):
        return []
    name = own_name(account, number, own)
    is_customer = care.inside(author, "type") in CUSTOMERS
    kind = None if is_customer else EventKind.OUTCOME_ECHO
    at = part.get("created_at")
    return [_post(account, item, name, words=words, author=author, at=at, kind=kind)]


def _post(
    account: Account,
    item: Mapping[str, Any],
    name: str,
    *,
    words: str,
    author: object,
    at: object,
    kind: EventKind | None = None,
) -> Event:
    number = care.id_of(item.get("id"))
    private = is_private(item)
    own = care.id_of(care.inside(author, "id")) or "unknown"
    shown = care.text_of(care.inside(author, "name"))
    return Event(
        kind=kind or (EventKind.PRIVATE_MESSAGE if private else EventKind.PUBLIC_MENTION),
        external_id=name,
        thread_id=own_name(account, number),
        author=care_events.author(account, own, shown),
        text=words,
        created_at=care.moment_of(at),
        is_private=private,
        reference={"conversation": number},
        door=number,
        door_url=door_url(account, number),
    )


def _changed(account: Account, number: str, item: Mapping[str, Any]) -> Event:
    tags = [care.text_of(tag.get("name")) for tag in care.objects(care.inside(item.get("tags"), "tags"))]
    return care_events.changed(
        own_name(account, number),
        door=number,
        door_url=door_url(account, number),
        facts=care.facts_of(item.get("state"), tags),
    )
