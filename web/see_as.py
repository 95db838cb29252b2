"""Play another part of the demo with one press, and see two parts side by side.

Whoever is chosen is signed in for real, by the password that the demo prints: there is no way
around a sign-in here, and nobody can be chosen who has another password. The case on the screen
stays on the screen when the other person may read it.
"""

import re
import secrets
from collections.abc import Callable
from datetime import datetime
from urllib.parse import urlsplit
from uuid import UUID

from flask import Response, flash, render_template, session, url_for

from bridge import db
from bridge.clock import utc_now
from bridge.demo.people import PASSWORD, Member, member
from bridge.errors import BridgeError, NotFound
from bridge.queries import demo as queries
from bridge.queries.callers import identify
from bridge.services import accounts, customers, handing_over, noting
from bridge.settings import settings
from web import cookies, demo_words, forms, panes
from web.accounts import first_page
from web.demo import rooms
from web.demo_words import CUSTOMER, PARTS
from web.entering import end_earlier
from web.languages import say as _
from web.redirects import see_other
from web.sessions import Visitor, public, safe_next

blueprint = rooms("see_as")

_CASE = re.compile(r"/(?:escalations|counter/cases)/([0-9a-f-]{36})(?:/|$)")
TOUR_KEEPS = ("tour", "tour_own")
"""What the tour keeps in the browser from person to person: its step, and ids of its post and promise."""
SIDES = {"left": "Dana", "right": "Priya"}
"""Who is on which of the two screens: the agent promises, the manager honours."""


@blueprint.post("/demo/see-as")
@public
def see_as() -> Response:
    """End the session, open one as the chosen person, and stay on the case where that person may read it."""
    name = forms.text("person")
    if name == CUSTOMER:
        found = _CASE.search(forms.text("next"))
        return customers_page(found[1] if found else forms.text("case"))
    return become(name, lambda visitor: see_other(_where(visitor)))


def become(name: str, where: Callable[[Visitor], Response]) -> Response:
    """Sign that person of the demo in on this browser, and go to where `where` says.

    Raises NotFound for anybody who cannot be played.
    """
    chosen = member(name)
    if chosen is None or chosen.name not in PARTS:
        raise NotFound("nobody of the demo has this name")
    if (entered := _entered(chosen, instead=True)) is None:
        return _nobody(chosen)
    token, expires_at, visitor = entered
    kept = {name: session[name] for name in TOUR_KEEPS if name in session}
    session.clear()
    session.update(kept)
    answer = where(visitor)
    cookies.keep(answer, cookies.SESSION, token, expires=expires_at)
    return answer


def customers_page(text: str) -> Response:
    """What the customer of that case sees; of the newest one when no case is on the screen."""
    with db.statement() as connection:
        case_id = _uuid(text) or queries.newest_case(connection)
        link = ""
        if case_id is not None:
            link = customers.link_of(
                connection, case_id, now=utc_now(), settings=settings(), vault=forms.vault()
            )
    if not link:
        flash(_("No customer has a code yet. Promise something first."), "care")
        return see_other(url_for("page_accounts.home"))
    return see_other(urlsplit(link).path)


@blueprint.get("/demo/two-screens")
@public
def two_screens() -> str:
    """Agent and counter side by side, each with a session of its own; first the button that makes them."""
    sides = [(demo_words.PARTS[name], panes.address(pane, "/")) for pane, name in SIDES.items()]
    return render_template("two_screens.html", sides=sides, started=session.get("two_screens", False))


@blueprint.post("/demo/two-screens")
@public
def open_two_screens() -> Response:
    """Sign both sides in; the session of the window itself stays as it is."""
    answer = see_other(url_for("page_see_as.two_screens"))
    for pane, name in SIDES.items():
        chosen = member(name)
        assert chosen is not None
        if (entered := _entered(chosen, instead=False)) is None:
            return _nobody(chosen)
        token, expires_at, _visitor = entered
        answer.set_cookie(
            f"{cookies.SESSION}_{pane}",
            token,
            expires=expires_at,
            path=panes.address(pane, ""),
            secure=cookies.is_secure(settings()),
            httponly=True,
            samesite="Lax",
        )
    session["two_screens"] = True
    return answer


def _entered(chosen: Member, *, instead: bool) -> tuple[str, datetime, Visitor] | None:
    """A new session of that person on this browser by the demo's password; None when it does not fit.

    `instead` ends the one that the browser had.
    """
    now = utc_now()
    with db.transaction() as work:
        result = accounts.sign_in(
            work,
            email=chosen.email,
            password=PASSWORD,
            kind="page_session",
            device_name=_device_name(chosen),
            now=now,
            settings=settings(),
        )
        if instead and isinstance(result, accounts.SignedIn):
            end_earlier(work, now=now)
    if isinstance(result, accounts.SignInRefused):
        return None
    with db.statement() as connection:
        known = identify(connection, result.token, now=now, settings=settings())
    assert known is not None
    return result.token, result.expires_at, Visitor(known[0], result.token, known[1])


def _nobody(chosen: Member) -> Response:
    """Back to the sign-in: this database has other people, or they have other passwords."""
    flash(_("%(name)s is not in this database, or has another password.", name=chosen.name), "care")
    return see_other(url_for("page_accounts.sign_in"))


def _device_name(chosen: Member) -> str:
    """The name of this browser at a store, as the sign-in gives it; each part has a till of its own."""
    browser = cookies.read(cookies.DEVICE) or secrets.token_hex(8)
    return f"{chosen.name}'s till {browser[:4]}" if chosen.store else f"Browser {browser[:4]}"


def _where(visitor: Visitor) -> str:
    """The page of the same case when the visitor may read it, else the same page, else the first page."""
    wanted = forms.text("next")
    found = _CASE.search(wanted)
    case_id = found[1] if found else forms.text("case")
    if case_id and (page := _page_of_case(visitor, case_id)):
        return page
    start = first_page(visitor) or url_for("page_accounts.home")
    return start if found or not wanted.startswith("/demo/") else (safe_next(wanted) or start)


def _uuid(text: str) -> UUID | None:
    try:
        return UUID(text)
    except ValueError:
        return None


def _page_of_case(visitor: Visitor, text: str) -> str | None:
    """The case as that person sees it; None when it is nothing of theirs."""
    actor = visitor.actor
    if (case_id := _uuid(text)) is None:
        return None
    try:
        with db.statement() as connection:
            if actor.store_id is None:
                handing_over.read_escalation(connection, actor, case_id)
                return url_for("page_escalations.show", escalation_id=case_id)
            noting.require_counts(connection, actor, case_id)
            return url_for("page_store_life.show", escalation_id=case_id)
    except BridgeError:
        return None
