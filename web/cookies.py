"""The pages' cookies: their names, and the one way to set them.

Over https every name has the prefix `__Host-`, so that no other host and no plain connection
can plant one. The demo runs over http, where browsers refuse that prefix. A half of the demo's
two screens has cookies of its own: another name, below another path (`web/panes.py`).
"""

from datetime import datetime
from typing import Any

from flask import Response, has_request_context, request

from bridge.settings import Settings, settings

SESSION = "bridge_session"
DEVICE = "bridge_device"
PAIRED = "bridge_paired"
"""The credential of a paired device; by itself it lets its store's people sign in, and nothing else."""

LANGUAGE = "bridge_language"
THEME = "bridge_theme"
TEXT = "bridge_text"
FORMS = "bridge_forms"
PANE = "bridge.pane"
"""Where a request says which of the demo's two screens it belongs to; nothing else ever sets it."""
YEAR_SECONDS = 400 * 24 * 3600
"""The longest that browsers keep a cookie."""


def is_secure(config: Settings) -> bool:
    """Whether people reach us over https."""
    return config.base_url.startswith("https://")


def name_of(cookie: str, config: Settings) -> str:
    """The cookie's name as the browser knows it."""
    if pane := pane_of_request():
        return f"{cookie}_{pane}"
    return f"__Host-{cookie}" if is_secure(config) else cookie


def pane_of_request() -> str:
    """Which of the demo's two screens asks; empty outside them."""
    return str(request.environ.get(PANE, "")) if has_request_context() else ""


def path_of_request() -> str:
    """The path below which the request's cookies count."""
    return (request.script_root or "/") if pane_of_request() else "/"


def session_options(config: Settings) -> dict[str, Any]:
    """How Flask keeps the CSRF secret and messages for the next page: signed, until the browser closes."""
    return {
        "SESSION_COOKIE_NAME": name_of(FORMS, config),
        "SESSION_COOKIE_SECURE": is_secure(config),
        "SESSION_COOKIE_HTTPONLY": True,
        "SESSION_COOKIE_SAMESITE": "Lax",
        "SESSION_COOKIE_PATH": "/",
    }


def read(cookie: str) -> str:
    """The cookie's value, or the empty text."""
    return request.cookies.get(name_of(cookie, settings()), "")


def keep(answer: Response, cookie: str, value: str, *, expires: datetime | None = None) -> None:
    """Set a cookie; without `expires` for as long as browsers allow."""
    config = settings()
    answer.set_cookie(
        name_of(cookie, config),
        value,
        expires=expires,
        max_age=None if expires else YEAR_SECONDS,
        path=path_of_request(),
        secure=is_secure(config),
        httponly=True,
        samesite="Lax",
    )


def drop(answer: Response, cookie: str) -> None:
    """Make the browser forget a cookie."""
    config = settings()
    answer.delete_cookie(
        name_of(cookie, config),
        path=path_of_request(),
        secure=is_secure(config),
        httponly=True,
        samesite="Lax",
    )
