"""Coming in and going out: what every way of signing in answers, and what stays in the browser afterwards."""

from datetime import datetime

from flask import Response, request, session, url_for
from sqlmodel import Session

from bridge.services import sessions
from web import cookies, forms
from web.redirects import see_other
from web.sessions import safe_next, session_token


def entered(opened: sessions.SignedIn) -> Response:
    """The answer to a sign-in: the new session's cookie, a new CSRF secret, and to the wanted page."""
    session.clear()
    answer = see_other(safe_next(forms.text("next")) or url_for("page_accounts.home"))
    cookies.keep(answer, cookies.SESSION, opened.token, expires=opened.expires_at)
    return answer


def end_earlier(work: Session, *, now: datetime) -> None:
    """End the session that this browser held until now, whosever it was."""
    if token := session_token(request):
        sessions.end(work, token, now=now)


def left() -> Response:
    """The answer to signing out: nothing of the session stays in the browser."""
    session.clear()
    answer = see_other(url_for("page_accounts.sign_in"))
    cookies.drop(answer, cookies.SESSION)
    answer.headers["Clear-Site-Data"] = '"cache", "storage"'
    return answer
