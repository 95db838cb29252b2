"""Around every request: an id, one log line, one measurement, and the security headers."""

import re
import secrets
import time
from functools import lru_cache

import structlog
from flask import Flask, Response, g, request
from prometheus_client import Histogram

from bridge import db, metrics
from bridge.settings import settings

log = structlog.get_logger()

_SAFE_ID = re.compile(r"[A-Za-z0-9._-]{8,64}")
HEADERS = {
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
    "X-Frame-Options": "DENY",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Permissions-Policy": "camera=(self), microphone=(), geolocation=()",
}
CONTENT_SECURITY_POLICY = (
    "default-src 'self'; object-src 'none'; base-uri 'none'; frame-ancestors 'none'; form-action 'self'"
)
_FOR_ALL = tuple(
    (name.lower(), name, value)
    for name, value in {**HEADERS, "Content-Security-Policy": CONTENT_SECURITY_POLICY}.items()
)
_FOR_API = (*_FOR_ALL, ("cache-control", "Cache-Control", "no-store"))
_UNLOGGED = frozenset({"/healthz", "/readyz", "/metrics"})


def register(app: Flask) -> None:
    """Attach the hooks."""
    app.before_request(_begin)
    if settings().crash_hooks:
        app.before_request(_crash_where_asked)
    app.after_request(_end)


def _begin() -> None:
    given = request.headers.get("X-Request-ID", "")
    g.request_id = given if _SAFE_ID.fullmatch(given) else secrets.token_hex(16)
    g.began = time.perf_counter()
    structlog.contextvars.bind_contextvars(request_id=g.request_id)
    db.somebody_waits()


@lru_cache(maxsize=1024)
def _measure(rule: str, method: str, status: int) -> Histogram:
    return metrics.REQUEST_SECONDS.labels(rule, method, str(status))


def _crash_where_asked() -> None:
    """For fault tests: let a header name the point at which the process dies. Never in production."""
    db.CRASH_AT.set(request.headers.get("X-Crash-At", ""))


def _end(answer: Response) -> Response:
    seconds = time.perf_counter() - g.get("began", time.perf_counter())
    rule = request.url_rule.rule if request.url_rule else "none"
    _measure(rule, request.method, answer.status_code).observe(seconds)
    missing = _FOR_API if request.path.startswith("/api/") else _FOR_ALL
    given = set(answer.headers.keys(lower=True))
    answer.headers.extend([(name, value) for key, name, value in missing if key not in given])
    answer.headers["X-Request-ID"] = g.get("request_id", "")
    if request.path not in _UNLOGGED:
        log.info(
            "request",
            route=rule,
            method=request.method,
            status=answer.status_code,
            duration_ms=round(seconds * 1000, 2),
        )
    structlog.contextvars.clear_contextvars()
    return answer
