"""The care team's part of the API: promise, approve, hand over, follow."""

from collections.abc import Callable
from datetime import datetime
from typing import Any
from uuid import UUID

from flask import Response, g

from api.auth import actor, requires
from api.blueprints import ApiBlueprint, contract, etag_of, required_version
from api.idempotency import answer, once, vault
from api.paging import decode, encode
from bridge import codes, db
from bridge.clock import utc_now
from bridge.idempotency import Once, Replayed
from bridge.promises import PriorChannel, PromiseLine, SecondFact
from bridge.queries import records
from bridge.roles import Permission, reach
from bridge.services import approvals, handing_over, issuing, promises
from bridge.settings import settings
from schemas.promises import (
    EscalationAnswer,
    EscalationPage,
    EscalationQuery,
    HistoryAnswer,
    PromiseMade,
    PromiseRequest,
    ReasonRequest,
    SettledAnswer,
    TextsAnswer,
    TextsQuery,
    escalation_body,
    look_up_body,
    timeline_body,
)

blueprint = ApiBlueprint("promises", __name__, description="The care team: promise, approve, hand over.")


@blueprint.route("/escalations", methods=["POST"])
@blueprint.arguments(PromiseRequest)
@blueprint.response(201, PromiseMade)
@contract(key=True, fails=(404, 409))
@requires(Permission.PROMISES_WRITE, in_statement=True)
def make(asked: dict[str, Any]) -> Response:
    """Make a promise: issued with its code when your right covers it, else put before an approver.

    You must hold the thread's claim. The code is shown here; `/texts` shows it again to its author.
    """
    kept = once(PromiseMade, 201)
    with db.act() as act:
        result = promises.make(
            act,
            g.secret,
            wanted_from(asked),
            once=kept,  # type: ignore[arg-type]  # the schema renders a Made
            now=utc_now(),
            settings=settings(),
            vault=vault(),
            request_id=g.request_id,
        )
    headers = {}
    if isinstance(result, promises.Made):
        headers = {"Location": f"/api/v1/escalations/{result.id}", "ETag": etag_of(result.version)}
    return answer(kept, result, headers=headers)


@blueprint.route("/escalations", methods=["GET"])
@blueprint.arguments(EscalationQuery, location="query")
@blueprint.response(200, EscalationPage)
@requires(Permission.PROMISES_READ)
def listed(asked: dict[str, Any]) -> dict[str, Any]:
    """Escalations that you may see, newest first."""
    place = decode(asked.get("cursor"))
    with db.statement() as connection:
        rows = records.listed(
            connection,
            brand_id=actor().brand_id,
            reach=reach(actor(), Permission.PROMISES_READ),
            statuses=[asked["status"]] if "status" in asked else None,
            agent_id=actor().id if asked["mine"] else None,
            store_number=asked.get("store_number"),
            before=(datetime.fromisoformat(place[0]), UUID(place[1])) if place else None,
            limit=asked["limit"] + 1,
        )
    page = rows[: asked["limit"]]
    more = encode(page[-1].created_at, page[-1].id) if len(rows) > asked["limit"] else None
    return {"items": page, "next_cursor": more}


@blueprint.route("/escalations/<uuid:escalation_id>", methods=["GET"])
@blueprint.response(200, EscalationAnswer)
@requires(Permission.PROMISES_READ)
def read(escalation_id: UUID) -> tuple[dict[str, Any], dict[str, str]]:
    """One escalation; its ETag is the version to send with If-Match."""
    with db.statement() as connection:
        row = handing_over.read_escalation(connection, actor(), escalation_id)
    return escalation_body(row), {"ETag": etag_of(row.version)}


@blueprint.route("/escalations/<uuid:escalation_id>/history", methods=["GET"])
@blueprint.response(200, HistoryAnswer)
@requires(Permission.PROMISES_READ)
def history(escalation_id: UUID) -> dict[str, Any]:
    """What happened to it, link by link, and who looked its code up."""
    with db.statement() as connection:
        handing_over.read_escalation(connection, actor(), escalation_id)
        links = records.timeline(connection, escalation_id)
        seen = records.look_ups(connection, escalation_id)
    return {
        "timeline": [timeline_body(row) for row in links],
        "look_ups": [look_up_body(row) for row in seen],
    }


@blueprint.route("/escalations/<uuid:escalation_id>/texts", methods=["GET"])
@blueprint.arguments(TextsQuery, location="query")
@blueprint.response(200, TextsAnswer)
@contract(fails=(410,))
@requires(Permission.PROMISES_CODE)
def texts(asked: dict[str, str], escalation_id: UUID) -> dict[str, Any]:
    """The code and the two texts for the customer, counted by the channel's own rule."""
    with db.statement() as connection:
        given = handing_over.hand_over(
            connection,
            actor(),
            escalation_id,
            channel=asked.get("channel"),
            locale=asked.get("locale"),
            now=utc_now(),
            settings=settings(),
            vault=vault(),
        )
    with db.transaction() as session:
        handing_over.note_shown(session, actor(), escalation_id, now=utc_now())
    return {
        "code": codes.grouped(given.code),
        "locale": given.locale,
        "channel": given.channel,
        "private": given.texts.private,
        "public": given.texts.public,
        "private_length": given.texts.private_length,
        "public_length": given.texts.public_length,
    }


@blueprint.route("/escalations/<uuid:escalation_id>/approve", methods=["POST"])
@blueprint.arguments(ReasonRequest)
@blueprint.response(201, SettledAnswer)
@contract(key=True, version=True, fails=(409,))
@requires(Permission.PROMISES_APPROVE, in_statement=True)
def approve(asked: dict[str, str], escalation_id: UUID) -> Response:
    """Approve a promise that your own right covers and that is not yours. Needs If-Match."""
    kept = once(SettledAnswer, 201)
    version = required_version()
    with db.act() as act:
        result = approvals.approve(
            act,
            g.secret,
            escalation_id,
            reason=asked["reason"],
            if_version=version,
            once=kept,  # type: ignore[arg-type]  # the schema renders a Settled
            now=utc_now(),
            settings=settings(),
            vault=vault(),
            request_id=g.request_id,
        )
    return _settled(kept, result)


@blueprint.route("/escalations/<uuid:escalation_id>/reject", methods=["POST"])
@blueprint.arguments(ReasonRequest)
@blueprint.response(201, SettledAnswer)
@contract(key=True, version=True, fails=(409,))
@requires(Permission.PROMISES_APPROVE, in_statement=True)
def reject(asked: dict[str, str], escalation_id: UUID) -> Response:
    """Refuse a promise that waits for approval, with the reason. Needs If-Match."""
    return _end(approvals.reject, asked["reason"], escalation_id)


@blueprint.route("/escalations/<uuid:escalation_id>/cancel", methods=["POST"])
@blueprint.arguments(ReasonRequest)
@blueprint.response(201, SettledAnswer)
@contract(key=True, version=True, fails=(409,))
@requires(Permission.PROMISES_WRITE, in_statement=True)
def cancel(asked: dict[str, str], escalation_id: UUID) -> Response:
    """Take your own promise back while it waits for approval. Needs If-Match."""
    return _end(approvals.cancel, asked["reason"], escalation_id)


def _end(service: Callable[..., approvals.Settled | Replayed], reason: str, escalation_id: UUID) -> Response:
    kept = once(SettledAnswer, 201)
    version = required_version()
    with db.act() as act:
        result = service(
            act,
            g.secret,
            escalation_id,
            reason=reason,
            if_version=version,
            once=kept,
            now=utc_now(),
            settings=settings(),
            request_id=g.request_id,
        )
    return _settled(kept, result)


def _settled(kept: Once[object], result: approvals.Settled | Replayed) -> Response:
    headers = {} if isinstance(result, Replayed) else {"ETag": etag_of(result.version)}
    return answer(kept, result, headers=headers)


def wanted_from(asked: dict[str, Any]) -> issuing.Wanted:
    """The service's value from a checked request."""
    fact = asked.pop("second_fact", None)
    contacts = asked.pop("prior_contacts")
    lines = [PromiseLine(**{**line, "waives": frozenset(line["waives"])}) for line in asked.pop("lines")]
    return issuing.Wanted(
        **asked,
        lines=lines,
        second_fact=(SecondFact(fact["kind"]), fact["value"]) if fact else None,
        prior_contacts=[(PriorChannel(c["channel"]), c["tries"], c["result"]) for c in contacts],
    )
