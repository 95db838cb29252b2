"""The agent's board: what stores and leads did with the agent's promises."""

from datetime import timedelta
from uuid import UUID

from flask import Response, render_template, request, url_for

from bridge import db
from bridge.clock import utc_now
from bridge.errors import MalformedRequest
from bridge.queries.board import handles_of, outcomes_to_send
from bridge.roles import Permission
from bridge.services import board as service
from web.redirects import see_other
from web.sessions import pages, requires, visitor

blueprint = pages("board")

ROWS = 100
TOLD_WITHIN = timedelta(days=60)
"""Whoever was not told by then will not wait for it any more."""


@blueprint.get("/board")
@requires(Permission.OUTCOMES_READ)
def board() -> str:
    """The visitor's own entries, unseen first."""
    with db.transaction() as session:
        unseen = service.page(session, visitor().actor, unseen=True, limit=ROWS)
        newest = service.page(session, visitor().actor, limit=ROWS)
        about = [entry.escalation_id for entry in (*unseen, *newest) if entry.escalation_id]
        handles = handles_of(session, about)
        person_id = visitor().actor.id
        assert person_id is not None
        to_send = outcomes_to_send(session, person_id, since=utc_now() - TOLD_WITHIN, limit=ROWS)
    seen = [entry for entry in newest if entry.seen_at is not None]
    return render_template("board.html", unseen=unseen, seen=seen, handles=handles, to_send=to_send)


@blueprint.post("/board/seen")
@requires(Permission.OUTCOMES_READ)
def mark_seen() -> Response:
    """Mark entries of one's own as seen."""
    try:
        wanted = [UUID(given) for given in request.form.getlist("outcome")[:ROWS]]
    except ValueError as error:
        raise MalformedRequest("a hidden field was changed") from error
    with db.transaction() as session:
        for outcome_id in wanted:
            service.mark_seen(session, visitor().actor, outcome_id, now=utc_now())
    return see_other(url_for("page_board.board"))
