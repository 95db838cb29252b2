"""Devices in a real browser: pairing by QR, the name and the PIN by keyboard alone, the lock, a manager's yes."""

import io
import re
from collections.abc import Callable

import pytest
import zxingcpp
from PIL import Image
from playwright.sync_api import Page, expect
from sqlmodel import col, select

from bridge import db
from bridge.models import Credential, Decision
from bridge.settings import settings
from bridge.verdicts import Verdict
from tests.browser.axe import violations
from tests.browser.conftest import Clock, See
from tests.browser.counter_page import keys, settled, shows, stand_still, stop_time
from tests.browser.site import Site
from tests.cast import Cast, promise
from tests.pins import PINS, Tablet, give_pins, paired_tablet
from web import cookies

OnTablet = Callable[..., Page]
WHAT_IS_KEPT = "sessionStorage.length + localStorage.length"


@pytest.fixture
def tablet(people: Cast) -> Tablet:
    give_pins(people)
    return paired_tablet(people)


@pytest.fixture
def on_tablet(see: See, site: Site, tablet: Tablet) -> OnTablet:
    """A window of the paired tablet; nobody is signed in."""

    def opened(path: str = "/sign-in", **wanted: object) -> Page:
        page = see(None, "/sign-in", **wanted)
        page.context.add_cookies(
            [{"name": cookies.PAIRED, "value": tablet.secret, "url": site.url, "httpOnly": True}]
        )
        page.goto(path)
        return page

    return opened


def enter(page: Page, name: str) -> None:
    page.get_by_label(name, exact=True).check()
    page.get_by_label("PIN", exact=True).fill(PINS[name.lower()])
    page.get_by_role("button", name="Sign in").click()
    page.wait_for_url("**/counter")


def test_a_new_tablet_is_paired_by_the_picture_on_the_manager_s_screen(
    see: See, people: Cast, site: Site
) -> None:
    give_pins(people)
    manager = see(people.sam, "/devices")
    manager.get_by_label("Name", exact=True).fill("Counter 7")
    manager.get_by_role("button", name="Make it, show its token").click()
    picture = Image.open(io.BytesIO(manager.locator(".token .qr").screenshot()))
    decoded = zxingcpp.read_barcode(picture)
    assert decoded is not None
    assert decoded.text == manager.locator("#token").inner_text().replace("-", "")

    new = see(None, "/pair", width=768, height=1024)
    new.keyboard.type(decoded.text)  # a scanner types and ends with Enter
    new.keyboard.press("Enter")

    expect(new.get_by_text("This is now “Counter 7” of store 12 Lakeside.")).to_be_visible()
    expect(new.get_by_label("Lee", exact=True)).to_be_visible()
    assert new.get_by_text("Mia").count() == 0
    assert decoded.text not in new.url


def test_by_keyboard_alone_from_the_name_to_the_undo(on_tablet: OnTablet, people: Cast) -> None:
    code = promise(people).code or ""
    page = on_tablet()

    def focused() -> str:
        return str(page.evaluate("document.activeElement.tagName"))

    page.keyboard.press("ArrowDown")  # the first name has the focus
    expect(page.get_by_label("Sam", exact=True)).to_be_checked()
    page.keyboard.press("Tab")
    page.keyboard.type(PINS["sam"])
    page.keyboard.press("Enter")
    page.wait_for_url("**/counter")
    page.keyboard.type(code, delay=20)
    page.keyboard.press("Enter")
    expect(page.locator("#verdict")).to_be_focused()
    page.wait_for_timeout(600)  # what was typed may press nothing for half a second
    page.keyboard.press("Tab")
    while page.evaluate("document.activeElement.textContent.trim()") != "Honour $40.00":
        assert focused() != "BODY"
        page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    expect(page.get_by_text("Done: $40.00 given")).to_be_visible()
    assert focused() != "BODY"
    page.wait_for_timeout(600)
    page.keyboard.press("Tab")
    while not str(page.evaluate("document.activeElement.textContent")).strip().startswith("Take it back"):
        assert focused() != "BODY"
        page.keyboard.press("Tab")
    page.keyboard.press("Enter")

    expect(page.get_by_text("Taken back")).to_be_visible()
    assert focused() != "BODY"


def test_nobody_there_takes_the_customer_out_of_the_window(
    on_tablet: OnTablet, people: Cast, clock: Clock
) -> None:
    code, other = promise(people).code or "", promise(people).code or ""
    page = on_tablet()
    page.clock.install()
    enter(page, "Lee")
    page.locator("#code").fill(code)
    page.keyboard.press("Enter")
    expect(page.locator("#verdict")).to_be_visible()
    word = page.locator("#verdict").inner_text()

    page.clock.fast_forward("05:01")
    warning = page.get_by_role("dialog", name="Still there?")
    expect(warning).to_be_visible()
    expect(warning).to_contain_text("Locking in")
    page.keyboard.press("ArrowRight")
    expect(warning).to_be_hidden()
    page.clock.fast_forward("05:01")
    expect(warning).to_be_visible()
    assert violations(page) == []
    page.clock.fast_forward("00:31")

    locked = page.get_by_role("dialog", name="Locked")
    expect(locked).to_be_visible()
    assert violations(page) == []
    assert page.locator("main").inner_text().strip() == ""
    assert "customer_" not in page.content()
    assert word not in page.title()
    expect(page.locator("header")).to_have_attribute("inert", "")
    expect(page.locator("#lock-proof")).to_be_focused()
    page.keyboard.press("Escape")
    page.keyboard.press("Escape")
    expect(locked).to_be_visible()

    stand_still(page)
    proof = page.locator("#lock-proof")
    keys(page, other, every_ms=50)  # typed by hand: no scan, and no PIN
    expect(page.get_by_text("That is not right.")).to_be_visible()
    expect(proof).to_have_value("")
    keys(page, other, every_ms=49)  # a scan while it is locked
    expect(page.get_by_text("A scan is kept.")).to_be_visible()
    proof.fill("999123")
    page.keyboard.press("Enter")
    expect(proof).to_have_value("")
    with page.expect_response("**/counter/check") as checked:
        proof.fill(PINS["lee"])
        page.keyboard.press("Enter")

    assert checked.value.status == 200
    expect(locked).to_be_hidden()
    expect(page.locator("#verdict")).to_be_visible()


def test_a_page_that_the_server_locked_asks_for_the_pin_over_it(on_tablet: OnTablet, people: Cast) -> None:
    code = promise(people).code or ""
    page = on_tablet()
    enter(page, "Sam")
    with db.transaction() as session:
        held = session.exec(select(Credential).where(col(Credential.name) == "Counter 1")).all()
        for one in held:
            one.locked_at = one.created_at if one.kind == "page_session" else None
    page.locator("#code").fill(code)
    page.keyboard.press("Enter")

    locked = page.get_by_role("dialog", name="Locked")
    expect(locked).to_be_visible()
    page.locator("#lock-proof").fill(PINS["sam"])
    page.keyboard.press("Enter")

    expect(locked).to_be_hidden()
    expect(page.locator("#verdict")).to_have_text(re.compile("Genuine"))  # what was checked is checked now


def test_a_session_that_is_over_keeps_the_scan_through_the_sign_in(
    on_tablet: OnTablet, people: Cast, clock: Clock
) -> None:
    """C15: the code waits in the window's memory alone, and is checked in the new session."""
    first, second = promise(people, amount_minor=100).code or "", promise(people, amount_minor=200).code or ""
    page = on_tablet()
    enter(page, "Sam")
    before = {cookie["name"]: cookie["value"] for cookie in page.context.cookies()}[cookies.SESSION]
    clock.forward(seconds=settings().session_absolute_seconds + 1)

    page.keyboard.type(first)
    page.keyboard.press("Enter")
    locked = page.get_by_role("dialog", name="Locked")
    expect(locked).to_be_visible()
    assert page.evaluate(WHAT_IS_KEPT) == 0
    assert first not in page.content().replace("-", "")
    page.locator("#lock-proof").fill("999123")
    page.keyboard.press("Enter")
    expect(page.locator("#lock-problem")).to_have_text("The name or the PIN is not right.")
    page.locator("#lock-proof").fill(PINS["sam"])
    page.keyboard.press("Enter")

    expect(locked).to_be_hidden()
    expect(page.locator(".verdict-amount")).to_have_text("$1.00")
    after = {cookie["name"]: cookie["value"] for cookie in page.context.cookies()}[cookies.SESSION]
    assert after != before
    page.keyboard.type(second)  # the page goes on as it is: its forms have the new token
    page.keyboard.press("Enter")
    expect(page.locator(".verdict-amount")).to_have_text("$2.00")
    settled(page)
    page.get_by_role("button", name="Honour $2.00").click()
    expect(page.get_by_text("Done: $2.00 given")).to_be_visible()


def test_a_manager_says_yes_in_two_presses(on_tablet: OnTablet, people: Cast) -> None:
    made = promise(people)
    page = on_tablet(width=768, height=1024)
    enter(page, "Lee")
    page.locator("#code").fill(made.code or "")
    page.keyboard.press("Enter")
    shows(page, Verdict.NO_PERMISSION)
    settled(page)
    page.locator("summary", has_text="Ask a manager").click()
    before = {cookie["name"]: cookie["value"] for cookie in page.context.cookies()}[cookies.SESSION]
    step_up = page.locator(".step-up")
    step_up.get_by_label("Their PIN").fill(PINS["sam"])
    assert violations(page) == []

    step_up.get_by_role("button", name="Say yes").click()
    expect(page.get_by_text("Sam says yes")).to_be_visible()
    assert violations(page) == []
    settled(page)
    page.get_by_role("button", name="Honour $40.00").click()

    expect(page.get_by_text("Done: $40.00 given")).to_be_visible()
    after = {cookie["name"]: cookie["value"] for cookie in page.context.cookies()}[cookies.SESSION]
    assert after != before
    with db.transaction() as session:
        decision = session.exec(select(Decision)).one()
        assert decision.person_id == people.lee.person.id
        assert decision.second_person_id == people.sam.person.id


@pytest.mark.parametrize("path", ["/device", "/devices", "/pin", "/counter"])
@pytest.mark.parametrize("dark", [False, True])
def test_the_pages_of_a_tablet_are_accessible(on_tablet: OnTablet, path: str, dark: bool) -> None:
    page = on_tablet(width=390, dark=dark)
    assert violations(page) == []
    enter(page, "Sam")

    page.goto(path)

    assert violations(page) == []
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")


def test_the_scanner_test_says_how_fast_and_how_it_ends(on_tablet: OnTablet) -> None:
    page = on_tablet()
    enter(page, "Sam")
    page.goto("/device")
    news = page.locator("#scanned-news")
    page.get_by_label("Scan this slip, or anything else").focus()
    stop_time(page)

    keys(page, "BRIDGE TEST SLIP", every_ms=49)
    expect(news).to_have_text("We got BRIDGE TEST SLIP in 735 ms. It ends with Enter.")
    keys(page, "BRIDGE TEST SLIP", every_ms=50)
    expect(news).to_have_text("That was typed by hand: BRIDGE TEST SLIP.")
