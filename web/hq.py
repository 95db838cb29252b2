"""HQ's overview and the silent stores: counts that lead into filtered lists."""

from datetime import timedelta
from typing import Any

from flask import Response, render_template, request
from marshmallow import ValidationError

from bridge import db
from bridge.clock import utc_now
from bridge.errors import MalformedRequest
from bridge.queries import reports as queries
from bridge.queries.reports import Scope
from bridge.roles import Permission, reach
from bridge.services import reports as service
from bridge.tables import as_csv
from schemas.reports import StoreFigures, StoresFilter
from web import review_words
from web.languages import say_counted as ngettext
from web.sessions import pages, requires, visitor
from web.unit_filters import unit_choices

blueprint = pages("hq")

WORST_STORES = 50
EVERY_STORE = 100_000
PERIODS_DAYS = (7, 28, 90, 365)


@blueprint.get("/hq")
@requires(Permission.REPORTS_READ)
def overview() -> str:
    """What is open, late and unseen, what became of promises, and where."""
    scope, given = _asked()
    now, days = utc_now(), _days()
    start = now - timedelta(days=days)
    with db.statement() as connection:
        figures = service.overview(connection, scope, from_at=start, to_at=now, now=now)
        rows = service.stores(connection, scope, from_at=start, to_at=now, limit=WORST_STORES, order="worst")
        units = queries.units(connection, brand_id=scope.brand_id, reach=scope.reach)
    return render_template(
        "hq.html",
        figures=figures,
        stores=rows,
        **unit_choices(units),
        here=given,
        given={**given, "days": str(days)},
        periods=[(count, ngettext("%(num)s day", "%(num)s days", count)) for count in PERIODS_DAYS],
        said=review_words,
    )


@blueprint.get("/hq/stores.csv")
@requires(Permission.REPORTS_READ)
def stores_csv() -> Response:
    """Every store of the filter, for a spreadsheet."""
    scope, _ = _asked()
    now = utc_now()
    with db.statement() as connection:
        rows = service.stores(
            connection, scope, from_at=now - timedelta(days=_days()), to_at=now, limit=EVERY_STORE
        )
    return Response(
        as_csv(list(StoreFigures._declared_fields), rows),
        content_type="text/csv; charset=utf-8",
        headers={"Content-Disposition": 'attachment; filename="stores.csv"'},
    )


@blueprint.get("/hq/silent")
@requires(Permission.REPORTS_READ)
def silent() -> str:
    """Stores that nobody reaches, worst first, with what the score is made of."""
    scope, given = _asked()
    with db.statement() as connection:
        found = service.silent_stores(connection, scope, now=utc_now())
        units = queries.units(connection, brand_id=scope.brand_id, reach=scope.reach)
    return render_template(
        "hq_silent.html", stores=found, given=given, said=review_words, **unit_choices(units)
    )


def _asked() -> tuple[Scope, dict[str, Any]]:
    given = {name: value for name, value in request.args.items() if value and name != "days"}
    try:
        asked = StoresFilter().load(given)
    except ValidationError as error:
        raise MalformedRequest("this filter is none of ours") from error
    actor = visitor().actor
    units = tuple(asked[name] for name in ("district_id", "region_id") if name in asked)
    return (
        Scope(actor.brand_id, reach(actor, Permission.REPORTS_READ), asked.get("store_number"), units),
        given,
    )


def _days() -> int:
    given = request.args.get("days", "28")
    if given not in {str(days) for days in PERIODS_DAYS}:
        raise MalformedRequest("this filter is none of ours")
    return int(given)
