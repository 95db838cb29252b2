"""Messages that wait for a person: let one go, mark it as sent, try it again, or give it up."""

from collections.abc import Callable
from typing import Any
from uuid import UUID

from flask import Response
from sqlmodel import Session

from api.auth import actor, brand, requires
from api.blueprints import ApiBlueprint, contract
from api.idempotency import answer, in_transaction, once, vault
from api.paging import decode, page_of
from bridge import db
from bridge.clock import utc_now
from bridge.errors import NotFound
from bridge.models import ChannelMessage
from bridge.queries import releasing as queries
from bridge.roles import Permission
from bridge.sending import WAITS_FOR_A_PERSON, acts_for
from bridge.services import releasing
from bridge.services.writing import TEXT_PLACE
from schemas.messages import (
    GiveUpRequest,
    MarkSentRequest,
    MessageAnswer,
    MessagePage,
    MessageQuery,
    SendAgainRequest,
)

blueprint = ApiBlueprint("messages", __name__, description="What we say: messages that wait for a person.")
ONE = "/messages/<uuid:message_id>"


@blueprint.route("/messages", methods=["GET"])
@blueprint.arguments(MessageQuery, location="query")
@blueprint.response(200, MessagePage)
@requires(Permission.MESSAGES_WRITE)
def messages(asked: dict[str, Any]) -> dict[str, Any]:
    """What waits for a person, the nearest deadline first; or everything in one state."""
    place = decode(asked.get("cursor"))
    states = (asked["state"],) if "state" in asked else WAITS_FOR_A_PERSON
    with db.statement() as connection:
        rows = queries.listed(
            connection,
            brand(),
            states=states,
            limit=asked["limit"] + 1,
            after=(place[0], place[1], place[2]) if place else None,
        )
    page = page_of(rows, asked["limit"], queries.place)
    return {**page, "items": [message_body(row) for row in rows[: asked["limit"]]]}


@blueprint.route(ONE, methods=["GET"])
@blueprint.response(200, MessageAnswer)
@requires(Permission.MESSAGES_WRITE)
def message(message_id: UUID) -> dict[str, Any]:
    """One message, whatever its state."""
    return _shown(message_id)


@blueprint.route(f"{ONE}/release", methods=["POST"])
@blueprint.response(201, MessageAnswer)
@contract(key=True, fails=(409,))
@requires(Permission.MESSAGES_WRITE)
def release(message_id: UUID) -> Response:
    """Let it go out in your name. 409 when its time is over or a colleague is on the conversation."""
    return _acted(lambda session: releasing.release(session, actor(), message_id, now=utc_now()))


@blueprint.route(f"{ONE}/sent", methods=["POST"])
@blueprint.arguments(MarkSentRequest)
@blueprint.response(201, MessageAnswer)
@contract(key=True, fails=(409,))
@requires(Permission.MESSAGES_WRITE)
def mark_sent(asked: dict[str, str], message_id: UUID) -> Response:
    """You sent it on the network: give the post's address. 409 when another message has that post."""
    return _acted(
        lambda session: releasing.mark_sent(
            session, actor(), message_id, permalink=asked["permalink"], vault=vault(), now=utc_now()
        )
    )


@blueprint.route(f"{ONE}/again", methods=["POST"])
@blueprint.arguments(SendAgainRequest)
@blueprint.response(201, MessageAnswer)
@contract(key=True, fails=(409,))
@requires(Permission.MESSAGES_WRITE)
def send_again(asked: dict[str, bool], message_id: UUID) -> Response:
    """Try once more."""
    return _acted(
        lambda session: releasing.send_again(
            session, actor(), message_id, looked=asked["looked"], now=utc_now()
        )
    )


@blueprint.route(f"{ONE}/give-up", methods=["POST"])
@blueprint.arguments(GiveUpRequest)
@blueprint.response(201, MessageAnswer)
@contract(key=True, fails=(409,))
@requires(Permission.MESSAGES_WRITE)
def give_up(asked: dict[str, str], message_id: UUID) -> Response:
    """Never send it."""
    return _acted(
        lambda session: releasing.give_up(session, actor(), message_id, reason=asked["reason"], now=utc_now())
    )


def _acted(act: Callable[[Session], ChannelMessage]) -> Response:
    kept = once(MessageAnswer, 201)

    def work(session: Session) -> object:
        done = act(session)
        row = queries.one_in(session, brand(), done.id)
        return message_body(row)

    return answer(kept, in_transaction(kept, work))


def _shown(message_id: UUID) -> dict[str, Any]:
    with db.statement() as connection:
        row = queries.one(connection, brand(), message_id)
    if row is None:
        raise NotFound("There is no such message.")
    return message_body(row)


def message_body(row: Any) -> dict[str, Any]:
    """What MessageAnswer dumps of a row of `queries.releasing`."""
    text = vault().open(bytes(row.text_cipher), place=TEXT_PLACE).decode()
    is_looked_for = row.state == "unknown" and row.next_at is not None
    return {
        "id": row.id,
        "state": row.state,
        "purpose": row.purpose,
        "topic": row.topic,
        "network": row.network,
        "channel": row.channel,
        "account": row.account_name,
        "customer_handle": row.customer_handle,
        "thread_id": row.thread_id,
        "escalation_id": row.escalation_id,
        "number": row.escalation_number,
        "text": releasing.shown_text(actor(), text),
        "language": row.language,
        "reason": row.last_error,
        "is_looked_for": is_looked_for,
        "can": list(acts_for(row.state, is_looked_for=is_looked_for)),
        "hand_off_url": row.hand_off_url,
        "permalink": row.permalink,
        "release_until": row.release_until,
        "created_at": row.created_at,
        "settled_at": row.settled_at,
    }
