"""The lock of store pages: nobody touched the tablet, so nothing of a customer stays on it.

`js/lock.js` warns, takes the page out of the window and asks for the PIN over it. Without it the
server locks by itself (`queries.callers`), and the next request leads to the page in here. A locked
session answers 401 with `X-Locked: 1` to everything but unlocking and signing out.
"""

from http import HTTPStatus
from typing import Any

import orjson
from flask import Response, g, render_template, request, url_for
from flask_login import current_user

from bridge import db
from bridge.clock import utc_now
from bridge.queries.callers import locked_session
from bridge.services import sessions, unlocking
from bridge.settings import settings
from web import cookies, forms, pin_sign_in
from web.error_pages import FRAGMENT
from web.languages import say as _
from web.redirects import see_other
from web.sessions import pages, public, safe_next, session_token, signed_in, visitor, without_own_password

blueprint = pages("lock")

LONGEST_TYPED = 256


@blueprint.post("/lock")
@without_own_password
@signed_in
def lock() -> Response:
    """Lock this session now."""
    with db.transaction() as work:
        sessions.lock(work, visitor().actor, now=utc_now())
    if FRAGMENT in request.headers:
        return Response(status=HTTPStatus.NO_CONTENT)
    return see_other(url_for("page_lock.locked", next=forms.text("next") or None))


@blueprint.post("/still-here")
@without_own_password
@signed_in
def still_here() -> Response:
    """Somebody touches the page without asking the server for anything; the hook has noted it."""
    return Response(status=HTTPStatus.NO_CONTENT)


@blueprint.get("/unlock")
@public
def locked() -> Response | str:
    """The page that asks for the PIN."""
    found = _locked()
    if found is None:
        return see_other(safe_next(request.args.get("next", "")) or url_for("page_accounts.home"))
    return _page(found, {}, wanted=request.args.get("next", ""))


@blueprint.post("/unlock")
@public
def unlock() -> Response | tuple[str, int]:
    """Check the PIN or password of the session's person and open it again."""
    is_fragment, found, problems = FRAGMENT in request.headers, _locked(), forms.Problems()
    if found is None:
        # Another window opened it, or it ended meanwhile: then the module signs in again.
        if is_fragment:
            opened = current_user.is_authenticated
            return Response(status=HTTPStatus.CONFLICT if opened else HTTPStatus.GONE)
        return see_other(safe_next(forms.text("next")) or url_for("page_accounts.home"))
    typed = request.form.get("proof", "")[:LONGEST_TYPED]
    result: unlocking.Unlocked | unlocking.StillLocked | None = None
    if not typed:
        problems.add("proof", _("Type your PIN or your password."))
    else:
        with db.transaction() as work:
            result = unlocking.unlock(work, found, typed, now=utc_now(), settings=settings())
    if isinstance(result, unlocking.StillLocked):
        wait = result.retry_after_seconds
        problems.add("proof", _("That is not right.") if wait is None else pin_sign_in.paused(wait))
    if isinstance(result, unlocking.Unlocked):
        answer = (
            Response(status=HTTPStatus.NO_CONTENT)
            if is_fragment
            else see_other(safe_next(forms.text("next")) or url_for("page_accounts.home"))
        )
        cookies.keep(answer, cookies.SESSION, result.token, expires=result.expires_at)
        return answer
    if is_fragment:
        body = orjson.dumps({"problem": problems.found["proof"]})
        return Response(body, status=HTTPStatus.UNPROCESSABLE_ENTITY, content_type="application/json")
    return _page(found, problems.found, wanted=forms.text("next")), HTTPStatus.UNPROCESSABLE_ENTITY


def _locked() -> Any:
    token = session_token(request)
    if not token:
        return None
    with db.statement() as connection:
        return locked_session(connection.execute, token, now=utc_now(), settings=settings())


def _page(found: Any, problems: dict[str, str], *, wanted: str) -> str:
    g.pop("visitor", None)
    return render_template(
        "unlock.html",
        person=found.display_name,
        has_pin=found.pin_hash is not None and found.pin_start_until is None,
        problems=problems,
        next=safe_next(wanted) or "",
    )
