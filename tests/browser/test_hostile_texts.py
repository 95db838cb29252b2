"""Hostile texts in every field, on every page, in a real browser: nothing runs, nothing breaks."""

import pytest
from playwright.sync_api import Browser, Page

from bridge.verdicts import Verdict
from tests.browser.acts.names import name_everything
from tests.browser.atlas import ATLAS
from tests.browser.conftest import See
from tests.browser.counter_page import results, scan, settled, shows
from tests.browser.examine import width_faults
from tests.browser.hostile import PAYLOADS, RTL, Hostile
from tests.browser.site import Site, Turns, Watch, window
from tests.browser.stage import fill
from tests.browser.test_counter_near_miss import slip
from tests.browser.test_counter_verdicts import looked
from tests.browser.verdicts import MAKERS, prepared
from tests.cast import Cast, decide
from tests.pins import PINS, give_pins, paired_tablet, signed_in

ROOMS = list(ATLAS)
_NOT_ISOLATED = r"""(letters) => {
  const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
  const found = [];
  while (walker.nextNode()) {
    const parent = walker.currentNode.parentElement;
    // Between the two signs a text is isolated without an element.
    if (walker.currentNode.data.replace(/\u2068[^\u2068\u2069]*\u2069/g, "").includes(letters) && !parent.closest("bdi, [dir=auto], textarea, option, script, template"))
      found.push(parent.outerHTML.slice(0, 160));
  }
  return found;
}"""


def hostile_faults(page: Page) -> list[str]:
    """What a hostile text did to the page as it stands."""
    found = []
    if page.evaluate("window.ran"):
        found.append("a text ran as a script")
    if page.url.startswith("http") and "evil" in page.url:
        found.append("a text led away")
    found += [f"not isolated: {place}" for place in page.evaluate(_NOT_ISOLATED, RTL)]
    return [*found, *width_faults(page, (320, 1280))]


@pytest.mark.parametrize("part", range(3))
def test_no_text_harms_a_page(chromium: Browser, site: Site, watch: Watch, people: Cast, part: int) -> None:
    """Each part of the rooms at another turn; every turn of every page is read without a browser."""
    stage, faults = fill(people, Hostile(part)), []
    with window(chromium, site, watch, kept={}) as page:
        page.on("dialog", lambda dialog: (watch.messages.append("a dialog"), dialog.dismiss()))
        turns = Turns(page, site)
        for leaf in [leaf for room in ROOMS[part::3] for leaf in ATLAS[room] if leaf.status == 200]:
            turns.take(leaf.cookies(stage), leaf.address(stage))
            faults += [f"{leaf}: {fault}" for fault in hostile_faults(page)]
            faults += [f"{leaf}: {line}" for line in watch.taken()]

    assert not faults, "\n".join(faults)


@pytest.mark.parametrize("turn", [0, 1])
def test_no_text_harms_a_panel_at_the_counter(see: See, people: Cast, watch: Watch, turn: int) -> None:
    """Whatever a customer, an agent or a store wrote, in the panel of every verdict and of what follows it."""
    words, faults = Hostile(turn), []
    name_everything(people, words)
    pages: dict[str, Page] = {}
    for verdict in list(MAKERS)[turn::2]:
        presented = prepared(people, verdict, words)
        page = pages.get(presented.by.token) or see(presented.by, "/counter")
        pages[presented.by.token] = page
        looked(page, presented)
        page.evaluate("document.querySelectorAll('#answer details').forEach((one) => { one.open = true; })")
        faults += [f"{verdict}: {fault}" for fault in hostile_faults(page)]
        page.set_viewport_size({"width": 1280, "height": 800})
        page.keyboard.press("Escape")
    faults += watch.taken()

    assert not faults, "\n".join(faults)


def test_no_text_harms_what_a_press_at_the_counter_shows(see: See, people: Cast, watch: Watch) -> None:
    """The results of honouring, declining and asking, and the question after a slip of the pen."""
    words, faults = Hostile(3), []
    name_everything(people, words)
    page = see(people.sam, "/counter")

    def looks(what: str) -> None:
        faults.extend(f"{what}: {fault}" for fault in hostile_faults(page))
        page.set_viewport_size({"width": 1280, "height": 800})

    looked(page, prepared(people, Verdict.GENUINE, words))
    settled(page)
    page.locator("#answer .bar .main.big").first.click()
    results(page, "honour")
    looks("honoured")
    looked(page, prepared(people, Verdict.GENUINE, words))
    settled(page)
    page.evaluate("document.querySelectorAll('#answer details').forEach((one) => { one.open = true; })")
    page.locator("#answer form:has(input[name=action][value=decline])").get_by_role("radio").first.check()
    page.locator("#reason_text").fill(words.text("", 500))
    page.locator("#customer_text").fill(words.text("", 500))
    page.locator("#answer button.stop").click()
    results(page, "decline")
    looks("declined")
    looked(page, prepared(people, Verdict.GENUINE, words))
    settled(page)
    page.evaluate("document.querySelectorAll('#answer details').forEach((one) => { one.open = true; })")
    asking = page.locator("#answer form[action^='/counter/ask/']")
    asking.get_by_role("textbox").fill(words.text("", 500))
    asking.locator("button.main").click()
    results(page, "asked")
    looks("asked")
    made = prepared(people, Verdict.GENUINE, words).text
    page.goto("/counter")  # which asks about a slip only where something waits
    scan(page, slip(made.replace("-", "")), delay=60)
    shows(page, Verdict.NEAR_MISS)
    looks("one sign off")
    faults += watch.taken()

    assert not faults, "\n".join(faults)


def test_no_text_harms_a_manager_s_yes_nor_a_race_that_is_lost(see: See, people: Cast, watch: Watch) -> None:
    """Both name people: who may say yes, who says it, and who was faster."""
    words, faults = Hostile(1), []
    name_everything(people, words)
    give_pins(people)
    tablet = paired_tablet(people, name=words.name("Counter 1"))
    page = see(signed_in(people, tablet, "lee"), "/counter")

    def looks(what: str) -> None:
        faults.extend(f"{what}: {fault}" for fault in hostile_faults(page))
        page.set_viewport_size({"width": 1280, "height": 800})

    presented = prepared(people, Verdict.NO_PERMISSION, words)
    looked(page, presented)
    settled(page)
    page.evaluate("document.querySelectorAll('#answer details').forEach((one) => { one.open = true; })")
    looks("asking a manager")
    asking = page.locator(".step-up form")
    asking.locator("select").select_option(str(people.sam.person.id))
    asking.get_by_label("Their PIN").fill(PINS["sam"])
    asking.locator("button.main").click()
    results(page, "step_up")
    looks("the manager says yes")
    assert presented.made is not None
    decide(people, people.sam, code=presented.made.code)
    settled(page)
    page.locator("#answer .bar .main.big").first.click()
    shows(page, Verdict.ALREADY_USED)
    looks("the race is lost")
    faults += watch.taken()

    assert not faults, "\n".join(faults)


def test_a_text_that_runs_would_be_noticed(chromium: Browser, site: Site, watch: Watch, people: Cast) -> None:
    with window(chromium, site, watch, kept={}, bypass_csp=True) as page:
        page.goto("/sign-in")
        page.evaluate(
            "(text) => document.querySelector('main').append("
            "document.createRange().createContextualFragment(text))",
            f"{PAYLOADS[0]}<p>{RTL}</p>",
        )

        faults = hostile_faults(page)

    assert [fault.partition(":")[0] for fault in faults] == ["a text ran as a script", "not isolated"]


def test_a_text_that_is_inserted_is_stopped_by_the_policy(
    chromium: Browser, site: Site, watch: Watch, people: Cast
) -> None:
    """Were a page to forget to escape, the policy would still hold."""
    watch.expected |= {"Content Security Policy", "CSP script-src", "'script-src' was not explicitly set"}
    with window(chromium, site, watch, kept={}) as page:
        page.goto("/sign-in")
        with page.expect_console_message(lambda said: "script-src" in said.text):
            page.evaluate(
                "(text) => document.querySelector('main').append("
                "document.createRange().createContextualFragment(text))",
                "<script>window.ran=1</script><img src=x onerror='window.ran=1'>",
            )
        page.wait_for_function("() => document.images[0]?.complete")

        assert not page.evaluate("window.ran")
    assert "script-src" in " ".join(watch.messages)
