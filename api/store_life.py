"""The store's part of the middle of a life: ask the agent, move a case, annul a decision, leave a note."""

from datetime import timedelta
from typing import Any
from uuid import UUID

from flask import Response, g

from api.acting import acted
from api.auth import actor, requires
from api.blueprints import ApiBlueprint, contract
from api.idempotency import answer, once
from bridge import db
from bridge.circles import readable
from bridge.clock import utc_now
from bridge.lifecycle import Action
from bridge.queries import notes as note_queries
from bridge.queries import questions as question_queries
from bridge.queries import transfers as transfer_queries
from bridge.reasons import Question, TransferReason, Visibility
from bridge.roles import Permission
from bridge.services import asking, nearby, noting, transferring, undoing
from bridge.settings import settings
from schemas.counter import DecisionAnswer, UndoRequest
from schemas.life import (
    ActedAnswer,
    NoteList,
    OfferedList,
    OtherStoreList,
    OtherStoresQuery,
    QuestionList,
    QuestionRequest,
    StoreNoteRequest,
    TransferDecisionRequest,
    TransferRequest,
    other_store_body,
)

blueprint = ApiBlueprint("store_life", __name__, description="The store: ask, move, annul, note.")
CASE = "/counter/escalations/<uuid:escalation_id>"
MOVED_SHOWN = timedelta(days=7)


@blueprint.route(f"{CASE}/questions", methods=["GET"])
@blueprint.response(200, QuestionList)
@requires(Permission.COUNTER_ASK)
def questions(escalation_id: UUID) -> dict[str, Any]:
    """What your store asked about a case, and what was answered."""
    store_id = noting.store_of(actor(), Permission.COUNTER_ASK)
    with db.statement() as connection:
        return {"items": question_queries.listed(connection, [escalation_id], store_id=store_id)}


@blueprint.route(f"{CASE}/questions", methods=["POST"])
@blueprint.arguments(QuestionRequest)
@blueprint.response(201, ActedAnswer)
@contract(key=True, fails=(409,))
@requires(Permission.COUNTER_ASK)
def ask(asked: dict[str, Any], escalation_id: UUID) -> Response:
    """Put a ready question to the agent. The case waits for the answer; one question at a time."""
    return acted(
        asking.ask,
        escalation_id,
        question=Question(asked["question"]),
        text=asked["text"],
        is_live=asked["is_live"],
        settings=settings(),
    )


@blueprint.route(f"{CASE}/questions/withdraw", methods=["POST"])
@blueprint.response(201, ActedAnswer)
@contract(key=True, fails=(409,))
@requires(Permission.COUNTER_ASK)
def withdraw_question(escalation_id: UUID) -> Response:
    """Take your store's open question back."""
    return acted(asking.withdraw, escalation_id)


@blueprint.route(f"{CASE}/other-stores", methods=["GET"])
@blueprint.arguments(OtherStoresQuery, location="query")
@blueprint.response(200, OtherStoreList)
@requires(Permission.COUNTER_INBOX)
def other_stores(asked: dict[str, Any], escalation_id: UUID) -> dict[str, Any]:
    """Which other store could do it: able and open first, then the nearest to yours."""
    with db.statement() as connection:
        noting.require_counts(connection, actor(), escalation_id)
        found = nearby.other_stores(
            connection,
            escalation_id,
            else_store_id=actor().store_id,
            needed=[asked["service"]] if asked["service"] else [],
            limit=asked["limit"],
            now=utc_now(),
        )
    return {"items": [other_store_body(store) for store in found]}


@blueprint.route(f"{CASE}/transfers", methods=["POST"])
@blueprint.arguments(TransferRequest)
@blueprint.response(201, ActedAnswer)
@contract(key=True, fails=(409,))
@requires(Permission.COUNTER_TRANSFER)
def offer_transfer(asked: dict[str, Any], escalation_id: UUID) -> Response:
    """Ask another store to take a case of yours. The code stays the same."""
    return acted(
        transferring.offer,
        escalation_id,
        by_store=True,
        to_number=asked["to_store"],
        reason=TransferReason(asked["reason"]),
        note=asked["note"],
    )


@blueprint.route("/counter/transfers", methods=["GET"])
@blueprint.response(200, OfferedList)
@requires(Permission.COUNTER_INBOX)
def transfers() -> dict[str, Any]:
    """What other stores ask yours to take, and what yours has moved lately."""
    store_id = noting.store_of(actor(), Permission.COUNTER_INBOX)
    with db.statement() as connection:
        return {
            "offered_to_us": transfer_queries.offered_to(connection, store_id),
            "offered_by_us": transfer_queries.offered_by(connection, store_id, since=utc_now() - MOVED_SHOWN),
        }


@blueprint.route("/counter/transfers/<uuid:transfer_id>/accept", methods=["POST"])
@blueprint.arguments(TransferDecisionRequest)
@blueprint.response(201, ActedAnswer)
@contract(key=True, fails=(409,))
@requires(Permission.COUNTER_TRANSFER)
def accept_transfer(asked: dict[str, str], transfer_id: UUID) -> Response:
    """Take a case that was offered to your store. It is yours and new from now on."""
    return acted(transferring.decide, transfer_id, Action.ACCEPT_TRANSFER, note=asked["note"])


@blueprint.route("/counter/transfers/<uuid:transfer_id>/refuse", methods=["POST"])
@blueprint.arguments(TransferDecisionRequest)
@blueprint.response(201, ActedAnswer)
@contract(key=True, fails=(409,))
@requires(Permission.COUNTER_TRANSFER)
def refuse_transfer(asked: dict[str, str], transfer_id: UUID) -> Response:
    """Leave a case that was offered to your store where it is."""
    return acted(transferring.decide, transfer_id, Action.REFUSE_TRANSFER, note=asked["note"])


@blueprint.route("/counter/transfers/<uuid:transfer_id>/withdraw", methods=["POST"])
@blueprint.arguments(TransferDecisionRequest)
@blueprint.response(201, ActedAnswer)
@contract(key=True, fails=(409,))
@requires(Permission.COUNTER_TRANSFER)
def withdraw_transfer(asked: dict[str, str], transfer_id: UUID) -> Response:
    """Take an offer of your store back."""
    return acted(transferring.withdraw, transfer_id, note=asked["note"])


@blueprint.route("/counter/decisions/<uuid:decision_id>/annul", methods=["POST"])
@blueprint.arguments(UndoRequest)
@blueprint.response(201, DecisionAnswer)
@contract(key=True, fails=(409,))
@requires(Permission.COUNTER_DECIDE)
def annul(asked: dict[str, str], decision_id: UUID) -> Response:
    """Take a decision of your store back, on any device, within a day. A reversal is added."""
    kept = once(DecisionAnswer, 201)
    with db.act() as act:
        result = undoing.annul(
            act,
            actor(),
            decision_id,
            reason_text=asked["reason_text"],
            once=kept,  # type: ignore[arg-type]  # the schema renders a Decided
            now=utc_now(),
            settings=settings(),
            request_id=g.request_id,
        )
    return answer(kept, result)


@blueprint.route(f"{CASE}/notes", methods=["GET"])
@blueprint.response(200, NoteList)
@requires(Permission.COUNTER_INBOX)
def notes(escalation_id: UUID) -> dict[str, Any]:
    """Notes on a case that stores may read."""
    with db.statement() as connection:
        noting.require_counts(connection, actor(), escalation_id)
        return {"items": note_queries.listed(connection, escalation_id, readable(actor()))}


@blueprint.route(f"{CASE}/notes", methods=["POST"])
@blueprint.arguments(StoreNoteRequest)
@blueprint.response(201, ActedAnswer)
@contract(key=True)
@requires(Permission.COUNTER_ASK)
def add_note(asked: dict[str, str], escalation_id: UUID) -> Response:
    """Leave a note on a case of your store; stores and the care team read it."""
    return acted(noting.note, escalation_id, text=asked["text"], visibility=Visibility.STORE, at_store=True)
