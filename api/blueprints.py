"""The blueprint that every part of the API uses: strict bodies, our error statuses, ETags."""

from typing import Any

from flask import Response, request
from flask_smorest import Blueprint
from webargs.flaskparser import FlaskParser

from api import auth, strict_json
from api.errors import problem
from bridge.errors import MalformedRequest, PreconditionRequired, VersionMismatch

JSON = "application/json"


class _StrictParser(FlaskParser):
    """Reads JSON bodies with `strict_json`, and refuses what stands twice in a query."""

    DEFAULT_UNKNOWN_BY_LOCATION = {**FlaskParser.DEFAULT_UNKNOWN_BY_LOCATION, "query": "raise"}  # noqa: RUF012 - webargs reads it from the class

    def load_json(self, req: Any, schema: Any) -> Any:  # noqa: ARG002 - webargs calls it so
        """The parsed body. Raises MalformedRequest; 415 is answered by `require_json`."""
        raw = req.get_data()
        if not raw:
            raise MalformedRequest("send a JSON object")
        value = strict_json.loads(raw)
        if not isinstance(value, dict):
            raise MalformedRequest("send a JSON object")
        return value

    def load_querystring(self, req: Any, schema: Any) -> Any:
        """The query. Raises MalformedRequest when a name stands twice or a value holds a NUL."""
        for name, values in req.args.lists():
            if len(values) > 1:
                raise MalformedRequest(f"{name[:40]} stands twice in the query")
            if "\x00" in values[0]:
                raise MalformedRequest("a query value holds a NUL character")
        return super().load_querystring(req, schema)


class ApiBlueprint(Blueprint):
    """A part of the API. `body` is the way to declare a JSON body."""

    ARGUMENTS_PARSER = _StrictParser()

    def __init__(self, *names: str, **options: Any) -> None:
        super().__init__(*names, **options)
        self.before_request(auth.check)
        self.before_request(require_json)


def require_json() -> Response | None:
    """Before a request with a body: refuse anything that is not JSON with 415."""
    has_body = request.method in {"POST", "PUT", "PATCH"} and request.content_length != 0
    if has_body and request.mimetype != JSON:
        return problem(415, "unsupported_media_type", f"send {JSON}")
    return None


def etag_of(version: int) -> str:
    """The strong ETag of a record's version."""
    return f'"{version}"'


def required_version() -> int:
    """The version in If-Match. Raises PreconditionRequired without one, VersionMismatch when unreadable."""
    given = request.headers.get("If-Match", "").strip()
    if not given:
        raise PreconditionRequired("send If-Match with the ETag that you read")
    digits = given.strip('"')
    if not (digits.isascii() and digits.isdigit() and len(digits) < 10):
        raise VersionMismatch("that is not an ETag of this record")
    return int(digits)
