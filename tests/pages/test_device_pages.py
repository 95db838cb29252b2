"""Pairing, signing in by name and PIN, the lock, and the page of the device, by plain forms."""

import re
from collections.abc import Callable
from datetime import timedelta

import pytest
from flask import Flask

from bridge import clock as bridge_clock
from bridge import db
from bridge.clock import utc_now
from bridge.errors import NotPermitted
from bridge.models import Credential, Device, RoleAssignment
from bridge.pins import WRONG_UNTIL_PAUSED
from bridge.queries.callers import hash_of_secret
from bridge.roles import COUNTER_PROFILE, Permission, Role
from bridge.services import devices, pins
from bridge.settings import settings
from tests.cast import PASSWORD, Cast, Member, acting, promise
from tests.pages.browser import Browser, Page
from tests.pages.test_access import routes
from tests.pins import PINS, Tablet, give_pins, paired_tablet
from web import cookies
from web.sessions import PUBLIC, SIGNED_IN

As = Callable[[Member], Browser]
TOKEN = re.compile(r'id="token">([0-9A-Z-]{19})<')
START_CODE = re.compile(r'id="start-code">([0-9]{4} [0-9]{4})<')


@pytest.fixture
def tablet(app: Flask, people: Cast) -> Browser:
    """A paired tablet of store 12 on which nobody is signed in; its people have PINs."""
    give_pins(people)
    return browser_of(app, paired_tablet(people))


@pytest.fixture
def later(monkeypatch: pytest.MonkeyPatch) -> Callable[..., None]:
    """Let the service's clock be ahead."""
    from datetime import datetime

    offset = [timedelta()]

    class Moved(datetime):
        @classmethod
        def now(cls, tz: object = None) -> datetime:  # type: ignore[override]  # plain datetimes
            return datetime.now(tz) + offset[0]  # type: ignore[arg-type]  # UTC

    monkeypatch.setattr(bridge_clock, "datetime", Moved)

    def forward(**span: float) -> None:
        offset[0] += timedelta(**span)

    return forward


def browser_of(app: Flask, paired: Tablet) -> Browser:
    browser = Browser(app.test_client())
    browser.client.set_cookie(cookies.PAIRED, paired.secret)
    return browser


def pin_in(tablet: Browser, member: Member, pin: str) -> Page:
    return tablet.open("/sign-in").press("Sign in", person=str(member.person.id), pin=pin)


def session_of(browser: Browser) -> Credential:
    cookie = browser.client.get_cookie(cookies.SESSION)
    assert cookie is not None
    with db.transaction() as session:
        from sqlmodel import select

        return session.exec(
            select(Credential).where(Credential.secret_hash == hash_of_secret(cookie.value))
        ).one()


def test_a_manager_makes_a_device_and_a_tablet_is_paired_with_its_token(
    app: Flask, people: Cast, as_: As
) -> None:
    give_pins(people)
    shown = as_(people.sam).open("/devices").press("Make it, show its token", name="Counter 7")
    token = TOKEN.search(shown.html)
    assert token is not None
    new = Browser(app.test_client())

    paired = new.open("/pair").press("Pair this device", token=f" {token[1].lower()} ")

    assert paired.path == "/sign-in"
    assert "This is now “Counter 7” of store 12 Lakeside." in paired.text
    assert "Lee" in paired.text
    assert "Sam" in paired.text
    assert "Mia" not in paired.text
    assert "Ana" not in paired.text
    cookie = new.client.get_cookie(cookies.PAIRED)
    assert cookie is not None
    assert cookie.http_only
    with db.transaction() as session:
        device = devices.paired_by(session, cookie.value, now=utc_now())
        assert device is not None
        assert device.name == "Counter 7"
        assert device.pairing_hash is None


def test_a_token_counts_once_and_for_ten_minutes(
    app: Flask, people: Cast, as_: As, later: Callable[..., None]
) -> None:
    sam = as_(people.sam)
    first = TOKEN.search(sam.open("/devices").press("Make it, show its token", name="One").html)
    second = TOKEN.search(sam.open("/devices").press("Make it, show its token", name="Two").html)
    assert first is not None
    assert second is not None

    def pair(token: str) -> Page:
        return Browser(app.test_client()).open("/pair").press("Pair this device", token=token)

    assert pair(first[1]).path == "/sign-in"
    used = pair(first[1])
    later(minutes=10, seconds=1)
    late = pair(second[1])
    unknown = pair("0000-0000-0000-0000")

    assert {used.status, late.status, unknown.status} == {422}
    assert "This token does not count." in used.text
    assert used.text == late.text == unknown.text


def test_a_token_is_never_in_an_address_and_is_shown_once(people: Cast, as_: As) -> None:
    sam = as_(people.sam)
    shown = sam.open("/devices").press("Make it, show its token", name="Counter 7")
    token = TOKEN.search(shown.html)
    assert token is not None

    again = sam.open("/devices")

    assert "Waiting for its token" in again.text
    assert token[1] not in again.html
    assert not any(token[1] in path for path in sam.visited)


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


def test_a_new_session_ends_the_one_that_this_browser_held(people: Cast, tablet: Browser) -> None:
    pin_in(tablet, people.lee, PINS["lee"])
    first = session_of(tablet)

    pin_in(tablet, people.sam, PINS["sam"])

    with db.transaction() as session:
        assert session.get_one(Credential, first.id).revoked_at is not None
    assert session_of(tablet).person_id == people.sam.person.id


def test_a_revoked_device_is_out_with_the_next_request(people: Cast, tablet: Browser, as_: As) -> None:
    pin_in(tablet, people.lee, PINS["lee"])
    sam = as_(people.sam)

    done = sam.open("/devices").press("Shut out")
    page = tablet.open("/counter")

    assert "Counter 1 is shut out" in done.text
    assert page.path.startswith("/sign-in")
    assert "This device is not paired any more." in page.text
    assert "Lee" not in page.text


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


def test_a_browser_that_was_shut_out_is_told_so_at_its_next_sign_in(people: Cast, app: Flask) -> None:
    browser = Browser(app.test_client())

    def sign_in() -> Page:
        return browser.open("/sign-in").press(
            "Sign in", email=people.sam.person.email or "", password=PASSWORD
        )

    assert sign_in().path == "/counter"
    held = session_of(browser)
    assert held.device_id is not None
    with db.transaction() as session:
        devices.revoke(session, acting(people.ada), held.device_id, now=utc_now())

    again = sign_in()

    assert again.status == 422
    assert "A manager shut this browser out of the store." in again.text
    with db.transaction() as session:
        assert session.get_one(Device, held.device_id).revoked_at is not None


def test_a_new_token_ends_what_the_device_held(people: Cast, tablet: Browser, as_: As) -> None:
    pin_in(tablet, people.lee, PINS["lee"])

    shown = as_(people.sam).open("/devices").press("New token")

    assert tablet.open("/counter").path.startswith("/sign-in")
    token = TOKEN.search(shown.html)
    assert token is not None
    assert tablet.open("/pair").press("Pair this device", token=token[1]).path == "/sign-in"
    assert pin_in(tablet, people.lee, PINS["lee"]).path == "/counter"


def test_a_page_that_nobody_touched_is_locked_by_the_server(
    people: Cast, tablet: Browser, later: Callable[..., None]
) -> None:
    pin_in(tablet, people.lee, PINS["lee"])
    before = session_of(tablet)
    later(minutes=5)
    assert tablet.open("/inbox").status == 200
    later(minutes=6, seconds=40)

    bare = tablet.client.get("/inbox", headers={"X-Fragment": "1"})
    page = tablet.open("/inbox")

    assert bare.status_code == 401
    assert bare.headers["X-Locked"] == "1"
    assert page.path == "/unlock?next=/inbox" or page.path == "/unlock?next=%2Finbox"
    assert "Lee" in page.text
    wrong = page.press("Unlock", proof="999123")
    assert "That is not right." in wrong.text
    opened = wrong.press("Unlock", proof=PINS["lee"])
    assert opened.path == "/inbox"
    after = session_of(tablet)
    assert after.id == before.id
    assert after.secret_hash != before.secret_hash


def test_a_locked_session_answers_nothing_but_unlocking_and_leaving(people: Cast, tablet: Browser) -> None:
    page = pin_in(tablet, people.lee, PINS["lee"])
    locked = page.press("Lock")
    assert locked.path.startswith("/unlock")
    cookie = tablet.client.get_cookie(cookies.SESSION)
    assert cookie is not None

    for path in ("/counter", "/inbox", "/device", "/notices"):
        answer = tablet.client.get(path, headers={"X-Fragment": "1"})
        assert (answer.status_code, answer.headers.get("X-Locked")) == (401, "1"), path
    api = tablet.client.get("/api/v1/me", headers={"Authorization": f"Bearer {cookie.value}"})
    assert (api.status_code, api.headers.get("X-Locked")) == (401, "1")
    assert api.get_json()["code"] == "session_locked"
    assert "Sign in" in tablet.open("/unlock").press("Sign out").text
    assert tablet.open("/unlock").path.startswith("/sign-in")


def test_a_form_sent_while_locked_changes_nothing(people: Cast, tablet: Browser) -> None:
    promise(people)
    pin_in(tablet, people.sam, PINS["sam"])
    form = tablet.open("/counter").form("Check")
    tablet.open("/counter").press("Lock")

    page = tablet.submit(form, "Check", code="7777-7777-7777")

    assert page.path.startswith("/unlock")
    assert "This page was locked. Nothing was changed." in page.text


def test_a_manager_sets_when_it_locks_and_others_read_it(people: Cast, tablet: Browser) -> None:
    pin_in(tablet, people.sam, PINS["sam"])
    wrong = tablet.open("/device").press("Save", lock_minutes="31")
    tablet.open("/device").press("Save", lock_minutes="2")
    pin_in(tablet, people.lee, PINS["lee"])

    page = tablet.open("/device")

    assert "Write a number from 1 to 30." in wrong.text
    assert "Locks after 2 minutes without a touch." in page.text
    assert 'data-minutes="2"' in page.html


def test_the_device_page_has_version_big_text_and_nothing_pending(people: Cast, as_: As, app: Flask) -> None:
    ana = as_(people.ana)

    page = ana.open("/device").press("Big")

    assert app.extensions["bridge_static_version"] in page.text
    assert "<dt>Not sent yet</dt><dd>0</dd>" in page.html
    assert 'data-text="big"' in ana.open("/queue").html


def test_signing_out_everywhere_ends_every_session(people: Cast, as_: As) -> None:
    first, second = as_(people.ana), as_(people.ana)

    page = first.open("/device").press("Sign out everywhere")

    assert "sessions were ended" in page.text
    assert second.open("/queue").path.startswith("/sign-in")


def test_leaving_empties_the_browser(people: Cast, as_: As) -> None:
    ana = as_(people.ana)
    form = ana.open("/queue").form("Sign out")

    answer = ana.client.post(form.action, data=form.values)

    assert answer.headers["Clear-Site-Data"] == '"cache", "storage"'
    assert "Expires=Thu, 01 Jan 1970" in answer.headers["Set-Cookie"]


def test_a_suspended_person_is_out_with_the_next_request(people: Cast, tablet: Browser) -> None:
    pin_in(tablet, people.lee, PINS["lee"])
    with db.transaction() as session:
        session.connection().exec_driver_sql(
            "UPDATE people SET status = 'suspended' WHERE id = %s", (people.lee.person.id,)
        )

    page = tablet.open("/counter")

    assert page.path.startswith("/sign-in")
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


def test_a_yes_that_ran_out_says_so_and_is_asked_for_again(
    people: Cast, tablet: Browser, later: Callable[..., None]
) -> None:
    code = promise(people).code or ""
    pin_in(tablet, people.lee, PINS["lee"])
    panel = tablet.open("/counter").press("Check", code=code)
    asked = {"approver": str(people.sam.person.id), "how_much": "all", "proof": PINS["sam"]}
    given = panel.press("Say yes", **asked)

    later(seconds=61)
    over = given.press("Honour $40.00")
    done = over.press("Say yes", **asked).press("Honour $40.00")

    assert "The yes has run out" in over.text
    assert "It counts once, and for one minute. Nothing was done. Ask the manager again." in over.text
    assert "Done: $40.00 given" in done.text


def test_a_manager_says_yes_to_a_part_by_plain_forms(people: Cast, tablet: Browser) -> None:
    code = promise(people).code or ""
    pin_in(tablet, people.lee, PINS["lee"])
    panel = tablet.open("/counter").press("Check", code=code)
    assert panel.verdict == "no_permission"
    asked = {"approver": str(people.sam.person.id), "how_much": "part", "amount": "15.00", "rest": "keep"}

    wrong = panel.press("Say yes", **asked, proof="999123")
    given = wrong.press("Say yes", **asked, proof=PINS["sam"])
    done = given.press("Honour $15.00")

    assert wrong.status == 422
    assert "The name or the PIN is not right." in wrong.text
    assert "999123" not in wrong.html
    assert "Sam says yes" in given.text
    assert PINS["sam"] not in given.html
    assert "$15.00" in done.text
    again = tablet.open("/counter").press("Check", code=code)
    assert again.verdict == "no_permission"
    assert "$25.00" in again.text
