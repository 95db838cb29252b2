"""What goes out: one message, and what a channel tells of one try at sending it (`Told`)."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from uuid import UUID

from bridge.channels.calling import DOUBTFUL
from bridge.channels.coming_in import Author
from bridge.channels.webhook import Failed


class Purpose(StrEnum):
    """How a message reaches its reader."""

    PUBLIC_REPLY = "public_reply"
    PRIVATE_REPLY = "private_reply"
    """One private message in answer to a public post; some networks allow exactly one."""
    PRIVATE_MESSAGE = "private_message"
    NOTE = "note"
    """Inside a care tool, for colleagues only."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Message:
    """One thing to send. `id` is the same at every try: it is the idempotency key.

    `reference` comes from the event that is answered. `since` is when the first try began, for
    looking up. `released_by` names the person who let it go, where a person had to; `is_late` says that
    the network's window for unattended messages is over, so that only this person's word carries it.
    """

    id: UUID
    purpose: Purpose
    text: str = field(repr=False)
    thread_id: str
    reply_to: str = ""
    reference: Mapping[str, object] = field(default_factory=dict)
    door: str = ""
    to_external_id: str = ""
    to_handle: str = ""
    language: str = ""
    since: datetime | None = None
    released_by: str = ""
    is_late: bool = False


class Result(StrEnum):
    """What came of one try at sending, or of looking for an earlier one."""

    SENT = "sent"
    RETRY = "retry"
    """It certainly did not happen; later it may work."""
    FINAL = "final"
    """It did not happen and never will."""
    UNKNOWN = "unknown"
    """It may have happened: look before anything is tried again."""
    HAND_OFF = "hand_off"
    """The network forbids it to us; a person sends it there."""
    SIGNED_OUT = "signed_out"
    """The token is not taken: refresh it once, then stop the account."""
    TOO_LATE = "too_late"
    """The network says that its window is over: a person may still release it, or nobody."""
    NOT_THERE = "not_there"
    """Looked up: the earlier try did not get through."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Told:
    """What happened. `error` is one word for the log and the page; `excerpt` never holds our own text.

    `visibility` is what became of it ("public", "private"), where the network says so. `pause_seconds`
    is how long the account had better do nothing more, whatever became of this message. `recipient` is
    what the network calls who got a private answer, where that is another name than in public.
    """

    result: Result
    external_id: str = ""
    permalink: str = ""
    error: str = ""
    status_code: int | None = None
    excerpt: str = ""
    retry_after_seconds: float | None = None
    pause_seconds: float | None = None
    visibility: str = ""
    recipient: Author | None = None
    hand_off_url: str = ""


def unanswered(failed: Failed) -> Told:
    """What a call without an answer means for a message: it may have been sent, or certainly was not."""
    result = Result.UNKNOWN if failed.error in DOUBTFUL else Result.RETRY
    return Told(result=result, error=failed.error)
