"""The directory: find stores, see units, and keep the list of official handles."""

from collections.abc import Callable
from functools import partial
from typing import Any
from uuid import UUID

from flask import Response, request
from sqlmodel import Session

from api.auth import actor, brand, public, requires
from api.blueprints import ApiBlueprint, contract
from api.idempotency import answer, in_transaction, once
from api.paging import decode, page_of
from bridge import db
from bridge.clock import utc_now
from bridge.errors import NotFound, TooManyRequests
from bridge.models import OfficialHandle, OrgUnit
from bridge.queries import directory as queries
from bridge.queries.directory import StoreFound
from bridge.roles import Permission
from bridge.services import directory, official
from bridge.services.calendars import load_calendars
from bridge.settings import settings
from schemas.directory import (
    HandleAnswer,
    HandleChange,
    HandleRequest,
    HandlesAnswer,
    OfficialAnswer,
    OfficialQuery,
    StoreDetail,
    StorePage,
    StoreQuery,
    UnitPage,
    UnitQuery,
    store_body,
)

blueprint = ApiBlueprint("directory", __name__, description="Stores, units and official handles.")


@blueprint.route("/stores", methods=["GET"])
@blueprint.arguments(StoreQuery, location="query")
@blueprint.response(200, StorePage)
@requires(Permission.DIRECTORY_READ)
def stores(asked: dict[str, Any]) -> dict[str, Any]:
    """Stores that match everything given: with a counter first, then the exact number, then the nearest."""
    place = decode(asked.get("cursor"))
    with db.transaction() as session:
        rows = queries.find_stores(
            session,
            brand_id=brand(),
            now=utc_now(),
            text=asked.get("q", ""),
            postcode=asked.get("postcode", ""),
            city=asked.get("city", ""),
            near=(asked["lat"], asked["lon"]) if "lat" in asked else None,
            service=asked.get("service", ""),
            limit=asked["limit"] + 1,
            after=tuple(place) if place else None,
        )
    return page_of(rows, asked["limit"], _store_place)


def _store_place(found: StoreFound) -> tuple[object, ...]:
    return found.cursor


@blueprint.route("/stores/<string(maxlength=40):number>", methods=["GET"])
@blueprint.response(200, StoreDetail)
@requires(Permission.DIRECTORY_READ)
def store(number: str) -> dict[str, Any]:
    """One store by its number, with its week, and whether it is open now and until when."""
    with db.transaction() as session:
        found = queries.store_by_number(session, brand(), number)
    if found is None:
        raise NotFound("no store has this number")
    with db.statement() as connection:
        calendar = load_calendars(connection, store_ids=[found.id])[found.id]
    return store_body(found, calendar, now=utc_now())


@blueprint.route("/units", methods=["GET"])
@blueprint.arguments(UnitQuery, location="query")
@blueprint.response(200, UnitPage)
@requires(Permission.DIRECTORY_READ)
def units(asked: dict[str, Any]) -> dict[str, Any]:
    """The brand's organisation: headquarters, regions, districts, stores, care teams."""
    place = decode(asked.get("cursor"))
    with db.transaction() as session:
        rows = queries.units_page(
            session,
            brand(),
            kind=asked.get("kind"),
            after=(place[0], place[1]) if place else None,
            limit=asked["limit"] + 1,
        )
    return page_of(rows, asked["limit"], _unit_place)


def _unit_place(unit: OrgUnit) -> tuple[object, ...]:
    return unit.kind, unit.name


@blueprint.route("/handles", methods=["GET"])
@blueprint.response(200, HandlesAnswer)
@requires(Permission.DIRECTORY_READ)
def handles() -> dict[str, Any]:
    """Accounts that are ours, also those that are suspended or retired."""
    with db.transaction() as session:
        return {"items": queries.official_handles(session, brand())}


@blueprint.route("/handles", methods=["POST"])
@blueprint.arguments(HandleRequest)
@blueprint.response(201, HandleAnswer)
@contract(key=True, fails=(404, 409))
@requires(Permission.DIRECTORY_WRITE, brand_wide=True)
def add_handle(asked: dict[str, Any]) -> Response:
    """Enter an account as ours. Answers 409 when the network's handle is in the list already."""
    kept = once(HandleAnswer, 201)

    def work(session: Session) -> object:
        return directory.add_handle(session, brand_id=brand(), actor=actor(), now=utc_now(), **asked)

    return answer(kept, in_transaction(kept, work))


@blueprint.route("/handles/<uuid:handle_id>", methods=["PATCH"])
@blueprint.arguments(HandleChange)
@blueprint.response(200, HandleAnswer)
@contract(fails=(409,))
@requires(Permission.DIRECTORY_WRITE, brand_wide=True)
def bind_handle(asked: dict[str, Any], handle_id: UUID) -> OfficialHandle:
    """Say which id the network has for it, and which page of ours links to it. Safe to repeat."""
    asked["external_id"] = asked["external_id"] or None
    return _change(partial(directory.bind_handle, **asked), handle_id)


@blueprint.route("/handles/<uuid:handle_id>/suspend", methods=["POST"])
@blueprint.response(200, HandleAnswer)
@contract(fails=(409,))
@requires(Permission.DIRECTORY_WRITE, brand_wide=True)
def suspend_handle(handle_id: UUID) -> OfficialHandle:
    """Say that the account does not speak for us for the time being. Safe to repeat."""
    return _change(directory.suspend_handle, handle_id)


@blueprint.route("/handles/<uuid:handle_id>/reactivate", methods=["POST"])
@blueprint.response(200, HandleAnswer)
@contract(fails=(409,))
@requires(Permission.DIRECTORY_WRITE, brand_wide=True)
def reactivate_handle(handle_id: UUID) -> OfficialHandle:
    """End a suspension. Safe to repeat; 409 when the handle is retired."""
    return _change(directory.reactivate_handle, handle_id)


@blueprint.route("/handles/<uuid:handle_id>/retire", methods=["POST"])
@blueprint.response(200, HandleAnswer)
@contract(fails=(409,))
@requires(Permission.DIRECTORY_WRITE, brand_wide=True)
def retire_handle(handle_id: UUID) -> OfficialHandle:
    """Give the account up for good. It stays in the list, so that nobody takes it for ours again."""
    return _change(directory.retire_handle, handle_id)


@blueprint.route("/accounts/official", methods=["GET"])
@blueprint.arguments(OfficialQuery, location="query")
@blueprint.response(200, OfficialAnswer)
@public
def is_official(asked: dict[str, str]) -> dict[str, Any]:
    """Whether an account on a network is ours; for everybody, without a token.

    Always the same answer in the same shape for what is not: it is not known to us. A few questions a
    minute from one address, then 429.
    """
    now, config = utc_now(), settings()
    with db.statement() as connection:
        wait = official.wait_seconds(connection, request.remote_addr or "", now=now, settings=config)
        if wait:
            raise TooManyRequests("too many questions; wait", retry_after_seconds=wait)
        found = official.is_ours(
            connection, asked["network"], asked["handle"], external_id=asked["id"], now=now
        )
    return {"network": asked["network"], "handle": asked["handle"], "official": found}


def _change(service: Callable[..., None], handle_id: UUID) -> OfficialHandle:
    with db.transaction() as session:
        handle = queries.handle_for_update(session, brand(), handle_id)
        if handle is None:
            raise NotFound("there is no such handle")
        service(session, handle, actor=actor(), now=utc_now())
    return handle
