"""Read a JSON body or refuse it: what a lenient parser lets through has cost others money.

Refused with 400: anything but UTF-8, more than 20 levels, a key twice in one object, NaN and
Infinity, NUL and lone surrogates, numbers with thousands of digits. Floats pass; the schemas
refuse them where integers belong. Pure but for the error class.
"""

import json
from typing import Any, NoReturn

from bridge.errors import MalformedRequest

DEEPEST = 20
LONGEST_NUMBER = 30


def loads(raw: bytes) -> Any:
    """Parse `raw`. Raises MalformedRequest with a reason that never repeats the input."""
    try:
        text = raw.decode("utf-8")
    except UnicodeDecodeError as error:
        raise MalformedRequest("the body is not UTF-8") from error
    if text.startswith("\ufeff"):
        raise MalformedRequest("the body starts with a byte order mark")
    _require_shallow(text)
    try:
        value = json.loads(
            text,
            object_pairs_hook=_object,
            parse_constant=_refuse_constant,
            parse_int=_integer,
            parse_float=_float,
        )
    except MalformedRequest:
        raise
    except (ValueError, RecursionError) as error:
        raise MalformedRequest("the body is not JSON") from error
    _require_plain_text(value)
    return value


def _require_shallow(text: str) -> None:
    """Count brackets outside strings before the parser recurses."""
    if text.count("[") + text.count("{") <= DEEPEST:
        return
    depth = 0
    in_string = escaped = False
    for sign in text:
        if in_string:
            if escaped:
                escaped = False
            elif sign == "\\":
                escaped = True
            elif sign == '"':
                in_string = False
        elif sign == '"':
            in_string = True
        elif sign in "[{":
            depth += 1
            if depth > DEEPEST:
                raise MalformedRequest(f"the body is nested deeper than {DEEPEST} levels")
        elif sign in "]}":
            depth -= 1


def _object(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) != len(pairs):
        raise MalformedRequest("a key stands twice in one object")
    return found


def _refuse_constant(_constant: str) -> NoReturn:
    raise MalformedRequest("NaN and Infinity are not JSON")


def _integer(digits: str) -> int:
    if len(digits) > LONGEST_NUMBER:
        raise MalformedRequest("a number has too many digits")
    return int(digits)


def _float(digits: str) -> float:
    value = float(digits)
    if len(digits) > LONGEST_NUMBER or value in {float("inf"), float("-inf")}:
        raise MalformedRequest("a number is out of range")
    return value


def _require_plain_text(value: object) -> None:
    if isinstance(value, str):
        if "\x00" in value:
            raise MalformedRequest("a text holds a NUL character")
        if any("\ud800" <= sign <= "\udfff" for sign in value):
            raise MalformedRequest("a text holds half of a surrogate pair")
    elif isinstance(value, dict):
        for key, item in value.items():
            _require_plain_text(key)
            _require_plain_text(item)
    elif isinstance(value, list):
        for item in value:
            _require_plain_text(item)
