"""One problem+json body for every error, and the one table from our error codes to statuses.

Source of the format: RFC 9457. `code` is stable and for programs; `detail` is for people and
may change. Nothing in here tells a caller more than the error was given.
"""

from collections.abc import Mapping
from http import HTTPStatus
from types import MappingProxyType
from typing import Any

import orjson
import structlog
from flask import Flask, Response, g, request
from marshmallow import ValidationError
from werkzeug.exceptions import HTTPException

from bridge import errors
from bridge.errors import BridgeError
from schemas.errors import Problem

log = structlog.get_logger()

CONTENT_TYPE = "application/problem+json"
LOCKED = "X-Locked"
"""Header of a 401 whose session is only locked: unlocking brings it back."""

STATUS = MappingProxyType(
    {
        errors.BridgeError: 500,
        errors.SettingsError: 500,
        errors.StartupError: 500,
        errors.MalformedRequest: 400,
        errors.IdempotencyKeyMissing: 400,
        errors.NotSignedIn: 401,
        errors.SessionLocked: 401,
        errors.NotPermitted: 403,
        errors.FourEyes: 403,
        errors.NotFound: 404,
        errors.IllegalAction: 409,
        errors.ClaimTaken: 409,
        errors.Conflict: 409,
        errors.NeverOpens: 409,
        errors.Gone: 410,
        errors.VersionMismatch: 412,
        errors.InvalidInput: 422,
        errors.PromiseRefused: 422,
        errors.IdempotencyKeyReused: 422,
        errors.UnsafeAddress: 422,
        errors.PreconditionRequired: 428,
        errors.TooManyRequests: 429,
        errors.DatabaseUnavailable: 503,
    }
)


FOR_PROGRAMS = ("/api/", "/hooks/")
"""Whoever calls these is a program, and is never answered with a page."""


def problem(
    status: int,
    code: str,
    detail: str,
    *,
    headers: Mapping[str, str] | None = None,
    **more: Any,
) -> Response:
    """An error response. `more` are extension members of the problem, such as `errors` or `allowed`."""
    body: dict[str, object] = {
        "type": f"urn:bridge:problem:{code}",
        "title": HTTPStatus(status).phrase,
        "status": status,
        "code": code,
        "detail": detail,
        "request_id": getattr(g, "request_id", ""),
        **more,
    }
    # marshmallow names the element of a list by its number.
    raw = orjson.dumps(body, default=str, option=orjson.OPT_NON_STR_KEYS)
    answer = Response(raw, status=status, content_type=CONTENT_TYPE)
    for name, value in (headers or {}).items():
        answer.headers[name] = value
    return answer


def of_bridge(error: BridgeError) -> Response:
    """The answer to one of our own errors."""
    # A record's own status must not stand where the problem's stands.
    details = {f"record_{name}" if name in _OWN_MEMBERS else name: v for name, v in error.details.items()}
    headers = {}
    if (wait := details.get("retry_after_seconds")) is not None:
        headers["Retry-After"] = str(wait)
    if isinstance(error, errors.NotSignedIn):
        headers["WWW-Authenticate"] = 'Bearer realm="bridge"'
    if isinstance(error, errors.SessionLocked):
        headers[LOCKED] = "1"
    if "fields" in details:
        details["errors"] = {"json": details.pop("fields")}
    return problem(STATUS[type(error)], error.code, error.message, headers=headers, **details)


def of_http(error: HTTPException) -> Response:
    """The answer to an error of the web framework, validation included."""
    assert error.code is not None
    data: dict[str, Any] = getattr(error, "data", None) or {}
    found = data.get("errors") or data.get("messages")
    headers = {name: value for name, value in error.get_headers() if name.lower() in _KEPT_HEADERS}
    headers.update(data.get("headers") or {})
    code = _CODES.get(error.code, "http_error")
    detail = _DETAILS.get(error.code) or data.get("message") or error.description or error.name
    more = {"errors": found} if found else {}
    return problem(error.code, code, detail, headers=headers, **more)


_OWN_MEMBERS = frozenset(Problem().fields)
_KEPT_HEADERS = frozenset({"allow", "www-authenticate", "retry-after"})
_CODES = {
    400: "malformed_request",
    404: "not_found",
    405: "method_not_allowed",
    408: "timed_out",
    413: "too_large",
    415: "unsupported_media_type",
    422: "invalid_input",
    429: "too_many_requests",
    500: "internal_error",
}
_DETAILS = {
    404: "There is nothing here.",
    405: "This address does not know that method.",
    413: "The request is too large.",
    422: "Some fields need another value.",
    500: "Something failed on our side. Nothing was changed.",
}


def register(app: Flask) -> None:
    """Answer every error of the app; pages may add their own rendering for addresses outside the API."""

    def answer_bridge(error: BridgeError) -> Response:
        if STATUS[type(error)] >= HTTPStatus.INTERNAL_SERVER_ERROR:
            log.warning("request_failed", code=error.code, path_rule=_rule())
        return _as_page(of_bridge(error), app)

    def answer_http(error: HTTPException) -> Response:
        if isinstance(error.response, Response):
            return _as_page(error.response, app)  # whoever raised it wrote the answer
        if error.code is None or error.code < HTTPStatus.BAD_REQUEST:
            return Response(error.get_body(), status=error.code or 500, headers=error.get_headers())
        return _as_page(of_http(error), app)

    def answer_bug(error: Exception) -> Response:
        log.exception("request_crashed", path_rule=_rule(), error=type(error).__name__)
        return _as_page(problem(500, "internal_error", _DETAILS[500]), app)

    def answer_invalid(error: ValidationError) -> Response:
        return _as_page(problem(422, "invalid_input", _DETAILS[422], errors={"json": error.messages}), app)

    app.register_error_handler(BridgeError, answer_bridge)
    app.register_error_handler(ValidationError, answer_invalid)
    app.register_error_handler(HTTPException, answer_http)
    app.register_error_handler(Exception, answer_bug)


def _as_page(answer: Response, app: Flask) -> Response:
    """Hand the problem to the pages' own renderer when a browser asked for a page."""
    render = app.extensions.get("bridge_error_page")
    if render is None or request.path.startswith(FOR_PROGRAMS):
        return answer
    page: Response = render(answer)
    return page


def _rule() -> str:
    return request.url_rule.rule if request.url_rule else "none"
