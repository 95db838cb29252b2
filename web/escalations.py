"""One escalation with its history, what a lead may do with it, and the list of what waits for a lead."""

from collections.abc import Callable, Sequence
from typing import Any
from uuid import UUID

from flask import Response, flash, g, render_template, request, url_for

from bridge import db
from bridge.clock import utc_now
from bridge.errors import FourEyes
from bridge.lifecycle import Status
from bridge.queries import records
from bridge.queries.clocks_shown import clocks_of
from bridge.roles import Permission, can, reach
from bridge.services import approvals as service
from bridge.services import handing_over, outcome_texts
from bridge.settings import settings
from schemas.promises import escalation_body
from web import case_facts, forms, polling, words
from web.histories import history_of
from web.languages import LANGUAGES
from web.languages import say as _
from web.redirects import see_other
from web.sessions import pages, requires, visitor
from web.shown import at, word

blueprint = pages("escalations")

ROWS = 100
REASON_MAX_CHARACTERS = 500


@blueprint.get("/escalations/<uuid:escalation_id>")
@requires(Permission.PROMISES_READ)
def show(escalation_id: UUID) -> str:
    """State, promise, history and look-ups."""
    return page(escalation_id)


@blueprint.get("/escalations")
@requires(Permission.PROMISES_READ)
def mine() -> str:
    """The visitor's own promises, newest first."""
    return _listed(_("My promises"), agent_id=visitor().actor.id, statuses=None)


@blueprint.get("/approvals")
@requires(Permission.PROMISES_APPROVE)
def approvals() -> str:
    """Promises that wait for somebody with a larger right."""
    return _listed(_("Approvals"), agent_id=None, statuses=[Status.PENDING_APPROVAL.value])


@blueprint.post("/escalations/<uuid:escalation_id>/approve")
@requires(Permission.PROMISES_APPROVE)
def approve(escalation_id: UUID) -> Response | tuple[str, int]:
    """Issue it under the visitor's own right."""
    return _settle(
        service.approve, escalation_id, _("Approved. The author has the code now."), vault=forms.vault()
    )


@blueprint.post("/escalations/<uuid:escalation_id>/reject")
@requires(Permission.PROMISES_APPROVE)
def reject(escalation_id: UUID) -> Response | tuple[str, int]:
    """Refuse it, with a reason for the author."""
    return _settle(service.reject, escalation_id, _("Not approved. The author reads your reason."))


@blueprint.post("/escalations/<uuid:escalation_id>/cancel")
@requires(Permission.PROMISES_WRITE)
def cancel(escalation_id: UUID) -> Response | tuple[str, int]:
    """Take one's own request back."""
    return _settle(service.cancel, escalation_id, _("Cancelled. No code was made."))


def _settle(
    act_on: Callable[..., Any], escalation_id: UUID, done: str, **more: Any
) -> Response | tuple[str, int]:
    problems = forms.Problems()
    reason = forms.text("reason")
    if not reason:
        problems.add("reason", _("Say why, in a few words."))
    elif len(reason) > REASON_MAX_CHARACTERS:
        problems.add("reason", forms.worded(f"Longer than maximum length {REASON_MAX_CHARACTERS}."))
    if problems:
        return page(escalation_id, problems), 422
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
        return page(escalation_id, problems), 403
    forms.told(kept, result)
    flash(done, "go")
    return see_other(url_for("page_escalations.show", escalation_id=escalation_id))


@blueprint.get("/escalations/<uuid:escalation_id>/news")
@requires(Permission.PROMISES_READ)
def news(escalation_id: UUID) -> Response:
    """Who changed it last: what an open page asks by itself, to say that it is of yesterday."""
    with db.statement() as connection:
        row = handing_over.read_escalation(connection, visitor().actor, escalation_id)
        state = _state(records.timeline(connection, escalation_id), row.store_zone or "UTC")
    return polling.news(state)


def _state(links: Sequence[Any], zone: str) -> dict[str, object]:
    """The last thing that somebody did; what only the clock did makes no page old."""
    done = [link for link in links if link.actor_name]
    if not done:
        return {"seq": 0, "said": ""}
    said = _("Changed by %(name)s, %(time)s.", name=done[-1].actor_name, time=at(done[-1].at, zone))
    return {"seq": done[-1].seq, "said": said}


def page(
    escalation_id: UUID, problems: forms.Problems | None = None, *, appeal_link: str | None = None
) -> str:
    """The page of a case; `appeal_link` is shown this once, because we keep only its hash."""
    actor, now = visitor().actor, utc_now()
    with db.statement() as connection:
        row = handing_over.read_escalation(connection, actor, escalation_id)
        place = row.store_zone or "UTC"
        history = history_of(
            connection,
            actor,
            escalation_id,
            path=url_for("page_escalations.show", escalation_id=escalation_id),
            zone=place,
        )
        state = _state(records.timeline(connection, escalation_id), place)
        life = case_facts.facts(connection, actor, row)
        clocks = clocks_of(connection, escalation_id)
        channel, locale = request.args.get("channel"), request.args.get("locale")
        outcome = outcome_texts.write(
            connection,
            row,
            channel=channel if channel in words.NETWORKS else None,
            locale=locale if locale in LANGUAGES else None,
            now=now,
        )
    is_author = row.agent_id == actor.id
    pending = row.status == Status.PENDING_APPROVAL
    return render_template(
        "escalation.html",
        it=escalation_body(row),
        zone=place,
        address=", ".join(part for part in (row.store_address, row.store_city, row.store_state) if part),
        history=history,
        news_tag=polling.tag_of(state),
        sla=case_facts.sla_line(clocks.milestones, place, now=now),
        outcome=outcome if can(actor, Permission.PROMISES_WRITE) else None,
        told_by=[(value, str(name)) for value, name in words.TOLD_BY.items()],
        may_approve=pending and not is_author and can(actor, Permission.PROMISES_APPROVE),
        may_cancel=pending and is_author,
        may_see_code=row.status in handing_over.LIVE
        and (
            (is_author and can(actor, Permission.PROMISES_CODE))
            or (can(actor, Permission.PROMISES_APPROVE) and can(actor, Permission.PROMISES_CODE))
        ),
        problems=problems.found if problems else {},
        life=life,
        clocks=clocks,
        appeal_link=appeal_link,
    )


def _listed(title: str, *, agent_id: UUID | None, statuses: list[str] | None) -> str:
    actor = visitor().actor
    with db.statement() as connection:
        rows = records.listed(
            connection,
            brand_id=actor.brand_id,
            reach=reach(actor, Permission.PROMISES_READ),
            statuses=statuses,
            agent_id=agent_id,
            store_number=None,
            before=None,
            limit=ROWS,
        )
    return render_template("escalations.html", title=title, rows=rows, waiting=statuses is not None)
