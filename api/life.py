"""The care team's part of the middle of a life: answer, move, extend, take back, close, open again."""

from typing import Any
from uuid import UUID

from flask import Response, g

from api.acting import acted
from api.auth import actor, requires
from api.blueprints import ApiBlueprint, contract, etag_of, required_version
from api.idempotency import answer as answered
from api.idempotency import once, vault
from api.promises import wanted_from
from bridge import db
from bridge.clock import utc_now
from bridge.queries import questions as question_queries
from bridge.queries import transfers as transfer_queries
from bridge.reasons import PauseReason, RevokeReason, TransferReason
from bridge.roles import Permission
from bridge.services import (
    appealing,
    asking,
    closing,
    extending,
    handing_over,
    nearby,
    pausing,
    promises,
    revoking,
    superseding,
    transferring,
)
from bridge.settings import settings
from schemas.life import (
    ActedAnswer,
    AnswerRequest,
    CauseRequest,
    CloseRequest,
    ExtendRequest,
    OtherStoreList,
    OtherStoresQuery,
    PauseRequest,
    QuestionList,
    ReopenRequest,
    RevokeRequest,
    SupersedeRequest,
    ToldRequest,
    TransferDecisionRequest,
    TransferList,
    TransferRequest,
    other_store_body,
)
from schemas.promises import PromiseMade

blueprint = ApiBlueprint("life", __name__, description="The care team: what happens between issue and end.")
CASE = "/escalations/<uuid:escalation_id>"


@blueprint.route(f"{CASE}/questions", methods=["GET"])
@blueprint.response(200, QuestionList)
@requires(Permission.PROMISES_READ)
def questions(escalation_id: UUID) -> dict[str, Any]:
    """What the store asked, and what was answered."""
    with db.statement() as connection:
        handing_over.read_escalation(connection, actor(), escalation_id)
        return {"items": question_queries.listed(connection, [escalation_id])}


@blueprint.route(f"{CASE}/answer", methods=["POST"])
@blueprint.arguments(AnswerRequest)
@blueprint.response(201, ActedAnswer)
@contract(key=True, fails=(409,))
@requires(Permission.PROMISES_ANSWER)
def answer(asked: dict[str, Any], escalation_id: UUID) -> Response:
    """Answer the open question of the store. With `valid_until` the promise is extended as well."""
    return acted(asking.answer, escalation_id, **asked, settings=settings())


@blueprint.route(f"{CASE}/transfers", methods=["GET"])
@blueprint.response(200, TransferList)
@requires(Permission.PROMISES_READ)
def transfers(escalation_id: UUID) -> dict[str, Any]:
    """Offers to other stores, and what became of them."""
    with db.statement() as connection:
        handing_over.read_escalation(connection, actor(), escalation_id)
        return {"items": transfer_queries.listed(connection, escalation_id)}


@blueprint.route(f"{CASE}/transfers", methods=["POST"])
@blueprint.arguments(TransferRequest)
@blueprint.response(201, ActedAnswer)
@contract(key=True, fails=(409,))
@requires(Permission.PROMISES_WRITE)
def offer_transfer(asked: dict[str, Any], escalation_id: UUID) -> Response:
    """Ask another store to take your case. The code stays the same."""
    return acted(
        transferring.offer,
        escalation_id,
        by_store=False,
        to_number=asked["to_store"],
        reason=TransferReason(asked["reason"]),
        note=asked["note"],
    )


@blueprint.route("/transfers/<uuid:transfer_id>/withdraw", methods=["POST"])
@blueprint.arguments(TransferDecisionRequest)
@blueprint.response(201, ActedAnswer)
@contract(key=True, fails=(409,))
@requires(Permission.PROMISES_WRITE)
def withdraw_transfer(asked: dict[str, str], transfer_id: UUID) -> Response:
    """Take an offer back: your own, or any as a lead."""
    return acted(transferring.withdraw, transfer_id, note=asked["note"])


@blueprint.route(f"{CASE}/other-stores", methods=["GET"])
@blueprint.arguments(OtherStoresQuery, location="query")
@blueprint.response(200, OtherStoreList)
@requires(Permission.PROMISES_READ)
def other_stores(asked: dict[str, Any], escalation_id: UUID) -> dict[str, Any]:
    """Which other store could do it: able and open first, then the nearest. Flags say what is against one."""
    with db.statement() as connection:
        handing_over.read_escalation(connection, actor(), escalation_id)
        found = nearby.other_stores(
            connection,
            escalation_id,
            else_store_id=actor().store_id,
            needed=[asked["service"]] if asked["service"] else [],
            limit=asked["limit"],
            now=utc_now(),
        )
    return {"items": [other_store_body(store) for store in found]}


@blueprint.route(f"{CASE}/revoke", methods=["POST"])
@blueprint.arguments(RevokeRequest)
@blueprint.response(201, ActedAnswer)
@contract(key=True, version=True, fails=(409,))
@requires(Permission.PROMISES_REVOKE)
def revoke(asked: dict[str, Any], escalation_id: UUID) -> Response:
    """Take a live promise back. The counter says `withdrawn` at once. Needs If-Match."""
    reason = RevokeReason(asked["reason"])
    version = required_version()
    return acted(revoking.revoke, escalation_id, reason=reason, text=asked["text"], if_version=version)


@blueprint.route(f"{CASE}/extend", methods=["POST"])
@blueprint.arguments(ExtendRequest)
@blueprint.response(201, ActedAnswer)
@contract(key=True, version=True, fails=(409,))
@requires(Permission.PROMISES_EXTEND)
def extend(asked: dict[str, Any], escalation_id: UUID) -> Response:
    """Let the promise count longer. An expired one gets a new code, under your own right. Needs If-Match."""
    return acted(
        extending.extend,
        escalation_id,
        **asked,
        if_version=required_version(),
        settings=settings(),
        vault=vault(),
    )


@blueprint.route(f"{CASE}/supersede", methods=["POST"])
@blueprint.arguments(SupersedeRequest)
@blueprint.response(201, PromiseMade)
@contract(key=True, version=True, fails=(409,))
@requires(Permission.PROMISES_WRITE, in_statement=True)
def supersede(asked: dict[str, Any], escalation_id: UUID) -> Response:
    """Put a new promise for the same thread in the place of this one, in one step. Needs If-Match.

    Your own right has to cover the new one. The old code is answered with `replaced`.
    """
    kept = once(PromiseMade, 201)
    version = required_version()
    with db.act() as act:
        result = superseding.supersede(
            act,
            g.secret,
            escalation_id,
            wanted_from(asked),
            if_version=version,
            once=kept,  # type: ignore[arg-type]  # the schema renders a Made
            now=utc_now(),
            settings=settings(),
            vault=vault(),
            request_id=g.request_id,
        )
    headers = {}
    if isinstance(result, promises.Made):
        headers = {"Location": f"/api/v1/escalations/{result.id}", "ETag": etag_of(result.version)}
    return answered(kept, result, headers=headers)


@blueprint.route(f"{CASE}/close", methods=["POST"])
@blueprint.arguments(CloseRequest)
@blueprint.response(201, ActedAnswer)
@contract(key=True, version=True, fails=(409,))
@requires(Permission.PROMISES_WRITE)
def close(asked: dict[str, Any], escalation_id: UUID) -> Response:
    """Close an ended case, with its root cause where it is known. Needs If-Match."""
    return acted(closing.close, escalation_id, **asked, if_version=required_version(), settings=settings())


@blueprint.route(f"{CASE}/cause", methods=["POST"])
@blueprint.arguments(CauseRequest)
@blueprint.response(201, ActedAnswer)
@contract(key=True, fails=(409,))
@requires(Permission.PROMISES_WRITE)
def code_cause(asked: dict[str, Any], escalation_id: UUID) -> Response:
    """Note the root cause without closing; the latest one counts."""
    return acted(closing.code_cause, escalation_id, **asked)


@blueprint.route(f"{CASE}/reopen", methods=["POST"])
@blueprint.arguments(ReopenRequest)
@blueprint.response(201, ActedAnswer)
@contract(key=True, version=True, fails=(409,))
@requires(Permission.PROMISES_WRITE)
def reopen(asked: dict[str, Any], escalation_id: UUID) -> Response:
    """Give a closed case a second life with a new code, under your own right. Needs If-Match."""
    return acted(
        closing.reopen,
        escalation_id,
        **asked,
        if_version=required_version(),
        settings=settings(),
        vault=vault(),
    )


@blueprint.route(f"{CASE}/tell-customer", methods=["POST"])
@blueprint.arguments(ToldRequest)
@blueprint.response(201, ActedAnswer)
@contract(key=True, fails=(409,))
@requires(Permission.PROMISES_WRITE)
def tell_customer(asked: dict[str, Any], escalation_id: UUID) -> Response:
    """Note that the customer was told how it ended."""
    return acted(closing.tell_customer, escalation_id, **asked)


@blueprint.route(f"{CASE}/appeal-link", methods=["POST"])
@blueprint.response(201, ActedAnswer)
@contract(key=True, fails=(409,))
@requires(Permission.PROMISES_WRITE)
def appeal_link(escalation_id: UUID) -> Response:
    """Make the address by which the customer can contest the result, once. An older one stops working."""
    return acted(appealing.make_link, escalation_id, settings=settings())


@blueprint.route(f"{CASE}/pause", methods=["POST"])
@blueprint.arguments(PauseRequest)
@blueprint.response(201, ActedAnswer)
@contract(key=True, fails=(409,))
@requires(Permission.PROMISES_EXTEND)
def pause(asked: dict[str, str], escalation_id: UUID) -> Response:
    """Let clocks stand still: the customer's turn has come, or (a lead) a disaster keeps the store away."""
    return acted(pausing.pause, escalation_id, reason=PauseReason(asked["reason"]))


@blueprint.route(f"{CASE}/resume", methods=["POST"])
@blueprint.arguments(PauseRequest)
@blueprint.response(201, ActedAnswer)
@contract(key=True, fails=(409,))
@requires(Permission.PROMISES_EXTEND)
def resume(asked: dict[str, str], escalation_id: UUID) -> Response:
    """Let the clocks go on that stand still for this reason."""
    return acted(pausing.resume, escalation_id, reason=PauseReason(asked["reason"]))
