"""People: the list, a new one, and one person's page with the roles.

Nobody changes their own; every change is shown before it counts. A start password is made here,
shown once, and stored as a hash like every other.
"""

from datetime import datetime
from typing import Any
from uuid import UUID

from flask import Response, render_template, request, url_for
from sqlmodel import Session

from bridge import db
from bridge.clock import utc_now
from bridge.errors import Conflict, IllegalAction, InvalidInput, NotFound, NotPermitted
from bridge.models import OrgUnit, Person
from bridge.queries import directory as queries
from bridge.queries import setup_lists as lists
from bridge.roles import Permission, Role
from bridge.services import directory
from web import confirming, forms, listing, setup_forms, sought, words
from web.languages import LANGUAGES
from web.languages import say as _
from web.person_page import (
    PERSON,
    ROLES,
    address,
    done,
    not_oneself,
    of_brand,
    password_page,
    person_page,
    start,
)
from web.redirects import see_other
from web.sessions import own_brand, pages, require_whole_brand, requires, visitor
from web.setup_words import PEOPLE_STATES
from web.shown import day, word

blueprint = pages("setup_people")


@blueprint.get("/setup/people")
@requires(Permission.PEOPLE_MANAGE)
def people() -> str:
    """Everybody, found by name or address, role, unit and standing."""
    require_whole_brand(Permission.PEOPLE_MANAGE)
    role, status = request.args.get("role", ""), request.args.get("status", "")
    typed = sought.words()
    with db.statement() as connection:
        found = lists.people(
            connection,
            own_brand(),
            text=typed,
            role=Role(role) if role in set(Role) else None,
            unit=request.args.get("unit", "")[:80],
            status=status if status in PEOPLE_STATES else "",
            page=listing.asked_page(),
            now=utc_now(),
        )
    return render_template(
        "setup_people.html",
        found=found.rows,
        next_path=listing.next_path(has_more=found.has_more),
        roles=ROLES,
        states=PEOPLE_STATES,
        asked={**request.args, "q": typed},
    )


@blueprint.post("/setup/people")
@requires(Permission.PEOPLE_MANAGE)
def search() -> Response:
    """Look for somebody; the name or address does not travel in the address of the page."""
    require_whole_brand(Permission.PEOPLE_MANAGE)
    kept: dict[str, Any] = {name: forms.text(name)[:80] or None for name in ("role", "unit", "status")}
    return see_other(url_for("page_setup_people.people", found=sought.sealed(), **kept))


@blueprint.get("/setup/people/new")
@requires(Permission.PEOPLE_MANAGE)
def new() -> str:
    """The form for a new person."""
    require_whole_brand(Permission.PEOPLE_MANAGE)
    return _new_page(forms.Problems())


@blueprint.post("/setup/people/new")
@requires(Permission.PEOPLE_MANAGE)
def add() -> str | tuple[str, int]:
    """Show, then enter a person with a role and a start password, which the answer shows once."""
    require_whole_brand(Permission.PEOPLE_MANAGE)
    problems, now = forms.Problems(), utc_now()
    name = setup_forms.needed("display_name", 80, problems)
    email = setup_forms.needed("email", 254, problems)
    locale = setup_forms.chosen("locale", LANGUAGES, problems)
    role = setup_forms.chosen("role", ROLES, problems)
    valid_to = setup_forms.day_ends("valid_to", problems)
    with db.transaction() as session:
        unit_id = setup_forms.unit(session, "unit", problems)
        if unit_id is not None and role is not None:
            nobody_yet = Person(brand_id=own_brand(), display_name=name or "-")
            _tried_role(session, nobody_yet, role, unit_id, problems, now=now, valid_to=valid_to)
        unit = session.get_one(OrgUnit, unit_id) if unit_id else None
    if problems or unit is None:
        return _new_page(problems), 422
    if not forms.confirmed():
        line = _("%(name)s, %(role)s at %(place)s", name=name, role=word(role, words.ROLES), place=unit.name)
        return _new_page(problems, seen=forms.previewed(), line=line)
    place_id = unit.id
    kept = forms.once("page.people.add", lambda told: told)

    def work(session: Session) -> dict[str, str]:
        actor = visitor().actor
        person = directory.create_person(
            session, brand_id=own_brand(), display_name=name, email=email, locale=locale, actor=actor, now=now
        )
        directory.give_role(session, person, role, place_id, actor=actor, now=now, valid_to=valid_to)
        return start(session, person, now=now)

    try:
        return password_page(forms.done_once(kept, work))
    except Conflict:
        problems.add("email", _("Somebody with this e-mail address is there already."))
    except InvalidInput as error:
        _add(problems, error)
    return _new_page(problems), 422


@blueprint.get(PERSON)
@requires(Permission.PEOPLE_MANAGE)
def person(person_id: UUID) -> str:
    """One person: roles from when until when, standing, sessions."""
    require_whole_brand(Permission.PEOPLE_MANAGE)
    return person_page(person_id)


@blueprint.post(f"{PERSON}/roles")
@requires(Permission.PEOPLE_MANAGE)
def give_role(person_id: UUID) -> Response | str | tuple[str, int]:
    """Show, then give a role at a unit."""
    require_whole_brand(Permission.PEOPLE_MANAGE)
    problems, now = forms.Problems(), utc_now()
    role = setup_forms.chosen("role", ROLES, problems)
    valid_from = setup_forms.day_begins("valid_from", problems)
    valid_to = setup_forms.day_ends("valid_to", problems)
    with db.transaction() as session:
        found = of_brand(session, person_id)
        unit_id = setup_forms.unit(session, "unit", problems)
        if unit_id is not None and role is not None:
            _tried_role(
                session, found, role, unit_id, problems, now=now, valid_from=valid_from, valid_to=valid_to
            )
        unit = session.get_one(OrgUnit, unit_id) if unit_id else None
    if problems or unit is None:
        return person_page(person_id, problems), 422
    if not forms.confirmed():
        begins = day(valid_from, "UTC") if valid_from and valid_from > now else _("now")
        ends = day(valid_to, "UTC") if valid_to else _("until it is ended")
        line = _(
            "%(name)s becomes %(role)s at %(place)s.",
            name=found.display_name,
            role=word(role, words.ROLES),
            place=unit.name,
        )
        span = _("From: %(begins)s. Until: %(ends)s.", begins=begins, ends=ends)
        return confirming.page(
            _("Give a role"), [line, span], button=_("Give this role"), back=address(person_id)
        )
    place_id = unit.id
    kept = forms.once("page.people.give_role", lambda _given: {})

    def work(session: Session) -> object:
        return directory.give_role(
            session,
            of_brand(session, person_id),
            role,
            place_id,
            actor=visitor().actor,
            now=now,
            valid_from=valid_from,
            valid_to=valid_to,
        )

    return done(person_id, kept, work, _("The role is given."))


@blueprint.post(f"{PERSON}/roles/<uuid:assignment_id>/end")
@requires(Permission.PEOPLE_MANAGE)
def end_role(person_id: UUID, assignment_id: UUID) -> Response | str:
    """Show, then end a role now."""
    require_whole_brand(Permission.PEOPLE_MANAGE)
    with db.transaction() as session:
        found = of_brand(session, person_id)
        not_oneself(found)
        assignment = queries.assignment_of(session, person_id, assignment_id)
        if assignment is None:
            raise NotFound("there is no such role")
        place = session.get_one(OrgUnit, assignment.org_unit_id).name
    if not forms.confirmed():
        line = _(
            "%(name)s is not %(role)s at %(place)s any more, from this moment on.",
            name=found.display_name,
            role=word(assignment.role, words.ROLES),
            place=place,
        )
        return confirming.page(
            _("End a role"), [line], button=_("End this role"), back=address(person_id), stops=True
        )
    kept = forms.once("page.people.end_role", lambda _none: {})

    def work(session: Session) -> None:
        held = queries.assignment_of(session, person_id, assignment_id)
        assert held is not None
        directory.end_role(session, held, actor=visitor().actor, now=utc_now())

    return done(person_id, kept, work, _("The role has ended."))


def _tried_role(
    session: Session,
    found: Person,
    role: Role,
    unit_id: UUID,
    problems: forms.Problems,
    *,
    now: datetime,
    valid_from: datetime | None = None,
    valid_to: datetime | None = None,
) -> None:
    try:
        directory.require_role(
            session,
            found,
            role,
            unit_id,
            actor=visitor().actor,
            now=now,
            valid_from=valid_from,
            valid_to=valid_to,
        )
    except InvalidInput as error:
        _add(problems, error)
    except NotPermitted:
        problems.add("role", _("Nobody gives a role to themselves."))
    except IllegalAction:
        problems.add("role", _("Who left gets no role; enter the person anew."))


def _add(problems: forms.Problems, error: InvalidInput) -> None:
    fields: Any = error.details.get("fields", {})
    for name in fields:
        if name == "unit_id":
            problems.add(
                "unit", _("This role cannot be held there: stores and districts have roles of their own.")
            )
        elif name == "valid_to":
            problems.add("valid_to", _("It would end before it begins."))
        elif name == "email":
            problems.add("email", _("Write an address like name@example.org."))
        else:
            problems.add(name, _("Use other words here."))


def _new_page(problems: forms.Problems, *, seen: str = "", line: str = "") -> str:
    return render_template(
        "setup_person_new.html",
        problems=problems.found,
        typed=request.form,
        roles=ROLES,
        languages_of=LANGUAGES,
        seen=seen,
        line=line,
    )
