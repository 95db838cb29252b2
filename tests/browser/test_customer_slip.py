"""The slip on paper: one page on a till's roll and on a Letter sheet, whose QR a scanner reads (check 25)."""

import pypdfium2
import pytest
import zxingcpp
from PIL import Image
from playwright.sync_api import Page, expect

from tests.browser.axe import violations
from tests.browser.conftest import See
from tests.cast import Cast, claimed_thread, line, promise

PRINTER_DPI = 203
"""What a receipt printer draws; it knows black and white and nothing between."""
POINTS_AN_INCH = 72
MILLIMETRES_AN_INCH = 25.4


def printed(page: Page) -> Image.Image:
    """The only sheet that the browser prints, as a receipt printer draws it."""
    document = pypdfium2.PdfDocument(page.pdf(prefer_css_page_size=True, print_background=False))
    assert len(document) == 1
    drawn = document[0].render(scale=PRINTER_DPI / POINTS_AN_INCH, grayscale=True).to_pil()
    return drawn.convert("L").point(lambda light: 255 if light > 127 else 0).convert("1")


def millimetres(pixels: float) -> float:
    return pixels / PRINTER_DPI * MILLIMETRES_AN_INCH


@pytest.mark.parametrize(("paper", "width"), [("80mm", 80), ("letter", 215.9)])
def test_one_page_whose_picture_is_the_code(see: See, people: Cast, paper: str, width: float) -> None:
    made = promise(people)
    page = see(people.ana, f"/escalations/{made.id}/slip?paper={paper}")

    sheet = printed(page)
    [found] = zxingcpp.read_barcodes(sheet)

    assert found.text == made.code
    assert millimetres(sheet.width) == pytest.approx(width, abs=1)
    corners = found.position
    modules = 21
    symbol = millimetres(corners.top_right.x - corners.top_left.x)
    assert symbol == pytest.approx(36 * modules / (modules + 8), abs=1)
    middle = millimetres((corners.top_right.x + corners.top_left.x) / 2)
    assert middle == pytest.approx(width / 2, abs=1)


def test_a_long_promise_in_french_stays_on_one_page(see: See, people: Cast) -> None:
    thread = claimed_thread(people, language="fr")
    lines = [line(item="Samsung Galaxy S6 Edge Plus, étui à rabat en cuir noir, 32 Go, modèle 2015")] * 2
    made = promise(people, thread_id=thread.id, lines=lines)

    page = see(people.ana, f"/escalations/{made.id}/slip")

    assert page.locator("main").get_attribute("lang") == "fr"
    [found] = zxingcpp.read_barcodes(printed(page))
    assert found.text == made.code


def test_the_screen_has_a_button_and_the_paper_only_the_slip(see: See, people: Cast) -> None:
    made = promise(people)
    page = see(people.ana, f"/escalations/{made.id}/slip")
    page.evaluate("window.print = () => { window.printed = true; }")

    page.get_by_role("button", name="Print").click()

    assert page.evaluate("window.printed")
    assert violations(page) == []
    page.emulate_media(media="print")
    expect(page.get_by_role("navigation")).to_be_hidden()
    expect(page.locator("main")).to_contain_text("Our staff will never ask you to click a link.")
    expect(page.locator("main")).to_contain_text("@NorthlightCare (X)")


def test_without_a_script_there_is_no_dead_button(see: See, people: Cast) -> None:
    made = promise(people)

    page = see(people.ana, f"/escalations/{made.id}/slip", javascript=False)

    expect(page.get_by_role("button", name="Print")).to_be_hidden()
    expect(page.get_by_role("link", name="Letter sheet")).to_be_visible()
