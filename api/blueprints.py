"""The blueprint that every part of the API uses: strict bodies, our error statuses, ETags.

What a route asks for beyond its body stands in `contract`, so that the OpenAPI document says it.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, TypeVar

from flask import Response, current_app, request
from flask_smorest import Blueprint
from webargs.flaskparser import FlaskParser

from api import auth, strict_json
from api.errors import problem
from bridge.errors import MalformedRequest, PreconditionRequired, VersionMismatch

View = TypeVar("View", bound=Callable[..., object])

JSON = "application/json"


@dataclass(frozen=True, slots=True)
class Contract:
    """What the OpenAPI document says of a route beside its shapes."""

    key: bool = False
    version: bool = False
    fails: tuple[int, ...] = ()
    security: str = ""


def contract(
    *, key: bool = False, version: bool = False, fails: tuple[int, ...] = (), security: str = ""
) -> Callable[[View], View]:
    """Declare that a route needs an Idempotency-Key (`once`) or an If-Match (`required_version`).

    `fails` names the statuses that the document cannot know by itself: 404 of a body, 409, 410;
    `security` the scheme of a public route that proves itself otherwise than by a bearer token.
    """

    def declare(view: View) -> View:
        view.bridge_contract = Contract(key, version, fails, security)  # type: ignore[attr-defined]  # read by api.docs
        return view

    return declare


def reads_raw_body(view: View) -> View:
    """Declare that a route reads its JSON body itself, because it has to check the bytes first."""
    view.bridge_raw_body = True  # type: ignore[attr-defined]  # read by `require_json`
    return view


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
    """A part of the API. A bad query is malformed (400); a bad field of a body is invalid (422)."""

    ARGUMENTS_PARSER = _StrictParser()

    def __init__(self, *names: str, **options: Any) -> None:
        super().__init__(*names, **options)
        self.before_request(auth.check)
        self.before_request(require_json)

    def arguments(self, schema: Any, *, location: str = "json", **options: Any) -> Any:
        """Declare the body or the query of a route; one instance of the schema serves every request."""
        schema = schema() if isinstance(schema, type) else schema
        if location == "query":
            return super().arguments(schema, location=location, error_status_code=400, **options)
        decorate = super().arguments(schema, location=location, **options)

        def declare(view: Any) -> Any:
            taking = decorate(view)
            taking.bridge_takes_body = True
            return taking

        return declare


def require_json() -> Response | None:
    """Before a request: refuse with 415 a body that is not JSON, with 400 one where none belongs."""
    if request.method in {"GET", "HEAD", "OPTIONS"}:
        return None
    view = current_app.view_functions[request.endpoint or ""]
    takes_body = getattr(view, "bridge_takes_body", False) or getattr(view, "bridge_raw_body", False)
    has_body = bool(request.content_length) or "Transfer-Encoding" in request.headers
    if has_body and request.mimetype != JSON:
        return problem(415, "unsupported_media_type", f"send {JSON}")
    if has_body and not takes_body and strict_json.loads(request.get_data()) != {}:
        raise MalformedRequest("this address takes no body; send none, or {}")
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
