"""What tests do at a counter: scan, wait for a verdict, read what stands there."""

from collections.abc import Callable

from playwright.sync_api import Page, Route, expect

from bridge.verdicts import Verdict

CHECK = "**/counter/check"
DECIDE = "**/counter/decide"
SETTLED_MS = 350
"""A panel that has just appeared takes no press."""


def scan(page: Page, text: str, *, delay: float = 0, end: str = "Enter") -> None:
    """A scanner: keys wherever the focus is, `delay` milliseconds apart, and what it ends with."""
    page.keyboard.type(text, delay=delay)
    for key in end.split():
        page.keyboard.press(key)


def stop_time(page: Page) -> None:
    """The page's time stands still from now on, and goes on by `passes` alone, however busy the machine is."""
    page.clock.install()
    stand_still(page)


def stand_still(page: Page) -> None:
    """As `stop_time`, of a page whose clock is the test's already."""
    page.clock.pause_at(page.evaluate("Date.now() / 1000 + 10"))  # in seconds, and never backwards


def stop_asking(page: Page, pattern: str) -> None:
    """As `stop_time`, of a page that asks by itself: what it had asked is answered, and it asks as time passes."""
    waiting = held(page, pattern)
    stop_time(page)
    comes(page, waiting, 1)
    with page.expect_response(pattern):
        waiting[0]()
    page.unroute(pattern)


def passes(page: Page, ms: int) -> None:
    """Let so much of the page's time pass; its timers run meanwhile."""
    page.clock.run_for(ms)


def keys(page: Page, text: str, *, every_ms: int, end: str = "Enter") -> None:
    """As `scan` where time stands still: the keys are exactly so far apart."""
    for sign in text:
        page.keyboard.type(sign)
        passes(page, every_ms)
    for key in end.split():
        page.keyboard.press(key)


def shows(page: Page, verdict: Verdict | str) -> None:
    """Wait for the verdict's panel."""
    expect(page.locator("#answer .verdict")).to_have_attribute("data-verdict", str(verdict))


def results(page: Page, result: str) -> None:
    """Wait for the result's panel."""
    expect(page.locator("#answer .verdict")).to_have_attribute("data-result", result)


def settled(page: Page) -> None:
    """Let the panel take presses."""
    page.wait_for_timeout(SETTLED_MS)


def counted(page: Page, pattern: str) -> list[str]:
    """The bodies of requests that are sent to an address from now on."""
    sent: list[str] = []

    def note(route: Route) -> None:
        sent.append(route.request.post_data or "")
        route.continue_()

    page.route(pattern, note)
    return sent


def code_in(body: str) -> str:
    """The code that a request asked for."""
    return dict(part.partition("=")[::2] for part in body.split("&"))["code"].replace("-", "")


def held(page: Page, pattern: str) -> list[Callable[[], None]]:
    """Requests to an address wait; each entry lets one of them go on, in the order in which they came."""
    waiting: list[Callable[[], None]] = []
    page.route(pattern, lambda route: waiting.append(route.continue_))
    return waiting


def comes(page: Page, waiting: list[Callable[[], None]], number: int) -> None:
    """Wait until so many requests are held."""
    while len(waiting) < number:  # the test's time limit ends it
        page.wait_for_timeout(10)
