"""What HQ takes along: the cases of a filter and the figures of stores, as CSV or JSON.

Bounded, explained column by column, and on record: who took how many rows of what.
"""

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any

import orjson
from flask import Response, request

from bridge import db
from bridge.clock import utc_now
from bridge.errors import NotFound
from bridge.queries import case_list, reports
from bridge.roles import Permission
from bridge.services import causes, exports
from bridge.services import reports as service
from bridge.services.exports import MOST_ROWS
from bridge.tables import as_csv
from web import hq_cases, hq_scope, hq_words
from web.languages import named
from web.sessions import pages, requires, visitor

blueprint = pages("hq_export")

FORMS = {"csv": "text/csv; charset=utf-8", "json": "application/json"}
_RENAMED = {"late": "is_late"}


@blueprint.get("/hq/export/cases.<form>")
@requires(Permission.REPORTS_READ)
def cases(form: str) -> Response:
    """The cases of the filter, in the order of the list, so many as one export holds."""
    content_type = _content_type(form)
    scope, wanted, given = hq_cases.asked()
    actor, now = visitor().actor, utc_now()
    assert actor.brand_id is not None
    with db.reporting() as connection:
        found = case_list.page(connection, scope, wanted, place=None, limit=MOST_ROWS + 1)
        units = reports.units(connection, brand_id=scope.brand_id, reach=scope.reach)
        known = causes.in_force(connection.execute, actor.brand_id)
    rows = [
        {name: getattr(row, _RENAMED.get(name, name)) for name in hq_words.CASE_COLUMNS}
        for row in found[:MOST_ROWS]
    ]
    said = named(hq_cases.said(wanted, given, units, known), hq_cases.rows_said(len(found)))
    _record("cases", form, len(rows), given, now)
    return _download(
        f"cases-{wanted.show}-{now:%Y-%m-%d}.{form}",
        content_type,
        rows,
        columns=hq_words.CASE_COLUMNS,
        about={"said": said, "complete": len(found) <= MOST_ROWS},
    )


@blueprint.get("/hq/export/stores.<form>")
@requires(Permission.REPORTS_READ)
def stores(form: str) -> Response:
    """The figures of every store of the filter."""
    content_type = _content_type(form)
    scope, given = hq_scope.asked(apart_from=("days",))
    now = utc_now()
    start = now - timedelta(days=hq_scope.days())
    with db.reporting() as connection:
        rows = service.stores(connection, scope, from_at=start, to_at=now, limit=MOST_ROWS)
    _record("stores", form, len(rows), {**given, "days": str(hq_scope.days())}, now)
    return _download(
        f"stores-{now:%Y-%m-%d}.{form}",
        content_type,
        rows,
        columns=hq_words.STORE_COLUMNS,
        about={"from": start, "to": now},
    )


def _content_type(form: str) -> str:
    if form not in FORMS:
        raise NotFound("there is no such form of export")
    return FORMS[form]


def _record(what: str, form: str, rows: int, given: Mapping[str, str], now: datetime) -> None:
    if request.method == "HEAD":
        return
    with db.transaction() as session:
        exports.record(session, visitor().actor, what=what, form=form, rows=rows, asked=given, now=now)


def _download(
    name: str,
    content_type: str,
    rows: Sequence[Mapping[str, Any]],
    *,
    columns: Mapping[str, Any],
    about: Mapping[str, Any],
) -> Response:
    if content_type == FORMS["csv"]:
        body: str | bytes = as_csv(list(columns), rows)
    else:
        told = {**about, "columns": {key: str(text) for key, text in columns.items()}, "rows": rows}
        body = orjson.dumps(told, option=orjson.OPT_UTC_Z | orjson.OPT_INDENT_2)
    return Response(
        body, content_type=content_type, headers={"Content-Disposition": f'attachment; filename="{name}"'}
    )
