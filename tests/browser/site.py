"""The service under a browser, the browser's window, and what it overhears."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlsplit

from flask import Flask
from playwright.sync_api import Browser, ConsoleMessage, Page, Request, Response
from werkzeug.serving import WSGIRequestHandler, make_server

from bridge.settings import settings
from tests.cast import Member
from web import cookies

FLAGS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]
TIMEOUT_MS = 20_000
"""What does not come by then never comes, however busy the machine is."""
# Chromium writes a line for every answer of 4xx, also for those that a page asked for by fetch.
REFUSED = "Failed to load resource: the server responded with a status of 4"
# Chromium says so when somebody typed before the field that wants the focus had got it.
TYPED_FIRST = "Autofocus processing was blocked"
# A PIN on a shared tablet is nobody's password, and no manager of passwords shall keep it.
PIN_FORM = "Password forms should have (optionally hidden) username fields"
TELL_VIOLATIONS = """
addEventListener("securitypolicyviolation", (event) =>
  console.error(`CSP ${event.effectiveDirective} ${event.blockedURI}`));
"""


@dataclass(frozen=True)
class Site:
    """Where the service answers."""

    url: str
    host: str


@dataclass
class Watch:
    """What pages logged and which hosts they asked. `expected` holds pieces of lines that may come."""

    messages: list[str] = field(default_factory=list)
    foreign: list[str] = field(default_factory=list)
    expected: set[str] = field(default_factory=lambda: {REFUSED, TYPED_FIRST, PIN_FORM})

    def listen(self, page: Page, site: Site) -> None:
        def overhear(message: ConsoleMessage) -> None:
            self.messages.append(f"{message.type}: {message.text}")

        def note(request: Request) -> None:
            parts = urlsplit(request.url)
            if parts.scheme not in {"data", "blob"} and parts.netloc != site.host:
                self.foreign.append(request.url)

        page.on("console", overhear)
        page.on("pageerror", lambda error: self.messages.append(f"thrown: {error}"))
        page.on("request", note)

    def taken(self) -> list[str]:
        """What was unexpected until now; it is forgotten."""
        found = self.unexpected()
        self.messages.clear()
        self.foreign.clear()
        return found

    def unexpected(self) -> list[str]:
        return [
            *(f"another host: {url}" for url in self.foreign),
            *(line for line in self.messages if not any(piece in line for piece in self.expected)),
        ]


class _Quiet(WSGIRequestHandler):
    protocol_version = "HTTP/1.1"

    def log(self, type: str, message: str, *args: Any) -> None:
        """Nothing: the service logs its own requests."""


@contextmanager
def serving(app: Flask) -> Iterator[Site]:
    """The app on a free port of loopback, in threads of this process, until the block ends."""
    server = make_server("127.0.0.1", 0, app, threaded=True, request_handler=_Quiet)
    server.daemon_threads = True  # type: ignore[attr-defined]  # it is a ThreadingMixIn
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        host = f"127.0.0.1:{server.server_port}"
        yield Site(f"http://{host}", host)
    finally:
        server.shutdown()
        thread.join(5)


@contextmanager
def window(
    chromium: Browser, site: Site, watch: Watch, *, kept: dict[str, str], **more: Any
) -> Iterator[Page]:
    """An empty window of its own that keeps these cookies, until the block ends."""
    page = open_window(chromium, site, watch, kept=kept, **more)
    try:
        yield page
    finally:
        page.context.close()


class Turns:
    """One window that many pages take turns in, each as on a machine that never saw the site.

    A new window costs more than looking at what is in it: Chromium starts a process for each. So cookies and
    storage are emptied between the turns instead, and nothing is kept in a cache.
    """

    def __init__(self, page: Page, site: Site) -> None:
        self._page, self._site, self._size = page, site, page.viewport_size
        self._devtools = page.context.new_cdp_session(page)
        self._devtools.send("Network.enable")
        self._devtools.send("Network.setCacheDisabled", {"cacheDisabled": True})

    def take(self, kept: dict[str, str], address: str) -> Response:
        """Open the page for somebody who has these cookies and no others."""
        if self._page.url.startswith(self._site.url):
            self._page.evaluate("localStorage.clear(); sessionStorage.clear()")
        if self._size is not None:
            self._page.set_viewport_size(self._size)
        self._page.context.clear_cookies()
        keep(self._page, self._site, kept)
        answer = self._page.goto(address)
        assert answer is not None
        return answer


def open_page(
    chromium: Browser, site: Site, watch: Watch, *, member: Member | None, path: str, **more: Any
) -> Page:
    """A window of its own, signed in as `member`, at `path`."""
    kept = {cookies.name_of(cookies.SESSION, settings()): member.token} if member else {}
    page = open_window(chromium, site, watch, kept=kept, **more)
    page.goto(path)
    return page


def open_window(
    chromium: Browser,
    site: Site,
    watch: Watch,
    *,
    kept: dict[str, str],
    width: int = 1280,
    height: int = 800,
    dark: bool = False,
    javascript: bool = True,
    **more: Any,
) -> Page:
    """An empty window that keeps these cookies. `more` goes to Playwright's new_context."""
    context = chromium.new_context(
        viewport={"width": width, "height": height},
        color_scheme="dark" if dark else "light",
        java_script_enabled=javascript,
        base_url=site.url,
        **{"locale": "en-US", "timezone_id": "America/Chicago", **more},
    )
    context.set_default_timeout(TIMEOUT_MS)
    if javascript:
        context.add_init_script(TELL_VIOLATIONS)
    page = context.new_page()
    keep(page, site, kept)
    watch.listen(page, site)
    return page


def keep(page: Page, site: Site, kept: dict[str, str]) -> None:
    """Put cookies into the window."""
    page.context.add_cookies(
        [{"name": name, "value": value, "url": site.url, "httpOnly": True} for name, value in kept.items()]
    )
