"""Posts that wait at the agents' desk, and how a test opens them there."""

import re
from datetime import timedelta

from bridge import db
from bridge.clock import utc_now
from bridge.models import Thread
from bridge.services import capturing
from bridge.services.capturing import Captured
from tests.cast import Cast, acting
from tests.pages.browser import Browser, Page

FRAGMENT = {"X-Fragment": "1", "X-Poll": "1"}


def post(cast: Cast, text: str, number: int = 1, **changes: object) -> Thread:
    """Somebody's post came in five minutes ago."""
    values = {
        "permalink": f"https://x.com/wanda/status/12454034387558522{number:02}",
        "handle": "wanda",
        "text": text,
        "posted_at": utc_now() - timedelta(minutes=5),
        **changes,
    }
    with db.transaction() as session:
        return capturing.capture(session, acting(cast.ana), Captured(**values), utc_now()).thread  # type: ignore[arg-type]


def cards(page: Page) -> dict[str, str]:
    """The names of the queue's cards and what they count."""
    nav = page.html.partition('id="cards"')[2].partition("</nav>")[0]
    return {name: count for count, name in re.findall(r"<strong>([^<]+)</strong> <span>([^<]+)</span>", nav)}


def thread_page(browser: Browser, thread: Thread) -> Page:
    """The conversation's page."""
    return browser.open(f"/threads/{thread.id}")
