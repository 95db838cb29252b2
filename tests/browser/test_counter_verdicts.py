"""Every verdict on every screen: what has to be seen is seen, heard and read once."""

import gzip
import re

import pytest
from playwright.sync_api import Page, expect

from bridge.verdicts import Verdict
from tests.browser.axe import violations
from tests.browser.conftest import See
from tests.browser.counter_page import CHECK, scan, settled, shows
from tests.browser.own_settings import own_settings_faults, print_faults
from tests.browser.verdicts import MAKERS, Presented, prepared
from tests.cast import Cast

SIZES = [(320, 568), (320, 256), (360, 640), (390, 844), (768, 1024), (1024, 600)]
FIRST_LOAD_BYTES = 40 * 1024
FRAGMENT_BYTES = 2 * 1024
REQUESTS = 4

# What of the panel cannot be seen where it stands: cut by the window, or under the bar.
HIDDEN = """
(wanted) => {
  document.getElementById('answer').scrollIntoView({block: 'start'});
  const hidden = [];
  if (document.documentElement.scrollWidth > innerWidth) hidden.push('scrolls sideways');
  const bar = document.querySelector('#answer .bar')?.getBoundingClientRect();
  for (const selector of wanted) {
    const element = document.querySelector(selector);
    if (!element) continue;
    const box = element.getBoundingClientRect();
    const covered = !element.closest('.bar') && bar && box.bottom > bar.top + 1 && box.top < bar.bottom;
    if (box.top < -1 || box.bottom > innerHeight + 1 || covered) hidden.push(selector);
  }
  return hidden;
}
"""
WORD, AMOUNT, SAY, MAIN = "#verdict", ".verdict-amount", "#answer .say", "#answer .bar .main.big"


def looked(page: Page, presented: Presented) -> None:
    # A pause stops what a person types; a scan would pass.
    scan(page, presented.text, delay=80 if presented.verdict is Verdict.LOCKED_TRIES else 0)
    shows(page, presented.verdict)


@pytest.mark.parametrize("part", [0, 1, 2])
def test_what_has_to_be_seen_is_seen_at_every_size(see: See, people: Cast, part: int) -> None:
    wrong = {}
    pages: dict[str, Page] = {}
    for verdict in list(MAKERS)[part::3]:
        presented = prepared(people, verdict)
        page = pages.get(presented.by.token) or see(presented.by, "/counter")
        pages[presented.by.token] = page
        looked(page, presented)
        for width, height in SIZES:
            page.set_viewport_size({"width": width, "height": height})
            wanted = [WORD, AMOUNT, SAY, MAIN] if height >= 600 else [WORD, AMOUNT, MAIN]
            if hidden := page.evaluate(HIDDEN, wanted if height > 300 else []):
                wrong[verdict, width, height] = hidden
        page.set_viewport_size({"width": 1280, "height": 800})
        page.keyboard.press("Escape")

    assert wrong == {}


@pytest.mark.parametrize("dark", [False, True])
def test_no_verdict_shuts_anybody_out(see: See, people: Cast, dark: bool) -> None:
    """Nor whoever sets their own zoom, text or colours, nor whoever prints it."""
    found = {}
    pages: dict[str, Page] = {}
    for verdict in MAKERS:
        presented = prepared(people, verdict)  # now: a pause for tries ends by itself
        page = pages.get(presented.by.token) or see(presented.by, "/counter", dark=dark)
        pages[presented.by.token] = page
        if dark:
            page.evaluate("document.documentElement.dataset.theme = 'dark'")
        looked(page, presented)
        lines = violations(page)
        if not dark:
            lines += own_settings_faults(page) + print_faults(page)
        if lines:
            found[verdict] = lines
        page.keyboard.press("Escape")

    assert found == {}


@pytest.mark.parametrize("verdict", [Verdict.GENUINE, Verdict.ALREADY_USED, Verdict.TYPO])
def test_the_word_is_read_first_and_once(see: See, people: Cast, verdict: Verdict) -> None:
    page = see(people.sam, "/counter")
    presented = prepared(people, verdict)

    looked(page, presented)

    word = page.locator("#verdict").inner_text()
    snapshot = page.locator("#answer").aria_snapshot()
    assert re.match(rf'- region "{word}":\n  - heading "{word}" \[level=2\]', snapshot)
    assert page.title().startswith(word)
    if verdict is Verdict.TYPO:  # the field has the focus, so the status line says it
        expect(page.locator("#code")).to_be_focused()
        assert page.locator("#news").inner_text().startswith(word)
    else:
        expect(page.locator("#verdict")).to_be_focused()
        assert page.locator("#news").inner_text() == ""


def test_a_page_and_a_verdict_are_light(see: See, people: Cast) -> None:
    presented = prepared(people, Verdict.GENUINE)
    page = see(people.sam, "/counter")
    asked: set[str] = set()
    page.on("request", lambda request: asked.add(request.url))
    page.context.new_cdp_session(page).send("Network.clearBrowserCache")
    page.goto("/counter", wait_until="networkidle")
    first = {url: len(gzip.compress(page.request.get(url).body())) for url in sorted(asked)}
    with page.expect_response(CHECK) as checked:
        looked(page, presented)

    assert len(first) <= REQUESTS, first
    assert sum(first.values()) <= FIRST_LOAD_BYTES, first
    assert len(gzip.compress(checked.value.body())) <= FRAGMENT_BYTES
    assert asked == {*first, checked.value.url}


def test_each_family_has_a_sound_until_it_is_muted(see: See, people: Cast) -> None:
    page = see(people.sam, "/counter")
    page.evaluate(
        """() => {
          window.played = []; window.shaken = [];
          navigator.vibrate = (pattern) => { shaken.push(pattern); return true; };
          const start = OscillatorNode.prototype.start;
          OscillatorNode.prototype.start = function (when) {
            played.push(this.frequency.value);
            return start.call(this, when);
          };
        }"""
    )
    heard = {}
    for verdict in (Verdict.GENUINE, Verdict.ALREADY_USED, Verdict.UNKNOWN, Verdict.TOO_SHORT):
        looked(page, prepared(people, verdict))
        heard[verdict] = page.evaluate("window.played.splice(0)")
        page.keyboard.press("Escape")

    assert heard == {
        Verdict.GENUINE: [660, 990],
        Verdict.ALREADY_USED: [440, 440],
        Verdict.UNKNOWN: [196],
        Verdict.TOO_SHORT: [1200],
    }
    assert page.evaluate("window.shaken") == [60, [80, 60, 80], 300]
    button = page.locator("#sound")
    expect(button).to_have_text("Sound on")
    button.click()
    expect(button).to_have_text("Sound off")
    page.evaluate("window.played.length = 0")
    looked(page, prepared(people, Verdict.GENUINE))
    assert page.evaluate("window.played") == []
    page.reload()
    expect(page.locator("#sound")).to_have_text("Sound off")


def test_under_reduced_motion_nothing_moves(see: See, people: Cast) -> None:
    page = see(people.sam, "/counter", reduced_motion="reduce")

    looked(page, prepared(people, Verdict.GENUINE))

    assert page.evaluate("document.querySelector('.verdict').getAnimations().length") == 0


def test_every_button_of_a_panel_is_large_enough(see: See, people: Cast) -> None:
    page = see(people.sam, "/counter", width=390, height=844)
    looked(page, prepared(people, Verdict.GENUINE))
    settled(page)
    page.locator(".other > summary").click()
    for summary in page.locator(".other-body > details > summary").all():
        summary.click()

    small = page.evaluate(
        """() => [...document.querySelectorAll('#answer :is(button, summary, .button, .radios label)')]
          .filter((element) => element.offsetHeight > 0 && element.offsetHeight < 56)
          .map((element) => `${element.innerText}: ${element.offsetHeight}`)"""
    )

    assert small == []
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")


def test_a_panel_takes_text_of_twice_the_size(see: See, people: Cast) -> None:
    page = see(people.sam, "/counter", width=640, height=800)
    page.evaluate("document.documentElement.style.fontSize = '200%'")

    looked(page, prepared(people, Verdict.NEEDS_APPROVAL))

    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
