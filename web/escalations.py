"""One escalation with its history and what can be done with it, and the list of one's own."""

from collections.abc import Sequence
from typing import Any
from uuid import UUID

from flask import Response, render_template, request, url_for

from bridge import db
from bridge.clock import utc_now
from bridge.lifecycle import Status
from bridge.queries import records
from bridge.queries.clocks_shown import clocks_of
from bridge.queries.telling_back import TOPIC
from bridge.roles import Permission, can, reach
from bridge.services import handing_over, outcome_texts
from schemas.promises import escalation_body
from web import case_facts, forms, polling, said, words
from web.histories import history_of
from web.languages import LANGUAGES
from web.languages import say as _
from web.sessions import pages, requires, visitor
from web.shown import at

blueprint = pages("escalations")

ROWS = 100


@blueprint.get("/escalations/<uuid:escalation_id>")
@requires(Permission.PROMISES_READ)
def show(escalation_id: UUID) -> str:
    """State, promise, history and look-ups."""
    return page(escalation_id)


@blueprint.get("/escalations")
@requires(Permission.PROMISES_READ)
def mine() -> str:
    """The visitor's own promises, newest first."""
    return _listed(_("My promises"))


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
        written = said.of_case(connection, escalation_id)
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
        said=written,
        goes_back=[it for it in written if it["row"].topic == TOPIC and it["row"].purpose != "note"][:1],
        public_case=(
            {"id": row.id, "number": row.number, "at": row.code_public_at}
            if row.code_public_at and row.status in handing_over.LIVE
            else None
        ),
    )


def _listed(title: str) -> str:
    actor = visitor().actor
    with db.statement() as connection:
        rows = records.listed(
            connection,
            brand_id=actor.brand_id,
            reach=reach(actor, Permission.PROMISES_READ),
            statuses=None,
            agent_id=actor.id,
            store_number=None,
            before=None,
            limit=ROWS,
        )
    return render_template("escalations.html", title=title, rows=rows)
