"""On a tablet a session opens what a counter needs, in an office all that its person's roles give."""

from collections.abc import Callable

from flask import Flask

from bridge import db
from bridge.models import RoleAssignment
from bridge.roles import COUNTER_PROFILE, Permission, Role
from tests.cast import Cast, Member
from tests.pages.browser import Browser
from tests.pages.tablet import pin_in
from tests.pages.test_access import routes
from tests.pins import PINS
from web.sessions import PUBLIC, SIGNED_IN

As = Callable[[Member], Browser]


def test_a_session_on_a_tablet_opens_what_a_counter_needs_and_nothing_else(
    app: Flask, people: Cast, tablet: Browser
) -> None:
    """Sam's roles and, so that there is more to refuse, those of a lead and of an administrator."""
    with db.transaction() as session:
        for role, unit_id in ((Role.LEAD, people.care.id), (Role.ADMIN, people.hq.id)):
            session.add(RoleAssignment(person_id=people.sam.person.id, role=role, org_unit_id=unit_id))
    pin_in(tablet, people.sam, PINS["sam"])
    refused, opened = set(), set()

    for method, path, permission in routes(app):
        if permission in {PUBLIC, SIGNED_IN}:
            continue
        status = tablet.client.open(path, method=method).status_code
        if permission in COUNTER_PROFILE:
            assert status not in {401, 403}, (method, path)
            opened.add(permission)
        else:
            assert status == 403, (method, path)
            refused.add(permission)

    assert len(opened) > 5
    assert {Permission.PROMISES_APPROVE, Permission.POLICIES_MANAGE, Permission.INTAKE_READ} <= refused
    assert {one for one in COUNTER_PROFILE if one.value.startswith("counter.")} == {
        one for one in Permission if one.value.startswith("counter.")
    }


def test_the_same_person_in_an_office_has_all_their_roles_give(people: Cast, as_: As) -> None:
    with db.transaction() as session:
        session.add(
            RoleAssignment(person_id=people.sam.person.id, role=Role.LEAD, org_unit_id=people.care.id)
        )

    assert as_(people.sam).open("/queue").status == 200
