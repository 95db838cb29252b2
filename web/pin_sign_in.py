"""Sign in on a paired device: a name of the store's list and a PIN; the first time with a start code.

Nobody's name is shown but those of the store's own people. Somebody else and a wrong PIN read the
same. E-mail and password stay as the way without a number to remember (WCAG 3.3.8).
"""

from http import HTTPStatus
from uuid import UUID

from flask import Response, flash, g, render_template, request, url_for
from sqlmodel import Session

from bridge import db
from bridge.clock import utc_now
from bridge.errors import InvalidInput, NotFound
from bridge.queries import counter_people
from bridge.services import accounts, pins
from bridge.settings import settings
from web import forms, paired
from web.entering import end_earlier, entered
from web.languages import say as _
from web.redirects import see_other
from web.sessions import pages, public, signed_in, visitor

blueprint = pages("pin_sign_in")

LONGEST_TYPED = 40
NOBODY = UUID(int=0)


def names(work: Session, here: paired.Here, *, problems: dict[str, str], wanted: str) -> str:
    """The page with the names of the store's people."""
    g.pop("visitor", None)
    people = counter_people.staff(work, here.store, utc_now())
    return render_template(
        "sign_in_names.html", here=here, people=people, problems=problems, next=wanted, chosen=_chosen()
    )


@blueprint.post("/sign-in/pin")
@public
def sign_in() -> Response | tuple[str, int]:
    """Check the PIN and open a session on this device."""
    now, problems = utc_now(), forms.Problems()
    person_id, pin = _chosen(), request.form.get("pin", "")[:LONGEST_TYPED]
    if person_id is None:
        problems.add("person", _("Choose your name."))
    if not pin:
        problems.add("pin", _("Type your PIN."))
    with db.transaction() as work:
        here = _here(work)
        if problems:
            return _again(work, here, problems)
        result = pins.sign_in(work, here.device, person_id or NOBODY, pin, now=now, settings=settings())
        if isinstance(result, accounts.SignedIn):
            end_earlier(work, now=now)
        elif not result.is_start_code:
            problems.add("pin", refused(result))
            return _again(work, here, problems)
    if isinstance(result, accounts.SignInRefused):
        flash(_("That is your start code. Choose a PIN of your own now."), "info")
        return see_other(url_for("page_pin_sign_in.start", person=person_id, next=forms.text("next")))
    return entered(result)


@blueprint.get("/sign-in/start")
@public
def start() -> Response | str:
    """The form for somebody with a start code."""
    with db.transaction() as work:
        here = paired.here(work, now=utc_now())
        if here is None:
            return see_other(url_for("page_accounts.sign_in"))
        return _start(work, here, {})


@blueprint.post("/sign-in/start")
@public
def choose_pin() -> Response | tuple[str, int]:
    """Take the start code, keep the new PIN, and open a session."""
    now, problems = utc_now(), forms.Problems()
    person_id, code = _chosen(), request.form.get("start_code", "")[:LONGEST_TYPED]
    if person_id is None:
        problems.add("person", _("Choose your name."))
    if not code:
        problems.add("start_code", _("Type the start code that your manager gave you."))
    new_pin = _new_pin(problems)
    with db.transaction() as work:
        here = _here(work)
        if problems:
            return _start(work, here, problems.found), HTTPStatus.UNPROCESSABLE_ENTITY
        try:
            result = pins.choose(
                work, here.device, person_id or NOBODY, code, new_pin, now=now, settings=settings()
            )
        except InvalidInput as error:
            problems.add_all(error.details.get("fields"), names=lambda path: path[-1])
            return _start(work, here, problems.found), HTTPStatus.UNPROCESSABLE_ENTITY
        if isinstance(result, accounts.SignInRefused):
            problems.add("start_code", _code_refused(result))
            return _start(work, here, problems.found), HTTPStatus.UNPROCESSABLE_ENTITY
        end_earlier(work, now=now)
    return entered(result)


@blueprint.get("/pin")
@signed_in
def own() -> str:
    """The form to change one's own PIN."""
    return render_template("pin.html", problems={})


@blueprint.post("/pin")
@signed_in
def change() -> Response | tuple[str, int]:
    """Change the visitor's own PIN, or set the first one with the password."""
    problems = forms.Problems()
    known = request.form.get("known", "")[:256]
    if not known:
        problems.add("known", _("Type your PIN or your password of now."))
    new_pin = _new_pin(problems)
    if not problems:
        try:
            with db.transaction() as work:
                wait = pins.change(work, visitor().actor, known, new_pin, now=utc_now(), settings=settings())
            if wait is not None:
                problems.add("known", paused(wait) if wait else _("That is not right."))
        except InvalidInput as error:
            problems.add_all(error.details.get("fields"), names=lambda path: path[-1])
    if problems:
        page = render_template("pin.html", problems=problems.found)
        return page, HTTPStatus.UNPROCESSABLE_ENTITY
    flash(_("Your PIN is changed."), "go")
    return see_other(url_for("page_device.show"))


def refused(result: accounts.SignInRefused) -> str:
    """Why the PIN did not open anything; the same words whoever was asked about."""
    if result.retry_after_seconds is not None:
        return paused(result.retry_after_seconds)
    return _("The name or the PIN is not right.")


def paused(seconds: int) -> str:
    """How long to wait after too many wrong PINs, and who can shorten it."""
    minutes = -(-seconds // 60)
    return _("Too many wrong PINs. Wait %(minutes)s minutes, or ask a manager to open it.", minutes=minutes)


def _code_refused(result: accounts.SignInRefused) -> str:
    if result.retry_after_seconds is not None:
        return paused(result.retry_after_seconds)
    return _("The name or the start code is not right, or the code is too old. Ask for a new one.")


def _new_pin(problems: forms.Problems) -> str:
    new_pin = request.form.get("new_pin", "")[:LONGEST_TYPED]
    if not new_pin:
        problems.add("new_pin", _("Choose a PIN."))
    elif new_pin != request.form.get("again", "")[:LONGEST_TYPED]:
        problems.add("again", _("The two PINs are not the same."))
    return new_pin


def _chosen() -> UUID | None:
    given = request.form.get("person") or request.args.get("person", "")
    try:
        return UUID(given)
    except ValueError:
        return None


def _here(work: Session) -> paired.Here:
    found = paired.here(work, now=utc_now())
    if found is None:
        raise NotFound("this browser is no paired device")
    return found


def _again(work: Session, here: paired.Here, problems: forms.Problems) -> tuple[str, int]:
    page = names(work, here, problems=problems.found, wanted=forms.text("next"))
    return page, HTTPStatus.UNPROCESSABLE_ENTITY


def _start(work: Session, here: paired.Here, problems: dict[str, str]) -> str:
    g.pop("visitor", None)
    people = counter_people.staff(work, here.store, utc_now())
    wanted = request.form.get("next") or request.args.get("next", "")
    return render_template(
        "sign_in_start.html", here=here, people=people, problems=problems, next=wanted, chosen=_chosen()
    )
