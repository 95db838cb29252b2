"""What an agent does with a conversation beside promising: claim it, say that one is there, set it aside."""

from datetime import datetime, timedelta
from http import HTTPStatus
from uuid import UUID

from flask import Response, flash, render_template, request, url_for

from bridge import db
from bridge.clock import utc_now
from bridge.errors import ClaimTaken, Conflict, InvalidInput, NotPermitted
from bridge.roles import Actor, Permission, can
from bridge.services import claims, presence, triage
from bridge.triage import Move
from web import forms, thread_page
from web.error_pages import FRAGMENT
from web.languages import say as _
from web.polling import tag_of
from web.redirects import see_other
from web.sessions import POLL, pages, requires, visitor

blueprint = pages("desk")
THREAD = "/threads/<uuid:thread_id>"

SNOOZES = {
    "1h": timedelta(hours=1),
    "3h": timedelta(hours=3),
    "1d": timedelta(days=1),
    "3d": timedelta(days=3),
    "7d": timedelta(days=7),
}


@blueprint.post(f"{THREAD}/claim")
@requires(Permission.INTAKE_CLAIM)
def claim(thread_id: UUID) -> Response:
    """Take the right to answer, or renew it."""
    try:
        with db.transaction() as session:
            claims.claim(session, visitor().actor, thread_id, utc_now())
    except ClaimTaken as error:
        flash(_("%(name)s is on it already.", name=error.details["holder"]), "care")
    return _back(thread_id)


@blueprint.post(f"{THREAD}/begin")
@requires(Permission.INTAKE_CLAIM)
def begin(thread_id: UUID) -> Response:
    """Start to write, or go on: the page's own module sends it, and gets who is on it now."""
    actor, now = visitor().actor, utc_now()
    status = HTTPStatus.OK
    try:
        with db.transaction() as session:
            presence.see(session, actor, thread_id, doing=presence.REPLYING, now=now)
            claims.begin(session, actor, thread_id, now)
    except ClaimTaken as error:
        status = HTTPStatus.CONFLICT
        if FRAGMENT not in request.headers:
            flash(_("%(name)s is on it already.", name=error.details["holder"]), "care")
    if FRAGMENT not in request.headers:
        return _back(thread_id)
    return _who(actor, thread_id, now=now, status=status)


@blueprint.get(f"{THREAD}/news")
@requires(Permission.INTAKE_READ)
def thread_news(thread_id: UUID) -> Response:
    """Who is on it, or 304. Asked by the page's own module, it also says that the visitor is there.

    That note is no more than a line of a log: it lives for a minute and gives no right.
    """
    actor, now = visitor().actor, utc_now()
    if POLL in request.headers and can(actor, Permission.INTAKE_CLAIM):
        doing = presence.REPLYING if request.args.get("doing") == presence.REPLYING else presence.LOOKING
        with db.transaction() as session:
            presence.see(session, actor, thread_id, doing=doing, now=now)
    answer = _who(actor, thread_id, now=now)
    answer.make_conditional(request)
    return answer


@blueprint.post(f"{THREAD}/leave")
@requires(Permission.INTAKE_READ)
def leave(thread_id: UUID) -> Response:
    """The visitor closed the page."""
    with db.transaction() as session:
        presence.leave(session, visitor().actor, thread_id)
    return Response(status=HTTPStatus.NO_CONTENT)


@blueprint.post(f"{THREAD}/take-over")
@requires(Permission.INTAKE_CLAIM)
def take_over(thread_id: UUID) -> Response:
    """Take it from a colleague, who is told; a firm claim needs a lead and a reason."""
    try:
        with db.transaction() as session:
            claims.take_over(session, visitor().actor, thread_id, forms.text("reason"), utc_now())
    except ClaimTaken as error:
        flash(_("%(name)s is on it already.", name=error.details["holder"]), "care")
    except NotPermitted:
        flash(_("Only a lead can take it over while a colleague is on it."), "care")
    except InvalidInput:
        flash(_("Say in a few words why you take it over."), "care")
    else:
        flash(_("It is yours now. Your colleague was told."), "go")
    return _back(thread_id)


@blueprint.post(f"{THREAD}/release")
@requires(Permission.INTAKE_CLAIM)
def release(thread_id: UUID) -> Response:
    """Give it back for others."""
    try:
        with db.transaction() as session:
            claims.release(session, visitor().actor, thread_id, "", utc_now())
    except (ClaimTaken, Conflict):
        flash(_("You were not on it any more."), "care")
    return see_other(url_for("page_intake.queue"))


@blueprint.post(f"{THREAD}/triage")
@requires(Permission.INTAKE_CLAIM)
def set_aside(thread_id: UUID) -> Response:
    """Set it aside or take it back; a refusal changes nothing and says why."""
    wanted, now = forms.text("move"), utc_now()
    moved = {
        Move.REPLY_ONLY: _("Set aside: it only needed a reply."),
        Move.NOT_OURS: _("Set aside: not ours."),
        Move.SNOOZE: _("Snoozed. It comes back by itself."),
        Move.DUPLICATE: _("Set aside as a duplicate."),
        Move.BACK: _("Back in the queue."),
    }
    if wanted not in moved:
        return _back(thread_id)
    try:
        with db.transaction() as session:
            triage.move(
                session,
                visitor().actor,
                thread_id,
                Move(wanted),
                now=now,
                until=_until(now) if wanted == Move.SNOOZE else None,
                duplicate_of=forms.uuid("duplicate_of"),
            )
    except ClaimTaken as error:
        flash(_("%(name)s is on it already.", name=error.details["holder"]), "care")
    except Conflict:
        flash(_("This changed a moment ago. Look again what is possible now."), "care")
    except InvalidInput:
        said = {
            Move.SNOOZE: _("Say until when, within thirty days."),
            Move.DUPLICATE: _("Choose the conversation that it repeats."),
        }
        flash(said[Move(wanted)], "care")
    else:
        flash(moved[Move(wanted)], "go")
    return _back(thread_id)


def _until(now: datetime) -> datetime | None:
    """The moment of a snooze: one of the spans that the page offers."""
    span = SNOOZES.get(forms.text("span"))
    return now + span if span else None


def _who(actor: Actor, thread_id: UUID, *, now: datetime, status: HTTPStatus = HTTPStatus.OK) -> Response:
    with db.transaction() as session:
        stand = triage.standing(session, actor, thread_id, now=now)
        others = presence.others(session, actor, [thread_id], now=now).get(thread_id, [])
    answer = Response(
        render_template("_who.html", stand=stand, others=others, now=now),
        status=status,
    )
    answer.set_etag(tag_of(thread_page.tag(stand, others)))
    answer.headers[FRAGMENT] = "who"
    return answer


def _back(thread_id: UUID) -> Response:
    return see_other(url_for("page_promises.thread", thread_id=thread_id))
