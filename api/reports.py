"""HQ's figures: overview, stores, silent stores. Formulas: docs/reports.md."""

from datetime import timedelta
from typing import Any

from flask import Response

from api.auth import actor, brand, requires
from api.blueprints import ApiBlueprint, contract
from api.paging import decode, encode
from bridge import db
from bridge.clock import utc_now
from bridge.queries import detection
from bridge.queries.reports import Scope
from bridge.roles import Permission, reach
from bridge.services import exports
from bridge.services import reports as service
from bridge.tables import as_csv
from schemas.reports import (
    DetectionAnswer,
    OverviewAnswer,
    ReportQuery,
    SilentQuery,
    SilentStoresAnswer,
    StoreFigures,
    StoresPage,
    StoresQuery,
    silent_body,
)

blueprint = ApiBlueprint("reports", __name__, description="HQ's figures.")

EVERY_STORE = 100_000
CSV = "text/csv"
DETECTED_WITHIN = timedelta(days=28)


@blueprint.route("/reports/overview", methods=["GET"])
@blueprint.arguments(ReportQuery, location="query")
@blueprint.response(200, OverviewAnswer)
@contract(fails=(422,))
@requires(Permission.REPORTS_READ)
def overview(asked: dict[str, Any]) -> dict[str, Any]:
    """What is open, late and unseen now, what became of the period's cases, and how long it took.

    Each rate stands beside its counts; times are the median and the ninth decile in both clocks.
    """
    now = utc_now()
    from_at, to_at = service.period(asked.get("from_at"), asked.get("to_at"), now=now)
    with db.reporting() as connection:
        return service.overview(connection, _scope(asked), from_at=from_at, to_at=to_at, now=now)


@blueprint.route("/reports/detection", methods=["GET"])
@blueprint.response(200, DetectionAnswer)
@requires(Permission.REPORTS_READ, brand_wide=True)
def detected() -> dict[str, Any]:
    """How long after it was said a customer's post reached us, of the last 28 days, by way and kind."""
    now = utc_now()
    with db.reporting() as connection:
        rows = detection.lag(connection, brand(), since=now - DETECTED_WITHIN)
    return {"from_at": now - DETECTED_WITHIN, "to_at": now, "items": rows}


@blueprint.route("/reports/stores", methods=["GET"])
@blueprint.arguments(StoresQuery, location="query")
@blueprint.response(200, StoresPage)
@contract(fails=(422,))
@requires(Permission.REPORTS_READ)
def stores(asked: dict[str, Any]) -> dict[str, Any]:
    """The same figures for each store that has something live or in the period."""
    place = decode(asked.get("cursor"))
    from_at, to_at = service.period(asked.get("from_at"), asked.get("to_at"), now=utc_now())
    with db.reporting() as connection:
        rows = service.stores(
            connection,
            _scope(asked),
            from_at=from_at,
            to_at=to_at,
            limit=asked["limit"] + 1,
            order=asked["order"],
            after=place[0] if place else None,
        )
    page = rows[: asked["limit"]]
    more = len(rows) > len(page) and asked["order"] == "number"
    return {"items": page, "next_cursor": encode(page[-1]["store_number"]) if more else None}


@blueprint.route("/reports/stores.csv", methods=["GET"])
@blueprint.arguments(ReportQuery, location="query")
@blueprint.response(200, {"type": "string"}, content_type=CSV)
@contract(fails=(422,))
@requires(Permission.REPORTS_READ)
def stores_csv(asked: dict[str, Any]) -> Response:
    """Every store's figures as CSV; a cell that begins like a formula is kept text.

    Who took how many rows is kept in the audit stream `exports`.
    """
    from_at, to_at = service.period(asked.get("from_at"), asked.get("to_at"), now=utc_now())
    with db.reporting() as connection:
        rows = service.stores(connection, _scope(asked), from_at=from_at, to_at=to_at, limit=EVERY_STORE)
    with db.transaction() as session:
        exports.record(
            session, actor(), what="stores", form="csv", rows=len(rows), asked=asked, now=utc_now()
        )
    body = as_csv(list(StoreFigures._declared_fields), rows)
    return Response(
        body,
        content_type=f"{CSV}; charset=utf-8",
        headers={"Content-Disposition": 'attachment; filename="stores.csv"'},
    )


@blueprint.route("/reports/silent-stores", methods=["GET"])
@blueprint.arguments(SilentQuery, location="query")
@blueprint.response(200, SilentStoresAnswer)
@requires(Permission.REPORTS_READ)
def silent_stores(asked: dict[str, Any]) -> dict[str, Any]:
    """Stores that are hard to reach, worst first, with the parts of their score, over 28 days."""
    with db.reporting() as connection:
        found = service.silent_stores(connection, _scope(asked), now=utc_now(), least=asked["least"])
    return {"items": [silent_body(store) for store in found[: asked["limit"]]]}


def _scope(asked: dict[str, Any]) -> Scope:
    return Scope(
        brand_id=actor().brand_id,
        reach=reach(actor(), Permission.REPORTS_READ),
        store_number=asked.get("store_number"),
        unit_ids=tuple(asked[name] for name in ("district_id", "region_id") if name in asked),
    )
