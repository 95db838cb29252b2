"""Why promises fail: one small line for each reason and each cause over twelve weeks.

Lines that are compared share a scale: the reasons one, the causes one. What has no cause yet is a multiple
of any of them and would press them flat, so that it stands apart on its own.
"""

from collections.abc import Sequence
from datetime import datetime
from functools import partial
from typing import Any

from flask import render_template, request, url_for

from bridge import db
from bridge.causes import LEVELS, Causes
from bridge.clock import utc_now
from bridge.queries import reports
from bridge.roles import Permission
from bridge.services import causes as taxonomy
from bridge.services import over_time as service
from bridge.services.over_time import OverTime, Series
from web import charts, hq_scope, words
from web.languages import language
from web.languages import say as _
from web.sessions import pages, requires, visitor
from web.shown import day, word
from web.unit_filters import unit_choices

blueprint = pages("hq_causes")


@blueprint.get("/hq/causes")
@requires(Permission.REPORTS_READ)
def causes() -> str:
    """Declines by reason and ended cases by cause, week by week; a cause opens what lies beneath it."""
    scope, here = hq_scope.asked(apart_from=("beneath",))
    actor = visitor().actor
    assert actor.brand_id is not None
    with db.reporting() as connection:
        known = taxonomy.in_force(connection.execute, actor.brand_id)
        above = request.args.get("beneath") or None
        if above is not None:
            above = hq_scope.chosen("beneath", known.all, "")
        found = service.over_time(connection, scope, above=above, now=utc_now())
        units = reports.units(connection, brand_id=scope.brand_id, reach=scope.reach)
    draw = partial(_panel, found=found, here=here)
    of_reasons, of_causes = _top(found.reasons), _top(found.causes)
    return render_template(
        "hq_causes.html",
        reasons=[
            draw(
                "reason", series, number=number, name=word(series.key, words.DECLINE_REASONS), top=of_reasons
            )
            for number, series in enumerate(found.reasons)
        ],
        causes=[
            {
                **draw("cause", series, number=number, name=_label(known, series.key), top=of_causes),
                "beneath": series.key if _has_more(known, series.key) else "",
            }
            for number, series in enumerate(found.causes)
        ],
        untagged=draw(
            "untagged",
            found.untagged,
            number=0,
            name=_("Without a cause"),
            top=_top([found.untagged]),
        ),
        share=found.untagged_per_mille,
        above=known.path(above, language()) if above else "",
        up=above.rpartition(".")[0] if above else None,
        weeks=len(found.weeks),
        where=hq_scope.where(here, units),
        here=here,
        **unit_choices(units),
    )


def _has_more(known: Causes, code: str) -> bool:
    return code in known.all and known.all[code].level < LEVELS


def _label(known: Causes, code: str) -> str:
    return str(known.all[code].label(language())) if code in known.all else code


def _panel(
    kind: str, series: Series, *, number: int, name: str, top: int, found: OverTime, here: dict[str, str]
) -> dict[str, Any]:
    values = [
        charts.Value(day(start), count, _behind(kind, series.key, start, end, here))
        for (start, end), count in zip(found.weeks, series.counts, strict=True)
    ]
    return {
        "chart": charts.line(
            f"{kind}-{number}", name, values, description=_read(series.counts), top=top, tone=_tone(kind)
        ),
        "newest": series.newest,
        "change": _changed(series.change),
        "href": values[-1].href,
    }


def _top(together: Sequence[Series]) -> int:
    """The upper edge of lines that are read side by side."""
    return charts.nice_top([count for series in together for count in series.counts])


def _read(counts: Sequence[int]) -> str:
    return _("Weekly counts, oldest first: %(counts)s", counts=", ".join(map(str, counts)))


def _changed(change: int) -> str:
    """The change in words, because a sign is easily overlooked."""
    if change == 0:
        return _("as in the week before")
    return _("up %(count)s", count=change) if change > 0 else _("down %(count)s", count=-change)


def _tone(kind: str) -> int:
    return {"reason": 5, "cause": 1, "untagged": 6}[kind]


def _behind(kind: str, key: str, start: datetime, end: datetime, here: dict[str, str]) -> str:
    """The list of the cases that a point counts."""
    narrowed = {
        "reason": {"show": "declined", "reason": key},
        "cause": {"show": "ended", "cause": key},
        "untagged": {"show": "untagged"},
    }[kind]
    period = {"from": start.isoformat(), "to": end.isoformat()}
    return url_for("page_hq_cases.cases", **here, **narrowed, **period)  # type: ignore[arg-type]  # texts all of them
