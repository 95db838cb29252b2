"""What an agent writes to a customer, by a connected account."""

from typing import Any
from uuid import UUID

from flask import Response
from sqlmodel import Session

from api.auth import actor, brand, requires
from api.blueprints import ApiBlueprint, contract
from api.idempotency import answer, in_transaction, once, required_key, vault
from api.messages import message_body
from bridge import db
from bridge.channels.going_out import Purpose
from bridge.clock import utc_now
from bridge.queries import releasing as queries
from bridge.roles import Permission
from bridge.services import handing_over, intake, replying
from schemas.messages import MessageAnswer, WriteRequest, WrittenPage

blueprint = ApiBlueprint("replies", __name__, description="Write to a customer through the bridge.")
PLACE = "/threads/<uuid:thread_id>/messages"


@blueprint.route(PLACE, methods=["GET"])
@blueprint.response(200, WrittenPage)
@requires(Permission.MESSAGES_WRITE)
def written(thread_id: UUID) -> dict[str, Any]:
    """What we wrote in a conversation, and what became of each."""
    with db.transaction() as session:
        intake.conversation(session, actor(), thread_id)
    with db.statement() as connection:
        rows = queries.of_thread(connection, brand(), thread_id)
    return {"items": [message_body(row) for row in rows]}


@blueprint.route(PLACE, methods=["POST"])
@blueprint.arguments(WriteRequest)
@blueprint.response(201, MessageAnswer)
@contract(key=True, fails=(409,))
@requires(Permission.MESSAGES_WRITE)
def write(asked: dict[str, Any], thread_id: UUID) -> Response:
    """Write to the customer; it goes out within seconds. Takes the claim where nobody holds the conversation.

    409 `claim_taken` while a colleague is on it; 409 `conflict` when no connected account can carry it,
    or the network's time is over (`why`). A public text that holds a code is 422.
    """
    kept, key = once(MessageAnswer, 201), required_key()
    if asked["escalation_id"] is not None:
        with db.statement() as connection:
            handing_over.read_escalation(connection, actor(), asked["escalation_id"])

    def work(session: Session) -> object:
        done = replying.reply(
            session,
            actor(),
            thread_id,
            purpose=Purpose(asked["purpose"]),
            text=asked["text"],
            dedup_key=f"reply:{actor().credential_id}:{key}"[:200],
            escalation_id=asked["escalation_id"],
            vault=vault(),
            now=utc_now(),
        )
        session.flush()
        return message_body(queries.one_in(session, brand(), done.message.id))

    return answer(kept, in_transaction(kept, work))
