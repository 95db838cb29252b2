"""Errors as pages in plain words; `api.errors` decides the status and hands the answer over.

A page never shows more than the JSON answer would have. A visitor without a session is sent to
sign in instead. What the page says is in `web/error_words.py`. A page about a failure of ours
asks no database, because the database may be what failed.
"""

from http import HTTPStatus
from urllib.parse import urlencode

import orjson
from flask import Flask, Response, flash, g, render_template, request, url_for

from bridge.settings import settings
from web.error_words import told
from web.languages import say as _
from web.redirects import see_other
from web.sessions import safe_next

LOCKED = "X-Locked"
"""Header of a 401 whose session is only locked (`api.errors`): our modules show the lock."""

FRAGMENT = "X-Fragment"
"""Header of our own modules: they want a piece of a page."""


def register(app: Flask) -> None:
    """Take over the errors of everything outside the API."""
    app.extensions["bridge_error_page"] = render


def render(answer: Response) -> Response:
    """The page for a problem."""
    problem = orjson.loads(answer.get_data())
    status, code = answer.status_code, str(problem["code"])
    if status == HTTPStatus.UNAUTHORIZED and FRAGMENT not in request.headers:
        return _sign_in(is_locked=code == "session_locked")
    if status >= HTTPStatus.INTERNAL_SERVER_ERROR:
        # The frame of a signed-in page asks the database, which may be what failed.
        g.visitor = None
    page = Response(
        render_template(
            "error.html",
            told=told(status, code, str(problem.get("permission", ""))),
            wait_seconds=problem.get("retry_after_seconds"),
            request_id=problem.get("request_id", ""),
            support=settings().support_contact[:80],
        ),
        status=status,
        content_type="text/html; charset=utf-8",
    )
    for name in ("Retry-After", "Allow", LOCKED):
        if name in answer.headers:
            page.headers[name] = answer.headers[name]
    page.headers["Cache-Control"] = "no-store"
    return page


def _sign_in(*, is_locked: bool) -> Response:
    """To the sign-in page, or to the lock's, and back afterwards if the page can be opened."""
    wanted = request.full_path.rstrip("?") if request.method == "GET" else ""
    target = url_for("page_lock.locked" if is_locked else "page_accounts.sign_in")
    if wanted not in {"", "/"} and safe_next(wanted):
        target += "?" + urlencode({"next": wanted})
    if request.method != "GET" and is_locked:
        flash(_("This page was locked. Nothing was changed. Unlock it and send it again."), "care")
    elif request.method != "GET":
        flash(_("You were signed out. Nothing was changed. Sign in and send it again."), "care")
    answer = see_other(target)
    answer.headers["Cache-Control"] = "no-store"
    if is_locked:
        answer.headers[LOCKED] = "1"
    return answer
