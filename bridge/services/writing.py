"""Write to a thread: what is to be said is checked and put into the ledger; the sweep sends it.

Whatever the door (page, API, an outcome, a care tool), everything that we say goes through `write`. A
public text never holds a code; the same thing is never said twice; nothing is sent that the channel
cannot carry, and nothing later than the network allows. Nothing here commits or calls anybody.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from hashlib import sha256
from typing import Any, Final
from uuid import UUID

from sqlmodel import Session, col, select

from bridge import windows
from bridge.channels.abilities import Capabilities
from bridge.channels.going_out import Purpose
from bridge.channels.registry import channels
from bridge.codes import contains_code
from bridge.errors import Conflict, InvalidInput, NotFound
from bridge.lengths import measure
from bridge.models.channels import ChannelMessage
from bridge.models.intake import Thread
from bridge.names import holdable
from bridge.queries import doors, new_rows
from bridge.roles import Actor
from bridge.vault import Vault
from bridge.windows import Way, Window

TEXT_PLACE: Final = "channel_messages"
PUBLIC: Final = frozenset({Purpose.PUBLIC_REPLY})
_TOO_LATE: Final[Mapping[str, str]] = {
    "never_wrote": "the customer has not written to us in private, so this network lets nobody write to them",
    "over": "the customer's last private message is too long ago for this network",
    "post_too_old": "the post is too old for its private answer",
}
_NEEDS: Final[Mapping[Purpose, str]] = {
    Purpose.PUBLIC_REPLY: "can_reply_public",
    Purpose.PRIVATE_REPLY: "one_shot_private_reply",
    Purpose.PRIVATE_MESSAGE: "can_send_private",
    Purpose.NOTE: "can_write_note",
}


@dataclass(frozen=True, slots=True)
class Written:
    """The message in the ledger. `is_new` is false when the same thing was said before."""

    message: ChannelMessage
    is_new: bool


def write(
    session: Session,
    actor: Actor,
    thread: Thread,
    *,
    purpose: Purpose,
    text: str,
    dedup_key: str,
    account_id: UUID | None = None,
    post_id: UUID | None = None,
    escalation_id: UUID | None = None,
    topic: str = "",
    waits_for_person: bool = False,
    waits_because: str = "",
    release_until: datetime | None = None,
    vault: Vault,
    now: datetime,
) -> Written:
    """Put one message into the ledger, through the door by which the customer spoke last.

    1. Where the network's window counts, a private message goes into the private conversation in which this
       customer last wrote; the message then names that thread.
    2. What may go out by itself is `queued`; what only a named person may let go is `waiting`, with the
       deadline in `release_until`; what nobody may send any more is refused.

    `waits_because` is one word for the list of what waits; `web/message_words.py` says it in a sentence.
    `dedup_key` names what is said: with the same key nothing is written a second time. Raises InvalidInput
    for a text that is empty, too long, or public with a code in it; Conflict when no connected account can
    carry it, when it is too late (`why`), and for a second private answer to one post; NotFound for a
    thread of another brand.
    """
    if thread.brand_id != actor.brand_id:
        raise NotFound("There is no such conversation.")
    way = way_for(session, thread, purpose, account_id=account_id, post_id=post_id, now=now)
    thread, door, window, capabilities = way.thread, way.door, way.window, way.capabilities
    text = _checked(text, purpose, capabilities, _limit_of(door))
    known = _known(session, door.account_id, dedup_key)
    if known is not None:
        return Written(known, is_new=False)
    if window.way is Way.CLOSED:
        raise Conflict(_TOO_LATE[window.why], purpose=purpose.value, why=window.why)
    waits = waits_for_person or window.way is Way.PERSON
    if waits:
        release_until = _earlier(release_until, _last_moment(window, door, capabilities, purpose))
    message = ChannelMessage(
        brand_id=thread.brand_id,
        account_id=door.account_id,
        thread_id=thread.id,
        escalation_id=escalation_id,
        post_id=way.post_id,
        purpose=purpose.value,
        topic=topic,
        text_cipher=vault.seal(text.encode(), place=TEXT_PLACE),
        text_sha256=sha256(text.encode()).digest(),
        language=thread.language,
        dedup_key=dedup_key,
        state="waiting" if waits else "queued",
        next_at=None if waits else now,
        release_until=release_until if waits else None,
        last_error=(waits_because or window.why) if waits else "",
        created_by=actor.id if actor.kind == "person" else None,
        created_at=now,
    )
    is_new = new_rows.insert_if_new(session, "channel_messages", message.model_dump())
    stored = _known(session, door.account_id, dedup_key)
    if stored is None:
        raise Conflict("this post has had its one private answer", purpose=purpose.value, why="answered")
    return Written(stored, is_new)


@dataclass(frozen=True, slots=True)
class WayThere:
    """Where a message of one purpose would go, and whether the network's window lets it."""

    thread: Thread
    door: Any
    capabilities: Capabilities
    post_id: UUID | None
    window: Window


def way_for(
    session: Session,
    thread: Thread,
    purpose: Purpose,
    *,
    account_id: UUID | None = None,
    post_id: UUID | None = None,
    now: datetime,
) -> WayThere:
    """The way that `write` takes. Raises Conflict when no connected account can carry it."""
    door = door_for(session, thread, purpose, account_id=account_id)
    capabilities = channels()[door.channel].capabilities
    if _counts_private_words(capabilities, purpose) and thread.visibility != "private":
        private_id = doors.private_thread_of(session, thread.id)
        if private_id is not None:
            thread, post_id = session.get_one(Thread, private_id), None
            door = door_for(session, thread, purpose, account_id=account_id)
            capabilities = channels()[door.channel].capabilities
    window = Window(Way.FREE)
    if purpose is Purpose.PRIVATE_REPLY:
        post = doors.post_to_answer(session, thread.id, door.account_id, post_id)
        if post is None:
            raise Conflict("there is no post of the customer to answer", purpose=purpose.value)
        if not channels()[door.channel].takes_private_reply(post.reference or {}):
            raise Conflict("the network takes no private answer to this post", purpose=purpose.value)
        post_id = post.id
        window = windows.for_reply(now, posted_at=post.posted_at, hours=capabilities.private_reply_hours)
    elif purpose is Purpose.PRIVATE_MESSAGE:
        window = windows.for_message(
            now,
            last_private_at=door.last_customer_at if thread.visibility == "private" else None,
            free_hours=capabilities.private_window_hours,
            person_hours=capabilities.human_window_hours,
        )
    return WayThere(thread, door, capabilities, post_id, window)


def _known(session: Session, account_id: UUID, dedup_key: str) -> ChannelMessage | None:
    return session.exec(
        select(ChannelMessage).where(
            col(ChannelMessage.account_id) == account_id, col(ChannelMessage.dedup_key) == dedup_key
        )
    ).one_or_none()


def _counts_private_words(capabilities: Capabilities, purpose: Purpose) -> bool:
    return purpose is Purpose.PRIVATE_MESSAGE and capabilities.private_window_hours is not None


def _last_moment(window: Window, door: Any, capabilities: Capabilities, purpose: Purpose) -> datetime | None:
    """Until when a person may release: as long as the network lets a person write."""
    if purpose is Purpose.PRIVATE_MESSAGE and capabilities.human_window_hours and door.last_customer_at:
        last: datetime = door.last_customer_at + timedelta(hours=capabilities.human_window_hours)
        return last
    return window.until


def _earlier(one: datetime | None, other: datetime | None) -> datetime | None:
    return min((moment for moment in (one, other) if moment is not None), default=None)


def door_for(session: Session, thread: Thread, purpose: Purpose, *, account_id: UUID | None = None) -> Any:
    """The door through which a message of this purpose can leave. Raises Conflict when there is none."""
    for door in doors.doors_of(session, thread.id):
        if account_id is not None and door.account_id != account_id:
            continue
        channel = channels().get(door.channel)
        if channel is not None and door.is_open and getattr(channel.capabilities, _NEEDS[purpose]):
            return door
    raise Conflict("no connected account can carry this message", purpose=purpose.value)


def text_of(message: ChannelMessage, vault: Vault) -> str:
    """The words, for whoever may read them."""
    return vault.open(message.text_cipher, place=TEXT_PLACE).decode()


def refuse_code(text: str) -> None:
    """Raise InvalidInput for a text for the public that holds a code, however it is disguised."""
    if contains_code(text):
        problem = "A public text must never hold a code: whoever reads it could use it."
        raise InvalidInput("The text holds a code.", fields={"text": [problem]})


def _limit_of(door: Any) -> int | None:
    """How long a text may be on the account's own server, where that said so."""
    given = str((door.settings or {}).get("text_limit", ""))
    return int(given) if given.isascii() and given.isdigit() and int(given) else None


def _checked(text: str, purpose: Purpose, capabilities: Capabilities, limit: int | None) -> str:
    text = holdable(text).strip()
    if not text:
        raise InvalidInput("The text is empty.", fields={"text": ["Something has to be said."]})
    if purpose in PUBLIC:
        refuse_code(text)
    length = measure(text, capabilities.lengths, private=purpose not in PUBLIC, limit=limit)
    if length.over:
        problem = f"{length.over} {length.unit} too many; {length.limit} fit."
        raise InvalidInput("The text is too long.", fields={"text": [problem]})
    return text
