"""The store's part of the API: check a code, act on it once, see who is expected."""

from typing import Any
from uuid import UUID

import orjson
from flask import Response, g

from api.auth import actor, requires
from api.blueprints import ApiBlueprint, contract
from api.errors import problem
from api.idempotency import answer, once
from api.paging import decode, encode
from bridge import db, metrics
from bridge.clock import utc_now
from bridge.decision import Asked, Decided, Refusal
from bridge.lifecycle import Action, Status, allowed_actions
from bridge.roles import Permission
from bridge.services import counter, decisions, opening, undoing
from bridge.settings import settings
from bridge.verdicts import Verdict
from schemas.base import PageQuery
from schemas.counter import (
    DecisionAnswer,
    DecisionRequest,
    InboxAnswer,
    LookUpRequest,
    ResumeRequest,
    UndoRequest,
    VerdictAnswer,
    expected_body,
    inbox_cursor,
    last_decision,
    verdict_body,
)

blueprint = ApiBlueprint("counter", __name__, description="The store: look up, decide, expect.")


@blueprint.route("/counter/look-up", methods=["POST"])
@blueprint.arguments(LookUpRequest())
@blueprint.response(200, VerdictAnswer)
@blueprint.alt_response(429, schema=VerdictAnswer, description="Typed look-ups are paused.")
@requires(Permission.COUNTER_LOOK_UP, in_statement=True)
def look_up(asked: dict[str, str]) -> Response:
    """Check a code.

    Changes nothing but a log row. Always answers with one verdict; an unknown code and one of
    another brand cannot be told apart. Send the code in the body, never in an address.
    """
    with db.statement() as connection:
        found = counter.look_up(
            connection,
            g.secret,
            text=asked["code"],
            source=counter.Source(asked["source"]),
            now=utc_now(),
            settings=settings(),
        )
    return _told(found)


def _told(found: counter.LookedUp) -> Response:
    metrics.LOOK_UPS.labels(found.verdict.value).inc()
    paused = found.verdict is Verdict.LOCKED_TRIES
    response = Response(
        orjson.dumps(verdict_body(found)), status=429 if paused else 200, content_type="application/json"
    )
    if found.retry_after_seconds is not None:
        response.headers["Retry-After"] = str(found.retry_after_seconds)
    return response


@blueprint.route("/counter/look-ups/<uuid:look_up_id>/open", methods=["POST"])
@blueprint.response(200, VerdictAnswer)
@blueprint.alt_response(429, schema=VerdictAnswer, description="Typed look-ups are paused.")
@contract(fails=(404,))
@requires(Permission.COUNTER_LOOK_UP)
def open_shown(look_up_id: UUID) -> Response:
    """Open what your own look-up of the last half hour pointed at.

    After `near_miss` the promise that was offered (counts as a wrong code), after `replaced` the
    newer promise for the same customer at your store. Answers as a look-up does.
    """
    with db.statement() as connection:
        found = opening.open_shown(
            connection, actor(), g.secret, look_up_id, now=utc_now(), settings=settings()
        )
    return _told(found)


@blueprint.route("/counter/decisions", methods=["POST"])
@blueprint.arguments(DecisionRequest())
@blueprint.response(201, DecisionAnswer)
@contract(key=True, fails=(404, 409))
@requires(Permission.COUNTER_DECIDE, in_statement=True)
def decide(asked: dict[str, object]) -> Response:
    """Honour, honour part, decline or acknowledge; takes effect once per Idempotency-Key.

    A refusal answers 409 (404 for an unknown code) with the verdict, stores the attempt and
    changes nothing. Honouring needs the customer's code or the look-up of it.
    """
    kept = once(DecisionAnswer, 201)
    version = asked.pop("version", None)
    with db.act() as act:
        result = decisions.decide(
            act,
            g.secret,
            Asked(**{"nonce": decisions.nonce_of(kept.key), **asked}, if_version=version),  # type: ignore[arg-type]  # the schema checked each
            once=kept,  # type: ignore[arg-type]  # the schema renders a Decided
            now=utc_now(),
            settings=settings(),
            request_id=g.request_id,
        )
    if isinstance(result, Refusal):
        metrics.DECISIONS.labels("refused").inc()
        return refusal(result, Action(str(asked["action"])))
    if isinstance(result, Decided):
        metrics.DECISIONS.labels(result.action.value).inc()
    return answer(kept, result)


@blueprint.route("/counter/decisions/<uuid:decision_id>/undo", methods=["POST"])
@blueprint.arguments(UndoRequest)
@blueprint.response(201, DecisionAnswer)
@contract(key=True, fails=(409,))
@requires(Permission.COUNTER_DECIDE)
def undo(asked: dict[str, str], decision_id: UUID) -> Response:
    """Take a decision back on the device that made it, within a minute.

    The decision stays; a reversal is added, and the code counts again.
    """
    kept = once(DecisionAnswer, 201)
    with db.act() as act:
        result = undoing.undo(
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


@blueprint.route("/counter/resume", methods=["POST"])
@blueprint.arguments(ResumeRequest)
@blueprint.response(204)
@contract(fails=(404,))
@requires(Permission.COUNTER_DECIDE)
def resume(asked: dict[str, UUID]) -> None:
    """Lift the pause of a device at your own store, after too many wrong codes."""
    with db.statement() as connection:
        counter.resume(connection, actor(), asked["device_id"])


@blueprint.route("/counter/inbox", methods=["GET"])
@blueprint.arguments(PageQuery, location="query")
@blueprint.response(200, InboxAnswer)
@requires(Permission.COUNTER_INBOX)
def inbox(asked: dict[str, object]) -> Response:
    """Customers whom your store expects, soonest end first. Shows no code."""
    place = decode(asked.get("cursor"))  # type: ignore[arg-type]  # the schema checked it
    limit = int(asked["limit"])  # type: ignore[call-overload]  # the schema checked it
    with db.statement() as connection:
        rows = counter.inbox(
            connection,
            actor(),
            now=utc_now(),
            limit=limit + 1,
            after=(place[0], UUID(place[1])) if place else None,
        )
    page = rows[:limit]
    more = encode(*inbox_cursor(page[-1])) if len(rows) > limit else None
    body = {"items": [expected_body(row) for row in page], "next_cursor": more}
    return Response(orjson.dumps(body), content_type="application/json")


def refusal(refused: Refusal, action: Action) -> Response:
    """The answer to a decision that was not taken: the verdict, what a second look would show, and
    which actions the record's status allows. A store without the case learns none of it.
    """
    status = 404 if refused.verdict is Verdict.UNKNOWN else 409
    more: dict[str, Any] = {"verdict": refused.verdict.value, "family": refused.verdict.family.value}
    if refused.row is not None and refused.verdict is not Verdict.OTHER_STORE:
        more["last_decision"] = last_decision(refused.row.last_decision)
        more["remaining_minor"] = refused.row.remaining_minor
        more["escalation_status"] = more["record_status"] = refused.row.status
        more["action"] = action.value
        more["allowed"] = [allowed.value for allowed in allowed_actions(Status(refused.row.status))]
    return problem(status, refused.why, refused.message, **more)
