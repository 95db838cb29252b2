"""HQ's queue and its cases: both sides, the clocks with their reasons, and the finding."""

from typing import Any
from uuid import UUID

from flask import Response, flash, g, render_template, request, url_for
from marshmallow import ValidationError

from bridge import codes, db
from bridge.clock import utc_now
from bridge.errors import Conflict, FourEyes, InvalidInput, MalformedRequest, NotFound
from bridge.idempotency import Replayed
from bridge.lifecycle import Status
from bridge.queries import reports, review_case, review_queue
from bridge.reasons import EntryReason
from bridge.reviewing import AgeBand, Finding, allowed_findings
from bridge.roles import Permission, can, reach, roles_with
from bridge.services import causes, handing_over
from bridge.services import review as service
from bridge.settings import settings
from schemas.promises import escalation_body
from schemas.review import QueueFilters
from web import forms, review_words, words
from web.histories import history_of
from web.languages import language
from web.languages import say as _
from web.places import place_asked
from web.redirects import see_other
from web.sessions import pages, requires, visitor
from web.shown import word
from web.unit_filters import choices, unit_choices

blueprint = pages("review")

ROWS = 50
TEXT_MAX_CHARACTERS = 2000


@blueprint.get("/review")
@requires(Permission.REVIEW_READ)
def queue() -> str:
    """What waits for HQ; every filter stands in the address."""
    actor, now = visitor().actor, utc_now()
    given = {name: value for name, value in request.args.items() if value and name not in {"at", "id"}}
    try:
        asked: dict[str, Any] = QueueFilters().load(given)
    except ValidationError as error:
        raise MalformedRequest("this filter is none of ours") from error
    wanted = review_queue.filter_from(asked, me=actor.id)
    brand_id, within = actor.brand_id, reach(actor, Permission.REVIEW_READ)
    with db.statement() as connection:
        rows = review_queue.page(
            connection, wanted, brand_id=brand_id, reach=within, now=now, place=place_asked(), limit=ROWS + 1
        )
        counts = review_queue.counts(connection, wanted, brand_id=brand_id, reach=within, now=now)
        units = reports.units(connection, brand_id=brand_id, reach=within)
        assert brand_id is not None
        known = causes.in_force(connection.execute, brand_id)
    return render_template(
        "review.html",
        rows=rows[:ROWS],
        after=rows[ROWS - 1] if len(rows) > ROWS else None,
        given=given,
        ageless={name: value for name, value in given.items() if name != "age"},
        reasons=choices(review_words.REASONS),
        states=choices(review_words.REVIEW_STATES),
        statuses=[(status.value, str(text)) for status, (text, _family) in words.STATES.items()],
        ages=[(band, sum(row.rows for row in counts if row.age == band)) for band in AgeBand],
        total=sum(row.rows for row in counts),
        unassigned=sum(row.rows for row in counts if row.unassigned),
        **unit_choices(units),
        causes=[(cause.code, known.path(cause.code, language())) for cause in known.all.values()],
        said=review_words,
    )


@blueprint.get("/review/<uuid:escalation_id>")
@requires(Permission.REVIEW_READ)
def show(escalation_id: UUID) -> str:
    """One case with both sides' words."""
    return _page(escalation_id)


@blueprint.post("/review/<uuid:escalation_id>/assign")
@requires(Permission.REVIEW_DECIDE)
def assign(escalation_id: UUID) -> Response:
    """Take a row, or give it to a colleague."""
    kept = forms.once("page.review.assign", lambda result: {"id": str(result.id)})
    with db.act() as act:
        result = service.assign(
            act,
            visitor().actor,
            _review_id(),
            person_id=forms.uuid("person_id"),
            if_version=forms.whole("version"),
            once=kept,
            now=utc_now(),
            request_id=g.request_id,
        )
    forms.told(kept, result)
    flash(_("Noted who has it."), "go")
    return see_other(url_for("page_review.show", escalation_id=escalation_id))


@blueprint.post("/review/<uuid:escalation_id>/find")
@requires(Permission.REVIEW_DECIDE)
def find(escalation_id: UUID) -> Response | tuple[str, int]:
    """Close a row with a finding; a contested result is decided with it."""
    problems = _problems_of_finding()
    if problems:
        return _page(escalation_id, problems), 422
    kept = forms.once(
        "page.review.find",
        lambda done: {"code": codes.grouped(done.code) if done.code else None},
    )
    try:
        with db.act() as act:
            result: service.Reviewed | Replayed = service.find(
                act,
                visitor().actor,
                _review_id(),
                service.Judgement(
                    Finding(forms.text("finding")),
                    forms.text("text"),
                    forms.text("cause_code"),
                    forms.text("bridge_cause") or None,
                ),
                if_version=forms.whole("version"),
                once=kept,
                now=utc_now(),
                settings=settings(),
                vault=forms.vault(),
                request_id=g.request_id,
            )
    except FourEyes as error:
        own = "reasons" not in error.details
        problems.add(
            "form",
            _("You promised or declined this yourself; somebody else has to look at it.")
            if own
            else _("Your own right does not cover this promise; somebody else has to decide."),
        )
        return _page(escalation_id, problems), 403
    except InvalidInput as error:
        problems.add_all(error.details.get("fields", {}), names=lambda path: path[0])
        return _page(escalation_id, problems), 422
    except Conflict:
        problems.add("form", _("The case went on meanwhile. Look at it again."))
        return _page(escalation_id, problems), 409
    code = forms.told(kept, result)["code"]
    flash(_("Closed. The finding and its cause are kept."), "go")
    if code:
        flash(_("The new code for the customer is %(code)s. Give it in private only.", code=code), "care")
    return see_other(url_for("page_review.show", escalation_id=escalation_id))


def _problems_of_finding() -> forms.Problems:
    problems = forms.Problems()
    if forms.text("finding") not in set(Finding):
        problems.add("finding", _("Choose what you found."))
    if not forms.text("text"):
        problems.add("text", _("Fill this in."))
    elif len(forms.text("text")) > TEXT_MAX_CHARACTERS:
        problems.add("text", forms.worded(f"Longer than maximum length {TEXT_MAX_CHARACTERS}."))
    if not forms.text("cause_code"):
        problems.add("cause_code", _("Choose a cause."))
    return problems


def _page(escalation_id: UUID, problems: forms.Problems | None = None) -> str:
    actor, now = visitor().actor, utc_now()
    with db.statement() as connection:
        rows = review_queue.of_case(
            connection,
            escalation_id,
            brand_id=actor.brand_id,
            reach=reach(actor, Permission.REVIEW_READ),
        )
        if not rows:
            raise NotFound("there is no such case before HQ")
        record = handing_over.read_escalation(connection, actor, escalation_id)
        said = review_case.both_sides(connection, escalation_id)
        history = history_of(
            connection,
            actor,
            escalation_id,
            path=url_for("page_review.show", escalation_id=escalation_id),
            zone=record.store_zone or "UTC",
        )
        assert actor.brand_id is not None
        known = causes.in_force(connection.execute, actor.brand_id)
        coded = {
            row.taxonomy_version: causes.of_version(connection.execute, actor.brand_id, row.taxonomy_version)
            for row in rows
            if row.taxonomy_version
        }
        may_decide = can(actor, Permission.REVIEW_DECIDE)
        reviewers = (
            review_queue.people_with(
                connection, actor.brand_id, roles=roles_with(Permission.REVIEW_DECIDE), now=now
            )
            if may_decide
            else []
        )
    waiting = [row for row in rows if row.state != "closed"]
    chosen = next((row for row in waiting if str(row.id) == request.values.get("review_id")), None)
    chosen = chosen or next((row for row in waiting if _allowed(row)), None)
    return render_template(
        "review_case.html",
        it=escalation_body(record),
        zone=record.store_zone or "UTC",
        rows=rows,
        causes_of={
            row.id: coded[row.taxonomy_version].path(row.cause_code, language())
            for row in rows
            if row.cause_code and row.taxonomy_version
        },
        waiting=waiting,
        chosen=chosen,
        findings=[(found.value, word(found, review_words.FINDINGS)) for found in _allowed(chosen)]
        if chosen
        else [],
        may_decide=may_decide,
        reviewers=[(person.id, person.display_name) for person in reviewers],
        both=said,
        clocks=said.clocks,
        history=history,
        causes=[(cause.code, known.path(cause.code, language())) for cause in known.leaves()],
        bridge_causes=[(code, f"{code} {cause.label(language())}") for code, cause in known.bridge.items()],
        said=review_words,
        problems=problems.found if problems else {},
        typed=request.form,
    )


def _allowed(row: Any) -> list[Finding]:
    return allowed_findings(EntryReason(row.entry_reason), Status(row.status))


def _review_id() -> UUID:
    review_id = forms.uuid("review_id")
    if review_id is None:
        raise MalformedRequest("a hidden field was changed")
    return review_id
