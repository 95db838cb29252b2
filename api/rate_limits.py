"""A general limit of requests per caller and minute; off unless BRIDGE_RATE_LIMIT_PER_MINUTE is set.

Counted in Valkey, so that all workers count together; without Valkey each process counts for
itself rather than not at all. Health addresses are never limited. The counter's budget for
wrong codes is another thing and stands in the database (`bridge/guesses.py`).
Source of the headers: the IETF draft "RateLimit header fields for HTTP".
"""

import time
from hashlib import sha256

from flask import Flask, Response, request
from flask_limiter import Limiter, RequestLimit
from flask_limiter.util import get_remote_address

from api.errors import problem
from bridge.settings import Settings

POLICY = "requests"
WINDOW_SECONDS = 60
_NEVER_LIMITED = frozenset({"/healthz", "/readyz", "/metrics"})


def register(app: Flask, config: Settings) -> None:
    """Limit every request of the app when the setting says so."""
    if not config.rate_limit_per_minute:
        return
    limiter = Limiter(
        _caller,
        app=app,
        application_limits=[f"{config.rate_limit_per_minute} per minute"],
        application_limits_per_method=False,
        application_limits_exempt_when=lambda: request.path in _NEVER_LIMITED,
        storage_uri=config.redis_url,
        storage_options={"socket_connect_timeout": 1, "socket_timeout": 1},
        in_memory_fallback=[f"{config.rate_limit_per_minute} per minute"],
        in_memory_fallback_enabled=True,
        strategy="fixed-window",
        key_prefix="bridge",
        on_breach=_refuse,
    )

    def tell(answer: Response) -> Response:
        current = limiter.current_limit
        if current is not None:
            quota = config.rate_limit_per_minute
            seconds = max(0, int(current.reset_at - time.time()))
            answer.headers["RateLimit-Policy"] = f'"{POLICY}";q={quota};w={WINDOW_SECONDS}'
            answer.headers["RateLimit"] = f'"{POLICY}";r={max(0, current.remaining)};t={seconds}'
        return answer

    app.after_request(tell)


def _caller() -> str:
    """Who is limited: the token's hash, or the address of whoever has none."""
    token = request.headers.get("Authorization", "")
    return sha256(token.encode()).hexdigest()[:24] if token else get_remote_address()


def _refuse(limit: RequestLimit) -> Response:
    wait = max(1, int(limit.reset_at - time.time()))
    return problem(
        429,
        "too_many_requests",
        "too many requests; wait",
        headers={"Retry-After": str(wait)},
        retry_after_seconds=wait,
    )
