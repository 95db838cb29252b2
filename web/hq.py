"""HQ's overview, how long things took, and the silent stores: figures that lead into lists of cases."""

from collections.abc import Callable
from typing import Any

from flask import render_template

from bridge import db
from bridge.clock import utc_now
from bridge.queries import reports as queries
from bridge.queries import review_queue
from bridge.roles import Permission, can, reach
from bridge.services import overview as service
from bridge.services import reports
from bridge.services.overview import Overview, Place
from web import charts, hq_scope, review_words
from web.languages import named
from web.languages import say as _
from web.sessions import pages, requires, visitor
from web.unit_filters import unit_choices

blueprint = pages("hq")

NEEDED_ROWS = 5
STORES_SHOWN = 150
"""So many stores stand beneath their districts; a larger brand opens one district at a time."""
BANDS_SHOWN = 6
Key = Callable[[Place], Any]
SORTS: dict[str, Key] = {
    "place": lambda place: (place.name == "", place.name.casefold(), place.number),
    "open": lambda place: place.figures.open,
    "oldest": lambda place: place.figures.oldest_at and -place.figures.oldest_at.timestamp(),
    "late": lambda place: place.figures.late,
    "honoured": lambda place: place.figures.honour_rate_per_mille,
    "act": lambda place: place.figures.median_seconds_to_act,
}
"""What the table can be sorted by; what has no value stands last, whichever way."""
USUAL_SORT, USUAL_WAY = "late", "down"


@blueprint.get("/hq")
@requires(Permission.REPORTS_READ)
def overview() -> str:
    """Four counts that lead on, every district and store, what needs somebody, and how fast stores act."""
    scope, here = hq_scope.asked(apart_from=("days", "sort", "way"))
    now, days = utc_now(), hq_scope.days()
    sort = hq_scope.chosen("sort", SORTS, USUAL_SORT)
    way = hq_scope.chosen("way", ("up", "down"), USUAL_WAY)
    actor = visitor().actor
    with db.reporting() as connection:
        found = service.overview(connection, scope, from_at=now - hq_scope.period(days), to_at=now, now=now)
        units = queries.units(connection, brand_id=scope.brand_id, reach=scope.reach)
        needed = _needed(connection, now) if can(actor, Permission.REVIEW_READ) else []
    districts = _sorted(found.districts, sort, way)
    for district in districts:
        district.stores = _sorted(district.stores, sort, way)
    stores = [store for district in districts for store in district.stores]
    return render_template(
        "hq.html",
        it=found,
        figures=found.all.figures,
        tree=districts,
        stores_count=len(stores),
        shows_stores=len(stores) <= STORES_SHOWN or "district_id" in here,
        first=_first(stores),
        needed=needed,
        chart=_bands(found, districts),
        where=hq_scope.where(here, units),
        **unit_choices(units),
        here=here,
        given={**here, "days": str(days)},
        kept={**here, "days": str(days), "sort": sort, "way": way},
        days=days,
        sort=sort,
        way=way,
        periods=hq_scope.periods(),
        said=review_words,
    )


@blueprint.get("/hq/times")
@requires(Permission.REPORTS_READ)
def times() -> str:
    """How long each kind of clock ran, in calendar time and in open time, and what came out by age."""
    scope, here = hq_scope.asked(apart_from=("days",))
    now, days = utc_now(), hq_scope.days()
    with db.reporting() as connection:
        figures = reports.overview(connection, scope, from_at=now - hq_scope.period(days), to_at=now, now=now)
        units = queries.units(connection, brand_id=scope.brand_id, reach=scope.reach)
    return render_template(
        "hq_times.html",
        figures=figures,
        where=hq_scope.where(here, units),
        **unit_choices(units),
        here=here,
        given={**here, "days": str(days)},
        days=days,
        periods=hq_scope.periods(),
        said=review_words,
    )


@blueprint.get("/hq/silent")
@requires(Permission.REPORTS_READ)
def silent() -> str:
    """Stores that nobody reaches, worst first, with what the score is made of."""
    scope, given = hq_scope.asked()
    with db.statement() as connection:
        found = reports.silent_stores(connection, scope, now=utc_now())
        units = queries.units(connection, brand_id=scope.brand_id, reach=scope.reach)
    return render_template(
        "hq_silent.html",
        stores=found,
        given=given,
        where=hq_scope.where(given, units),
        said=review_words,
        **unit_choices(units),
    )


def _needed(connection: Any, now: Any) -> list[Any]:
    actor = visitor().actor
    return review_queue.page(
        connection,
        review_queue.QueueFilter(state="open"),
        brand_id=actor.brand_id,
        reach=reach(actor, Permission.REVIEW_READ),
        now=now,
        place=None,
        limit=NEEDED_ROWS,
    )


def _sorted(places: list[Place], sort: str, way: str) -> list[Place]:
    key = SORTS[sort]
    known = [place for place in places if key(place) is not None]
    unknown = [place for place in places if key(place) is None]
    known.sort(key=SORTS["place"])
    known.sort(key=key, reverse=(way == "down"))
    return known + sorted(unknown, key=SORTS["place"])


def _first(stores: list[Place]) -> tuple[Place, str] | None:
    """The store to open first, and of which cases it has most: late ones, else unseen, else open ones.

    Called by what is counted and never "the worst": the ranking of stores has another order.
    """
    found = max(
        stores,
        key=lambda store: (store.figures.late, store.figures.unacknowledged, store.figures.open),
        default=None,
    )
    if found is None or not found.figures.open:
        return None
    if found.figures.late:
        return found, "late"
    return found, "unseen" if found.figures.unacknowledged else "open"


def _bands(found: Overview, districts: list[Place]) -> charts.Bars | None:
    if not any(found.all.figures.bands):
        return None
    names = (
        _("under 15 min"),
        _("15 min to 1 h"),
        _("1 to 4 h"),
        _("4 to 24 h"),
        _("a day or more"),
    )
    shown = [place for place in districts if place.name and any(place.figures.bands)][:BANDS_SHOWN]
    rows = [
        (label, [charts.Value(name, count) for name, count in zip(names, place.figures.bands, strict=True)])
        for label, place in [(_("All"), found.all), *((place.name, place) for place in shown)]
    ]
    counted = ", ".join(
        named(name, count) for name, count in zip(names, found.all.figures.bands, strict=True)
    )
    return charts.bands("act", _("How soon stores act"), rows, description=counted)
