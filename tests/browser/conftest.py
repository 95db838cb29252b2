"""A real browser on a running service: Debian's Chromium, driven by Playwright.

`see(member, "/counter", width=390)` opens a page as somebody. Whatever a page logs to the
console, and whatever it asks of another host, fails the test at its end; a test that expects a
message adds a piece of it to `watch.expected`. `clock.forward(minutes=5)` moves the server's clock.
"""

import os
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta, tzinfo
from pathlib import Path

import pytest
from flask import Flask
from playwright.sync_api import Browser, Page, Playwright, expect, sync_playwright

import web
from api import create_app
from bridge import clock as bridge_clock
from tests.browser.site import FLAGS, TIMEOUT_MS, Site, Watch, open_page, serving
from tests.cast import Cast, Member, able_to_sign_in
from tests.conftest import Servers

CHROMIUM = Path(os.environ.get("BRIDGE_CHROMIUM", "/usr/bin/chromium"))
See = Callable[..., Page]


@pytest.fixture(scope="session")
def playwright() -> Iterator[Playwright]:
    if not CHROMIUM.exists():
        if os.environ.get("CI"):
            pytest.fail(f"{CHROMIUM} is not there, and CI runs every test")
        pytest.skip("Chromium is not installed (apt-get install chromium libatomic1), so no page was opened")
    expect.set_options(timeout=TIMEOUT_MS)
    with sync_playwright() as started:
        yield started


@pytest.fixture(scope="session")
def chromium(playwright: Playwright) -> Iterator[Browser]:
    browser = playwright.chromium.launch(executable_path=str(CHROMIUM), args=FLAGS)
    yield browser
    browser.close()


@pytest.fixture(scope="session")
def served_app(environment: Servers) -> Flask:
    app = create_app()
    web.register(app)
    return app


@pytest.fixture(scope="session")
def server(served_app: Flask) -> Iterator[Site]:
    with serving(served_app) as site:
        yield site


@pytest.fixture
def site(server: Site, database: Servers) -> Site:
    """The running service on an empty database."""
    return server


@pytest.fixture
def people(site: Site, cast: Cast, one_window: None) -> Cast:
    """The cast, able to sign in."""
    return able_to_sign_in(cast)


@pytest.fixture
def watch() -> Iterator[Watch]:
    """What pages said and asked for; anything unexpected fails the test when it ends."""
    watch = Watch()
    yield watch
    assert not watch.unexpected(), "\n".join(watch.unexpected())


@pytest.fixture
def see(site: Site, people: Cast, chromium: Browser, watch: Watch) -> Iterator[See]:
    """Open a page as somebody (None: nobody is signed in), each time in a browser of its own."""
    contexts = []

    def opened(member: Member | None, path: str = "/", **wanted: object) -> Page:
        page = open_page(chromium, site, watch, member=member, path=path, **wanted)  # type: ignore[arg-type]  # its own keywords
        contexts.append(page.context)
        return page

    yield opened
    for context in contexts:
        context.close()


class Clock:
    """The server's clock, moved forward from the real one."""

    def __init__(self) -> None:
        self.offset = timedelta()

    def forward(self, **span: float) -> None:
        self.offset += timedelta(**span)


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> Clock:
    moved = Clock()

    class Moved(datetime):
        @classmethod
        def now(cls, tz: tzinfo | None = None) -> datetime:  # type: ignore[override]  # plain datetimes, as before
            return datetime.now(tz or UTC) + moved.offset

    monkeypatch.setattr(bridge_clock, "datetime", Moved)
    return moved
