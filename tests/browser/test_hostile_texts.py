"""Hostile texts in every field, on every page, in a real browser: nothing runs, nothing breaks."""

import pytest
from playwright.sync_api import Browser, Page

from tests.browser.atlas import ATLAS
from tests.browser.examine import width_faults
from tests.browser.hostile import PAYLOADS, RTL, Hostile
from tests.browser.site import Site, Watch, window
from tests.browser.stage import fill
from tests.cast import Cast

ROOMS = list(ATLAS)
_NOT_ISOLATED = """(letters) => {
  const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
  const found = [];
  while (walker.nextNode()) {
    const parent = walker.currentNode.parentElement;
    if (walker.currentNode.data.includes(letters) && !parent.closest("bdi, [dir=auto], textarea, option, script, template"))
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
    for leaf in [leaf for room in ROOMS[part::3] for leaf in ATLAS[room] if leaf.status == 200]:
        with window(chromium, site, watch, kept=leaf.cookies(stage)) as page:
            page.on("dialog", lambda dialog: (watch.messages.append("a dialog"), dialog.dismiss()))
            page.goto(leaf.address(stage))
            faults += [f"{leaf}: {fault}" for fault in hostile_faults(page)]
        faults += [f"{leaf}: {line}" for line in watch.taken()]

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
    with window(chromium, site, watch, kept={}) as page:
        page.goto("/sign-in")
        page.evaluate(
            "(text) => document.querySelector('main').append("
            "document.createRange().createContextualFragment(text))",
            "<script>window.ran=1</script><img src=x onerror='window.ran=1'>",
        )
        page.wait_for_function("document.images[0]?.complete")

        assert not page.evaluate("window.ran")
    assert "script-src" in " ".join(watch.taken())
