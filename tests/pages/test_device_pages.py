"""A manager makes a device, a browser is paired with it by a token, and shut out again."""

import re
from collections.abc import Callable

from flask import Flask

from bridge import db
from bridge.clock import utc_now
from bridge.models import Device
from bridge.services import devices
from tests.cast import PASSWORD, Cast, Member, acting
from tests.pages.browser import Browser, Page
from tests.pages.tablet import pin_in, session_of
from tests.pins import PINS, give_pins
from web import cookies

As = Callable[[Member], Browser]
TOKEN = re.compile(r'id="token">([0-9A-Z-]{19})<')


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


def test_a_revoked_device_is_out_with_the_next_request(people: Cast, tablet: Browser, as_: As) -> None:
    pin_in(tablet, people.lee, PINS["lee"])
    sam = as_(people.sam)

    done = sam.open("/devices").press("Shut out")
    page = tablet.open("/counter")

    assert "Counter 1 is shut out" in done.text
    assert page.path.startswith("/sign-in")
    assert "This device is not paired any more." in page.text
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


def test_the_device_page_has_version_big_text_and_nothing_pending(people: Cast, as_: As, app: Flask) -> None:
    ana = as_(people.ana)

    page = ana.open("/device").press("Big")

    assert app.extensions["bridge_static_version"] in page.text
    assert "<dt>Not sent yet</dt><dd>0</dd>" in page.html
    assert 'data-text="big"' in ana.open("/queue").html
