"""Where people and units are reached, and why somebody is not: for administrators.

An address is written once and never shown again; the list has hints.
"""

from collections.abc import Callable
from uuid import UUID

from flask import Response, flash, render_template, request, url_for
from sqlmodel import Session
from werkzeug.datastructures import MultiDict

from bridge import db
from bridge.clock import utc_now
from bridge.errors import Conflict, InvalidInput, NotFound, NotPermitted, UnsafeAddress
from bridge.notices import Channel
from bridge.roles import Permission, reach
from bridge.services import contacts as service
from bridge.settings import settings
from web import forms
from web.languages import say as _
from web.redirects import see_other
from web.sessions import pages, requires, visitor

blueprint = pages("contacts")

ADDRESS = "/contact-points/<uuid:point_id>"


@blueprint.get("/contact-points")
@requires(Permission.CONTACTS_MANAGE)
def contacts() -> str:
    """Every address by its hint, what went wrong, and the form for another one."""
    return _page(forms.Problems())


@blueprint.post("/contact-points")
@requires(Permission.CONTACTS_MANAGE)
def add() -> Response | tuple[str, int]:
    """Add an address of a person or a unit."""
    _require_whole_brand()
    problems, actor = forms.Problems(), visitor().actor
    channel, address, owner = forms.text("channel"), forms.text("address"), forms.text("owner")
    if channel not in set(Channel) - {Channel.INBOX}:
        problems.add("channel", _("Choose a way."))
    if not address:
        problems.add("address", _("Fill this in."))
    if not owner:
        problems.add("owner", _("Fill this in."))
    if problems:
        return _page(problems), 422
    try:
        with db.transaction() as session:
            person_id, unit_id = service.find_owner(session, actor, owner)
            service.add(
                session,
                actor,
                channel=Channel(channel),
                address=address,
                person_id=person_id,
                unit_id=unit_id,
                config=settings(),
                now=utc_now(),
            )
    except NotFound:
        problems.add("owner", _("Nobody has this e-mail address, and no store or unit is called that."))
    except (InvalidInput, UnsafeAddress):
        problems.add("address", _("This cannot be an address of that kind. See the examples."))
    except Conflict:
        problems.add("address", _("This address is there already, or there are too many."))
    if problems:
        return _page(problems), 422
    flash(_("Added. Send a test to see whether it arrives."), "go")
    return see_other(url_for("page_contacts.contacts"))


@blueprint.post(f"{ADDRESS}/disable")
@requires(Permission.CONTACTS_MANAGE)
def disable(point_id: UUID) -> Response:
    """Stop using an address."""
    return _done(lambda session: service.disable(session, visitor().actor, point_id, now=utc_now()))


@blueprint.post(f"{ADDRESS}/enable")
@requires(Permission.CONTACTS_MANAGE)
def enable(point_id: UUID) -> Response:
    """Use an address again."""
    return _done(lambda session: service.enable(session, visitor().actor, point_id, now=utc_now()))


@blueprint.post(f"{ADDRESS}/test")
@requires(Permission.CONTACTS_MANAGE)
def send_test(point_id: UUID) -> Response:
    """Queue a test; the page says what became of it."""
    answer = _done(lambda session: service.send_test(session, visitor().actor, point_id, now=utc_now()))
    flash(_("The test goes out within seconds. Load this page again to see what became of it."), "info")
    return answer


def _done(work: Callable[[Session], object]) -> Response:
    _require_whole_brand()
    with db.transaction() as session:
        work(session)
    return see_other(url_for("page_contacts.contacts"))


def _page(problems: forms.Problems) -> str:
    _require_whole_brand()
    actor = visitor().actor
    with db.transaction() as session:
        points = service.list_points(session, actor)
        faults = service.faults(session, actor, now=utc_now())
    # What was typed stays in the form, but an address is a secret and is typed again.
    typed = MultiDict((name, value) for name, value in request.form.items() if name != "address")
    return render_template(
        "contacts.html",
        points=points,
        faults=faults,
        typed=typed,
        problems=problems.found,
        channels=[channel for channel in Channel if channel is not Channel.INBOX],
    )


def _require_whole_brand() -> None:
    if reach(visitor().actor, Permission.CONTACTS_MANAGE) is not None:
        raise NotPermitted("addresses are those of the whole brand")
