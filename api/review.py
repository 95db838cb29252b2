"""HQ's queue: what has to be looked at, who takes it, and what was found."""

from datetime import datetime
from typing import Any
from uuid import UUID

from flask import Response, g

from api.auth import actor, requires
from api.blueprints import ApiBlueprint, contract, etag_of, required_version
from api.idempotency import answer, once, vault
from api.paging import decode, page_of
from bridge import db
from bridge.clock import utc_now
from bridge.errors import NotFound
from bridge.idempotency import Once, Replayed
from bridge.lifecycle import Status
from bridge.queries import review_case, review_queue
from bridge.reasons import EntryReason
from bridge.reviewing import allowed_findings
from bridge.roles import Permission, reach
from bridge.services import review as service
from bridge.settings import settings
from schemas.review import (
    AssignRequest,
    BothSidesAnswer,
    FindRequest,
    ReviewAnswer,
    ReviewedAnswer,
    ReviewPage,
    ReviewQuery,
    plain,
    review_body,
)

blueprint = ApiBlueprint("review", __name__, description="HQ's review queue: cases, findings and causes.")


@blueprint.route("/reviews", methods=["GET"])
@blueprint.arguments(ReviewQuery, location="query")
@blueprint.response(200, ReviewPage)
@requires(Permission.REVIEW_READ)
def listed(asked: dict[str, Any]) -> dict[str, Any]:
    """What waits for HQ, oldest first. Filters are joined with and."""
    place = decode(asked.get("cursor"))
    with db.statement() as connection:
        rows = review_queue.page(
            connection,
            review_queue.filter_from(asked, me=actor().id),
            brand_id=actor().brand_id,
            reach=reach(actor(), Permission.REVIEW_READ),
            now=utc_now(),
            place=(datetime.fromisoformat(place[0]), UUID(place[1])) if place else None,
            limit=asked["limit"] + 1,
        )
    page = page_of(rows, asked["limit"], lambda row: (row.opened_at, row.id))
    return {**page, "items": [review_body(row) for row in rows[: asked["limit"]]]}


@blueprint.route("/reviews/<uuid:review_id>", methods=["GET"])
@blueprint.response(200, ReviewAnswer)
@requires(Permission.REVIEW_READ)
def read(review_id: UUID) -> tuple[dict[str, Any], dict[str, str]]:
    """One row; its ETag is the case's version, to send with If-Match."""
    with db.statement() as connection:
        row = review_queue.one(
            connection,
            review_id,
            brand_id=actor().brand_id,
            reach=reach(actor(), Permission.REVIEW_READ),
        )
    if row is None:
        raise NotFound("there is no such review")
    return review_body(row), {"ETag": etag_of(row.version)}


@blueprint.route("/escalations/<uuid:escalation_id>/both-sides", methods=["GET"])
@blueprint.response(200, BothSidesAnswer)
@requires(Permission.REVIEW_READ)
def both_sides(escalation_id: UUID) -> dict[str, Any]:
    """The words of the store, the agent and the customer, the clocks with their trace, the ladder's steps.

    For a case that is or was before HQ. The promise itself is at `/escalations/{id}`.
    """
    with db.statement() as connection:
        rows = review_queue.of_case(
            connection,
            escalation_id,
            brand_id=actor().brand_id,
            reach=reach(actor(), Permission.REVIEW_READ),
        )
        if not rows:
            raise NotFound("there is no such case before HQ")
        said = review_case.both_sides(connection, escalation_id)
    return {
        "reviews": [review_body(row) for row in rows],
        "decisions": plain(said.decisions),
        "appeals": plain(said.appeals),
        "questions": plain(said.questions),
        "transfers": plain(said.transfers),
        "notes": plain(said.notes),
        "milestones": plain(said.clocks.milestones),
        "ladder_runs": plain(said.clocks.runs),
        "ladder_steps": plain(said.clocks.steps),
        "findings_allowed": {
            str(row.id): [found.value for found in _allowed(row)] for row in rows if row.state != "closed"
        },
    }


@blueprint.route("/reviews/<uuid:review_id>/assign", methods=["POST"])
@blueprint.arguments(AssignRequest)
@blueprint.response(201, ReviewedAnswer)
@contract(key=True, version=True, fails=(409,))
@requires(Permission.REVIEW_DECIDE)
def assign(asked: dict[str, Any], review_id: UUID) -> Response:
    """Take it, or give it to somebody who may decide it. Needs If-Match."""
    kept = once(ReviewedAnswer, 201)
    version = required_version()
    with db.act() as act:
        result = service.assign(
            act,
            actor(),
            review_id,
            person_id=asked.get("person_id"),
            if_version=version,
            once=kept,  # type: ignore[arg-type]  # the schema renders a Reviewed
            now=utc_now(),
            request_id=g.request_id,
        )
    return _reviewed(kept, result)


@blueprint.route("/reviews/<uuid:review_id>/find", methods=["POST"])
@blueprint.arguments(FindRequest)
@blueprint.response(201, ReviewedAnswer)
@contract(key=True, version=True, fails=(409,))
@requires(Permission.REVIEW_DECIDE)
def find(asked: dict[str, Any], review_id: UUID) -> Response:
    """Close it with what you found. Needs If-Match.

    `noted` leaves the case as it is. `upheld` closes a case under review, `overturned` gives the
    promise again with a new code under your own right; both close every contested row of the case.
    """
    kept = once(ReviewedAnswer, 201)
    version = required_version()
    with db.act() as act:
        result = service.find(
            act,
            actor(),
            review_id,
            service.Judgement(**asked),
            if_version=version,
            once=kept,  # type: ignore[arg-type]  # the schema renders a Reviewed
            now=utc_now(),
            settings=settings(),
            vault=vault(),
            request_id=g.request_id,
        )
    return _reviewed(kept, result)


def _allowed(row: Any) -> list[Any]:
    return list(allowed_findings(EntryReason(row.entry_reason), Status(row.status)))


def _reviewed(kept: Once[object], result: service.Reviewed | Replayed) -> Response:
    headers = {} if isinstance(result, Replayed) else {"ETag": etag_of(result.version)}
    return answer(kept, result, headers=headers)
