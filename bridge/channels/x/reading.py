"""From what X delivers to events. Pure.

The envelope of the X Activity API, a match of the filtered stream (which is also how we keep what a
search found), and the two old payloads of the Account Activity API. What is signed and not understood
is `OTHER`. Source: docs.x.com/x-api/activity/event-payloads, webhooks/stream.
"""

from collections.abc import Mapping
from typing import Any, Final

import orjson

from bridge.channels.accounts import Account
from bridge.channels.coming_in import Event, EventKind, NotReadable
from bridge.channels.x import old_payloads, talk
from bridge.channels.x.posts import event, rows, users_of, word

POST_EVENTS: Final = {
    "post.mention.create": EventKind.PUBLIC_MENTION,
    "post.reply.create": EventKind.PUBLIC_REPLY,
    "post.quote.create": EventKind.PUBLIC_MENTION,
    "post.create": EventKind.PUBLIC_UNMENTIONED,
}


def events(account: Account, body: bytes) -> list[Event]:
    """What one delivery or one polled item says. Raises NotReadable."""
    try:
        given = orjson.loads(body)
        if not isinstance(given, dict):
            raise NotReadable("not_an_object")
        data = given.get("data")
        if isinstance(data, dict) and "dm_conversation_id" in data:
            return [talk.polled(account, data, users_of(given.get("includes")))]
        if isinstance(data, dict) and "event_type" in data:
            return _activity(account, data) or [_other(data.get("event_uuid"))]
        if isinstance(data, dict) and "text" in data:
            return [_found(account, given, data)]
        if "gone" in given:
            return [Event(kind=EventKind.DELETED, external_id=word(given["gone"]))]
        if "for_user_id" in given or "user_event" in given:
            return old_payloads.events(account, given) or [_other(given.get("for_user_id"))]
    except (
        orjson.JSONDecodeError,
        KeyError,
        TypeError,
        ValueError,
        AttributeError,
        IndexError,
        OverflowError,
    ) as error:
        raise NotReadable("bad_payload") from error
    return [_other(None)]


def _activity(account: Account, data: Mapping[str, Any]) -> list[Event]:
    """One event of the X Activity API."""
    kind, payload = word(data["event_type"]), data["payload"]
    users = users_of(data.get("includes"))
    if kind in POST_EVENTS:
        is_quote = kind == "post.quote.create"
        return [event(account, payload, users, kind=POST_EVENTS[kind], is_quote=is_quote)]
    match kind:
        case "dm.received" | "dm.sent":
            return talk.messages(account, payload)
        case "chat.received":
            return talk.closed(account, payload)
        case "post.delete":
            return [Event(kind=EventKind.DELETED, external_id=word(payload["id"]))]
        case "oauth.revoke" if payload.get("user_id", account.external_id) == account.external_id:
            return [Event(kind=EventKind.REVOKED, external_id=f"revoke-{data.get('event_uuid')}"[:120])]
        case _:
            return []


def _found(account: Account, given: Mapping[str, Any], post: Mapping[str, Any]) -> Event:
    """A post that a rule of the stream matched, a search found, or polling brought."""
    tags = [rule.get("tag") for rule in rows(given.get("matching_rules"))]
    kind = EventKind.PUBLIC_REPLY if given.get("is_followed") else EventKind.PUBLIC_UNMENTIONED
    matched_on = ", ".join(tag for tag in tags if isinstance(tag, str))
    return event(account, post, users_of(given.get("includes")), kind=kind, matched_on=matched_on)


def _other(name: object) -> Event:
    return Event(kind=EventKind.OTHER, external_id=f"other-{name}"[:120])
