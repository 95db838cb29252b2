"""HQ's list of cases behind a figure: the filter stands in the address and is said in words."""

from datetime import timedelta
from typing import Any

from flask import render_template, request
from marshmallow import ValidationError

from bridge import db
from bridge.clock import utc_now
from bridge.errors import MalformedRequest
from bridge.queries import case_list, reports
from bridge.queries.case_list import LIVE_LISTS, CaseFilter
from bridge.queries.reports import Scope
from bridge.roles import Permission
from bridge.services import causes
from bridge.services.exports import MOST_ROWS
from schemas.reports import CasesFilter
from web import hq_scope, hq_words, words
from web.languages import language
from web.languages import say as _
from web.languages import say_counted as ngettext
from web.places import place_asked
from web.sessions import pages, requires, visitor
from web.shown import counted as written
from web.shown import day, word
from web.unit_filters import choices, unit_choices

blueprint = pages("hq_cases")

ROWS = 50


@blueprint.get("/hq/cases")
@requires(Permission.REPORTS_READ)
def cases() -> str:
    """The cases of a filter: what is live oldest first, what has ended newest first."""
    scope, wanted, given = asked()
    actor = visitor().actor
    assert actor.brand_id is not None
    with db.reporting() as connection:
        found = case_list.page(connection, scope, wanted, place=place_asked(), limit=ROWS + 1)
        counted = case_list.count(connection, scope, wanted, most=MOST_ROWS + 1)
        units = reports.units(connection, brand_id=scope.brand_id, reach=scope.reach)
        known = causes.in_force(connection.execute, actor.brand_id)
    rows = found[:ROWS]
    return render_template(
        "hq_cases.html",
        rows=rows,
        after=rows[-1] if len(found) > ROWS else None,
        is_live=wanted.show in LIVE_LISTS,
        show=wanted.show,
        title=said(wanted, given, units, known),
        rows_said=rows_said(counted),
        is_too_long=counted > MOST_ROWS,
        most_rows=written(MOST_ROWS),
        given=given,
        lists=choices(hq_words.LISTS),
        reasons=choices(words.DECLINE_REASONS),
        causes=[(cause.code, known.path(cause.code, language())) for cause in known.all.values()],
        cause_of={row.cause_code: known.path(row.cause_code, language()) for row in rows if row.cause_code},
        columns=hq_words.CASE_COLUMNS,
        periods=hq_scope.periods(),
        **unit_choices(units),
    )


def asked() -> tuple[Scope, CaseFilter, dict[str, str]]:
    """The filter in the address, checked: stores, cases, and as it was given. Raises MalformedRequest."""
    given = {name: value for name, value in request.args.items() if value and name not in {"at", "id"}}
    try:
        found: dict[str, Any] = CasesFilter().load(
            {name: value for name, value in given.items() if name != "days"}
        )
    except ValidationError as error:
        raise MalformedRequest("this filter is none of ours") from error
    if "days" in given:
        found.setdefault("from_at", utc_now() - timedelta(days=hq_scope.days()))
    wanted = CaseFilter(
        show=found["show"],
        reason=found.get("reason"),
        cause=found.get("cause"),
        from_at=found.get("from_at"),
        to_at=found.get("to_at"),
    )
    return hq_scope.scope_of(found), wanted, given


def said(wanted: CaseFilter, given: dict[str, str], units: Any, known: Any) -> str:
    """The filter in words: "Declined, Item not in stock, North, Jun 1 to Jun 30"."""
    parts = [word(wanted.show, hq_words.LISTS)]
    if wanted.reason:
        parts.append(word(wanted.reason, words.DECLINE_REASONS))
    if wanted.cause:
        parts.append(known.path(wanted.cause, language()))
    if where := hq_scope.where(given, units):
        parts.append(where)
    if when := _period(wanted, given):
        parts.append(when)
    return ", ".join(parts)


def rows_said(counted: int) -> str:
    """How many rows there are, as far as they were counted."""
    if counted > MOST_ROWS:
        return _("more than %(most)s rows", most=written(MOST_ROWS))
    return ngettext("%(num)s row", "%(num)s rows", counted)


def _period(wanted: CaseFilter, given: dict[str, str]) -> str:
    if "days" in given:
        return ngettext("the last %(num)s day", "the last %(num)s days", hq_scope.days())
    if wanted.from_at and wanted.to_at:
        return _("%(start)s to %(end)s", start=day(wanted.from_at), end=day(wanted.to_at))
    if wanted.from_at:
        return _("since %(start)s", start=day(wanted.from_at))
    return _("until %(end)s", end=day(wanted.to_at)) if wanted.to_at else ""
