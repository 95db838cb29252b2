"""When stores and desks are open: read it, give dates other hours, declare and end closures.

Administrators change calendars within what they administer. A store's manager says at her own
store that it is shut, and that it is open again.
"""

from typing import Any
from uuid import UUID

from flask import Response
from sqlmodel import Session

from api.auth import actor, brand, requires
from api.blueprints import ApiBlueprint, contract
from api.idempotency import answer, in_transaction, once
from bridge import db
from bridge.clock import utc_now
from bridge.errors import NotFound, NotPermitted
from bridge.models import Closure, OrgUnit, Store
from bridge.queries import calendars as queries
from bridge.queries import directory
from bridge.reasons import PauseReason
from bridge.roles import Permission
from bridge.services import calendar_changes as changes
from bridge.services.calendars import desk_calendar, store_calendar
from schemas.calendars import (
    ClosureAnswer,
    ClosureRequest,
    ExceptionAnswer,
    ExceptionRequest,
    StoreCalendarAnswer,
    StoreHolidaysRequest,
    UnitCalendarAnswer,
    UnitCalendarRequest,
    coming_days,
    exception_body,
    week_body,
)

blueprint = ApiBlueprint("calendars", __name__, description="When stores and desks are open.")

NUMBER = "<string(maxlength=40):number>"


@blueprint.route(f"/stores/{NUMBER}/calendar", methods=["GET"])
@blueprint.response(200, StoreCalendarAnswer)
@requires(Permission.DIRECTORY_READ)
def store(number: str) -> dict[str, Any]:
    """A store's coming two weeks, its dated hours from today on, and its closures of the last two weeks."""
    return _store_body(number)


@blueprint.route(f"/stores/{NUMBER}/calendar", methods=["PATCH"])
@blueprint.arguments(StoreHolidaysRequest)
@blueprint.response(200, StoreCalendarAnswer)
@requires(Permission.DIRECTORY_WRITE)
def change_store(asked: dict[str, Any], number: str) -> dict[str, Any]:
    """Let a store keep its country's and state's public holidays, or open on them."""
    with db.transaction() as session:
        found = _administered(session, number)
        unit = session.get_one(OrgUnit, found.org_unit_id)
        changes.observe_holidays(
            session, unit, observes=asked["observes_holidays"], actor=actor(), now=utc_now()
        )
    return _store_body(number)


@blueprint.route("/units/<uuid:unit_id>/calendar", methods=["GET"])
@blueprint.response(200, UnitCalendarAnswer)
@requires(Permission.DIRECTORY_READ)
def unit(unit_id: UUID) -> dict[str, Any]:
    """A desk's hours, its coming two weeks and its dated hours. A desk without hours is always open."""
    return _unit_body(unit_id)


@blueprint.route("/units/<uuid:unit_id>/calendar", methods=["PUT"])
@blueprint.arguments(UnitCalendarRequest)
@blueprint.response(200, UnitCalendarAnswer)
@requires(Permission.DIRECTORY_WRITE)
def change_unit(asked: dict[str, Any], unit_id: UUID) -> dict[str, Any]:
    """Give a care team, a district, a region or headquarters its hours. Safe to repeat."""
    with db.transaction() as session:
        found = _unit(session, unit_id)
        changes.permit(actor(), Permission.DIRECTORY_WRITE, directory.path_of(session, unit_id))
        changes.set_unit_hours(session, found, actor=actor(), now=utc_now(), **asked)
    return _unit_body(unit_id)


@blueprint.route("/calendar-exceptions", methods=["POST"])
@blueprint.arguments(ExceptionRequest)
@blueprint.response(201, ExceptionAnswer)
@contract(key=True, fails=(404,))
@requires(Permission.DIRECTORY_WRITE)
def add_exception(asked: dict[str, Any]) -> Response:
    """Give one date other hours, in the place of those that the same unit gave before.

    Dated hours win over the week and over public holidays, and a store's over its district's.
    Headquarters' count for the whole brand. A date that is over cannot be changed.
    """
    kept = once(ExceptionAnswer, 201)

    def work(session: Session) -> object:
        number, unit_id = asked.pop("store_number", None), asked.pop("unit_id", None)
        if number is not None:
            unit_id = _store(session, number).org_unit_id
        place = _unit(session, unit_id)
        changes.permit(actor(), Permission.DIRECTORY_WRITE, directory.path_of(session, place.id))
        added = changes.set_hours_on(session, place, asked.pop("on"), actor=actor(), now=utc_now(), **asked)
        return exception_body(added, place)

    return answer(kept, in_transaction(kept, work))


@blueprint.route("/calendar-exceptions/<uuid:exception_id>", methods=["DELETE"])
@blueprint.response(204)
@requires(Permission.DIRECTORY_WRITE)
def remove_exception(exception_id: UUID) -> None:
    """Take dated hours back. Safe to repeat; 422 when the date is over."""
    with db.transaction() as session:
        found = queries.exception_for_update(session, brand(), exception_id)
        if found is None:
            raise NotFound("there are no such dated hours")
        changes.permit(actor(), Permission.DIRECTORY_WRITE, directory.path_of(session, found.unit_id))
        changes.remove_hours_on(session, found, actor=actor(), now=utc_now())


@blueprint.route("/closures", methods=["POST"])
@blueprint.arguments(ClosureRequest)
@blueprint.response(201, ClosureAnswer)
@contract(key=True, fails=(409,))
@requires(Permission.COUNTER_CLOSE)
def close_own(asked: dict[str, Any]) -> Response:
    """Say that your own store is shut. Its clocks stand still; 409 while another closure holds."""
    return _close(asked, _own_store)


@blueprint.route("/closures/<uuid:closure_id>/end", methods=["POST"])
@blueprint.response(200, ClosureAnswer)
@requires(Permission.COUNTER_CLOSE)
def end_own(closure_id: UUID) -> dict[str, Any]:
    """Say that your own store is open again. Safe to repeat."""
    with db.transaction() as session:
        return _end(session, _own_store(session), closure_id)


@blueprint.route(f"/stores/{NUMBER}/closures", methods=["POST"])
@blueprint.arguments(ClosureRequest)
@blueprint.response(201, ClosureAnswer)
@contract(key=True, fails=(409,))
@requires(Permission.DIRECTORY_WRITE)
def close(asked: dict[str, Any], number: str) -> Response:
    """Say that a store is shut, for its manager who cannot. 409 while another closure holds."""
    return _close(asked, lambda session: _administered(session, number))


@blueprint.route(f"/stores/{NUMBER}/closures/<uuid:closure_id>/end", methods=["POST"])
@blueprint.response(200, ClosureAnswer)
@requires(Permission.DIRECTORY_WRITE)
def end(number: str, closure_id: UUID) -> dict[str, Any]:
    """Say that a store is open again. Safe to repeat."""
    with db.transaction() as session:
        return _end(session, _administered(session, number), closure_id)


def _close(asked: dict[str, Any], find: Any) -> Response:
    kept = once(ClosureAnswer, 201)

    def work(session: Session) -> object:
        place = find(session)
        reason = PauseReason(asked.pop("reason"))
        closed = changes.declare_closure(session, place, reason=reason, actor=actor(), now=utc_now(), **asked)
        return _closure_body(closed, place)

    return answer(kept, in_transaction(kept, work))


def _end(session: Session, place: Store, closure_id: UUID) -> dict[str, Any]:
    found = queries.closure_for_update(session, place.id, closure_id)
    if found is None:
        raise NotFound("there is no such closure")
    return _closure_body(changes.end_closure(session, found, actor=actor(), now=utc_now()), place)


def _closure_body(closure: Closure, place: Store) -> dict[str, Any]:
    return {**closure.model_dump(), "store_number": place.number}


def _own_store(session: Session) -> Store:
    store_id = actor().store_id
    if store_id is None:
        raise NotPermitted("sign in at your store", permission=Permission.COUNTER_CLOSE.value)
    changes.permit(actor(), Permission.COUNTER_CLOSE, actor().store_path)
    return session.get_one(Store, store_id)


def _store(session: Session, number: str) -> Store:
    found = directory.store_by_number(session, brand(), number)
    if found is None:
        raise NotFound("no store has this number")
    return found


def _administered(session: Session, number: str) -> Store:
    found = _store(session, number)
    changes.permit(actor(), Permission.DIRECTORY_WRITE, found.unit_path)
    return found


def _unit(session: Session, unit_id: UUID) -> OrgUnit:
    found = session.get(OrgUnit, unit_id)
    if found is None or found.brand_id != brand():
        raise NotFound("there is no such unit")
    return found


def _store_body(number: str) -> dict[str, Any]:
    now = utc_now()
    with db.statement() as connection:
        found = store_calendar(connection, brand(), number, now=now)
    if found is None:
        raise NotFound("no store has this number")
    return {
        "number": found.store.number,
        "name": found.store.name,
        "zone": found.store.zone,
        "observes_holidays": found.store.observes_holidays,
        **coming_days(found.calendar, now=now),
        "exceptions": [exception_body(row) for row in found.exceptions],
        "closures": found.closures,
    }


def _unit_body(unit_id: UUID) -> dict[str, Any]:
    now = utc_now()
    with db.statement() as connection:
        found = desk_calendar(connection, brand(), unit_id, now=now)
    if found is None:
        raise NotFound("there is no such unit")
    row = found.unit
    shown = ("kind", "name", "hours_text", "country", "state", "observes_holidays", "always_open")
    return {
        "unit_id": row.id,
        **{name: getattr(row, name) for name in shown},
        "zone": found.calendar.zone.key,
        "hours": week_body(found.calendar),
        **coming_days(found.calendar, now=now),
        "exceptions": [exception_body(exception) for exception in found.exceptions],
    }
