"""The OpenAPI document: valid, current in docs/, complete for every operation."""

from pathlib import Path
from typing import Any

import orjson
import pytest
from flask_smorest import Api
from openapi_spec_validator import validate

from api import create_app
from api.docs import PROBLEMS, document
from bridge.settings import settings
from bridge.topics import TOPICS

FILE = Path(__file__).resolve().parents[2] / "docs" / "openapi.json"


@pytest.fixture(scope="module")
def api() -> Api:
    """The API of an app without a database, which the document does not need."""
    try:
        return create_app().extensions["bridge_api"]
    finally:
        settings.cache_clear()


@pytest.fixture
def spec(api: Api) -> dict[str, Any]:
    return document(api)


def operations(spec: dict[str, Any]) -> dict[str, dict[str, Any]]:
    return {
        f"{method} {path}": operation
        for path, methods in spec["paths"].items()
        for method, operation in methods.items()
        if method != "parameters"
    }


def test_the_file_in_docs_is_current(spec: dict[str, Any]) -> None:
    assert orjson.loads(FILE.read_bytes()) == orjson.loads(orjson.dumps(spec)), "run: make openapi"


def test_the_document_is_valid_openapi_3_1(spec: dict[str, Any]) -> None:
    validate(spec)

    assert spec["openapi"].startswith("3.1")


def test_two_documents_are_the_same_bytes(api: Api) -> None:
    assert orjson.dumps(document(api)) == orjson.dumps(document(api))


def test_every_topic_is_a_webhook(spec: dict[str, Any]) -> None:
    assert sorted(spec["webhooks"]) == sorted(TOPICS)


def test_every_operation_says_what_it_is_and_how_it_fails(spec: dict[str, Any]) -> None:
    names = [operation["operationId"] for operation in operations(spec).values()]
    assert len(names) == len(set(names))

    for name, operation in operations(spec).items():
        assert operation["summary"], name
        needed = {"429", "503"} | (set() if operation.get("security") == [] else {"401"})
        assert needed <= set(operation["responses"]), name
        if name.startswith("post"):
            assert {"400", "413", "415"} <= set(operation["responses"]), name


def test_who_signs_a_mention_finds_how_it_is_refused_and_how_long_it_may_be(spec: dict[str, Any]) -> None:
    (taken,) = (
        one for name, one in operations(spec).items() if name.endswith("/intake/mentions/{account_id}")
    )
    assert "`not_authentic`" in taken["description"]
    assert "1 MiB" in taken["description"]
    answers = spec["components"]["responses"]
    assert "`not_authentic`" in answers["Problem401"]["description"]
    assert "1 MiB" in answers["Problem413"]["description"]


def test_every_reference_leads_somewhere(spec: dict[str, Any]) -> None:
    for reference in references(spec):
        place: Any = spec
        for step in reference.removeprefix("#/").split("/"):
            assert step in place, reference
            place = place[step]


def references(value: Any) -> list[str]:
    if isinstance(value, dict):
        own = [value["$ref"]] if isinstance(value.get("$ref"), str) else []
        return own + [found for item in value.values() for found in references(item)]
    if isinstance(value, list):
        return [found for item in value for found in references(item)]
    return []


def test_every_problem_has_its_words(spec: dict[str, Any]) -> None:
    assert sorted(spec["components"]["responses"]) == sorted(f"Problem{status}" for status in PROBLEMS)
