"""The agent's queue: which posts wait, who is on them, and taking one in by its address."""

from datetime import datetime
from uuid import UUID

from flask import Response, flash, render_template, request, url_for

from bridge import db
from bridge.clock import utc_now
from bridge.errors import ClaimTaken, Conflict, InvalidInput, NotPermitted
from bridge.roles import Permission
from bridge.services import board, claims, intake
from bridge.services.intake import Captured
from bridge.threads import QueueFilter
from web import forms
from web.languages import LANGUAGES
from web.languages import say as _
from web.redirects import see_other
from web.sessions import pages, requires, visitor

blueprint = pages("intake")

ROWS = 50


@blueprint.get("/queue")
@requires(Permission.INTAKE_READ)
def queue() -> str:
    """Threads, newest activity first, by filter."""
    wanted = request.args.get("show", QueueFilter.NEW.value)
    show = QueueFilter(wanted) if wanted in set(QueueFilter) else QueueFilter.NEW
    now = utc_now()
    with db.transaction() as session:
        rows = intake.queue(
            session, visitor().actor, filter=show, now=now, limit=ROWS + 1, before=_place(request.args)
        )
        unseen = len(board.page(session, visitor().actor, unseen=True, limit=ROWS))
    page = rows[:ROWS]
    return render_template(
        "queue.html",
        show=show,
        filters=list(QueueFilter),
        rows=page,
        after=page[-1].cursor if len(rows) > ROWS else None,
        paged="at" in request.args,
        unseen=unseen,
        now=now,
    )


@blueprint.get("/queue/capture")
@requires(Permission.INTAKE_WRITE)
def capture() -> str:
    """The form for a post that no connector brought."""
    return render_template("capture.html", problems={}, values={"language": "en"})


@blueprint.post("/queue/capture")
@requires(Permission.INTAKE_WRITE)
def take_in() -> Response | tuple[str, int]:
    """Store the post and open its conversation; the same post twice opens the same one."""
    problems = forms.Problems()
    for name, said in (
        ("permalink", _("Paste the address of the post.")),
        ("handle", _("Write who posted it.")),
        ("text", _("Paste what the post says.")),
    ):
        if not forms.text(name):
            problems.add(name, said)
    language = forms.text("language")
    if not problems:
        now = utc_now()
        try:
            with db.transaction() as session:
                result = intake.capture(
                    session,
                    visitor().actor,
                    Captured(
                        permalink=forms.text("permalink"),
                        handle=forms.text("handle"),
                        text=forms.text("text"),
                        posted_at=now,
                        language=language if language in LANGUAGES else "en",
                        mention_type="untagged" if forms.truth("untagged") else "tagged",
                    ),
                    now,
                )
        except InvalidInput as error:
            problems.add_all(error.details.get("fields"), names=lambda path: path[-1])
        except Conflict as error:
            problems.add("permalink", error.message)
        else:
            if not result.created:
                flash(_("We have this conversation already."), "care")
            return see_other(url_for("page_promises.thread", thread_id=result.thread.id))
    return render_template("capture.html", problems=problems.found, values=request.form), 422


@blueprint.post("/threads/<uuid:thread_id>/claim")
@requires(Permission.INTAKE_CLAIM)
def claim(thread_id: UUID) -> Response:
    """Take the right to answer, or renew it."""
    try:
        with db.transaction() as session:
            claims.claim(session, visitor().actor, thread_id, utc_now())
    except ClaimTaken as error:
        flash(_("%(name)s is on it already.", name=error.details["holder"]), "care")
    return _back(thread_id)


@blueprint.post("/threads/<uuid:thread_id>/take-over")
@requires(Permission.INTAKE_CLAIM)
def take_over(thread_id: UUID) -> Response:
    """Take it from a colleague, with a reason; they are told."""
    try:
        with db.transaction() as session:
            claims.take_over(session, visitor().actor, thread_id, forms.text("reason"), utc_now())
    except ClaimTaken as error:
        flash(_("%(name)s is on it already.", name=error.details["holder"]), "care")
    except NotPermitted:
        flash(_("Only a lead can take it over while a colleague is on it."), "care")
    except InvalidInput:
        flash(_("Say in a few words why you take it over."), "care")
    return _back(thread_id)


@blueprint.post("/threads/<uuid:thread_id>/release")
@requires(Permission.INTAKE_CLAIM)
def release(thread_id: UUID) -> Response:
    """Give it back for others."""
    try:
        with db.transaction() as session:
            claims.release(session, visitor().actor, thread_id, "", utc_now())
    except (ClaimTaken, Conflict):
        flash(_("You were not on it any more."), "care")
    return see_other(url_for("page_intake.queue"))


def _back(thread_id: UUID) -> Response:
    return see_other(url_for("page_promises.thread", thread_id=thread_id))


def _place(asked: dict[str, str]) -> tuple[datetime, UUID] | None:
    """Where the next page starts; an address that somebody bent starts at the top."""
    try:
        moment = datetime.fromisoformat(asked["at"])
        return (moment, UUID(asked["id"])) if moment.tzinfo else None
    except (KeyError, ValueError):
        return None
