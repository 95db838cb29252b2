"""Messages that only a named person may let go: list them with their deadline, release one, call one off.

Some networks let us write late only when a person stands behind it. The name is stored with the message;
no key of a program and no clock can put one there. Nothing commits or calls anybody.
"""

from datetime import datetime
from uuid import UUID

from sqlmodel import Session, col, select

from bridge.errors import Conflict, NotFound, NotPermitted
from bridge.models.channels import ChannelMessage
from bridge.roles import Actor, Permission, can


def waiting(session: Session, actor: Actor) -> list[ChannelMessage]:
    """The brand's messages that wait for a person, the nearest deadline first."""
    query = (
        select(ChannelMessage)
        .where(col(ChannelMessage.brand_id) == actor.brand_id, col(ChannelMessage.state) == "waiting")
        .order_by(col(ChannelMessage.release_until).nulls_last(), col(ChannelMessage.created_at))
    )
    return list(session.exec(query))


def release(session: Session, actor: Actor, message_id: UUID, *, now: datetime) -> ChannelMessage:
    """Let a waiting message go, with the actor's name on it; locks it. The same person twice is once.

    Raises NotPermitted unless a person calls who signed in; NotFound; Conflict when it does not wait any
    more or its time is over.
    """
    message = _locked(session, actor, message_id)
    if message.state != "waiting":
        if message.released_by == actor.id and message.state in {"queued", "sending", "sent", "unknown"}:
            return message
        raise Conflict("this message does not wait for anybody", state=message.state)
    if message.release_until is not None and message.release_until <= now:
        raise Conflict("the time to release this message is over", why="over")
    message.state, message.next_at = "queued", now
    message.released_by, message.released_at = actor.id, now
    session.add(message)
    return message


def call_off(session: Session, actor: Actor, message_id: UUID, *, now: datetime) -> ChannelMessage:
    """Do not send a message that waits; locks it. Raises NotPermitted, NotFound and Conflict."""
    message = _locked(session, actor, message_id)
    if message.state == "cancelled":
        return message
    if message.state != "waiting":
        raise Conflict("this message does not wait for anybody", state=message.state)
    message.state, message.settled_at = "cancelled", now
    session.add(message)
    return message


def _locked(session: Session, actor: Actor, message_id: UUID) -> ChannelMessage:
    if actor.kind != "person" or actor.scopes is not None or not can(actor, Permission.MESSAGES_WRITE):
        raise NotPermitted(
            "a person who signed in has to release it", permission=Permission.MESSAGES_WRITE.value
        )
    found = session.exec(
        select(ChannelMessage)
        .where(col(ChannelMessage.id) == message_id, col(ChannelMessage.brand_id) == actor.brand_id)
        .with_for_update()
    ).first()
    if found is None:
        raise NotFound("there is no such message")
    return found
