"""The pictures of the README, made by the run from the demo, so that they never lie.

They are written only when BRIDGE_WRITE_SCREENSHOTS names a folder:
`BRIDGE_WRITE_SCREENSHOTS=docs/images pytest -m campaign tests/browser/test_screenshots.py`.
Without it each page is opened and its picture measured. Look at each before committing it.
"""

import io
import os
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from PIL import Image
from playwright.sync_api import Browser, Page, expect

from bridge import db
from bridge.clock import utc_now
from bridge.demo import people, seed, showcase
from bridge.services import customers
from bridge.settings import settings
from bridge.verdicts import Verdict
from tests.browser.counter_page import scan, shows
from tests.browser.site import Site, Watch, window
from tests.cast import vault
from tests.clockwork import rows
from tests.conftest import Servers
from tests.emptying import empty

pytestmark = pytest.mark.campaign
TABLET, PHONE, DESK = (768, 1024), (390, 844), (1280, 900)
LARGEST_BYTES = 150 * 1024
COLOURS = 128
Opened = Callable[..., Any]


@pytest.fixture(scope="module")
def seeded(environment: Servers) -> Iterator[None]:
    empty(environment.database_url)
    seed.seed(now=utc_now(), settings=settings())
    yield
    empty(environment.database_url)


def code_of(verdict: Verdict) -> showcase.Shown:
    with db.statement() as connection:
        return next(one for one in showcase.shown(connection, vault()) if one.piece.verdict is verdict)


def sign_in(page: Page, name: str) -> None:
    page.goto("/sign-in")
    page.get_by_label("E-mail").fill(f"{name.lower()}{people.ADDRESSES}")
    page.get_by_label("Password").fill(people.PASSWORD)
    page.get_by_role("button", name="Sign in", exact=True).click()
    page.wait_for_load_state()


def counter(verdict: Verdict) -> Callable[[Page], None]:
    def at_the_counter(page: Page) -> None:
        page.goto("/counter")
        scan(page, code_of(verdict).code)
        shows(page, verdict)

    return at_the_counter


def with_a_colleague(page: Page) -> None:
    (found,) = rows(
        "SELECT t.id FROM threads t JOIN social_identities i ON i.id = t.identity_id "
        "WHERE i.handle = 'lena.example' LIMIT 1"
    )
    page.goto(f"/threads/{found.id}")


def promise_made(page: Page) -> None:
    page.goto(f"/escalations/{code_of(Verdict.GENUINE).case_id}/made")


def customers_page(page: Page) -> None:
    case = code_of(Verdict.GENUINE_SET_ASIDE).case_id
    assert case is not None
    with db.statement() as connection:
        link = customers.link_of(connection, case, now=utc_now(), settings=settings(), vault=vault())
    page.goto(f"/s/{str(link).rpartition('/')[2]}")
    page.get_by_role("button", name="Show at the store").click()
    expect(page.locator(".code")).to_be_visible()


def slip(page: Page) -> None:
    page.goto(f"/escalations/{code_of(Verdict.GENUINE).case_id}/slip")


PICTURES = [
    ("counter-genuine-tablet", "Priya", TABLET, False, counter(Verdict.GENUINE)),
    ("counter-already-used-phone", "Priya", PHONE, False, counter(Verdict.ALREADY_USED)),
    ("desk-colleague", "Dana", DESK, False, with_a_colleague),
    ("promise-made", "Ana", DESK, False, promise_made),
    ("store-inbox", "Priya", TABLET, False, lambda page: page.goto("/inbox")),
    ("hq-overview-dark", "Hana", DESK, True, lambda page: page.goto("/hq")),
    ("customer", "", PHONE, False, customers_page),
    ("slip", "Ana", PHONE, False, slip),
]


@pytest.mark.parametrize(("name", "who", "size", "dark", "go"), PICTURES, ids=[one[0] for one in PICTURES])
def test_picture(
    seeded: None,
    server: Site,
    chromium: Browser,
    watch: Watch,
    name: str,
    who: str,
    size: tuple[int, int],
    dark: bool,
    go: Callable[[Page], object],
) -> None:
    with window(chromium, server, watch, kept={}, width=size[0], height=size[1], dark=dark) as page:
        if who:
            sign_in(page, who)
        go(page)
        page.wait_for_load_state()
        picture = small(page.screenshot(animations="disabled", caret="hide"))

    assert len(picture) <= LARGEST_BYTES
    if folder := os.environ.get("BRIDGE_WRITE_SCREENSHOTS"):
        Path(folder, f"{name}.png").write_bytes(picture)


def small(png: bytes) -> bytes:
    """The same picture in few colours."""
    kept = io.BytesIO()
    with Image.open(io.BytesIO(png)) as image:
        few = image.convert("RGB").quantize(COLOURS, dither=Image.Dither.NONE)
        few.save(kept, "PNG", optimize=True)
    return kept.getvalue()
