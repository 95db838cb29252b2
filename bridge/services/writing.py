"""Write to a thread: what is to be said is checked and put into the ledger; the sweep sends it.

Whatever the door (page, API, an outcome, a care tool), everything that we say goes through `write`. A
public text never holds a code; the same thing is never said twice; nothing is sent that the channel
cannot carry. Nothing here commits or calls anybody.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from hashlib import sha256
from typing import Any, Final
from uuid import UUID

from sqlmodel import Session, col, select

from bridge.channels.protocol import Capabilities, Purpose
from bridge.channels.registry import channels
from bridge.codes import contains_code
from bridge.errors import Conflict, InvalidInput, NotFound
from bridge.lengths import measure
from bridge.models.channels import ChannelMessage
from bridge.models.intake import Thread
from bridge.names import holdable
from bridge.queries import directory as directory_queries
from bridge.queries import doors
from bridge.roles import Actor
from bridge.vault import Vault

TEXT_PLACE: Final = "channel_messages"
PUBLIC: Final = frozenset({Purpose.PUBLIC_REPLY})
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
    release_until: datetime | None = None,
    vault: Vault,
    now: datetime,
) -> Written:
    """Put one message into the ledger, through the door by which the customer spoke last.

    `dedup_key` names what is said: with the same key nothing is written a second time. Raises
    InvalidInput for a text that is empty, too long, or public with a code in it; Conflict when no
    connected account can carry it; NotFound for a thread of another brand.
    """
    if thread.brand_id != actor.brand_id:
        raise NotFound("There is no such conversation.")
    door = door_for(session, thread, purpose, account_id=account_id)
    capabilities = channels()[door.channel].capabilities
    text = _checked(text, purpose, capabilities)
    message = ChannelMessage(
        brand_id=thread.brand_id,
        account_id=door.account_id,
        thread_id=thread.id,
        escalation_id=escalation_id,
        post_id=post_id,
        purpose=purpose.value,
        topic=topic,
        text_cipher=vault.seal(text.encode(), place=TEXT_PLACE),
        text_sha256=sha256(text.encode()).digest(),
        language=thread.language,
        dedup_key=dedup_key,
        state="waiting" if waits_for_person else "queued",
        next_at=None if waits_for_person else now,
        release_until=release_until,
        created_by=actor.id if actor.kind == "person" else None,
        created_at=now,
    )
    is_new = directory_queries.insert_if_new(session, "channel_messages", message.model_dump())
    stored = session.exec(
        select(ChannelMessage).where(
            col(ChannelMessage.account_id) == door.account_id, col(ChannelMessage.dedup_key) == dedup_key
        )
    ).one()
    return Written(stored, is_new)


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


def _checked(text: str, purpose: Purpose, capabilities: Capabilities) -> str:
    text = holdable(text).strip()
    if not text:
        raise InvalidInput("The text is empty.", fields={"text": ["Something has to be said."]})
    if purpose in PUBLIC:
        refuse_code(text)
    length = measure(text, capabilities.lengths, private=purpose not in PUBLIC)
    if length.over:
        problem = f"{length.over} {length.unit} too many; {length.limit} fit."
        raise InvalidInput("The text is too long.", fields={"text": [problem]})
    return text
