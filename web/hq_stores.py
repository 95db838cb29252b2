"""How stores compare, for HQ as a list and for a store its own place; never by money saved."""

from datetime import timedelta

from flask import render_template

from bridge import db
from bridge.clock import utc_now
from bridge.errors import NotPermitted
from bridge.queries import reports
from bridge.queries.reports import Scope
from bridge.ranking import LEAST_CASES
from bridge.roles import Permission
from bridge.services import standing as service
from web import hq_scope
from web.languages import say_lazily as _
from web.sessions import pages, requires, visitor
from web.unit_filters import choices, unit_choices

blueprint = pages("hq_stores")

BY = {"honoured": _("Honoured of those who came"), "act": _("How soon they act")}


@blueprint.get("/hq/stores")
@requires(Permission.REPORTS_READ)
def ranking() -> str:
    """Stores in order where there is enough to compare, and the others apart."""
    scope, here = hq_scope.asked(apart_from=("days", "by"))
    days, by = hq_scope.days(), hq_scope.chosen("by", BY, "honoured")
    now = utc_now()
    with db.reporting() as connection:
        found = service.standing(connection, scope, by=by, from_at=now - hq_scope.period(days), to_at=now)
        units = reports.units(connection, brand_id=scope.brand_id, reach=scope.reach)
    return render_template(
        "hq_stores.html",
        it=found,
        by=by,
        ways=choices(BY),
        least=LEAST_CASES,
        days=days,
        periods=hq_scope.periods(),
        where=hq_scope.where(here, units),
        here=here,
        given={**here, "days": str(days), "by": by},
        **unit_choices(units),
    )


@blueprint.get("/inbox/place")
@requires(Permission.COUNTER_INBOX)
def own_place() -> str:
    """Where the visitor's own store stands among the brand's, and how that is computed."""
    actor, now = visitor().actor, utc_now()
    if actor.store_id is None:
        raise NotPermitted("only staff of a store have a place", permission=Permission.COUNTER_INBOX.value)
    days = hq_scope.USUAL_DAYS
    everywhere = Scope(actor.brand_id, None)
    with db.reporting() as connection:
        found = service.standings(connection, everywhere, from_at=now - timedelta(days=days), to_at=now)
    return render_template(
        "inbox_place.html",
        places=[(by, label, found[by], found[by].of(actor.store_id)) for by, label in BY.items()],
        least=LEAST_CASES,
        days=days,
    )
