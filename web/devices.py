"""Devices: a manager makes, rolls and revokes them, and begins PINs; a new tablet is paired.

A one-time token is shown once, in the answer to the form that made it, as letters and as a QR
picture that holds nothing but the token; it never stands in an address.
"""

from http import HTTPStatus
from typing import Any
from uuid import UUID

from flask import Response, current_app, flash, render_template, request, url_for
from sqlmodel import Session

from bridge import db
from bridge.clock import utc_now
from bridge.errors import Conflict, InvalidInput, NotFound
from bridge.locking import LONGEST_LOCK, SHORTEST_LOCK
from bridge.models import Store
from bridge.pairing import grouped
from bridge.roles import Permission, can
from bridge.services import devices, pins
from bridge.settings import settings
from web import cookies, forms, qr
from web.entering import end_earlier
from web.languages import say as _
from web.redirects import see_other
from web.sessions import pages, public, requires, visitor

blueprint = pages("devices")


@blueprint.get("/devices")
@requires(Permission.DEVICES_MANAGE)
def listed() -> str:
    """The devices within the visitor's reach, and the people of the visitor's store."""
    return _page(forms.Problems())


@blueprint.post("/devices")
@requires(Permission.DEVICES_MANAGE)
def create() -> Response | str | tuple[str, int]:
    """Make a device and show its one-time token."""
    problems, actor = forms.Problems(), visitor().actor
    name, number = forms.text("name"), forms.text("store_number").upper()[:12] or None
    if not name:
        problems.add("name", _("Write a name, for example: Counter 2."))
    if number is None and actor.store_id is None:
        problems.add("store_number", _("Write the number of its store."))
    if not problems:
        try:
            with db.transaction() as work:
                made = devices.create(work, actor, name=name, store_number=number, now=utc_now())
            return _token(made)
        except InvalidInput as error:
            problems.add_all(error.details.get("fields"), names=lambda path: path[0])
        except Conflict:
            problems.add(
                "name",
                _("This store has a device of that name. Give it a new token, or choose another name."),
            )
    return _page(problems), HTTPStatus.UNPROCESSABLE_ENTITY


@blueprint.post("/devices/<uuid:device_id>/roll")
@requires(Permission.DEVICES_MANAGE)
def roll(device_id: UUID) -> str:
    """End what the device holds and show a new one-time token."""
    with db.transaction() as work:
        made = devices.roll(work, visitor().actor, device_id, now=utc_now())
    return _token(made)


@blueprint.post("/devices/<uuid:device_id>/revoke")
@requires(Permission.DEVICES_MANAGE)
def revoke(device_id: UUID) -> Response:
    """Shut a device out, with everybody who is signed in on it."""
    with db.transaction() as work:
        revoked = devices.revoke(work, visitor().actor, device_id, now=utc_now())
    flash(
        _(
            "%(name)s is shut out. Whoever is signed in there is out with the next press.",
            name=revoked.device.name,
        ),
        "go",
    )
    return see_other(url_for("page_devices.listed"))


@blueprint.post("/devices/people/<uuid:person_id>/start-code")
@requires(Permission.DEVICES_MANAGE)
def start_code(person_id: UUID) -> str:
    """Draw a start code for a person and show it once."""
    with db.transaction() as work:
        begun = pins.start(work, visitor().actor, person_id, now=utc_now(), settings=settings())
    return render_template("start_code.html", begun=begun)


@blueprint.post("/devices/people/<uuid:person_id>/unpause")
@requires(Permission.DEVICES_MANAGE)
def unpause(person_id: UUID) -> Response:
    """Let a person try their PIN again at once."""
    with db.transaction() as work:
        person = pins.unpause(work, visitor().actor, person_id, now=utc_now())
    flash(_("%(name)s can try again.", name=person.display_name), "go")
    return see_other(url_for("page_devices.listed"))


@blueprint.get("/pair")
@public
def pair() -> str:
    """The form on a new tablet for the token."""
    return render_template("pair.html", problems={})


@blueprint.post("/pair")
@public
def initialize() -> Response | tuple[str, int]:
    """Exchange the token for this browser's own credential. Whoever was signed in here is out."""
    token, now = forms.text("token")[:80], utc_now()
    problems: dict[str, str] = {}
    if not token:
        problems["token"] = _("Scan or type the token.")
    else:
        try:
            with db.transaction() as work:
                paired = devices.initialize(work, token, software=_software(), now=now)
                end_earlier(work, now=now)
        except NotFound:
            problems["token"] = _("This token does not count. It may be used, or older than ten minutes.")
    if problems:
        return render_template("pair.html", problems=problems), HTTPStatus.UNPROCESSABLE_ENTITY
    flash(
        _(
            "This is now “%(name)s” of store %(number)s %(store)s.",
            name=paired.device.name,
            number=paired.store.number,
            store=paired.store.name,
        ),
        "go",
    )
    answer = see_other(url_for("page_accounts.sign_in"))
    cookies.drop(answer, cookies.SESSION)
    cookies.keep(answer, cookies.PAIRED, paired.secret, expires=paired.expires_at)
    return answer


def _software() -> str:
    """What the device is: our version, and what the browser says of itself."""
    return f"{current_app.extensions['bridge_static_version']} {request.user_agent.string}"


def _token(made: devices.Token) -> str:
    return render_template(
        "device_token.html",
        made=made,
        written=grouped(made.token),
        picture=qr.picture(made.token, label=_("QR code of the one-time token")),
    )


def _page(problems: forms.Problems) -> str:
    actor, now = visitor().actor, utc_now()
    number = request.args.get("store", "").strip().upper()[:12] or None
    with db.transaction() as work:
        try:
            found = devices.listed(work, actor, now=now, store_number=number)
        except InvalidInput:
            found = []
            problems.add("store", _("No store has this number."))
        members = _members(work, number, problems)
    return render_template(
        "devices.html",
        devices=found,
        members=members,
        now=now,
        number=number or "",
        problems=problems.found,
        shortest=SHORTEST_LOCK,
        longest=LONGEST_LOCK,
    )


def _members(work: Session, number: str | None, problems: forms.Problems) -> list[Any]:
    actor = visitor().actor
    if problems.found.get("store"):
        return []
    if number is not None:
        store = devices.managed_store(work, actor, number)
    elif actor.store_id is not None and can(actor, Permission.DEVICES_MANAGE, at=actor.store_path):
        store = work.get_one(Store, actor.store_id)
    else:  # the right may be for another place than the one where this session is
        return []
    return pins.members(work, actor, store, now=utc_now())
