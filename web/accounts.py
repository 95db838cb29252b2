"""Sign in, sign out, the language, and the first page of each role."""

import re
import secrets
from http import HTTPStatus

from flask import Response, flash, g, make_response, render_template, request, url_for
from flask_login import current_user

from bridge import db
from bridge.clock import utc_now
from bridge.errors import InvalidInput
from bridge.passwords import LONGEST_PASSWORD
from bridge.roles import Permission, can
from bridge.services import accounts
from bridge.settings import settings
from web import cookies, forms, paired, pin_sign_in, themes
from web.entering import end_earlier, entered, left
from web.languages import LANGUAGES
from web.languages import say as _
from web.languages import say_counted as ngettext
from web.redirects import see_other
from web.sessions import Visitor, pages, public, safe_next, signed_in, visitor, without_own_password

blueprint = pages("accounts")

_DEVICE = re.compile(r"[0-9a-f]{16}")


@blueprint.get("/")
@signed_in
def home() -> Response | str:
    """To the page where the visitor's work is; a role without pages reads what it can do."""
    first = first_page(visitor())
    return see_other(first) if first else render_template("home.html")


@blueprint.get("/sign-in")
@public
def sign_in() -> Response | str:
    """The form. Somebody who is signed in may use it to become somebody else."""
    wanted = request.args.get("next", "")
    with db.transaction() as work:
        here = paired.here(work, now=utc_now())
        if here is not None and request.args.get("by") != "password":
            return pin_sign_in.names(work, here, problems={}, wanted=wanted)
    was_paired = here is None and bool(cookies.read(cookies.PAIRED))
    if was_paired:
        flash(_("This device is not paired any more. Ask a manager for a new token."), "care")
    page = make_response(render_template("sign_in.html", problems={}, next=wanted, here=here))
    if was_paired:
        cookies.drop(page, cookies.PAIRED)
    return page


@blueprint.post("/sign-in")
@public
def open_session() -> Response | tuple[str, int]:
    """Check the password and open a session on this browser."""
    problems = forms.Problems()
    email, password = forms.text("email"), request.form.get("password", "")
    if not email:
        problems.add("email", _("Write your e-mail address."))
    if not password:
        problems.add("password", _("Write your password."))
    if problems:
        return _again(problems)
    browser = cookies.read(cookies.DEVICE)
    if not _DEVICE.fullmatch(browser):
        browser = secrets.token_hex(8)
    now = utc_now()
    try:
        with db.transaction() as work:
            here = paired.here(work, now=now)
            result = accounts.sign_in(
                work,
                paired=here.device if here else None,
                email=email[:254],
                password=password[: LONGEST_PASSWORD + 1],
                kind="page_session",
                device_name=f"Browser {browser[:4]}-{browser[4:8]}",
                store_number=forms.text("store_number").upper()[:12] or None,
                now=now,
                settings=settings(),
            )
            if isinstance(result, accounts.SignedIn):
                end_earlier(work, now=now)
    except InvalidInput as error:
        problems.add_all(error.details.get("fields"), names=lambda path: path[-1])
        return _again(problems)
    if isinstance(result, accounts.SignInRefused):
        if result.retry_after_seconds is not None:
            minutes = -(-result.retry_after_seconds // 60)
            problems.add("email", _("Too many tries. Wait %(minutes)s minutes.", minutes=minutes))
        else:
            problems.add("email", _("The e-mail address or the password is not right."))
        return _again(problems)
    answer = entered(result)
    cookies.keep(answer, cookies.DEVICE, browser)
    return answer


@blueprint.post("/sign-out")
@public
def sign_out() -> Response:
    """End the session here and on the server, locked or not."""
    now = utc_now()
    with db.transaction() as work:
        if current_user.is_authenticated:
            accounts.sign_out(work, current_user.actor, now=now)
        else:
            end_earlier(work, now=now)
    return left()


@blueprint.post("/sign-out/everywhere")
@without_own_password
@signed_in
def sign_out_everywhere() -> Response:
    """End every session of the visitor's: for a browser that was left open, or lost."""
    actor = visitor().actor
    assert actor.id is not None
    with db.transaction() as work:
        ended = accounts.sign_out_everywhere(work, actor, actor.id, now=utc_now())
    answer = left()
    flash(ngettext("%(num)s session was ended.", "%(num)s sessions were ended.", ended), "go")
    return answer


@blueprint.post("/language")
@public
def choose_language() -> Response:
    """Keep a language on this browser, and go back to the page."""
    answer = see_other(safe_next(forms.text("next")) or url_for("page_accounts.home"))
    if (wanted := forms.text("language")) in LANGUAGES:
        cookies.keep(answer, cookies.LANGUAGE, wanted)
    return answer


@blueprint.post("/theme")
@public
def choose_theme() -> Response:
    """Keep light or dark colours on this browser, or follow the device again."""
    answer = see_other(safe_next(forms.text("next")) or url_for("page_accounts.home"))
    if (wanted := forms.text("theme")) in themes.THEMES:
        cookies.keep(answer, cookies.THEME, wanted)
    return answer


def first_page(person: Visitor) -> str | None:
    """Where the visitor's work is; None for roles that have no pages yet."""
    actor = person.actor
    if actor.store_id is not None and can(actor, Permission.COUNTER_LOOK_UP, at=actor.store_path):
        return url_for("page_counter.counter")
    if can(actor, Permission.REVIEW_DECIDE):
        return url_for("page_hq.overview")
    if can(actor, Permission.INTAKE_READ):
        return url_for("page_intake.queue")
    if can(actor, Permission.PROMISES_APPROVE):
        return url_for("page_approvals.approvals")
    if can(actor, Permission.REPORTS_READ):
        return url_for("page_hq.overview")
    if can(actor, Permission.POLICIES_READ):
        return url_for("page_setup.index")
    return None


def _again(problems: forms.Problems) -> tuple[str, int]:
    g.pop("visitor", None)
    with db.transaction() as work:
        here = paired.here(work, now=utc_now())
    page = render_template("sign_in.html", problems=problems.found, next=forms.text("next"), here=here)
    return page, HTTPStatus.UNPROCESSABLE_ENTITY
