"""Values that a JSON schema does not allow, told from the schema itself; for tests of bad input."""

from collections.abc import Iterator
from typing import Any

NOT_TEXTS: list[Any] = [5, True, {"a": 1}, ["a"]]
NOT_WHOLE: list[Any] = [0.5, 1.0, "12", "1_000", "١٢", " 12 ", True, 10**29, 2**63, -(2**63), -500.0]
NOT_TRUTH: list[Any] = ["yes", "true", 1, 0]
NOT_IDS: list[Any] = ["x", "../../etc/passwd", "%2e%2e", "00000000-0000-0000-0000-00000000000g", 5]
NOT_MOMENTS: list[Any] = [
    "2026-11-22T10:00:00",  # no offset
    "2026-03-08T02:30:00",  # nor does it exist in half of the stores
    "0001-01-01T00:00:00Z",
    "9999-12-31T23:59:59+14:00",
    "9999-12-31T23:59:59-14:00",
    "1999-12-31T23:59:59Z",
    "2026-13-01T00:00:00Z",
    "yesterday",
    1_700_000_000,
]
CONTROLS = "a\u0001b"


def bad_fields(document: dict[str, Any], schema: dict[str, Any]) -> Iterator[tuple[str, Any]]:
    """Every (property, value) of an object's schema with a value that must be refused."""
    for name, found in _resolved(document, schema)["properties"].items():
        for value in _bad_values(document, _resolved(document, found)):
            yield name, value


def _bad_values(document: dict[str, Any], schema: dict[str, Any]) -> Iterator[Any]:
    types = schema.get("type")
    types = types if isinstance(types, list) else [types]
    if "null" not in types and None not in types:
        yield None
    if "integer" in types:
        yield from NOT_WHOLE
        if "minimum" in schema:
            yield schema["minimum"] - 1
        if "maximum" in schema:
            yield schema["maximum"] + 1
    elif "boolean" in types:
        yield from NOT_TRUTH
    elif "array" in types:
        yield from ({}, "x", [None], [[]])
        most = schema.get("maxItems")
        if most is not None:
            good = _resolved(document, schema["items"]).get("enum", ["x"])[0]
            yield [good] * (most + 1)
        for value in _bad_values(document, _resolved(document, schema["items"])):
            yield [value]
    elif "object" in types:
        yield from ([], "x", 5)
    elif "string" in types:
        yield from _bad_texts(schema)


def _bad_texts(schema: dict[str, Any]) -> Iterator[Any]:
    if schema.get("format") == "uuid":
        yield from NOT_IDS
    elif schema.get("format") == "date-time":
        yield from NOT_MOMENTS
    elif "enum" in schema:
        wrong = ("no such word", "", schema["enum"][-1].upper(), 5, [schema["enum"][0]])
        yield from (value for value in wrong if value not in schema["enum"])
    else:
        yield from NOT_TEXTS
        if schema.get("minLength"):
            yield ""
        if "maxLength" in schema:
            yield "x" * (schema["maxLength"] + 1)


def _resolved(document: dict[str, Any], schema: dict[str, Any]) -> dict[str, Any]:
    if "$ref" in schema:
        found: dict[str, Any] = document["components"]["schemas"][schema["$ref"].rsplit("/", 1)[1]]
        return found
    return schema
