"""The agent's queue: capture posts, read conversations, claim the right to answer."""

from collections.abc import Callable
from datetime import datetime
from typing import Any
from uuid import UUID

from flask import Response
from sqlmodel import Session

from api.auth import actor, brand, requires
from api.blueprints import ApiBlueprint, contract
from api.idempotency import answer, in_transaction, once
from api.paging import decode, page_of
from bridge import db
from bridge.clock import utc_now
from bridge.errors import NotFound
from bridge.models import ThreadClaim
from bridge.queries import directory as directory_queries
from bridge.queries import intake as queries
from bridge.queries.queue import QueueItem
from bridge.roles import Permission
from bridge.services import capturing, claims, intake, triage
from schemas.intake import (
    CapturedAnswer,
    CaptureRequest,
    ClaimAnswer,
    DuplicatesAnswer,
    DuplicatesQuery,
    QueuePage,
    QueueQuery,
    ReleaseRequest,
    StandingAnswer,
    TakeOverRequest,
    ThreadAnswer,
    TriageRequest,
    captured_body,
    thread_body,
)

blueprint = ApiBlueprint("intake", __name__, description="The agent's queue: capture, read, claim.")


@blueprint.route("/threads", methods=["GET"])
@blueprint.arguments(QueueQuery, location="query")
@blueprint.response(200, QueuePage)
@requires(Permission.INTAKE_READ)
def listed(asked: dict[str, Any]) -> dict[str, Any]:
    """Threads of the brand, newest activity first."""
    place = decode(asked.get("cursor"))
    with db.transaction() as session:
        rows = intake.queue(
            session,
            actor(),
            filter=asked["filter"],
            now=utc_now(),
            limit=asked["limit"] + 1,
            before=(datetime.fromisoformat(place[0]), UUID(place[1])) if place else None,
            words=asked["words"],
        )
    return page_of(rows, asked["limit"], _place)


def _place(item: QueueItem) -> tuple[object, ...]:
    return item.cursor


@blueprint.route("/threads", methods=["POST"])
@blueprint.arguments(CaptureRequest)
@blueprint.response(201, CapturedAnswer)
@contract(key=True, fails=(409,))
@requires(Permission.INTAKE_WRITE)
def capture(asked: dict[str, Any]) -> Response:
    """Put a post into the queue, by its address alone or with the network's own ids.

    The second capture of the same post finds the first: `created` and `post_added` say so.
    Answers 409 when the conversation belongs to another brand.
    """
    kept = once(CapturedAnswer, 201)

    def work(session: Session) -> object:
        return captured_body(capturing.capture(session, actor(), capturing.Captured(**asked), utc_now()))

    return answer(kept, in_transaction(kept, work))


@blueprint.route("/threads/<uuid:thread_id>", methods=["GET"])
@blueprint.response(200, ThreadAnswer)
@requires(Permission.INTAKE_READ)
def read(thread_id: UUID) -> dict[str, Any]:
    """A conversation with its posts, its claim, and its escalations that are open."""
    with db.transaction() as session:
        found = intake.conversation(session, actor(), thread_id)
        escalations = queries.open_escalations_of(session, found.thread)
    return thread_body(found, escalations)


@blueprint.route("/threads/<uuid:thread_id>/claim", methods=["POST"])
@blueprint.response(201, ClaimAnswer)
@contract(key=True, fails=(409,))
@requires(Permission.INTAKE_CLAIM)
def claim(thread_id: UUID) -> Response:
    """Take the right to answer; yours already, it is renewed.

    Of many who try one wins; the others get 409 `claim_taken` with `holder`, `since` and `until`.
    """
    return _claimed(lambda session: claims.claim(session, actor(), thread_id, utc_now()))


@blueprint.route("/threads/<uuid:thread_id>/renew", methods=["POST"])
@blueprint.response(201, ClaimAnswer)
@contract(key=True, fails=(409,))
@requires(Permission.INTAKE_CLAIM)
def renew(thread_id: UUID) -> Response:
    """Lengthen your lease. Answers 409 when somebody else holds the thread, or nobody."""
    return _claimed(lambda session: claims.renew(session, actor(), thread_id, utc_now()))


@blueprint.route("/threads/<uuid:thread_id>/release", methods=["POST"])
@blueprint.arguments(ReleaseRequest)
@blueprint.response(201, ClaimAnswer)
@contract(key=True, fails=(409,))
@requires(Permission.INTAKE_CLAIM)
def release(asked: dict[str, str], thread_id: UUID) -> Response:
    """Give your claim back, so that others see the thread as nobody's."""
    return _claimed(lambda session: claims.release(session, actor(), thread_id, asked["reason"], utc_now()))


@blueprint.route("/threads/<uuid:thread_id>/take-over", methods=["POST"])
@blueprint.arguments(TakeOverRequest)
@blueprint.response(201, ClaimAnswer)
@contract(key=True, fails=(409,))
@requires(Permission.INTAKE_CLAIM)
def take_over(asked: dict[str, str], thread_id: UUID) -> Response:
    """Take the claim from its holder, who is told on the board.

    While the lease runs this needs `intake.take_over`; after its end anybody who may claim may do it.
    """
    return _claimed(lambda session: claims.take_over(session, actor(), thread_id, asked["reason"], utc_now()))


def _claimed(work: Callable[[Session], ThreadClaim]) -> Response:
    kept = once(ClaimAnswer, 201)
    return answer(kept, in_transaction(kept, work))


@blueprint.route("/threads/<uuid:thread_id>/triage", methods=["POST"])
@blueprint.arguments(TriageRequest)
@blueprint.response(200, StandingAnswer)
@contract(key=True, fails=(409,))
@requires(Permission.INTAKE_CLAIM)
def set_aside(asked: dict[str, Any], thread_id: UUID) -> Response:
    """Set a conversation aside, or take it back; your own claim on it ends with setting aside.

    Answers 409 `claim_taken` while a colleague holds it, and 409 `conflict` with `allowed` when its
    state does not allow the move. A snoozed one comes back by itself.
    """
    kept = once(StandingAnswer, 200)

    def work(session: Session) -> object:
        return triage.move(
            session,
            actor(),
            thread_id,
            asked["move"],
            now=utc_now(),
            until=asked.get("until"),
            duplicate_of=asked.get("duplicate_of"),
        )

    return answer(kept, in_transaction(kept, work))


@blueprint.route("/threads/<uuid:thread_id>/standing", methods=["GET"])
@blueprint.response(200, StandingAnswer)
@requires(Permission.INTAKE_READ)
def standing(thread_id: UUID) -> object:
    """Where a conversation stands, and which moves you could make now."""
    with db.transaction() as session:
        return triage.standing(session, actor(), thread_id, now=utc_now())


@blueprint.route("/threads/<uuid:thread_id>/duplicates", methods=["GET"])
@blueprint.arguments(DuplicatesQuery, location="query")
@blueprint.response(200, DuplicatesAnswer)
@requires(Permission.INTAKE_READ)
def duplicates(asked: dict[str, str], thread_id: UUID) -> dict[str, Any]:
    """The same customer's escalations at a store, open or of the last two weeks: look before you promise.

    Also those made to another handle that was linked as the same person.
    """
    with db.transaction() as session:
        thread = intake.conversation(session, actor(), thread_id).thread
        store_id = None
        if "store_number" in asked:
            store = directory_queries.store_by_number(session, brand(), asked["store_number"])
            if store is None:
                raise NotFound("no store has this number")
            store_id = store.id
        found = intake.duplicates(
            session,
            actor(),
            now=utc_now(),
            store_id=store_id,
            identity_id=thread.identity_id,
            item=asked["item"],
        )
    return {"items": found}
