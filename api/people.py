"""People, their roles and passwords, and the rights to promise. Nobody changes their own.

Everything here belongs to the whole brand, so a right that counts at one store or district
alone does not open it.
"""

from collections.abc import Callable
from typing import Any
from uuid import UUID

from flask import Response
from sqlmodel import Session

from api.auth import actor, brand, requires
from api.blueprints import ApiBlueprint, contract
from api.idempotency import answer, in_transaction, once
from api.paging import decode, page_of
from bridge import db
from bridge.clock import utc_now
from bridge.errors import NotFound
from bridge.models import AuthorityGrant, Brand, OrgUnit, Person
from bridge.queries import directory as queries
from bridge.roles import Permission
from bridge.services import accounts, directory, grants
from bridge.settings import settings
from schemas.base import ShortPageQuery
from schemas.people import (
    GrantAnswer,
    GrantRequest,
    GrantsAnswer,
    PasswordRequest,
    PersonAnswer,
    PersonPage,
    PersonRequest,
    RoleAnswer,
    RoleRequest,
    SignedOutAnswer,
    grant_body,
    person_body,
    role_body,
)

blueprint = ApiBlueprint("people", __name__, description="People, roles and the rights to promise.")


@blueprint.route("/people", methods=["GET"])
@blueprint.arguments(ShortPageQuery, location="query")
@blueprint.response(200, PersonPage)
@requires(Permission.PEOPLE_MANAGE, brand_wide=True)
def people(asked: dict[str, Any]) -> dict[str, Any]:
    """Everybody of the brand by name, with the roles held now."""
    place = decode(asked.get("cursor"))
    with db.transaction() as session:
        rows = queries.people_page(
            session, brand(), after=(place[0], UUID(place[1])) if place else None, limit=asked["limit"] + 1
        )
        roles = queries.roles_of(session, [person.id for person in rows], utc_now())
    page = page_of(rows, asked["limit"], _place)
    return {**page, "items": [person_body(person, roles[person.id]) for person in rows[: asked["limit"]]]}


def _place(person: Person) -> tuple[object, ...]:
    return person.display_name, person.id


@blueprint.route("/people", methods=["POST"])
@blueprint.arguments(PersonRequest)
@blueprint.response(201, PersonAnswer)
@contract(key=True, fails=(409,))
@requires(Permission.PEOPLE_MANAGE, brand_wide=True)
def create(asked: dict[str, Any]) -> Response:
    """Enter a member of staff; roles and a password come after. 409 when the e-mail is taken."""
    kept = once(PersonAnswer, 201)

    def work(session: Session) -> object:
        person = directory.create_person(session, brand_id=brand(), actor=actor(), now=utc_now(), **asked)
        return person_body(person, [])

    return answer(kept, in_transaction(kept, work))


@blueprint.route("/people/<uuid:person_id>", methods=["GET"])
@blueprint.response(200, PersonAnswer)
@requires(Permission.PEOPLE_MANAGE, brand_wide=True)
def read(person_id: UUID) -> dict[str, Any]:
    """One member of staff with the roles held now."""
    with db.transaction() as session:
        return _shown(session, _person(session, person_id))


@blueprint.route("/people/<uuid:person_id>/roles", methods=["POST"])
@blueprint.arguments(RoleRequest)
@blueprint.response(201, RoleAnswer)
@contract(key=True, fails=(409,))
@requires(Permission.PEOPLE_MANAGE, brand_wide=True)
def give_role(asked: dict[str, Any], person_id: UUID) -> Response:
    """Give a role at a unit; one that is held already is answered as it is. Never to yourself."""
    kept = once(RoleAnswer, 201)

    def work(session: Session) -> object:
        person = _person(session, person_id)
        given = directory.give_role(session, person, actor=actor(), now=utc_now(), **asked)
        return role_body(given, session.get_one(OrgUnit, given.org_unit_id))

    return answer(kept, in_transaction(kept, work))


@blueprint.route("/people/<uuid:person_id>/roles/<uuid:assignment_id>", methods=["DELETE"])
@blueprint.response(204)
@requires(Permission.PEOPLE_MANAGE, brand_wide=True)
def end_role(person_id: UUID, assignment_id: UUID) -> None:
    """End a role now; it stays in the history. Safe to repeat."""
    with db.transaction() as session:
        person = _person(session, person_id)
        assignment = queries.assignment_of(session, person.id, assignment_id)
        if assignment is None:
            raise NotFound("there is no such role")
        directory.end_role(session, assignment, actor=actor(), now=utc_now())


@blueprint.route("/people/<uuid:person_id>/suspend", methods=["POST"])
@blueprint.response(200, PersonAnswer)
@contract(fails=(409,))
@requires(Permission.PEOPLE_MANAGE, brand_wide=True)
def suspend(person_id: UUID) -> dict[str, Any]:
    """Shut a person out: every session and key of theirs fails from the next request on. Safe to repeat."""
    return _change(directory.suspend_person, person_id)


@blueprint.route("/people/<uuid:person_id>/reactivate", methods=["POST"])
@blueprint.response(200, PersonAnswer)
@contract(fails=(409,))
@requires(Permission.PEOPLE_MANAGE, brand_wide=True)
def reactivate(person_id: UUID) -> dict[str, Any]:
    """Let an invited or suspended person in. 409 for one who left: enter them anew."""
    return _change(directory.reactivate_person, person_id)


@blueprint.route("/people/<uuid:person_id>/leave", methods=["POST"])
@blueprint.response(200, PersonAnswer)
@contract(fails=(409,))
@requires(Permission.PEOPLE_MANAGE, brand_wide=True)
def leave(person_id: UUID) -> dict[str, Any]:
    """Record that a person left: no sign-in and no roles from now on. The history keeps their name."""
    return _change(directory.leave_person, person_id)


@blueprint.route("/people/<uuid:person_id>/password", methods=["POST"])
@blueprint.arguments(PasswordRequest)
@blueprint.response(204)
@contract(fails=(409,))
@requires(Permission.PEOPLE_MANAGE, brand_wide=True)
def set_password(asked: dict[str, str], person_id: UUID) -> None:
    """Set a start password and end all their sessions. The person has to choose another one on the page."""
    with db.transaction() as session:
        accounts.set_password(
            session,
            actor(),
            _person(session, person_id),
            asked["password"],
            now=utc_now(),
            settings=settings(),
        )


@blueprint.route("/people/<uuid:person_id>/sign-out", methods=["POST"])
@blueprint.response(200, SignedOutAnswer)
@requires(Permission.PEOPLE_MANAGE, brand_wide=True)
def sign_out(person_id: UUID) -> dict[str, int]:
    """End every session of a person, for a lost device. API keys stay."""
    with db.transaction() as session:
        person = _person(session, person_id)
        return {"sessions": accounts.sign_out_everywhere(session, actor(), person.id, now=utc_now())}


@blueprint.route("/grants", methods=["GET"])
@blueprint.response(200, GrantsAnswer)
@requires(Permission.GRANTS_MANAGE, brand_wide=True)
def listed_grants() -> dict[str, Any]:
    """The rights to promise that count now, by name."""
    with db.transaction() as session:
        return {"items": [grant_body(grant) for grant in grants.live(session, brand(), now=utc_now())]}


@blueprint.route("/grants", methods=["POST"])
@blueprint.arguments(GrantRequest)
@blueprint.response(201, GrantAnswer)
@contract(key=True)
@requires(Permission.GRANTS_MANAGE, brand_wide=True)
def give_grant(asked: dict[str, Any]) -> Response:
    """Give a role or a person the right to promise. Never to yourself, nor to a role that you hold.

    A grant is never edited: give a new one and take the old one back.
    """
    kept = once(GrantAnswer, 201)

    def work(session: Session) -> object:
        grant = _grant(asked, currency=session.get_one(Brand, brand()).currency)
        return grant_body(grants.give(session, actor(), grant, now=utc_now()))

    return answer(kept, in_transaction(kept, work))


@blueprint.route("/grants/<uuid:grant_id>", methods=["DELETE"])
@blueprint.response(204)
@requires(Permission.GRANTS_MANAGE, brand_wide=True)
def revoke_grant(grant_id: UUID) -> None:
    """End a grant now; promises made under it keep what was frozen into them."""
    with db.transaction() as session:
        grants.revoke(session, actor(), grant_id, now=utc_now())


def _grant(asked: dict[str, Any], *, currency: str) -> AuthorityGrant:
    named = {
        "grantee_role": asked.pop("role", None),
        "grantee_person_id": asked.pop("person_id", None),
        "currency": asked.pop("currency") or currency,
    }
    lists: dict[str, Any] = {
        name: [word.value for word in asked.pop(name)]
        for name in ("types", "levels", "waives")
        if name in asked
    }
    return AuthorityGrant(brand_id=brand(), **named, **lists, **asked)


def _person(session: Session, person_id: UUID) -> Person:
    person = queries.person_of(session, brand(), person_id)
    if person is None:
        raise NotFound("there is no such person")
    return person


def _shown(session: Session, person: Person) -> dict[str, Any]:
    return person_body(person, queries.roles_of(session, [person.id], utc_now())[person.id])


def _change(service: Callable[..., None], person_id: UUID) -> dict[str, Any]:
    with db.transaction() as session:
        person = _person(session, person_id)
        service(session, person, actor=actor(), now=utc_now())
        return _shown(session, person)
