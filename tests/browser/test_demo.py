"""The demo in a browser: the tour by its presses, two people on one screen, and the menu on a telephone."""

import re
from collections.abc import Callable, Iterator

import pytest
from playwright.sync_api import Browser, Locator, Page, expect

from bridge.clock import utc_now
from bridge.demo import seed
from bridge.demo.showcase import PIECES
from bridge.settings import settings
from tests.browser.axe import violations
from tests.browser.site import Site, Watch, open_page
from tests.conftest import Servers
from tests.emptying import empty
from web.demo_words import STEPS

NEXT = [str(press) for _, press in STEPS]
SETTLE_MS = 400
Opened = Callable[..., Page]


@pytest.fixture(scope="module")
def seeded(environment: Servers) -> Iterator[None]:
    """The demo, made once: these tests leave each other's promises alone."""
    empty(environment.database_url)
    seed.seed(now=utc_now(), settings=settings())
    yield
    empty(environment.database_url)


@pytest.fixture
def demo(seeded: None, server: Site, chromium: Browser, watch: Watch) -> Iterator[Opened]:
    """Open a page of the seeded demo as nobody."""
    contexts = []

    def opened(path: str, **wanted: object) -> Page:
        page = open_page(chromium, server, watch, member=None, path=path, **wanted)  # type: ignore[arg-type]  # its own keywords
        contexts.append(page.context)
        return page

    yield opened
    for context in contexts:
        context.close()


def press(page: Page, name: str) -> None:
    page.get_by_role("button", name=name, exact=True).first.click()
    page.wait_for_load_state()


def left_edge(link: Locator) -> float:
    box = link.bounding_box()
    assert box is not None
    return box["x"]


def test_the_tour_from_the_post_to_the_second_scan(demo: Opened) -> None:
    page = demo("/demo/tour")
    press(page, NEXT[0])
    assert re.search(r"/threads/", page.url)
    assert violations(page) == []

    press(page, NEXT[1])
    row = page.locator(".expected:target")
    expect(row).to_be_in_viewport(ratio=1)
    expect(page.get_by_role("button", name=NEXT[2])).to_be_in_viewport(ratio=1)
    page.evaluate("scrollTo(0, 0)")  # beneath the bar no button is whole
    assert violations(page) == []
    press(page, NEXT[2])
    press(page, "Simulate the scan")
    verdict = page.locator("[data-verdict]").first
    expect(verdict).to_have_attribute("data-verdict", "genuine")
    expect(verdict).to_be_in_viewport(ratio=1)
    expect(page.get_by_role("button", name=re.compile(r"^Honour \$")).first).to_be_in_viewport(ratio=1)
    expect(page.get_by_role("button", name="Simulate the scan")).to_be_in_viewport(ratio=1)

    page.wait_for_timeout(SETTLE_MS)  # a panel that has just appeared takes no press
    page.get_by_role("button", name=re.compile(r"^Honour \$")).first.click()
    expect(page.locator("[data-result='honour']")).to_be_visible()
    assert violations(page) == []

    press(page, NEXT[3])
    assert page.url.endswith("/board")
    press(page, NEXT[4])
    assert "/s/" in page.url
    back = page.get_by_role("link", name="Demo: back to the tour")
    language = page.get_by_role("link", name="English")
    assert left_edge(back) == left_edge(language)
    back.click()
    press(page, NEXT[5])
    assert page.url.endswith("/hq")
    press(page, NEXT[6])
    press(page, "Close the tour")
    expect(page.locator(".tour")).to_have_count(0)


def test_two_people_act_on_one_screen(demo: Opened) -> None:
    page = demo("/demo/two-screens", width=1600, height=1000)
    press(page, "Open agent and counter side by side")

    left, right = page.frame_locator("iframe").nth(0), page.frame_locator("iframe").nth(1)
    expect(left.get_by_role("heading", name="Queue", level=1)).to_be_visible()
    right.locator("#code").fill("W4RM-9HCT-K2DR")
    right.get_by_role("button", name="Check", exact=True).click()
    expect(right.locator("[data-verdict='unknown']")).to_be_visible()

    # A link that was written without the half's address stays in its half.
    left.locator(".brand").click()
    right.locator(".brand").click()
    expect(right.locator("#code")).to_be_visible()
    expect(left.get_by_role("heading", name="Queue", level=1)).to_be_visible()
    assert violations(page) == []


def test_the_menu_fits_a_telephone_and_works_without_javascript(demo: Opened) -> None:
    page = demo("/sign-in", width=320, height=568, javascript=False)
    page.locator(".demo-menu summary").click()

    box = page.locator(".demo-list").bounding_box()
    assert box is not None
    assert box["x"] >= 0
    assert box["x"] + box["width"] <= 320
    press(page, "Cory, cashier at store 10")

    assert page.url.endswith("/counter")
    assert page.evaluate("document.documentElement.scrollWidth") <= 320


def test_the_menu_of_a_counter_in_the_demo_leaves_its_button_in_sight(demo: Opened) -> None:
    page = demo("/sign-in", width=350)
    page.locator(".demo-menu summary").click()
    press(page, "Priya, manager of store 10")
    button = page.locator(".menu-button")
    button.click()

    menu, its = page.locator(".menu").bounding_box(), button.bounding_box()
    assert menu is not None
    assert its is not None
    assert menu["y"] >= its["y"] + its["height"]


def test_the_tour_is_one_line_on_a_telephone_and_opens(demo: Opened) -> None:
    page = demo("/demo/tour", width=390)
    press(page, NEXT[1])
    bar = page.locator(".tour").bounding_box()
    assert bar is not None
    assert bar["height"] <= 48
    assert violations(page) == []
    expect(page.locator(".expected:target")).to_be_in_viewport(ratio=1)
    expect(page.locator(".tour-open")).to_be_in_viewport(ratio=1)

    page.locator(".tour-open").click()
    assert violations(page) == []
    press(page, NEXT[2])
    assert page.url.endswith("/counter")


@pytest.mark.parametrize("dark", [False, True])
def test_the_page_of_codes_has_no_barrier(demo: Opened, dark: bool) -> None:
    page = demo("/demo/codes", width=390, dark=dark)
    press(page, "See as Priya")

    assert page.locator(".code-card").count() == len(PIECES)
    assert page.evaluate("document.documentElement.scrollWidth") <= 390
    assert violations(page) == []
