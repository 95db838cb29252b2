"""Private messages on X: plain ones, and encrypted ones of which nothing can be read. Pure.

A conversation of two is named by both ids, the smaller first, whichever way it comes in.
Source: docs.x.com/x-api/activity/event-payloads, direct-messages.
"""

from collections.abc import Mapping
from html import unescape
from typing import Any, Final

from bridge.channels.accounts import Account
from bridge.channels.coming_in import Author, Event, EventKind
from bridge.channels.x.posts import author_of, milliseconds, moment, rows, users_of, word

INBOX: Final = "https://x.com/messages"


def conversation(one: str, other: str) -> str:
    """The name of the private conversation of these two."""
    return "dm-" + "-".join(sorted((one, other), key=lambda user_id: (len(user_id), user_id)))


def messages(account: Account, payload: Mapping[str, Any]) -> list[Event]:
    """What was said in `direct_message_events`. Raises KeyError and TypeError for what is no message."""
    users = users_of(payload.get("users"))
    return [
        _event(
            account,
            said["id"],
            sender=word(said["message_create"]["sender_id"]),
            to=word(said["message_create"]["target"]["recipient_id"]),
            text=said["message_create"]["message_data"].get("text", ""),
            at=milliseconds(said.get("created_timestamp")),
            users=users,
        )
        for said in rows(payload["direct_message_events"])
        if said.get("type") == "message_create"
    ]


def polled(account: Account, said: Mapping[str, Any], users: Mapping[str, Mapping[str, Any]]) -> Event:
    """One `dm_event` of the API v2, of a conversation of two."""
    sender = word(said["sender_id"])
    pair = word(said["dm_conversation_id"]).split("-")
    others = [one for one in pair if one != sender]
    if len(pair) != 2 or len(others) != 1:
        raise ValueError("not a conversation of two")
    return _event(
        account,
        said["id"],
        sender=sender,
        to=others[0],
        text=said.get("text", ""),
        at=moment(said.get("created_at")),
        users=users,
    )


def closed(account: Account, payload: Mapping[str, Any]) -> list[Event]:
    """An encrypted message: that there is one, from whom and when."""
    sender = word(payload["sender_id"])
    if sender == account.external_id:
        return []
    others = [one for one in word(payload["conversation_id"]).replace(":", "-").split("-") if one != sender]
    return [
        Event(
            kind=EventKind.CLOSED_MESSAGE,
            external_id=f"chat-{word(payload['id'])}",
            thread_id=conversation(sender, others[0] if others else account.external_id),
            author=Author(sender, ""),
            created_at=milliseconds(payload.get("created_at_msec")),
            is_private=True,
            reference={"author_id": sender, "is_summons": True},
            door_url=INBOX,
        )
    ]


def _event(
    account: Account,
    message_id: object,
    *,
    sender: str,
    to: str,
    text: object,
    at: Any,
    users: Mapping[str, Mapping[str, Any]],
) -> Event:
    is_ours = sender == account.external_id
    return Event(
        kind=EventKind.OUTCOME_ECHO if is_ours else EventKind.PRIVATE_MESSAGE,
        external_id=f"dm-{word(message_id)}",
        thread_id=conversation(sender, to),
        author=author_of(sender, users),
        text=unescape(text) if isinstance(text, str) else "",
        created_at=at,
        is_private=True,
        reference={"author_id": sender, "is_summons": True},
        door_url=INBOX,
    )
