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
