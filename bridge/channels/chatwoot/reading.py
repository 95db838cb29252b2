"""What Chatwoot tells us, as events. Pure.

Only what a customer wrote comes in: `message_type` incoming and not private. Our own notes come back by
the same webhook and must not start anything.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from bridge.channels import care, care_events
from bridge.channels.accounts import Account
from bridge.channels.coming_in import Author, Event, EventKind, NotReadable
from bridge.permalinks import recognise

NETWORKS: Final[Mapping[str, str]] = {
    "Channel::TwitterProfile": "x",
    "Channel::FacebookPage": "facebook",
    "Channel::Instagram": "instagram",
}
"""Inboxes whose `source_id` is the network's own id of the post; of the others it is nobody else's."""

# The list of messages has numbers where the webhook has words.
INCOMING: Final = ("incoming", 0)
OUTGOING: Final = ("outgoing", 1)
MESSAGES: Final = ("message_created",)
CONVERSATIONS: Final = (
    "conversation_created",
    "conversation_updated",
    "conversation_status_changed",
    "conversation_opened",
    "conversation_resolved",
)


@dataclass(frozen=True, slots=True)
class Conversation:
    """What a conversation says about itself, in a webhook or in the API."""

    id: str
    network: str
    is_public: bool
    can_reply: bool
    source_contact: str
    told: Mapping[str, Any]

    @property
    def facts(self) -> dict[str, str]:
        """Its state, and whether a label asks for an escalation."""
        return care.facts_of(self.told.get("status"), self.told.get("labels"))


def read(account: Account, body: bytes) -> Sequence[Event]:
    """The events of one delivery. Raises NotReadable."""
    told = care.object_of(body)
    event = told.get("event")
    if event == "fetched":
        return _fetched(account, told)
    if event in MESSAGES:
        found = conversation_of(told.get("conversation"))
        return [*_message(account, found, told), _changed(account, found)]
    if event in CONVERSATIONS:
        found, events = conversation_of(told), []
        # It brings its newest message along, which may have come before we were connected.
        for one in care.objects(told.get("messages")):
            events += _message(account, found, one)
        return [*events, _changed(account, found)]
    return [Event(kind=EventKind.OTHER, external_id=care.id_of(told.get("id")))]


def conversation_of(told: object) -> Conversation:
    """Read a conversation. Raises NotReadable for one without an id."""
    number = care.id_of(care.inside(told, "id"))
    if not isinstance(told, dict) or not number:
        raise NotReadable("no_conversation")
    channel = care.text_of(told.get("channel") or care.inside(told, "meta", "channel"))
    kind = care.inside(told, "additional_attributes", "type")
    return Conversation(
        id=number,
        network=NETWORKS.get(channel, ""),
        # Of Chatwoot's inboxes only X has posts that everybody reads; an unnamed one may be that.
        is_public=not channel or (channel == "Channel::TwitterProfile" and kind != "direct_message"),
        can_reply=told.get("can_reply") is not False,
        source_contact=care.id_of(care.inside(told, "contact_inbox", "source_id")),
        told=told,
    )


def door_url(account: Account, conversation: str) -> str:
    """Where an agent opens the conversation in Chatwoot."""
    number = account.settings.get("account_id", "")
    return care.api(account, "app", "accounts", number, "conversations", conversation)


def own_name(account: Account, conversation: str, message: object) -> str:
    """Our name for a message that has no other."""
    number = account.settings.get("account_id", "")
    return care.name_of(care.place_of(account), number, conversation, message)


def thread_name(account: Account, conversation: str) -> str:
    """Our name for a conversation of Chatwoot's own."""
    return care.name_of(care.place_of(account), account.settings.get("account_id", ""), conversation)


def _message(account: Account, found: Conversation, told: Mapping[str, Any]) -> list[Event]:
    number, kind = care.id_of(told.get("id")), told.get("message_type")
    if not number or isinstance(kind, bool) or not isinstance(kind, int | str):
        raise NotReadable("no_message")
    is_ours = kind in OUTGOING
    if told.get("private") is not False or not (is_ours or kind in INCOMING):
        return []
    source = care.id_of(told.get("source_id")) if found.network else ""
    is_private = not found.is_public
    if is_ours:
        # By Chatwoot's own number, which is what sending gets back.
        source = ""
    link = ""
    if source and found.network == "x" and not is_private and source.isdecimal():
        link = recognise(f"https://x.com/i/web/status/{source}").url
    mention = EventKind.PRIVATE_MESSAGE if is_private else EventKind.PUBLIC_MENTION
    return [
        Event(
            kind=EventKind.OUTCOME_ECHO if is_ours else mention,
            external_id=source or own_name(account, found.id, number),
            thread_id=source or thread_name(account, found.id),
            network=found.network if source else "",
            author=_author(account, found, told.get("sender"), source),
            text=care.text_of(told.get("content")),
            permalink=link,
            created_at=care.moment_of(told.get("created_at")),
            is_private=is_private,
            reference={"conversation": found.id, "message": number},
            door=found.id,
            door_url=door_url(account, found.id),
        )
    ]


def _author(account: Account, found: Conversation, sender: object, source: str) -> Author:
    number = care.id_of(care.inside(sender, "id")) or "unknown"
    shown = care.text_of(care.inside(sender, "name"))
    profiles = care.inside(sender, "additional_attributes", "social_profiles")
    handle = ""
    if source:
        name = {"x": "twitter"}.get(found.network, found.network)
        handle = care.text_of(care.inside(profiles, name)).strip().removeprefix("@")
    if not handle or any(sign.isspace() for sign in handle):
        handle = care.handle_of(shown, number)
    own = found.source_contact if source and found.source_contact else care.author_id(account, number)
    return Author(own[: care.AUTHOR_ID_MAX], handle, shown)


def _changed(account: Account, found: Conversation) -> Event:
    return care_events.changed(
        thread_name(account, found.id),
        door=found.id,
        door_url=door_url(account, found.id),
        facts=found.facts,
    )


def _fetched(account: Account, told: Mapping[str, Any]) -> list[Event]:
    """What `sending.fetch` put together: the conversation and its messages, oldest first."""
    found = conversation_of(told.get("conversation"))
    events: list[Event] = []
    for one in care.objects(told.get("messages")):
        events += _message(account, found, one)
    return [*events, _changed(account, found)]
