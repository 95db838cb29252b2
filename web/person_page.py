"""One person's page, which several forms lead back to, and the start password that is shown once."""

from datetime import datetime
from typing import Any
from uuid import UUID

from flask import Response, flash, render_template, request, url_for
from sqlmodel import Session

from bridge import db
from bridge.clock import utc_now
from bridge.errors import IllegalAction, NotFound, NotPermitted
from bridge.models import Person
from bridge.queries import directory as queries
from bridge.queries import setup_lists as lists
from bridge.roles import Permission, Role
from bridge.services import accounts, start_passwords
from bridge.settings import settings
from web import forms
from web.languages import say as _
from web.redirects import see_other
from web.sessions import own_brand, visitor
from web.setup_words import PEOPLE_STATES

PERSON = "/setup/people/<uuid:person_id>"

ROLES = [role for role in Role if role is not Role.INTEGRATION]


def done(person_id: UUID, kept: Any, work: Any, said: str) -> Response:
    """Do the work of a form once, and back to the person's page."""
    try:
        forms.done_once(kept, work)
    except IllegalAction:
        flash(_("This is not possible any more. Look at how things stand now."), "care")
    else:
        flash(said, "go")
    return see_other(address(person_id))


def start(session: Session, person: Person, *, now: datetime) -> dict[str, str]:
    """Make a start password; the only place where it is told."""
    password = start_passwords.drawn()
    accounts.set_password(session, visitor().actor, person, password, now=now, settings=settings())
    return {
        "id": str(person.id),
        "name": person.display_name,
        "email": person.email or "",
        "password": password,
    }


def not_oneself(found: Person) -> None:
    """Raise NotPermitted for the visitor: somebody else changes their roles and standing."""
    if found.id == visitor().actor.id:
        raise NotPermitted("nobody changes their own standing", permission=Permission.PEOPLE_MANAGE.value)


def of_brand(session: Session, person_id: UUID) -> Person:
    """The person. Raises NotFound outside the brand."""
    found = queries.person_of(session, own_brand(), person_id)
    if found is None:
        raise NotFound("there is no such person")
    return found


def address(person_id: UUID) -> str:
    """Where the person's page is."""
    return url_for("page_setup_people.person", person_id=person_id)


def password_page(told: dict[str, Any]) -> str:
    """The page that shows a start password, once."""
    return render_template("setup_password.html", told=told)


def person_page(person_id: UUID, problems: forms.Problems | None = None) -> str:
    """Roles with their days, standing, open sessions."""
    now = utc_now()
    with db.transaction() as session:
        found = of_brand(session, person_id)
        sessions = accounts.live_sessions(session, person_id, now=now)
    with db.statement() as connection:
        held = lists.roles(connection, person_id, now=now)
    return render_template(
        "setup_person.html",
        person=found,
        held=[one for one in held if one.valid_to is None or one.valid_to > now],
        ended=[one for one in held if one.valid_to is not None and one.valid_to <= now],
        sessions=sessions,
        is_self=found.id == visitor().actor.id,
        now=now,
        roles=ROLES,
        states=PEOPLE_STATES,
        typed=request.form,
        problems=problems.found if problems else {},
    )
