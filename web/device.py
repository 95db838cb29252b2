"""This device: try its sounds, scanner and camera, set its text and lock, sign out everywhere."""

from http import HTTPStatus

from flask import Response, current_app, flash, render_template, request, url_for

from bridge import db
from bridge.clock import utc_now
from bridge.errors import InvalidInput, NotFound
from bridge.locking import LONGEST_LOCK, SHORTEST_LOCK
from bridge.roles import Permission, can
from bridge.services import devices
from web import cookies, forms, qr, texts
from web.languages import say as _
from web.redirects import see_other
from web.sessions import pages, public, requires, safe_next, signed_in, visitor

blueprint = pages("device")


@blueprint.get("/device")
@signed_in
def show() -> str:
    """Everything about the browser that asks."""
    return _page({})


@blueprint.post("/device/lock")
@requires(Permission.DEVICES_MANAGE)
def set_lock() -> Response | tuple[str, int]:
    """Say after how many minutes without a touch this device locks; a manager's right."""
    actor = visitor().actor
    if actor.device_id is None:
        raise NotFound("this session has no device")
    problems = forms.Problems()
    given = forms.text("lock_minutes")
    minutes = int(given) if given.isascii() and given.isdigit() and len(given) <= 3 else 0
    try:
        with db.transaction() as work:
            devices.set_lock(work, actor, actor.device_id, minutes, now=utc_now())
    except InvalidInput:
        problems.add(
            "lock_minutes",
            _("Write a number from %(least)s to %(most)s.", least=SHORTEST_LOCK, most=LONGEST_LOCK),
        )
        return _page(problems.found), HTTPStatus.UNPROCESSABLE_ENTITY
    flash(_("Saved."), "go")
    return see_other(url_for("page_device.show"))


@blueprint.post("/text")
@public
def choose_text() -> Response:
    """Keep big or usual text on this browser."""
    answer = see_other(safe_next(forms.text("next")) or url_for("page_device.show"))
    if (wanted := forms.text("text")) in texts.SIZES:
        cookies.keep(answer, cookies.TEXT, wanted)
    return answer


def _page(problems: dict[str, str]) -> str:
    actor = visitor().actor
    may_set = (
        actor.device_id is not None
        and actor.store_id is not None
        and can(actor, Permission.DEVICES_MANAGE, at=actor.store_path)
    )
    return render_template(
        "device.html",
        problems=problems,
        typed=request.form,
        may_set=may_set,
        shortest=SHORTEST_LOCK,
        longest=LONGEST_LOCK,
        sample=qr.picture("BRIDGE TEST SLIP", label=_("QR code of a slip to try the scanner with")),
        version=current_app.extensions["bridge_static_version"],
    )
