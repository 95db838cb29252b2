"""Hold what receivers are told against the document: its shape by topic, and nothing of anybody in it."""

from collections.abc import Collection, Iterator, Mapping
from functools import cache, lru_cache
from typing import Any

import orjson
from jsonschema import Draft202012Validator, FormatChecker

from api import create_app
from api.docs import document
from bridge.events import CONTENT_TYPES, Format
from bridge.settings import settings

MEDIA = {form: kind.partition(";")[0] for form, kind in CONTENT_TYPES.items()}


@lru_cache(maxsize=1)
def _document() -> dict[str, Any]:
    # The document needs an app and no settings: a test's own must not stay behind.
    app = create_app()
    settings.cache_clear()
    # As it is served: the pages of the specification know JSON alone.
    described: dict[str, Any] = orjson.loads(orjson.dumps(document(app.extensions["bridge_api"])))
    return described


@cache
def validator(topic: str, form: Format = Format.STANDARD) -> Draft202012Validator:
    """What the document says of an event's body."""
    content = _document()["webhooks"][topic]["post"]["requestBody"]["content"]
    shape = {**content[MEDIA[form]]["schema"], "components": _document()["components"]}
    return Draft202012Validator(shape, format_checker=FormatChecker())


def faults(topic: str, body: Mapping[str, Any], form: Format = Format.STANDARD) -> list[str]:
    """What is wrong with a body: not as described, or with a field that is not described."""
    found = [f"{error.json_path}: {error.message}" for error in validator(topic, form).iter_errors(body)]
    described = _document()["webhooks"][topic]["post"]["requestBody"]["content"][MEDIA[form]]["schema"]
    name = described["properties"]["data"]["$ref"].rsplit("/", 1)[1]
    known = set(_document()["components"]["schemas"][name]["properties"])
    return found + [f"$.data.{name} is not described" for name in body["data"].keys() - known]


def data_faults(topic: str, data: Mapping[str, Any]) -> list[str]:
    """The same for the data alone, as it stands in the table."""
    return faults(topic, {"type": topic, "timestamp": "2026-11-22T15:04:01.000Z", "data": data})


def leaks(value: object, secrets: Collection[str]) -> Iterator[str]:
    """Which of the words that must not leave stand somewhere in a payload."""
    text = orjson.dumps(value).decode().lower()
    for one in secrets:
        if len(one) > 2 and one.lower() in text:
            yield one
