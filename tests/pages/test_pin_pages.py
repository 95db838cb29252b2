"""People sign in on a tablet by name and PIN; a manager begins a PIN and ends its pause."""

import re
from collections.abc import Callable

import pytest
from flask import Flask

from bridge import db
from bridge.clock import utc_now
from bridge.errors import NotPermitted
from bridge.models import Device, RoleAssignment
from bridge.pins import WRONG_UNTIL_PAUSED
from bridge.roles import Role
from bridge.services import pins
from bridge.settings import settings
from tests.cast import PASSWORD, Cast, Member, acting
from tests.pages.browser import Browser, Page
from tests.pages.tablet import browser_of, pin_in, session_of
from tests.pins import PINS, paired_tablet

As = Callable[[Member], Browser]
START_CODE = re.compile(r'id="start-code">([0-9]{4} [0-9]{4})<')


def test_a_name_and_a_pin_open_the_counter_on_this_device(people: Cast, tablet: Browser) -> None:
    page = pin_in(tablet, people.lee, PINS["lee"])

    assert page.path == "/counter"
    assert "Lee" in page.text
    opened = session_of(tablet)
    assert opened.kind == "page_session"
    assert opened.person_id == people.lee.person.id
    assert opened.scopes is not None
    with db.transaction() as session:
        assert session.get_one(Device, opened.device_id).name == "Counter 1"


def test_somebody_else_and_a_wrong_pin_read_the_same(people: Cast, tablet: Browser) -> None:
    wrong = pin_in(tablet, people.lee, "999123")
    elsewhere = pin_in(tablet, people.mia, PINS["mia"])
    nobody = tablet.open("/sign-in").press(
        "Sign in", person="01900000-0000-7000-8000-000000000000", pin="417293"
    )

    assert {wrong.status, elsewhere.status, nobody.status} == {422}
    assert "The name or the PIN is not right." in wrong.text
    assert wrong.text == elsewhere.text == nobody.text
    assert "999123" not in wrong.html


def test_five_wrong_pins_pause_the_person_on_this_device_until_a_manager_helps(
    app: Flask, people: Cast, tablet: Browser, as_: As
) -> None:
    for _ in range(WRONG_UNTIL_PAUSED):
        page = pin_in(tablet, people.lee, "999123")
    assert "Too many wrong PINs. Wait 15 minutes, or ask a manager to open it." in page.text
    assert pin_in(tablet, people.lee, PINS["lee"]).status == 422

    other = browser_of(app, paired_tablet(people, name="Counter 2"))
    assert pin_in(other, people.lee, PINS["lee"]).path == "/counter"

    sam = as_(people.sam)
    assert "Paused: wrong PINs" in sam.open("/devices").text
    assert "Lee can try again." in sam.open("/devices").press("Let them try again").text
    assert pin_in(tablet, people.lee, PINS["lee"]).path == "/counter"


def test_a_pause_ends_by_itself_and_the_next_one_is_longer(
    people: Cast, tablet: Browser, later: Callable[..., None]
) -> None:
    def five_wrong() -> Page:
        for _ in range(WRONG_UNTIL_PAUSED):
            page = pin_in(tablet, people.lee, "999123")
        return page

    assert "Wait 15 minutes" in five_wrong().text
    later(minutes=15, seconds=1)
    assert "Wait 30 minutes" in five_wrong().text
    later(minutes=30, seconds=1)

    assert pin_in(tablet, people.lee, PINS["lee"]).path == "/counter"


def test_a_start_code_opens_nothing_but_the_form_for_a_pin(people: Cast, tablet: Browser, as_: As) -> None:
    shown = as_(people.sam).open("/devices").press("New start code")
    code = START_CODE.search(shown.html)
    assert code is not None
    assert "Start code for Lee" in shown.text

    led = pin_in(tablet, people.lee, code[1])
    assert led.path.startswith("/sign-in/start")
    assert "That is your start code." in led.text
    easy = led.press("Keep this PIN and sign in", start_code=code[1], new_pin="123456", again="123456")
    assert "That is too easy to guess." in easy.text
    differs = led.press("Keep this PIN and sign in", start_code=code[1], new_pin="740582", again="740583")
    assert "The two PINs are not the same." in differs.text
    page = led.press("Keep this PIN and sign in", start_code=code[1], new_pin="740582", again="740582")

    assert page.path == "/counter"
    page.press("Sign out")
    assert pin_in(tablet, people.lee, PINS["lee"]).status == 422
    again = tablet.open("/sign-in/start").press(
        "Keep this PIN and sign in",
        person=str(people.lee.person.id),
        start_code=code[1],
        new_pin="740582",
        again="740582",
    )
    assert "The name or the start code is not right" in again.text
    assert pin_in(tablet, people.lee, "740582").path == "/counter"


def test_password_is_the_other_way_and_only_for_the_stores_own_people(people: Cast, tablet: Browser) -> None:
    form = tablet.open("/sign-in?by=password")

    refused = form.press("Sign in", email=people.ana.person.email or "", password=PASSWORD)
    page = form.press("Sign in", email=people.sam.person.email or "", password=PASSWORD)

    assert "This device belongs to another store." in refused.text
    assert page.path == "/counter"
    assert session_of(tablet).scopes is not None


def test_a_manager_of_another_store_reads_nothing_of_the_people_here(people: Cast, tablet: Browser) -> None:
    """Mia manages store 40 and helps in 12: on 12's tablet she has no right over its people."""
    with db.transaction() as session:
        session.add(
            RoleAssignment(
                person_id=people.mia.person.id,
                role=Role.STORE_ASSOCIATE,
                org_unit_id=people.store_12.org_unit_id,
            )
        )
    pin_in(tablet, people.mia, PINS["mia"])

    page = tablet.open("/devices")

    assert page.status == 200
    assert "start-code" not in page.html
    assert "Lee" not in page.text


def test_an_own_pin_is_changed_with_the_one_of_now(people: Cast, tablet: Browser) -> None:
    pin_in(tablet, people.lee, PINS["lee"])
    wrong = tablet.open("/pin").press("Change my PIN", known="999123", new_pin="740582", again="740582")
    page = tablet.open("/pin").press("Change my PIN", known=PINS["lee"], new_pin="740582", again="740582")

    assert "That is not right." in wrong.text
    assert "Your PIN is changed." in page.text
    page.press("Sign out")
    assert pin_in(tablet, people.lee, "740582").path == "/counter"


def test_nobody_begins_their_own_pin_or_that_of_another_manager(people: Cast, as_: As) -> None:
    sam = as_(people.sam)
    form = sam.open("/devices").form("New start code")

    own = sam.submit(
        type(form)(f"/devices/people/{people.sam.person.id}/start-code", "post", form.values, form.buttons),
        "New start code",
    )
    foreign = sam.submit(
        type(form)(f"/devices/people/{people.mia.person.id}/start-code", "post", form.values, form.buttons),
        "New start code",
    )

    assert own.status == 403
    assert foreign.status == 404
    with db.transaction() as session:
        begun = pins.start(
            session, acting(people.ada), people.sam.person.id, now=utc_now(), settings=settings()
        )
    assert len(begun.code) == 8


def test_a_manager_from_elsewhere_who_helps_here_is_nobody_s_to_begin(people: Cast, as_: As) -> None:
    """Mia manages store 40 and helps in 12: her PIN says yes in 40, so Sam of 12 draws her no code."""
    with db.transaction() as session:
        for unit_id, role, who in (
            (people.store_12.org_unit_id, Role.STORE_ASSOCIATE, people.mia),
            (people.district.id, Role.DISTRICT_MANAGER, people.lee),
        ):
            session.add(RoleAssignment(person_id=who.person.id, role=role, org_unit_id=unit_id))

    def begin(by: Member) -> str:
        with db.transaction() as session:
            return pins.start(
                session, acting(by), people.mia.person.id, now=utc_now(), settings=settings()
            ).code

    with pytest.raises(NotPermitted):
        begin(people.sam)
    with pytest.raises(NotPermitted):  # Lee's district has store 12 and not 40
        begin(people.lee)
    assert f"/people/{people.mia.person.id}/start-code" not in as_(people.sam).open("/devices").html
    assert len(begin(people.ada)) == 8
