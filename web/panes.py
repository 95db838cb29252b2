"""Two signed-in people in one browser window: the halves of the demo's two-screens page.

A cookie belongs to a host, so two frames of one host share their session. Each half therefore
lives below a path of its own, `/two/left` and `/two/right`, with cookies of another name that
browsers send only below that path. Everything beneath is the same app. A link that was written
without the prefix is sent back to its half by the referrer, which only these pages send.

Only these answers may be framed, only by our own pages, and only in the demo: `register` does
nothing elsewhere. Source: docs/decisions/0013-two-screens.md.
"""

from collections.abc import Callable, Iterable
from typing import Any
from urllib.parse import urlsplit

from flask import Flask
from flask.sessions import SecureCookieSessionInterface
from werkzeug.utils import redirect
from werkzeug.wrappers import Request as PlainRequest

from bridge.settings import settings
from web import cookies

PANES = ("left", "right")
_PREFIX = "/two/"
_TEMPORARY_REDIRECT = 307  # keeps the method and the form
_OF_A_FRAME = {"x-frame-options": "SAMEORIGIN", "referrer-policy": "same-origin"}
Environ = dict[str, Any]
Begin = Callable[..., Any]
Answering = Callable[[Environ, Any], Iterable[bytes]]


def register(app: Flask) -> None:
    """Open the two halves, in the demo alone."""
    if not settings().is_demo:
        return
    ordinary = app.session_interface
    assert isinstance(ordinary, SecureCookieSessionInterface)
    app.session_interface = type("PaneSessions", (_PaneSessions, type(ordinary)), {})()
    app.wsgi_app = _Panes(app.wsgi_app)  # type: ignore[method-assign,assignment]  # as Flask's documentation says


def address(pane: str, path: str) -> str:
    """One of our pages as that half sees it."""
    assert pane in PANES
    return f"{_PREFIX}{pane}{path}"


class _PaneSessions(SecureCookieSessionInterface):
    """The CSRF secret of a half is its own, like its session."""

    def get_cookie_name(self, app: Flask) -> str:
        """Named after the half, where there is one."""
        pane = cookies.pane_of_request()
        return f"{cookies.FORMS}_{pane}" if pane else super().get_cookie_name(app)

    def get_cookie_path(self, app: Flask) -> str:
        """Sent below the half alone, where there is one."""
        return cookies.path_of_request() if cookies.pane_of_request() else super().get_cookie_path(app)


class _Panes:
    """The app below two more paths."""

    def __init__(self, app: Answering) -> None:
        self._app = app

    def __call__(self, environ: Environ, begin: Any, /) -> Iterable[bytes]:
        """Strip the half's prefix, or send a stray back to its half."""
        environ.pop(cookies.PANE, None)
        path = str(environ.get("PATH_INFO", ""))
        if pane := _pane_of(path):
            prefix = f"{_PREFIX}{pane}"
            environ["SCRIPT_NAME"] = f"{environ.get('SCRIPT_NAME', '')}{prefix}"
            environ["PATH_INFO"] = path.removeprefix(prefix) or "/"
            environ[cookies.PANE] = pane
            return self._app(environ, _framed(begin))
        if pane := _pane_of_referrer(environ):
            query = environ.get("QUERY_STRING", "")
            target = address(pane, path) + (f"?{query}" if query else "")
            return redirect(target, _TEMPORARY_REDIRECT)(environ, _framed(begin))
        return self._app(environ, begin)


def _pane_of(path: str) -> str:
    return next((pane for pane in PANES if f"{path}/".startswith(f"{_PREFIX}{pane}/")), "")


def _pane_of_referrer(environ: Environ) -> str:
    """The half whose page asked. Other pages of ours send no referrer, and others' do not count."""
    referrer = str(environ.get("HTTP_REFERER", ""))
    if not referrer:
        return ""
    parts = urlsplit(referrer)
    return _pane_of(parts.path) if parts.netloc == PlainRequest(environ).host else ""


def _framed(begin: Begin) -> Begin:
    """Let our own pages frame this answer."""

    def begun(status: str, headers: list[tuple[str, str]], *more: Any) -> Any:
        changed = [(name, _OF_A_FRAME.get(name.lower(), value)) for name, value in headers]
        changed = [
            (name, value.replace("frame-ancestors 'none'", "frame-ancestors 'self'"))
            if name.lower() == "content-security-policy"
            else (name, value)
            for name, value in changed
        ]
        known = {name.lower() for name, _ in changed}
        changed += [("Referrer-Policy", "same-origin")] if "referrer-policy" not in known else []
        return begin(status, changed, *more)

    return begun
