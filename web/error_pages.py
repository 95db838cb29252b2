"""Errors as pages in plain words; `api.errors` decides the status and hands the answer over.

A page never shows more than the JSON answer would have. A visitor without a session is sent to
sign in instead. These pages ask no database, because the database may be what failed.
"""

from http import HTTPStatus
from urllib.parse import urlencode

import orjson
from flask import Flask, Response, flash, render_template, request, url_for

from web.languages import say as _
from web.redirects import see_other
from web.sessions import safe_next

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
        return _sign_in()
    title, words = _words(status, code)
    wait = problem.get("retry_after_seconds")
    page = Response(
        render_template(
            "error.html",
            status=status,
            code=code,
            title=title,
            words=words,
            wait_seconds=wait,
            request_id=problem.get("request_id", ""),
        ),
        status=status,
        content_type="text/html; charset=utf-8",
    )
    for name in ("Retry-After", "Allow"):
        if name in answer.headers:
            page.headers[name] = answer.headers[name]
    page.headers["Cache-Control"] = "no-store"
    return page


def _sign_in() -> Response:
    """To the sign-in page, and back afterwards if the page can be opened."""
    wanted = request.full_path.rstrip("?") if request.method == "GET" else ""
    target = url_for("page_accounts.sign_in")
    if wanted not in {"", "/"} and safe_next(wanted):
        target += "?" + urlencode({"next": wanted})
    if request.method != "GET":
        flash(_("You were signed out. Nothing was changed. Sign in and send it again."), "care")
    answer = see_other(target)
    answer.headers["Cache-Control"] = "no-store"
    return answer


def _words(status: int, code: str) -> tuple[str, str]:
    """Title and explanation: what happened, what is saved, what to do."""
    by_code = {
        "idempotency_key_reused": (
            _("This form was already sent"),
            _("It was sent before with other values, and that is what counts. Open the page again."),
        ),
        "four_eyes": (
            _("Somebody else has to approve this"),
            _("It is your own promise, or it is larger than your own limit. Nothing was changed."),
        ),
        "version_mismatch": (
            _("This changed a moment ago"),
            _("Somebody else acted first. Nothing of yours was saved. Open it again to see it as it is now."),
        ),
        **dict.fromkeys(
            ("illegal_action", "conflict"),
            (
                _("This is not possible any more"),
                _(
                    "Somebody else acted first, or the time for it is over. "
                    "Nothing of yours was saved. Open it again to see it as it is now."
                ),
            ),
        ),
    }
    if code in by_code:
        return by_code[code]
    if status == HTTPStatus.BAD_REQUEST:
        return (
            _("This form is too old"),
            _("The page was open for a long time or came from elsewhere. Go back, reload it and try again."),
        )
    if status == HTTPStatus.FORBIDDEN:
        return (
            _("Your role does not include this page"),
            _("Nothing is wrong with your sign-in. Ask your manager or your lead if you need it."),
        )
    if status in {HTTPStatus.NOT_FOUND, HTTPStatus.GONE}:
        return (
            _("Page not found"),
            _("Check the address, or start again from your first page. It may belong to somebody else."),
        )
    if status == HTTPStatus.METHOD_NOT_ALLOWED:
        return (
            _("This page cannot be opened like that"),
            _("It is the answer to a form. Go to your first page and start again."),
        )
    if status == HTTPStatus.REQUEST_ENTITY_TOO_LARGE:
        return _("That is too much text"), _("Shorten it and send it again. Nothing was saved.")
    if status == HTTPStatus.TOO_MANY_REQUESTS:
        return _("Too many tries"), _("Wait a moment and try again. Nothing was changed.")
    if status == HTTPStatus.SERVICE_UNAVAILABLE:
        return (
            _("The service cannot answer right now"),
            _("Nothing was changed. Wait a few seconds and send it again; it will not count twice."),
        )
    if status >= HTTPStatus.INTERNAL_SERVER_ERROR:
        return (
            _("Something failed on our side"),
            _("Nothing was changed. Try again; if it stays, tell support the number below."),
        )
    return _("This could not be done"), _(
        "Nothing was changed. Go back, check what you entered and try again."
    )
