"""One delivery of Meta's is a batch: `entry[]`, and in each `changes[]`, `messaging[]` or both.

With Business Login for Instagram `field` and `value` stand in the entry itself. `standby[]` holds what
another app answers at the moment; the customer said it all the same. Nothing here trusts a type: what
has none of the expected shape becomes empty, and the reader calls it something that is not understood.
Source: developers.facebook.com/docs/instagram-platform/webhooks/examples.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from hashlib import sha256
from typing import Any, Final

import orjson

from bridge.channels.coming_in import NotReadable

ID_MAX_CHARACTERS: Final = 120
_MILLISECONDS_FROM: Final = 10**11


@dataclass(frozen=True, slots=True)
class Told:
    """One thing in a batch. `about` is the account that it is about, `at` when Meta noticed it.

    `field` is "" for what stands in `messaging[]`.
    """

    about: str
    at: datetime | None
    field: str
    value: Mapping[str, Any]


def batch(body: bytes) -> tuple[str, list[Told]]:
    """The kind of object ("page", "instagram") and everything told of it. Raises NotReadable."""
    try:
        told = orjson.loads(body)
    except orjson.JSONDecodeError as error:
        raise NotReadable("bad_json") from error
    if not isinstance(told, dict) or not isinstance(told.get("entry"), list):
        raise NotReadable("bad_json")
    return text(told, "object"), [one for entry in told["entry"] for one in _told_in(entry)]


def _told_in(entry: object) -> Iterator[Told]:
    if not isinstance(entry, dict):
        yield Told("", None, "?", {})
        return
    about, at = text(entry, "id"), moment(entry.get("time"))
    changes = [*_list(entry, "changes"), *([entry] if "field" in entry else [])]
    talks = [*_list(entry, "messaging"), *_list(entry, "standby")]
    for change in changes:
        field, value = text(change, "field"), inner(change, "value")
        is_talk = field == "messages" and "sender" in value
        yield Told(about, at, "" if is_talk else field or "?", value)
    for talk in talks:
        yield Told(about, at, "", talk)
    if not changes and not talks:
        yield Told(about, at, "?", {})


def _list(value: Mapping[str, Any], name: str) -> list[Mapping[str, Any]]:
    given = value.get(name)
    return [one if isinstance(one, dict) else {} for one in given] if isinstance(given, list) else []


def inner(value: Mapping[str, Any], name: str) -> Mapping[str, Any]:
    """The object of that name, or an empty one."""
    given = value.get(name)
    return given if isinstance(given, dict) else {}


def text(value: Mapping[str, Any], name: str) -> str:
    """The text or whole number of that name as a text, or an empty one."""
    given = value.get(name)
    if isinstance(given, str):
        return given
    return str(given) if isinstance(given, int) and not isinstance(given, bool) else ""


def moment(given: object) -> datetime | None:
    """Seconds or milliseconds since 1970, or an ISO time; None for anything else."""
    try:
        if isinstance(given, str) and not given.isdecimal():
            at = datetime.fromisoformat(given)
            return at if at.tzinfo else at.replace(tzinfo=UTC)
        if not isinstance(given, int | float | str) or isinstance(given, bool):
            return None
        number = float(given)
        return datetime.fromtimestamp(number / 1000 if number >= _MILLISECONDS_FROM else number, UTC)
    except (ValueError, OverflowError, OSError):
        return None


def short_id(given: str) -> str:
    """A message's id as we keep it: Instagram's are longer than our column, so those become a hash."""
    return given if len(given) <= ID_MAX_CHARACTERS else f"mid-{sha256(given.encode()).hexdigest()}"
