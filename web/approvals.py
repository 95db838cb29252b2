"""What waits for a lead: the list with a form for each request, so that nothing has to be opened.

Approve, reject and cancel are the same acts on the list and on the page of a case; what could not be
done is said where the button was. Nobody approves their own promise, and the right of whoever presses
has to cover it: the services judge that, not this page.
"""

from collections.abc import Callable
from typing import Any
from uuid import UUID

from flask import Response, flash, g, render_template, url_for

from bridge import db
from bridge.clock import utc_now
from bridge.errors import FourEyes, IllegalAction, VersionMismatch
from bridge.queries import waiting_approvals
from bridge.roles import Permission, reach
from bridge.services import approvals as service
from bridge.settings import settings
from web import forms, words
from web.escalations import page
from web.languages import say as _
from web.redirects import see_other
from web.sessions import pages, requires, visitor
from web.shown import word

blueprint = pages("approvals")

ROWS = 100
REASON_MAX_CHARACTERS = 500
Answered = Response | tuple[str, int] | str


@blueprint.get("/approvals")
@requires(Permission.PROMISES_APPROVE)
def approvals() -> str:
    """Promises that wait for somebody with a larger right."""
    return _list()


@blueprint.post("/escalations/<uuid:escalation_id>/approve")
@requires(Permission.PROMISES_APPROVE)
def approve(escalation_id: UUID) -> Answered:
    """Issue it under the visitor's own right."""
    return _settle(
        service.approve, escalation_id, _("Approved. The author has the code now."), vault=forms.vault()
    )


@blueprint.post("/escalations/<uuid:escalation_id>/reject")
@requires(Permission.PROMISES_APPROVE)
def reject(escalation_id: UUID) -> Answered:
    """Refuse it, with a reason for the author."""
    return _settle(service.reject, escalation_id, _("Not approved. The author reads your reason."))


@blueprint.post("/escalations/<uuid:escalation_id>/cancel")
@requires(Permission.PROMISES_WRITE)
def cancel(escalation_id: UUID) -> Answered:
    """Take one's own request back."""
    return _settle(service.cancel, escalation_id, _("Cancelled. No code was made."))


def _settle(act_on: Callable[..., Any], escalation_id: UUID, done: str, **more: Any) -> Answered:
    problems = forms.Problems()
    on_list = forms.text("back") == "approvals"
    field = f"reason-{escalation_id}" if on_list else "reason"
    reason = forms.text("reason")
    if not reason:
        problems.add(field, _("Say why, in a few words."))
    elif len(reason) > REASON_MAX_CHARACTERS:
        problems.add(field, forms.worded(f"Longer than maximum length {REASON_MAX_CHARACTERS}."))
    if problems:
        return _again(escalation_id, problems, 422, on_list=on_list)
    kept = forms.once(f"page.{act_on.__name__}", lambda result: {"id": str(result.id)})
    try:
        with db.act() as act:
            result = act_on(
                act,
                visitor().token,
                escalation_id,
                reason=reason,
                if_version=forms.whole("version"),
                once=kept,
                now=utc_now(),
                settings=settings(),
                request_id=g.request_id,
                **more,
            )
    except FourEyes as error:
        reasons: Any = error.details.get("reasons", ())
        for key in reasons:
            problems.add(f"form-{key}", word(key, words.APPROVAL_REASONS))
        problems.add("form", _("Somebody else has to approve this; your own right does not cover it."))
        return _again(escalation_id, problems, 403, on_list=on_list)
    except (IllegalAction, VersionMismatch):
        if not on_list:
            raise
        problems.add("form", _("Somebody else acted first. This is the list as it is now."))
        return _again(escalation_id, problems, 409, on_list=True)
    forms.told(kept, result)
    flash(done, "go")
    if on_list:
        return see_other(url_for("page_approvals.approvals"))
    return see_other(url_for("page_escalations.show", escalation_id=escalation_id))


def _again(escalation_id: UUID, problems: forms.Problems, status: int, *, on_list: bool) -> Answered:
    if on_list:
        return _list(problems, at=escalation_id), status
    return page(escalation_id, problems), status


def _list(problems: forms.Problems | None = None, *, at: UUID | None = None) -> str:
    """The list; `at` is the request whose form is sent back with what was typed."""
    actor = visitor().actor
    with db.statement() as connection:
        rows = waiting_approvals.waiting(
            connection,
            brand_id=actor.brand_id,
            reach=reach(actor, Permission.PROMISES_APPROVE),
            limit=ROWS,
        )
    return render_template(
        "approvals.html",
        rows=rows,
        me=actor.id,
        at=at,
        problems=problems.found if problems else {},
        now=utc_now(),
    )
