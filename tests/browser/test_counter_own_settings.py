"""The counter under the reader's own settings: forced colours, a doubled zoom, wider text."""

from bridge.verdicts import Verdict
from tests.browser.conftest import See
from tests.browser.counter_page import scan, shows
from tests.browser.verdicts import prepared
from tests.cast import Cast

EDGE = "parseFloat(getComputedStyle(document.querySelector('.verdict')).borderTopWidth)"
WIDER = "document.documentElement.scrollWidth > innerWidth"
# WCAG 1.4.12: what a reader's own sheet may set without loss.
SPACED = (
    "* { line-height: 1.5 !important; letter-spacing: 0.12em !important; word-spacing: 0.16em !important; }"
)


def test_forced_colours_leave_an_edge_an_icon_and_the_word(see: See, people: Cast) -> None:
    page = see(people.sam, "/counter", forced_colors="active")

    for verdict in (Verdict.GENUINE, Verdict.ALREADY_USED, Verdict.EXPIRED):
        scan(page, prepared(people, verdict).text)
        shows(page, verdict)
        assert page.evaluate(EDGE) >= 3, verdict
        assert page.locator(".verdict .icon").first.is_visible()
        assert page.locator("#verdict").inner_text().strip()


def test_a_doubled_zoom_and_wider_text_cut_nothing(see: See, people: Cast) -> None:
    # A zoom of 200 % halves the window and doubles its pixels.
    page = see(people.sam, "/counter", width=640, height=400, device_scale_factor=2)
    scan(page, prepared(people, Verdict.GENUINE_PART_LEFT).text)
    shows(page, Verdict.GENUINE_PART_LEFT)
    assert not page.evaluate(WIDER)

    page.evaluate(
        "(rules) => { const s = new CSSStyleSheet(); s.replaceSync(rules); document.adoptedStyleSheets = [s]; }",
        SPACED,
    )
    page.set_viewport_size({"width": 320, "height": 568})

    assert not page.evaluate(WIDER)
    assert page.locator("#answer .bar .main.big").first.is_visible()
