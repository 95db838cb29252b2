"""The customer's page in a real browser: small, silent, the same without a script, and a QR that scans."""

import io

import pytest
import zxingcpp
from PIL import Image
from playwright.sync_api import Page, expect

from bridge import codes, db
from bridge.clock import utc_now
from bridge.lifecycle import Action
from bridge.services import customers
from bridge.settings import settings
from tests.browser.axe import violations
from tests.browser.conftest import See
from tests.cast import Cast, decide, promise, vault

MOST_BYTES = 25_000
MOST_REQUESTS = 3


def path_of(made: object) -> str:
    with db.statement() as connection:
        link = customers.link_of(
            connection,
            made.id,  # type: ignore[attr-defined]  # what `promise` made
            now=utc_now(),
            settings=settings(),
            vault=vault(),
        )
    return link.removeprefix(settings().base_url)


@pytest.fixture
def ready(people: Cast) -> tuple[str, str]:
    """The page's path and the code of a promise that the store has set aside."""
    made = promise(people)
    decide(people, people.sam, code=made.code, action=Action.ACKNOWLEDGE)
    return path_of(made), str(made.code)


@pytest.mark.parametrize("javascript", [True, False])
def test_the_code_is_shown_by_a_press_and_hidden_again(
    see: See, ready: tuple[str, str], javascript: bool
) -> None:
    path, code = ready
    page = see(None, path, width=390, height=844, javascript=javascript)
    assert codes.grouped(code) not in page.content()

    page.get_by_role("button", name="Show at the store").click()

    expect(page.locator(".code")).to_contain_text(codes.grouped(code))
    assert page.context.cookies() == []
    page.get_by_role("link", name="Hide the code").click()
    expect(page.get_by_role("heading", level=1)).to_contain_text("Ready to use at Lakeside until")
    assert codes.grouped(code) not in page.content()


@pytest.mark.parametrize(
    ("width", "height", "dark"), [(320, 568, False), (390, 844, True), (1280, 800, False)]
)
def test_a_scanner_reads_the_picture_from_any_screen(
    see: See, ready: tuple[str, str], width: int, height: int, dark: bool
) -> None:
    path, code = ready
    page = see(None, path, width=width, height=height, dark=dark)
    page.get_by_role("button", name="Show at the store").click()
    picture = page.locator("svg.qr")
    expect(picture).to_be_in_viewport(ratio=1)

    [found] = zxingcpp.read_barcodes(Image.open(io.BytesIO(page.screenshot())))

    assert found.text == code
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")


def test_the_page_is_small_and_asks_for_little(see: See, ready: tuple[str, str]) -> None:
    page = see(None, ready[0])

    sizes = page.evaluate(
        "[...performance.getEntriesByType('navigation'), ...performance.getEntriesByType('resource')]"
        ".map((entry) => entry.decodedBodySize)"
    )

    assert len(sizes) <= MOST_REQUESTS
    assert all(sizes)
    assert sum(sizes) <= MOST_BYTES


@pytest.mark.parametrize("dark", [False, True])
@pytest.mark.parametrize("width", [320, 1280])
def test_axe_finds_nothing(see: See, ready: tuple[str, str], dark: bool, width: int) -> None:
    page = see(None, ready[0], width=width, dark=dark)
    assert violations(page) == []
    page.get_by_role("button", name="Show at the store").click()
    expect(page.locator(".code")).to_be_visible()
    assert violations(page) == []


def test_a_wrong_address_reads_well(see: See, people: Cast) -> None:
    page = see(None, "/s/nobody-knows-this", width=390)

    expect(page.get_by_role("heading", level=1)).to_have_text("This link does not work")
    assert violations(page) == []


def test_on_paper_there_is_no_code_before_the_press(see: See, ready: tuple[str, str]) -> None:
    page = see(None, ready[0])
    page.emulate_media(media="print")
    expect(page.get_by_role("button", name="Show at the store")).to_be_hidden()
    page.emulate_media(media="screen")
    page.get_by_role("button", name="Show at the store").click()
    page.emulate_media(media="print")

    expect(page.locator(".code")).to_be_visible()
    expect(page.locator("svg.qr")).to_be_visible()
    expect(page.get_by_role("link", name="Hide the code")).to_be_hidden()


def test_the_screen_is_asked_to_stay_on(see: See, ready: tuple[str, str]) -> None:
    page: Page = see(None, ready[0])
    page.add_init_script(
        "Object.defineProperty(navigator, 'wakeLock', {value: {request: async (kind) => { window.asked = kind; }}})"
    )

    page.get_by_role("button", name="Show at the store").click()

    expect(page.get_by_text("The screen stays on.")).to_be_visible()
    assert page.evaluate("window.asked") == "screen"
