"""The store's inbox in a browser: it follows others by itself, and acknowledges in place."""

import gzip
import re
from itertools import pairwise

import psycopg
import pytest
from playwright.sync_api import Page, expect

from bridge.lifecycle import Action
from tests.api.test_reports import clock as store_clock
from tests.browser.axe import violations
from tests.browser.conftest import See
from tests.browser.site import Watch
from tests.cast import Cast, decide, promise

Owner = psycopg.Connection[tuple[object, ...]]
SOON_MS = 3_001


def with_its_own_clock(page: Page) -> Page:
    """The page again, its timers in the test's hands."""
    page.clock.install()
    page.reload()
    return page


def test_what_others_do_appears_and_is_said_without_taking_the_focus(see: See, people: Cast) -> None:
    first = promise(people)
    page = with_its_own_clock(see(people.sam, "/inbox"))
    page.get_by_role("link", name=f"No. {first.number}").focus()

    second = promise(people)
    page.clock.run_for(SOON_MS)
    expect(page.locator(".expected")).to_have_count(2)
    expect(page.locator("#inbox-said")).to_have_text(f"No. {second.number}: New.")
    assert page.title().startswith("(2) Store inbox")

    decide(people, people.lee, escalation_id=first.id, action=Action.ACKNOWLEDGE)
    page.clock.run_for(SOON_MS)
    expect(page.locator("#inbox-said")).to_have_text(f"No. {first.number}: Seen by store.")
    expect(page.get_by_role("link", name=f"No. {first.number}")).to_be_focused()

    decide(people, people.sam, code=first.code)
    page.clock.run_for(SOON_MS)
    expect(page.locator("#inbox-said")).to_have_text(f"No. {first.number} is not waiting any more.")
    assert page.title().startswith("(1) Store inbox")


def test_one_tap_acknowledges_and_stays_on_the_page(see: See, people: Cast) -> None:
    made = promise(people)
    page = see(people.lee, "/inbox", width=390)
    page.evaluate("window.stayed = true")
    assert "icon-dot.svg" in (page.locator("link[rel=icon]").get_attribute("href") or "")

    page.get_by_role("button", name=f"Acknowledge: No. {made.number}").click()

    expect(page.locator("#inbox-said")).to_have_text("Seen. The agent sees it too.")
    expect(page.get_by_text("Seen by store")).to_be_visible()
    expect(page.get_by_role("link", name=f"No. {made.number}")).to_be_focused()
    assert page.evaluate("window.stayed") is True
    assert "icon.svg" in (page.locator("link[rel=icon]").get_attribute("href") or "")


def test_a_tap_that_comes_too_late_says_so_and_shows_the_case_anew(see: See, people: Cast) -> None:
    made = promise(people)
    page = see(people.lee, "/inbox")
    decide(people, people.sam, code=made.code, amount_minor=100)

    page.get_by_role("button", name="Acknowledge").click()

    expect(page.locator("#inbox-said")).to_have_text("This changed a moment ago. Look at it again.")
    expect(page.locator(".expected")).to_contain_text("$39.00")


def test_without_a_network_the_page_says_that_nothing_was_changed(
    see: See, people: Cast, watch: Watch
) -> None:
    promise(people)
    watch.expected.add("ERR_FAILED")
    page = see(people.lee, "/inbox")
    page.route("**/inbox/acknowledge", lambda route: route.abort())

    page.get_by_role("button", name="Acknowledge").click()

    expect(page.locator("#inbox-said")).to_have_text("No answer came. Nothing was changed. Try it again.")
    expect(page.get_by_role("button", name="Acknowledge")).to_be_enabled()


def test_it_asks_often_at_first_and_then_once_a_minute(see: See, people: Cast) -> None:
    page = with_its_own_clock(see(people.sam, "/inbox"))
    page.route("**/inbox/news", lambda route: route.fulfill(status=304))
    page.evaluate(
        "() => { window.asked = [Date.now()]; const real = window.fetch;"
        " window.fetch = (...given) => { window.asked.push(Date.now()); return real(...given); }; }"
    )

    for _ in range(200):
        page.clock.run_for(1_000)
        if page.evaluate("asked.length") > 22:
            break

    times = page.evaluate("asked")
    pauses = [after - before for before, after in pairwise(times[1:])]
    assert all(3_000 <= pause < 40_000 for pause in pauses[:19]), pauses
    assert all(pause >= 60_000 for pause in pauses[19:]), pauses

    page.keyboard.press("Shift")
    with page.expect_response("**/inbox/news"):
        page.clock.run_for(SOON_MS)


def test_a_session_that_ended_is_told_to_the_lock(see: See, people: Cast, owner: Owner) -> None:
    page = with_its_own_clock(see(people.sam, "/inbox"))
    page.evaluate("document.addEventListener('bridge:lock', () => (document.body.dataset.locked = 1))")
    owner.execute("UPDATE credentials SET revoked_at = now()")

    page.clock.run_for(SOON_MS)

    expect(page.locator("body[data-locked]")).to_have_count(1)


def test_the_first_load_is_small(see: See, people: Cast) -> None:
    for _ in range(20):
        promise(people)
    sizes: list[int] = []
    page = see(people.sam, "/counter")
    page.on("response", lambda answer: sizes.append(len(gzip.compress(answer.body()))))

    page.goto("/inbox")
    page.wait_for_load_state("networkidle")

    assert len(sizes) <= 4, "the document, sheet, module and icon"
    assert sum(sizes) < 50_000
    assert page.locator(".expected").count() == 20


@pytest.mark.parametrize(("width", "dark"), [(390, False), (1280, True)])
def test_axe_finds_nothing_and_nothing_is_cut(see: See, people: Cast, width: int, dark: bool) -> None:
    late = promise(people)
    store_clock(late.id, people.store_12, running=True)
    promise(people)
    for path in ("/inbox", "/inbox/done"):
        page = see(people.sam, path, width=width, dark=dark)
        assert violations(page) == []
        assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
    assert re.search("late", see(people.sam, "/inbox").locator(".expected").first.inner_text())


def test_a_scan_goes_to_the_counter_and_acknowledges_nothing(see: See, people: Cast) -> None:
    made = promise(people)
    page = see(people.sam, "/inbox")
    page.get_by_role("button", name="Acknowledge").focus()

    page.keyboard.type(str(made.code), delay=5)
    page.keyboard.press("Enter")

    expect(page.locator("[data-verdict]").first).to_have_attribute("data-verdict", "genuine")
    assert str(made.code) not in page.url
    expect(page.get_by_text("Seen by store")).to_have_count(0)
