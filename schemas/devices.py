"""Devices at a counter, their one-time tokens, and the start codes of PINs."""

from typing import Any

from marshmallow import fields

from schemas.base import Answer, Moment, Request, Text


class DeviceRequest(Request):
    """A new device of a store; without `store_number` of the caller's own."""

    name = Text(80, least=1, required=True, name=True, metadata={"example": "Counter 2"})
    store_number = Text(12, least=1, name=True)


class DeviceQuery(Request):
    """Which store's devices."""

    store_number = Text(12, least=1, name=True, metadata={"description": "Without it, all within reach."})


class DeviceAnswer(Answer):
    """A device as managers see it; never what it holds."""

    id = fields.UUID(required=True)
    name = fields.String(required=True)
    kind = fields.String(required=True, metadata={"description": "counter, or browser for one not paired"})
    state = fields.String(required=True, metadata={"description": "pending, active or revoked"})
    store_number = fields.String(required=True)
    store_name = fields.String(required=True)
    lock_minutes = fields.Integer(required=True)
    software = fields.String(required=True)
    created_at = Moment(required=True)
    paired_at = Moment(required=True, allow_none=True)
    revoked_at = Moment(required=True, allow_none=True)
    token_expires_at = Moment(required=True, allow_none=True)
    last_seen_at = Moment(required=True, allow_none=True)


class NewDeviceAnswer(DeviceAnswer):
    """A device with its one-time token, which is shown only here."""

    token = fields.String(required=True)


class DevicesAnswer(Answer):
    """The devices within the caller's reach; browsers only when used in the last 30 days."""

    items = fields.List(fields.Nested(DeviceAnswer), required=True)


class InitializeRequest(Request):
    """A one-time token, as it was typed or scanned, and what the device runs."""

    token = Text(80, least=1, required=True)
    software = Text(200, load_default="", name=True)


class PairedAnswer(Answer):
    """The device's own credential, which is shown only here. Alone it calls nothing."""

    device_id = fields.UUID(required=True)
    name = fields.String(required=True)
    store_number = fields.String(required=True)
    store_name = fields.String(required=True)
    credential = fields.String(required=True)
    expires_at = Moment(required=True)


class StartCodeAnswer(Answer):
    """A start code, which is shown only here, and until when it counts."""

    person_id = fields.UUID(required=True)
    start_code = fields.String(required=True)
    expires_at = Moment(required=True)


_OF_DEVICE = ("id", "name", "kind", "lock_minutes", "software", "created_at", "paired_at", "revoked_at")


def device_body(
    device: Any, *, state: str, store_number: str, store_name: str, last_seen_at: Any = None
) -> dict[str, Any]:
    """What DeviceAnswer dumps."""
    return {
        **{name: getattr(device, name) for name in _OF_DEVICE},
        "state": state,
        "store_number": store_number,
        "store_name": store_name,
        "token_expires_at": device.pairing_until,
        "last_seen_at": last_seen_at,
    }
