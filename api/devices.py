"""Devices at a counter: make one, pair it, give it a new token, shut it out; begin a person's PIN."""

from typing import Any
from uuid import UUID

from flask import Response
from sqlmodel import Session

from api.auth import actor, public, requires
from api.blueprints import ApiBlueprint, contract
from api.idempotency import answer, in_transaction, once
from bridge import db
from bridge.clock import utc_now
from bridge.roles import Permission
from bridge.services import devices, pins
from bridge.settings import settings
from schemas.devices import (
    DeviceAnswer,
    DeviceQuery,
    DeviceRequest,
    DevicesAnswer,
    InitializeRequest,
    NewDeviceAnswer,
    PairedAnswer,
    StartCodeAnswer,
    device_body,
)

blueprint = ApiBlueprint("devices", __name__, description="Devices at a counter, and PINs.")


@blueprint.route("/devices", methods=["POST"])
@blueprint.arguments(DeviceRequest)
@blueprint.response(201, NewDeviceAnswer)
@contract(key=True, fails=(409,))
@requires(Permission.DEVICES_MANAGE)
def create(asked: dict[str, Any]) -> Response:
    """Make a device of a store. Its one-time token counts for ten minutes and is in this answer alone."""
    kept = once(NewDeviceAnswer, 201)

    def work(session: Session) -> object:
        return _new(devices.create(session, actor(), now=utc_now(), **asked))

    return answer(kept, in_transaction(kept, work))


@blueprint.route("/devices", methods=["GET"])
@blueprint.arguments(DeviceQuery, location="query")
@blueprint.response(200, DevicesAnswer)
@requires(Permission.DEVICES_MANAGE)
def listed(asked: dict[str, Any]) -> dict[str, Any]:
    """The devices within your reach, those in use first."""
    with db.transaction() as session:
        found = devices.listed(session, actor(), now=utc_now(), store_number=asked.get("store_number"))
        return {
            "items": [
                device_body(
                    one.device,
                    state=one.state,
                    store_number=one.store_number,
                    store_name=one.store_name,
                    last_seen_at=one.last_seen_at,
                )
                for one in found
            ]
        }


@blueprint.route("/devices/initialize", methods=["POST"])
@blueprint.arguments(InitializeRequest)
@blueprint.response(201, PairedAnswer)
@contract(fails=(404,))
@public
def initialize(asked: dict[str, str]) -> dict[str, Any]:
    """Exchange a one-time token for the device's own credential.

    404 is the same for a token that never was, was used, or is older than ten minutes. An answer that
    was lost is lost: roll the device.
    """
    with db.transaction() as session:
        paired = devices.initialize(session, asked["token"], software=asked["software"], now=utc_now())
        return {
            "device_id": paired.device.id,
            "name": paired.device.name,
            "store_number": paired.store.number,
            "store_name": paired.store.name,
            "credential": paired.secret,
            "expires_at": paired.expires_at,
        }


@blueprint.route("/devices/<uuid:device_id>/roll", methods=["POST"])
@blueprint.response(201, NewDeviceAnswer)
@contract(key=True, fails=(409,))
@requires(Permission.DEVICES_MANAGE)
def roll(device_id: UUID) -> Response:
    """Give a device a new one-time token; what it held, and every session on it, ends now."""
    kept = once(NewDeviceAnswer, 201)

    def work(session: Session) -> object:
        return _new(devices.roll(session, actor(), device_id, now=utc_now()))

    return answer(kept, in_transaction(kept, work))


@blueprint.route("/devices/<uuid:device_id>/revoke", methods=["POST"])
@blueprint.response(200, DeviceAnswer)
@requires(Permission.DEVICES_MANAGE)
def revoke(device_id: UUID) -> dict[str, Any]:
    """Shut a device out for good; every session on it ends with its next request. Safe to repeat."""
    with db.transaction() as session:
        revoked = devices.revoke(session, actor(), device_id, now=utc_now())
        return device_body(
            revoked.device,
            state=revoked.state,
            store_number=revoked.store_number,
            store_name=revoked.store_name,
        )


@blueprint.route("/people/<uuid:person_id>/start-code", methods=["POST"])
@blueprint.response(201, StartCodeAnswer)
@contract(key=True, fails=(409,))
@requires(Permission.DEVICES_MANAGE)
def start_code(person_id: UUID) -> Response:
    """Draw a start code for one of a store's people: eight digits, for two days, shown here alone.

    Their PIN of before and every session end. Nobody begins their own, nor a manager another one's.
    """
    kept = once(StartCodeAnswer, 201)

    def work(session: Session) -> object:
        begun = pins.start(session, actor(), person_id, now=utc_now(), settings=settings())
        return {"person_id": begun.person.id, "start_code": begun.code, "expires_at": begun.until}

    return answer(kept, in_transaction(kept, work))


@blueprint.route("/people/<uuid:person_id>/unpause", methods=["POST"])
@blueprint.response(204)
@requires(Permission.DEVICES_MANAGE)
def unpause(person_id: UUID) -> None:
    """Forget a person's wrong PINs, so that they can try again at once. Safe to repeat."""
    with db.transaction() as session:
        pins.unpause(session, actor(), person_id, now=utc_now())


def _new(made: devices.Token) -> dict[str, Any]:
    body = device_body(
        made.device, state="pending", store_number=made.store.number, store_name=made.store.name
    )
    return {**body, "token": made.token}
