"""Cursor pages: an opaque, signed place in one list. A changed or foreign cursor is refused with 400."""

import base64
import binascii
import hmac
from collections.abc import Callable, Sequence
from hashlib import sha256
from typing import Any, TypeVar

import orjson
from flask import request

from bridge.errors import MalformedRequest
from bridge.settings import settings

Row = TypeVar("Row")
SIGNATURE_BYTES = 8


def encode(*place: object) -> str:
    """A cursor for the place after a row, given by the row's sort values."""
    body = orjson.dumps(place, default=str)
    return base64.urlsafe_b64encode(_signature(body) + body).decode().rstrip("=")


def decode(cursor: str | None) -> list[Any] | None:
    """The sort values in a cursor. Raises MalformedRequest when it is not one of ours."""
    if cursor is None:
        return None
    try:
        raw = base64.urlsafe_b64decode(cursor + "=" * (-len(cursor) % 4))
    except (ValueError, binascii.Error) as error:
        raise MalformedRequest("this is not a cursor of ours") from error
    signature, body = raw[:SIGNATURE_BYTES], raw[SIGNATURE_BYTES:]
    if not hmac.compare_digest(signature, _signature(body)):
        raise MalformedRequest("this is not a cursor of ours")
    place: list[Any] = orjson.loads(body)
    return place


def page_of(
    rows: Sequence[Row], limit: int, place: Callable[[Row], tuple[object, ...]]
) -> dict[str, Sequence[Row] | str | None]:
    """A page's body from one row more than the page holds. `place` gives the sort values of a row."""
    more = len(rows) > limit
    return {"items": rows[:limit], "next_cursor": encode(*place(rows[limit - 1])) if more else None}


def _signature(body: bytes) -> bytes:
    return hmac.new(
        settings().secret_key.encode(), f"cursor {request.path} ".encode() + body, sha256
    ).digest()[:SIGNATURE_BYTES]
