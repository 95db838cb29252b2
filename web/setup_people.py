"""People: the list, a new one, and one person's page with roles, standing and start password.

Nobody changes their own; every change is shown before it counts. A start password is made here,
shown once, and stored as a hash like every other.
"""

from datetime import datetime
from typing import Any
from uuid import UUID

from flask import Response, flash, render_template, request, url_for
from sqlmodel import Session

from bridge import db
from bridge.clock import utc_now
from bridge.errors import Conflict, IllegalAction, InvalidInput, NotFound, NotPermitted
from bridge.models import OrgUnit, Person
from bridge.queries import directory as queries
from bridge.queries import setup_lists as lists
from bridge.roles import Permission, Role
from bridge.services import accounts, directory, start_passwords
from bridge.settings import settings
from web import confirming, forms, listing, setup_forms, sought, words
from web.languages import LANGUAGES
from web.languages import say as _
from web.languages import say_counted as ngettext
from web.redirects import see_other
from web.sessions import own_brand, pages, require_whole_brand, requires, visitor
from web.setup_words import PEOPLE_STATES
from web.shown import day, word

blueprint = pages("setup_people")

PERSON = "/setup/people/<uuid:person_id>"
ROLES = [role for role in Role if role is not Role.INTEGRATION]
STANDINGS = ("suspended", "active", "left")


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
        return _start(session, person, now=now)

    try:
        return _password_page(forms.done_once(kept, work))
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
    return _person_page(person_id)


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
        found = _of_brand(session, person_id)
        unit_id = setup_forms.unit(session, "unit", problems)
        if unit_id is not None and role is not None:
            _tried_role(
                session, found, role, unit_id, problems, now=now, valid_from=valid_from, valid_to=valid_to
            )
        unit = session.get_one(OrgUnit, unit_id) if unit_id else None
    if problems or unit is None:
        return _person_page(person_id, problems), 422
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
            _("Give a role"), [line, span], button=_("Give this role"), back=_address(person_id)
        )
    place_id = unit.id
    kept = forms.once("page.people.give_role", lambda _given: {})

    def work(session: Session) -> object:
        return directory.give_role(
            session,
            _of_brand(session, person_id),
            role,
            place_id,
            actor=visitor().actor,
            now=now,
            valid_from=valid_from,
            valid_to=valid_to,
        )

    return _done(person_id, kept, work, _("The role is given."))


@blueprint.post(f"{PERSON}/roles/<uuid:assignment_id>/end")
@requires(Permission.PEOPLE_MANAGE)
def end_role(person_id: UUID, assignment_id: UUID) -> Response | str:
    """Show, then end a role now."""
    require_whole_brand(Permission.PEOPLE_MANAGE)
    with db.transaction() as session:
        found = _of_brand(session, person_id)
        _not_oneself(found)
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
            _("End a role"), [line], button=_("End this role"), back=_address(person_id), stops=True
        )
    kept = forms.once("page.people.end_role", lambda _none: {})

    def work(session: Session) -> None:
        held = queries.assignment_of(session, person_id, assignment_id)
        assert held is not None
        directory.end_role(session, held, actor=visitor().actor, now=utc_now())

    return _done(person_id, kept, work, _("The role has ended."))


@blueprint.post(f"{PERSON}/standing")
@requires(Permission.PEOPLE_MANAGE)
def standing(person_id: UUID) -> Response | str | tuple[str, int]:
    """Show, then suspend a person, let them in again, or record that they left."""
    require_whole_brand(Permission.PEOPLE_MANAGE)
    problems, now = forms.Problems(), utc_now()
    to = setup_forms.chosen("to", STANDINGS, problems)
    if problems:
        return _person_page(person_id, problems), 422
    with db.transaction() as session:
        found = _of_brand(session, person_id)
        _not_oneself(found)
        sessions = accounts.live_sessions(session, person_id, now=now)
    if not forms.confirmed():
        title, lines, button = _standing_words(to, found, sessions)
        return confirming.page(title, lines, button=button, back=_address(person_id), stops=to != "active")
    act = {
        "suspended": directory.suspend_person,
        "active": directory.reactivate_person,
        "left": directory.leave_person,
    }[to]
    kept = forms.once(f"page.people.{to}", lambda _none: {})

    def work(session: Session) -> None:
        person = _of_brand(session, person_id)
        act(session, person, actor=visitor().actor, now=now)
        if to != "active":
            accounts.sign_out_everywhere(session, visitor().actor, person_id, now=now)

    return _done(person_id, kept, work, _("Saved."))


@blueprint.post(f"{PERSON}/password")
@requires(Permission.PEOPLE_MANAGE)
def reset_password(person_id: UUID) -> str | tuple[str, int]:
    """Show, then make a start password; the old one and every session end."""
    require_whole_brand(Permission.PEOPLE_MANAGE)
    now = utc_now()
    with db.transaction() as session:
        found = _of_brand(session, person_id)
        _not_oneself(found)
        sessions = accounts.live_sessions(session, person_id, now=now)
    if not forms.confirmed():
        lines = [
            _("%(name)s gets a start password, which you see once and hand over.", name=found.display_name),
            _("The password until now counts no more.") + " " + _ended(sessions),
        ]
        return confirming.page(
            _("New start password"), lines, button=_("Make a start password"), back=_address(person_id)
        )
    kept = forms.once("page.people.password", lambda told: told)
    told = forms.done_once(kept, lambda session: _start(session, _of_brand(session, person_id), now=now))
    return _password_page(told)


@blueprint.post(f"{PERSON}/sign-out")
@requires(Permission.PEOPLE_MANAGE)
def sign_out(person_id: UUID) -> Response | str:
    """Show, then end every session of a person, for a lost device."""
    require_whole_brand(Permission.PEOPLE_MANAGE)
    now = utc_now()
    with db.transaction() as session:
        found = _of_brand(session, person_id)
        sessions = accounts.live_sessions(session, person_id, now=now)
    if not forms.confirmed():
        lines = [_("%(name)s has to sign in again.", name=found.display_name), _ended(sessions)]
        return confirming.page(
            _("Sign out everywhere"), lines, button=_("Sign out everywhere"), back=_address(person_id)
        )
    kept = forms.once("page.people.sign_out", lambda _count: {})
    return _done(
        person_id,
        kept,
        lambda session: accounts.sign_out_everywhere(session, visitor().actor, person_id, now=now),
        _("Signed out everywhere."),
    )


def _standing_words(to: str, found: Person, sessions: int) -> tuple[str, list[str], str]:
    name = found.display_name
    if to == "suspended":
        lines = [_("%(name)s is out at once and cannot sign in.", name=name), _ended(sessions)]
        lines.append(_("Keys in this name fail too. What was promised still counts."))
        return _("Suspend %(name)s", name=name), lines, _("Suspend")
    if to == "left":
        lines = [_("%(name)s cannot sign in, and every role ends.", name=name), _ended(sessions)]
        lines.append(
            _("This cannot be taken back; who comes again is entered anew. The history keeps the name.")
        )
        return _("%(name)s left", name=name), lines, _("Record that they left")
    return _("Let %(name)s in", name=name), [_("%(name)s can sign in again.", name=name)], _("Let in")


def _ended(sessions: int) -> str:
    if not sessions:
        return _("There is no open session.")
    return ngettext("%(num)s open session ends.", "%(num)s open sessions end.", sessions)


def _done(person_id: UUID, kept: Any, work: Any, said: str) -> Response:
    try:
        forms.done_once(kept, work)
    except IllegalAction:
        flash(_("This is not possible any more. Look at how things stand now."), "care")
    else:
        flash(said, "go")
    return see_other(_address(person_id))


def _start(session: Session, person: Person, *, now: datetime) -> dict[str, str]:
    password = start_passwords.drawn()
    accounts.set_password(session, visitor().actor, person, password, now=now, settings=settings())
    return {
        "id": str(person.id),
        "name": person.display_name,
        "email": person.email or "",
        "password": password,
    }


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


def _not_oneself(found: Person) -> None:
    if found.id == visitor().actor.id:
        raise NotPermitted("nobody changes their own standing", permission=Permission.PEOPLE_MANAGE.value)


def _of_brand(session: Session, person_id: UUID) -> Person:
    found = queries.person_of(session, own_brand(), person_id)
    if found is None:
        raise NotFound("there is no such person")
    return found


def _address(person_id: UUID) -> str:
    return url_for("page_setup_people.person", person_id=person_id)


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


def _password_page(told: dict[str, Any]) -> str:
    return render_template("setup_password.html", told=told)


def _person_page(person_id: UUID, problems: forms.Problems | None = None) -> str:
    now = utc_now()
    with db.transaction() as session:
        found = _of_brand(session, person_id)
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
