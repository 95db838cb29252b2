"""What comes in: a request or a polled item as the other side gave it, and the events that are read from it.

One envelope (`Event`) for every network and care tool, so that nobody behind it asks which one it was.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Final

import orjson

from bridge.channels.reasoned import Reasoned
from bridge.permalinks import ID_MAX_CHARACTERS

RAW_MAX_BYTES: Final = 1024 * 1024
AUTHOR_ID_MAX_CHARACTERS: Final = 80
UNREADABLE: Final = "unreadable"
"""The reason for a delivery that a reader took for readable though it holds no sound events."""


class NotAuthentic(Reasoned):
    """What came in was not signed by whom it claims to be from. The reason is for the log alone."""


class NotReadable(Reasoned):
    """It is authentic and cannot be understood."""


@dataclass(frozen=True, slots=True)
class Incoming:
    """A request from outside. `headers` have small names; `body` are the bytes as they came."""

    method: str
    headers: Mapping[str, str]
    args: Mapping[str, str]
    body: bytes = b""


@dataclass(frozen=True, slots=True)
class Reply:
    """What to answer to a handshake."""

    status_code: int
    body: str
    content_type: str = "text/plain"


class EventKind(StrEnum):
    """What happened out there."""

    PUBLIC_MENTION = "public_mention"
    PUBLIC_REPLY = "public_reply"
    PUBLIC_UNMENTIONED = "public_unmentioned"
    PRIVATE_MESSAGE = "private_message"
    CLOSED_MESSAGE = "closed_message"
    """A private message that only the network's own program can read."""
    EDITED = "edited"
    DELETED = "deleted"
    REVOKED = "revoked"
    """The account's consent was taken back: nothing will work until somebody signs in again."""
    OUTCOME_ECHO = "outcome_echo"
    """Our own account spoke, through us or outside the bridge."""
    CONVERSATION = "conversation"
    """A care tool's conversation changed: open, solved, tagged."""
    OTHER = "other"
    """Signed and not understood; kept, and answered like the rest."""


@dataclass(frozen=True, slots=True)
class Author:
    """Who wrote. `handle` is shown; `external_id` is what the network goes by, and shown without a handle."""

    external_id: str
    handle: str
    display_name: str = ""
    verified: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Event:
    """The common envelope. Every id is an opaque string.

    `thread_id` and `external_id` are what `bridge/permalinks.py` reads from the post's address, so that
    a pasted address and a delivered event meet in one thread. `reference` is what the channel wants
    back when this post is answered; nobody else reads it. `door` is a care tool's own name for the
    conversation, `door_url` where an agent opens it. `also_known_as` are other names that an address of
    this post may have given it: by handle instead of by DID, or on another server. `account` is the
    network's name for the account of ours that it concerns, where one address takes deliveries for several.
    """

    kind: EventKind
    external_id: str
    thread_id: str = ""
    parent_id: str = ""
    network: str = ""
    author: Author | None = None
    text: str = ""
    language: str = ""
    permalink: str = ""
    created_at: datetime | None = None
    is_private: bool = False
    addressed_to: str = ""
    matched_on: str = ""
    reference: Mapping[str, object] = field(default_factory=dict)
    also_known_as: tuple[str, ...] = ()
    door: str = ""
    door_url: str = ""
    account: str = ""
    facts: Mapping[str, str] = field(default_factory=dict)


CHANNEL_FAILED: Final = "channel_failed"
"""The word for a channel that raised what it may not raise; the log says what."""

_NAMELESS: Final = frozenset({EventKind.OTHER, EventKind.CONVERSATION, EventKind.REVOKED})
_YEARS: Final = range(1970, 9999)


def sound(events: Sequence[Event]) -> list[Event]:
    """The events, if each holds what its envelope promises. Raises NotReadable.

    They are made of somebody else's JSON. A number in a text's place would fail where nobody knows any more
    which delivery it came from; here the delivery is kept and said to be unreadable.
    """
    told = list(events)
    if not all(_is_sound(event) for event in told):
        raise NotReadable(UNREADABLE)
    return told


def _is_sound(event: Event) -> bool:
    author = event.author
    texts: list[object] = [event.parent_id, event.network, event.text, event.language, event.permalink]
    texts += [event.addressed_to, event.matched_on, event.door, event.door_url, event.account]
    texts += [*event.also_known_as, *event.facts, *event.facts.values()]
    if author is not None:
        texts += [author.handle, author.display_name, author.verified]
    least = 0 if event.kind in _NAMELESS else 1
    return (
        all(isinstance(text, str) for text in texts)
        and _is_text(event.external_id, least, ID_MAX_CHARACTERS)
        and _is_text(event.thread_id, 0, ID_MAX_CHARACTERS)
        and (author is None or _is_text(author.external_id, 0, AUTHOR_ID_MAX_CHARACTERS))
        and (event.created_at is None or _is_moment(event.created_at))
        and _is_json(event.reference)
    )


def _is_text(given: object, least: int, longest: int) -> bool:
    return isinstance(given, str) and least <= len(given) <= longest


def _is_moment(given: object) -> bool:
    return isinstance(given, datetime) and given.tzinfo is not None and given.year in _YEARS


def _is_json(given: Mapping[str, object]) -> bool:
    try:
        return bool(orjson.dumps(dict(given)))
    except (orjson.JSONEncodeError, TypeError, ValueError):
        return False


@dataclass(frozen=True, slots=True)
class Item:
    """One thing that a poll brought: raw, as the network gave it, and the name by which a repeat is known."""

    delivery_id: str
    body: bytes


@dataclass(frozen=True, slots=True)
class Polled:
    """What came of asking. `error` is one word, "" when it went well; then the old cursor stays.

    `is_signed_out` says that the token is dead.
    """

    items: Sequence[Item] = ()
    cursor: Mapping[str, object] = field(default_factory=dict)
    error: str = ""
    retry_after_seconds: float | None = None
    is_signed_out: bool = False


@dataclass(frozen=True, slots=True)
class Held:
    """A customer's post that we hold, with what its channel wants back to find it."""

    external_id: str
    reference: Mapping[str, object] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Conversation:
    """A public conversation of an open case, its customer, and the newest post of theirs that we hold."""

    external_id: str
    author_external_id: str = ""
    author_handle: str = ""
    newest_external_id: str = ""


@dataclass(frozen=True, slots=True)
class Fetched:
    """One conversation as the tool gave it, for `read`. `error` is one word, "" when it went well."""

    body: bytes = field(default=b"", repr=False)
    error: str = ""
    is_signed_out: bool = False
