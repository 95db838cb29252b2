"""One store as a retailer's file has it: read into the columns of ours, or refused with the reason."""

import re
from collections.abc import Container, Mapping
from typing import Any, Final
from zoneinfo import available_timezones

from tzfpy import get_tz

from bridge.errors import BridgeError
from bridge.hours import parse_hours, stored_hours
from bridge.names import plain_name

WITHOUT_COUNTER: Final = frozenset({"express"})
"""Express units are vending machines: 24 hours, no services, no staff counter."""

_NUMBER: Final = re.compile(r"[0-9A-Z][0-9A-Z-]{0,11}", re.ASCII)
_ZONES: Final = available_timezones()


class Unfit(Exception):
    """A record cannot be taken; the message is its line in the report."""


def reason_of(problem: Exception) -> str:
    """What the report says about a record that was not taken."""
    fields = problem.details.get("fields") if isinstance(problem, BridgeError) else None
    if not isinstance(fields, Mapping):
        return str(problem)
    return "; ".join(f"{name}: {' '.join(messages)}" for name, messages in fields.items())


def number_of(record: Any, *, taken: Container[str]) -> str:
    """The store's number. Raises Unfit for none, and for one that the file had before."""
    if not isinstance(record, Mapping):
        raise Unfit("a store is an object with id, name, address, location and hours")
    given = record.get("id")
    if isinstance(given, bool) or not isinstance(given, int | str):
        raise Unfit("id: a store needs a number")
    number = str(given).strip().upper() if isinstance(given, str) or 0 <= given < 10**12 else ""
    if not _NUMBER.fullmatch(number):
        raise Unfit("id: a number has 1 to 12 digits or letters")
    if number in taken:
        raise Unfit(f"id: number {number} was in the file before")
    return number


def store_columns(number: str, record: Mapping[str, Any]) -> dict[str, Any]:
    """The columns that a record decides. Raises Unfit or InvalidInput with the reason."""
    lat, lon = _position(record.get("location"))
    hours_text = _text(record, "hours", longest=400)
    week = parse_hours(hours_text)
    kind = _text(record, "type", longest=40, needed=False)
    return {
        "number": number,
        "name": _text(record, "name", longest=107),
        "kind": kind,
        "address": _text(record, "address", longest=200),
        "address2": _text(record, "address2", longest=200, needed=False),
        "city": _text(record, "city", longest=120),
        "state": _capitals(record, "state", longest=40),
        "postcode": _text(record, "zip", longest=20, needed=False),
        "country": _capitals(record, "country", longest=2, needed=False) or "US",
        "lat": lat,
        "lon": lon,
        "zone": _zone(lat, lon),
        "hours": stored_hours(week),
        "hours_text": hours_text,
        "has_counter": kind.lower() not in WITHOUT_COUNTER,
        **_if_told(record),
    }


def _if_told(record: Mapping[str, Any]) -> dict[str, Any]:
    """What many files do not have: what somebody entered by hand stays then."""
    told: dict[str, Any] = {}
    if record.get("phone") is not None:
        told["phone"] = _text(record, "phone", longest=40, needed=False)
    if record.get("services") is not None:
        told["services"] = _services(record["services"])
    return told


def _text(record: Mapping[str, Any], name: str, *, longest: int, needed: bool = True) -> str:
    given = record.get(name)
    if given is None and not needed:
        return ""
    if not isinstance(given, str):
        raise Unfit(f"{name}: a text is needed")
    return plain_name(given, field_name=name, longest=longest, shortest=1 if needed else 0)


def _capitals(record: Mapping[str, Any], name: str, *, longest: int, needed: bool = True) -> str:
    written = _text(record, name, longest=longest, needed=needed).upper()
    if len(written) > longest:  # some small letters become two capitals
        raise Unfit(f"{name}: {longest} signs at most")
    return written


def _position(location: Any) -> tuple[float, float]:
    if not isinstance(location, Mapping):
        raise Unfit("location: lat and lon are needed")
    found = []
    for name, bound in (("lat", 90), ("lon", 180)):
        given = location.get(name)
        if isinstance(given, bool) or not isinstance(given, int | float):
            raise Unfit(f"location: {name} is not a number")
        if not -bound <= given <= bound:  # nor is NaN, and an int may be too large for a float
            raise Unfit(f"location: {name} is not between -{bound} and {bound}")
        found.append(float(given))
    return found[0], found[1]


def _zone(lat: float, lon: float) -> str:
    """The time zone at a place. Raises Unfit at sea, where a store's clock cannot be known."""
    zone = get_tz(lon, lat)
    if zone not in _ZONES or zone.startswith("Etc/"):
        raise Unfit("location: there is no time zone here; is this place at sea?")
    return str(zone)


def _services(given: Any) -> list[str]:
    if not isinstance(given, list) or len(given) > 100:
        raise Unfit("services: a list of at most 100 names is needed")
    if not all(isinstance(service, str) for service in given):
        raise Unfit("services: every service is a text")
    names = [plain_name(service, field_name="services", longest=80) for service in given]
    return list(dict.fromkeys(names))
