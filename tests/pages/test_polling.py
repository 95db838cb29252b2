"""What a page asks by itself: short, 304 while nothing changed, and no sign of life of a person."""

from collections.abc import Callable
from datetime import timedelta

import psycopg
import time_machine

from bridge.clock import utc_now
from bridge.settings import settings
from tests.cast import Cast, Member
from tests.pages.browser import Browser

As = Callable[[Member], Browser]
Owner = psycopg.Connection[tuple[object, ...]]


def test_a_page_that_asks_by_itself_keeps_no_session_alive(as_: As, people: Cast, owner: Owner) -> None:
    browser, start = as_(people.sam), utc_now()
    seen = "SELECT max(last_seen_at) FROM credentials"
    idle = timedelta(seconds=settings().session_idle_seconds)

    with time_machine.travel(start + idle / 2):
        [before] = owner.execute(seen).fetchone() or ()
        assert browser.client.get("/inbox", headers={"X-Poll": "1"}).status_code == 200
        assert owner.execute(seen).fetchone() == (before,)

    with time_machine.travel(start + idle * 1.5):
        assert browser.client.get("/inbox", headers={"X-Poll": "1"}).status_code == 303


def test_a_person_who_opens_a_page_keeps_the_session(as_: As, people: Cast) -> None:
    browser, start = as_(people.sam), utc_now()
    idle = timedelta(seconds=settings().session_idle_seconds)

    for rounds in (0.5, 1.25):
        with time_machine.travel(start + idle * rounds):
            assert browser.client.get("/inbox").status_code == 200
