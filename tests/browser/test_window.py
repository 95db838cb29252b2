"""The browser under the tests: it opens pages as people, and overhears what pages say."""

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.browser.axe import violations
from tests.browser.budgets import TAB_ICON
from tests.browser.conftest import See
from tests.browser.examine import axe_faults
from tests.browser.site import Site, Turns, Watch, window
from tests.cast import Cast
from web import cookies


def test_a_page_opens_as_somebody(see: See, people: Cast) -> None:
    page = see(people.ana, "/queue")

    assert page.locator("h1").inner_text() == "Queue"
    assert page.locator(".who-name").inner_text() == "Ana"


def test_a_page_is_silent_and_asks_nobody_else(see: See, people: Cast, watch: Watch) -> None:
    page = see(people.sam, "/counter")

    assert page.locator("#code").is_visible()
    assert watch.messages == []
    assert watch.foreign == []


def test_what_a_page_says_is_overheard(see: See, people: Cast, watch: Watch) -> None:
    page: Page = see(people.sam, "/counter")

    page.evaluate("console.log('told')")
    with page.expect_console_message(lambda message: message.text.startswith("CSP")):
        page.evaluate(
            "document.head.append(Object.assign(document.createElement('style'), {textContent: 'b{}'}))"
        )

    heard = " ".join(watch.unexpected())
    assert "told" in heard
    assert "style-src" in heard
    watch.messages.clear()


def test_axe_finds_a_picture_without_words(see: See, people: Cast) -> None:
    page = see(people.sam, "/counter")
    before = violations(page)

    page.evaluate("document.querySelector('main').append(document.createElement('img'))")

    assert before == []
    assert [line.partition(" ")[0] for line in violations(page)] == ["image-alt"]


@pytest.mark.parametrize(("dark", "colour"), [(False, "rgb(255, 255, 255)"), (True, "rgb(16, 20, 24)")])
def test_colours_follow_the_device_but_for_the_counter(
    see: See, people: Cast, dark: bool, colour: str
) -> None:
    desk, counter = see(people.ana, "/queue", dark=dark), see(people.sam, "/counter", dark=dark)

    background = "getComputedStyle(document.body).backgroundColor"
    assert desk.evaluate(background) == colour
    assert counter.evaluate(background) == "rgb(255, 255, 255)"

    counter.get_by_role("button", name="Dark").click()
    assert counter.evaluate(background) == "rgb(16, 20, 24)"


def test_a_store_managers_menu_is_one_line_on_a_laptop(see: See, people: Cast) -> None:
    page = see(people.sam, "/counter", width=1280)

    entries = page.locator(".menu li")
    assert entries.count() == 6
    tops = page.evaluate(
        "[...document.querySelectorAll('.menu a')].map((a) => a.getBoundingClientRect().top)"
    )
    assert len(set(tops)) == 1
    assert page.locator(".top").bounding_box()["height"] < 80  # type: ignore[index]  # it is there


@pytest.mark.parametrize("width", [320, 390])
def test_the_opened_menu_leaves_its_button_in_sight_to_close_it(see: See, people: Cast, width: int) -> None:
    page = see(people.sam, "/counter", width=width)
    button = page.locator(".menu-button")
    button.click()
    menu, its = page.locator(".menu").bounding_box(), button.bounding_box()
    assert menu is not None
    assert its is not None
    assert menu["y"] >= its["y"] + its["height"]
    assert violations(page) == []

    button.click()

    expect(page.locator(".menu")).to_be_hidden()


def test_pages_that_take_turns_find_nothing_of_the_one_before(
    chromium: Browser, site: Site, watch: Watch, people: Cast
) -> None:
    """No cookie, no storage, no cache: as on a machine that never saw the site."""
    signed_in = {cookies.SESSION: people.sam.token}
    asked: list[str] = []
    with window(chromium, site, watch, kept={}) as page:
        turns = Turns(page, site)
        page.on("response", lambda answer: asked.append(answer.url))
        turns.take(signed_in, "/counter")
        page.evaluate("localStorage.left = 1; sessionStorage.left = 1")
        page.set_viewport_size({"width": 320, "height": 800})
        first, asked[:] = fetched(asked), []
        turns.take(signed_in, "/counter")

        assert fetched(asked) == first
        assert page.evaluate("[localStorage.left, sessionStorage.left, innerWidth]") == [None, None, 1280]
        assert turns.take({}, "/counter").url.startswith(f"{site.url}/sign-in")


def fetched(urls: list[str]) -> list[str]:
    """In no order, and without the tab's icon, which comes whenever it likes."""
    return sorted(url for url in urls if not url.endswith(TAB_ICON))


def test_words_that_are_faint_in_the_dark_alone_are_noticed(see: See, people: Cast) -> None:
    page = see(None, "/sign-in")
    page.evaluate(
        "document.querySelector('h1').attributeStyleMap.set('color', 'light-dark(#000000, #333333)')"
    )

    faults = axe_faults(page)

    assert faults
    assert all(line.startswith("[dark") and "color-contrast" in line for line in faults), faults
