"""Outcomes: your board, webhook endpoints, and what became of each delivery."""

from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from flask import Response
from sqlmodel import Session

from api.auth import actor, requires
from api.blueprints import ApiBlueprint, contract
from api.idempotency import answer, in_transaction, once
from api.paging import decode, page_of
from bridge import db
from bridge.clock import utc_now
from bridge.models import Outcome, WebhookEndpoint
from bridge.roles import Permission
from bridge.services import board, outcomes, webhooks
from bridge.settings import settings
from bridge.topics import TOPICS
from schemas.base import ShortPageQuery
from schemas.outcomes import (
    AttemptPage,
    BoardPage,
    BoardQuery,
    OutcomeAnswer,
    OutcomeDetail,
    OutcomePage,
    OutcomeQuery,
    ReplayedAnswer,
    RotateRequest,
    TopicsAnswer,
    WebhookAnswer,
    WebhookChange,
    WebhookRequest,
    WebhooksAnswer,
    WebhookWithSecret,
    outcome_body,
    secret_body,
)

blueprint = ApiBlueprint("outcomes", __name__, description="The board, webhooks and deliveries.")


@blueprint.route("/board", methods=["GET"])
@blueprint.arguments(BoardQuery, location="query")
@blueprint.response(200, BoardPage)
@requires(Permission.OUTCOMES_READ)
def listed_board(asked: dict[str, Any]) -> dict[str, Any]:
    """What happened to your promises and claims, newest first."""
    place = decode(asked.get("cursor"))
    with db.transaction() as session:
        rows = board.page(
            session,
            actor(),
            unseen=asked["unseen"],
            before=(datetime.fromisoformat(place[0]), UUID(place[1])) if place else None,
            limit=asked["limit"] + 1,
        )
    return page_of(rows, asked["limit"], _board_place)


def _board_place(outcome: Outcome) -> tuple[object, ...]:
    return outcome.created_at, outcome.id


@blueprint.route("/board/<uuid:outcome_id>/seen", methods=["POST"])
@blueprint.response(204)
@requires(Permission.OUTCOMES_READ)
def seen(outcome_id: UUID) -> None:
    """Say that you have seen it. Safe to repeat; the first time counts."""
    with db.transaction() as session:
        board.mark_seen(session, actor(), outcome_id, now=utc_now())


@blueprint.route("/topics", methods=["GET"])
@blueprint.response(200, TopicsAnswer)
@requires(Permission.OUTCOMES_READ)
def topics() -> dict[str, Any]:
    """Every event that a webhook can subscribe to."""
    return {"items": [{"topic": topic, "description": says} for topic, says in TOPICS.items()]}


@blueprint.route("/webhooks", methods=["POST"])
@blueprint.arguments(WebhookRequest)
@blueprint.response(201, WebhookWithSecret)
@contract(key=True, fails=(409,))
@requires(Permission.WEBHOOKS_MANAGE, brand_wide=True)
def register(asked: dict[str, Any]) -> Response:
    """Add a receiver; its signing secret is in this answer and nowhere else.

    Deliveries are signed as Standard Webhooks 1.0.0. An address inside a private network is refused.
    """
    kept = once(WebhookWithSecret, 201)

    def work(session: Session) -> object:
        made = webhooks.register(session, actor(), config=settings(), now=utc_now(), **asked)
        return secret_body(made.endpoint, made.secret)

    return answer(kept, in_transaction(kept, work))


@blueprint.route("/webhooks", methods=["GET"])
@blueprint.response(200, WebhooksAnswer)
@requires(Permission.WEBHOOKS_MANAGE, brand_wide=True)
def listed() -> dict[str, Any]:
    """All receivers of the brand, newest first, without their secrets."""
    with db.transaction() as session:
        return {"items": webhooks.list_endpoints(session, actor())}


@blueprint.route("/webhooks/<uuid:webhook_id>", methods=["GET"])
@blueprint.response(200, WebhookAnswer)
@requires(Permission.WEBHOOKS_MANAGE, brand_wide=True)
def read(webhook_id: UUID) -> WebhookEndpoint:
    """One receiver."""
    with db.transaction() as session:
        return webhooks.show_endpoint(session, actor(), webhook_id)


@blueprint.route("/webhooks/<uuid:webhook_id>", methods=["PATCH"])
@blueprint.arguments(WebhookChange)
@blueprint.response(200, WebhookAnswer)
@requires(Permission.WEBHOOKS_MANAGE, brand_wide=True)
def change(asked: dict[str, Any], webhook_id: UUID) -> WebhookEndpoint:
    """Change topics or description, or switch it off and on. Safe to repeat."""
    with db.transaction() as session:
        return webhooks.update(session, actor(), webhook_id, now=utc_now(), **asked)


@blueprint.route("/webhooks/<uuid:webhook_id>", methods=["DELETE"])
@blueprint.response(204)
@requires(Permission.WEBHOOKS_MANAGE, brand_wide=True)
def delete(webhook_id: UUID) -> None:
    """Take a receiver out of use for good; what it is still owed is cancelled."""
    with db.transaction() as session:
        webhooks.delete(session, actor(), webhook_id, now=utc_now())


@blueprint.route("/webhooks/<uuid:webhook_id>/rotate-secret", methods=["POST"])
@blueprint.arguments(RotateRequest)
@blueprint.response(201, WebhookWithSecret)
@contract(key=True)
@requires(Permission.WEBHOOKS_MANAGE, brand_wide=True)
def rotate_secret(asked: dict[str, int], webhook_id: UUID) -> Response:
    """Make a new signing secret, shown only here. For a while both sign, so that nothing is lost."""
    kept = once(WebhookWithSecret, 201)

    def work(session: Session) -> object:
        made = webhooks.rotate_secret(
            session,
            actor(),
            webhook_id,
            overlap=timedelta(hours=asked["overlap_hours"]),
            config=settings(),
            now=utc_now(),
        )
        return secret_body(made.endpoint, made.secret)

    return answer(kept, in_transaction(kept, work))


@blueprint.route("/webhooks/<uuid:webhook_id>/test", methods=["POST"])
@blueprint.response(201, OutcomeAnswer)
@contract(key=True, fails=(409,))
@requires(Permission.WEBHOOKS_MANAGE, brand_wide=True)
def send_test(webhook_id: UUID) -> Response:
    """Owe the receiver a `webhook.test`; read the outcome by its id to see what came of it."""
    kept = once(OutcomeAnswer, 201)
    return answer(
        kept,
        in_transaction(kept, lambda session: webhooks.send_test(session, actor(), webhook_id, now=utc_now())),
    )


@blueprint.route("/webhooks/<uuid:webhook_id>/deliveries", methods=["GET"])
@blueprint.arguments(ShortPageQuery, location="query")
@blueprint.response(200, AttemptPage)
@requires(Permission.WEBHOOKS_MANAGE, brand_wide=True)
def deliveries(asked: dict[str, Any], webhook_id: UUID) -> dict[str, Any]:
    """Every try at this receiver, newest first."""
    place = decode(asked.get("cursor"))
    with db.transaction() as session:
        rows = outcomes.list_attempts(
            session, actor(), webhook_id, limit=asked["limit"] + 1, before=place[0] if place else None
        )
    return page_of(rows, asked["limit"], lambda attempt: (attempt.id,))


@blueprint.route("/webhooks/<uuid:webhook_id>/replay", methods=["POST"])
@blueprint.response(201, ReplayedAnswer)
@contract(key=True, fails=(409,))
@requires(Permission.WEBHOOKS_MANAGE, brand_wide=True)
def replay_all(webhook_id: UUID) -> Response:
    """Try now everything that this receiver has not got: given up, cancelled, or waiting for a later try.

    Each with its own `webhook-id`, and ten tries again. What was delivered is not sent again. 409 while the
    receiver is switched off.
    """
    kept = once(ReplayedAnswer, 201)

    def work(session: Session) -> object:
        return {"replayed": outcomes.replay_all(session, actor(), webhook_id, now=utc_now())}

    return answer(kept, in_transaction(kept, work))


@blueprint.route("/outcomes", methods=["GET"])
@blueprint.arguments(OutcomeQuery, location="query")
@blueprint.response(200, OutcomePage)
@requires(Permission.OUTCOMES_READ, brand_wide=True)
def listed_outcomes(asked: dict[str, Any]) -> dict[str, Any]:
    """What the brand's receivers were owed, newest first.

    `state=dead` is what was given up; `state=cancelled` what was called off as the receiver was switched off.
    """
    place = decode(asked.get("cursor"))
    with db.transaction() as session:
        rows = outcomes.list_outcomes(
            session,
            actor(),
            state=asked.get("state"),
            endpoint_id=asked.get("webhook_id"),
            limit=asked["limit"] + 1,
            before=UUID(place[0]) if place else None,
        )
    return page_of(rows, asked["limit"], lambda outcome: (outcome.id,))


@blueprint.route("/outcomes/<uuid:outcome_id>", methods=["GET"])
@blueprint.response(200, OutcomeDetail)
@requires(Permission.OUTCOMES_READ, brand_wide=True)
def read_outcome(outcome_id: UUID) -> dict[str, Any]:
    """One outcome with every try at it."""
    with db.transaction() as session:
        return outcome_body(outcomes.show(session, actor(), outcome_id))


@blueprint.route("/outcomes/<uuid:outcome_id>/replay", methods=["POST"])
@blueprint.response(201, OutcomeAnswer)
@contract(key=True, fails=(409,))
@requires(Permission.WEBHOOKS_MANAGE, brand_wide=True)
def replay(outcome_id: UUID) -> Response:
    """Try it now, with the same `webhook-id`.

    It may wait for a later try, or have been given up, cancelled, or delivered to a receiver that lost it. It
    has ten tries again. One that is on its way, or due already, is answered as it is: asking twice sends
    once. 409 while the receiver is switched off.
    """
    kept = once(OutcomeAnswer, 201)
    return answer(
        kept,
        in_transaction(kept, lambda session: outcomes.replay(session, actor(), outcome_id, now=utc_now())),
    )
