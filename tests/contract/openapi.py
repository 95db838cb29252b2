"""Hold an answer of the app against the OpenAPI document: status, media type, and every field."""

from functools import lru_cache
from typing import Any

from flask import Flask
from jsonschema import Draft202012Validator, FormatChecker
from werkzeug.exceptions import HTTPException
from werkzeug.test import TestResponse

from api.docs import document, path_of
from api.errors import CONTENT_TYPE

METHODS = frozenset({"GET", "POST", "PUT", "PATCH", "DELETE"})
PREFIX = "/api/v1/"


class Contract:
    """The document, with a validator for each shape that it names."""

    def __init__(self, app: Flask) -> None:
        self._app = app
        self._document = document(app.extensions["bridge_api"])
        self._validator = lru_cache(maxsize=None)(self._make_validator)

    def check(self, answer: TestResponse) -> None:
        """Raises AssertionError when the document does not allow this answer."""
        request = answer.request
        if not request.path.startswith(PREFIX) or request.method not in METHODS:
            return
        operation = self._operation(request.path, request.method)
        if operation is None:
            if answer.status_code >= 400:
                self._check_body(answer, "#/components/schemas/Problem", CONTENT_TYPE)
            return
        said = f"{request.method} {request.path} answered {answer.status_code}"
        described = operation["responses"].get(str(answer.status_code))
        assert described is not None, f"{said}, which is not in the document: {answer.get_data(as_text=True)}"
        if "$ref" in described:
            described = self._document["components"]["responses"][described["$ref"].rsplit("/", 1)[1]]
        content = described.get("content")
        if content is None:
            assert answer.get_data() == b"", f"{said} with a body"
            return
        media_type = answer.mimetype or "nothing"
        assert media_type in content, f"{said} as {media_type}"
        if media_type == "text/csv":
            return
        self._check_body(answer, content[media_type]["schema"]["$ref"], media_type)

    def _check_body(self, answer: TestResponse, reference: str, media_type: str) -> None:
        assert answer.mimetype == media_type
        errors = self._validator(reference).iter_errors(answer.json)
        faults = [f"{error.json_path}: {error.message}" for error in errors]
        assert not faults, f"{answer.request.method} {answer.request.path}: {faults}"

    def _make_validator(self, reference: str) -> Draft202012Validator:
        shape = {"$ref": reference, "components": self._document["components"]}
        return Draft202012Validator(shape, format_checker=FormatChecker())

    def _operation(self, path: str, method: str) -> dict[str, Any] | None:
        """What the document says of the route, or None when there is no such route in the document."""
        try:
            rule, _ = self._app.url_map.bind("localhost").match(path, method=method, return_rule=True)
        except HTTPException:
            return None
        methods = self._document["paths"].get(path_of(rule.rule), {})
        found: dict[str, Any] | None = methods.get(method.lower())
        return found
