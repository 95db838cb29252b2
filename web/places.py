"""Where a list goes on: the moment and the id of the last row seen, out of the address."""

from datetime import datetime
from uuid import UUID

from flask import request

from bridge.errors import MalformedRequest


def place_asked() -> tuple[datetime, UUID] | None:
    """The place after which the next page begins; None for the first. Raises MalformedRequest."""
    at, last = request.args.get("at", ""), request.args.get("id", "")
    if not at:
        return None
    try:
        found = datetime.fromisoformat(at), UUID(last)
    except ValueError as error:
        raise MalformedRequest("this is not a place in the list") from error
    if found[0].tzinfo is None:
        raise MalformedRequest("this is not a place in the list")
    return found
