"""A store's opening hours of the coming two weeks: other hours on a date, closed, open again.

For the store's own manager, who closes and reopens it, and for administrators, who also give
dates other hours and say whether public holidays count. Times are the store's own clock.
"""

from collections.abc import Callable
from datetime import date, datetime
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

from flask import Response, flash, render_template, request, url_for
from sqlmodel import Session

from bridge import db
from bridge.clock import utc_now
from bridge.errors import Conflict, InvalidInput, NotFound, NotPermitted
from bridge.hours import wall_moment, windows_line
from bridge.models import OrgUnit, Store
from bridge.queries import calendars as queries
from bridge.queries import directory
from bridge.reasons import PauseReason
from bridge.roles import Permission, can
from bridge.services import calendar_changes as changes
from bridge.services.calendars import StoreCalendar, store_calendar
from schemas.calendars import days_from, opening_after
from web import forms
from web.languages import language
from web.languages import say as _
from web.redirects import see_other
from web.sessions import pages, requires, visitor

blueprint = pages("calendars")

ADDRESS = "/stores/<string(maxlength=40):number>/calendar"
LABEL_MAX_CHARACTERS = 80

Work = Callable[[Session, Store], object]


@blueprint.get("/calendar")
@requires(Permission.DIRECTORY_WRITE)
def find() -> Response | tuple[str, int] | str:
    """Ask for a store's number and go to its hours."""
    number = request.args.get("number", "").strip()
    if not number:
        return render_template("calendar_find.html", problems={}, typed={})
    with db.transaction() as session:
        found = directory.store_by_number(session, _brand(), number)
    if found is None:
        problems = {"number": _("No store has this number.")}
        return render_template("calendar_find.html", problems=problems, typed={"number": number}), 422
    return see_other(url_for("page_calendars.show", number=found.number))


@blueprint.get(ADDRESS)
@requires(Permission.DIRECTORY_READ)
def show(number: str) -> str:
    """The coming two weeks, what changes them, and the closures."""
    return _page(number)


@blueprint.post(f"{ADDRESS}/close")
@requires(Permission.DIRECTORY_READ)
def close(number: str) -> Response | tuple[str, int]:
    """The store is shut from now on."""
    problems = forms.Problems()
    label, ends_at = _label(problems), forms.text("ends_at")
    reason = forms.text("reason")
    if reason not in changes.CLOSURE_REASONS:
        problems.add("reason", _("Choose a reason."))

    def work(session: Session, store: Store) -> object:
        _require_closing(store.unit_path)
        return changes.declare_closure(
            session,
            store,
            label=label,
            reason=PauseReason(reason),
            ends_at=_moment(ends_at, store.zone) if ends_at else None,
            actor=visitor().actor,
            now=utc_now(),
        )

    return _done(number, work, problems, said=_("Closed. The clocks of this store stand still."))


@blueprint.post(f"{ADDRESS}/closures/<uuid:closure_id>/end")
@requires(Permission.DIRECTORY_READ)
def reopen(number: str, closure_id: UUID) -> Response | tuple[str, int]:
    """The store is open again."""

    def work(session: Session, store: Store) -> object:
        _require_closing(store.unit_path)
        found = queries.closure_for_update(session, store.id, closure_id)
        if found is None:
            raise NotFound("there is no such closure")
        return changes.end_closure(session, found, actor=visitor().actor, now=utc_now())

    return _done(number, work, forms.Problems(), said=_("Open again. The clocks go on."))


@blueprint.post(f"{ADDRESS}/dates")
@requires(Permission.DIRECTORY_WRITE)
def add_date(number: str) -> Response | tuple[str, int]:
    """Other hours on one date."""
    problems = forms.Problems()
    label, hours = _label(problems, name="date_label"), forms.text("hours")
    try:
        on = date.fromisoformat(forms.text("on"))
    except ValueError:
        problems.add("on", _("Choose a day."))
    if not hours:
        problems.add("hours", forms.worded("Say something here."))

    def work(session: Session, store: Store) -> object:
        unit = _administered(session, store)
        return changes.set_hours_on(
            session, unit, on, hours=hours, label=label, actor=visitor().actor, now=utc_now()
        )

    return _done(
        number, work, problems, said=_("Saved. Due times are worked out anew."), label_field="date_label"
    )


@blueprint.post(f"{ADDRESS}/dates/<uuid:exception_id>/remove")
@requires(Permission.DIRECTORY_WRITE)
def remove_date(number: str, exception_id: UUID) -> Response | tuple[str, int]:
    """The usual hours again."""

    def work(session: Session, store: Store) -> object:
        unit = _administered(session, store)
        found = queries.exception_for_update(session, store.brand_id, exception_id)
        if found is None or found.unit_id != unit.id:
            raise NotFound("there are no such dated hours")
        return changes.remove_hours_on(session, found, actor=visitor().actor, now=utc_now())

    return _done(number, work, forms.Problems(), said=_("Saved. Due times are worked out anew."))


@blueprint.post(f"{ADDRESS}/holidays")
@requires(Permission.DIRECTORY_WRITE)
def keep_holidays(number: str) -> Response | tuple[str, int]:
    """Whether public holidays close the store."""
    observes = forms.truth("observes")

    def work(session: Session, store: Store) -> object:
        unit = _administered(session, store)
        return changes.observe_holidays(
            session, unit, observes=observes, actor=visitor().actor, now=utc_now()
        )

    return _done(number, work, forms.Problems(), said=_("Saved. Due times are worked out anew."))


def _done(
    number: str, work: Work, problems: forms.Problems, *, said: str, label_field: str = "label"
) -> Response | tuple[str, int]:
    """Do it in one transaction and show the page again; with what is wrong when it cannot be done."""
    if not problems:
        try:
            with db.transaction() as session:
                store = directory.store_by_number(session, _brand(), number)
                if store is None:
                    raise NotFound("no store has this number")
                work(session, store)
        except InvalidInput as error:
            found: Any = error.details.get("fields", {})
            for name in found:
                problems.add(label_field if name == "label" else name, _problem(name))
        except Conflict:
            problems.add("form", _("This store is closed already. Open it first."))
    if problems:
        return _page(number, problems), 422
    flash(said, "go")
    return see_other(url_for("page_calendars.show", number=number))


def _problem(name: str) -> str:
    words = {
        "hours": _("Write the hours like 10am-4pm, or closed."),
        "on": _("Choose today or a later day, within two years."),
        "ends_at": _("Choose a time later than now, within 90 days."),
    }
    return words.get(name, _("Use other words here."))


def _page(number: str, problems: forms.Problems | None = None) -> str:
    now = utc_now()
    with db.statement() as connection:
        found = store_calendar(connection, _brand(), number, now=now)
    if found is None:
        raise NotFound("no store has this number")
    may_date = can(visitor().actor, Permission.DIRECTORY_WRITE, at=found.store.unit_path)
    _require_closing(found.store.unit_path)
    closed = found.calendar.closure_at(now)
    return render_template(
        "calendar.html",
        store=found.store,
        zone=found.store.zone,
        opens_at=opening_after(found.calendar, now),
        open_now=opening_after(found.calendar, now) == now,
        days=_days(found, now),
        dated=[{**row._asdict(), "line": _line(row.windows)} for row in found.exceptions],
        closures=found.closures,
        closed=closed,
        closed_id=next(
            (row.id for row in found.closures if closed and row.starts_at == closed.starts_at), None
        ),
        reasons=_reasons(),
        may_date=may_date,
        problems=problems.found if problems else {},
        typed=request.form if problems else {},
        longest=LABEL_MAX_CHARACTERS,
    )


def _days(found: StoreCalendar, now: datetime) -> list[dict[str, Any]]:
    zone = found.calendar.zone
    return [
        {
            "noon": datetime(on.year, on.month, on.day, 12, tzinfo=zone),
            "line": _line(found.calendar.windows_on(on)),
            "label": found.calendar.closed_because(on),
        }
        for on in days_from(found.calendar, now)
    ]


def _line(windows: Any) -> str:
    return windows_line(tuple((opens, closes) for opens, closes in windows), language())


def _reasons() -> list[tuple[str, str]]:
    return [
        (PauseReason.STORE_CLOSED_UNPLANNED.value, _("Something in the store")),
        (PauseReason.DISASTER.value, _("Disaster: storm, flood, police")),
    ]


def _label(problems: forms.Problems, *, name: str = "label") -> str:
    label = forms.text(name)
    if not label:
        problems.add(name, forms.worded("Say something here."))
    elif len(label) > LABEL_MAX_CHARACTERS:
        problems.add(name, forms.worded(f"Longer than maximum length {LABEL_MAX_CHARACTERS}."))
    return label


def _moment(written: str, zone: str) -> datetime:
    """The instant of a wall time of the store, as browsers write it. Raises InvalidInput."""
    try:
        wall = datetime.fromisoformat(written).replace(tzinfo=None)
    except ValueError as error:
        raise InvalidInput("The end is not valid.", fields={"ends_at": [written]}) from error
    return wall_moment(wall.date(), wall.hour * 60 + wall.minute, ZoneInfo(zone))


def _require_closing(path: Any) -> None:
    """The store's own manager at her own store, or an administrator of the place."""
    actor = visitor().actor
    if not (can(actor, Permission.COUNTER_CLOSE, at=path) or can(actor, Permission.DIRECTORY_WRITE, at=path)):
        raise NotPermitted("not your store", permission=Permission.COUNTER_CLOSE.value)


def _administered(session: Session, store: Store) -> OrgUnit:
    changes.permit(visitor().actor, Permission.DIRECTORY_WRITE, store.unit_path)
    return session.get_one(OrgUnit, store.org_unit_id)


def _brand() -> UUID:
    brand_id = visitor().actor.brand_id
    assert brand_id is not None
    return brand_id
