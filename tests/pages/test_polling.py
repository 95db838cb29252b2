"""What a page asks by itself: short, 304 while nothing changed, and no sign of life of a person."""

from collections.abc import Callable
from datetime import timedelta

import psycopg
import pytest
import time_machine

from bridge.clock import utc_now
from tests.cast import Cast, Member
from tests.pages.browser import Browser

As = Callable[[Member], Browser]
Owner = psycopg.Connection[tuple[object, ...]]


SEEN = "SELECT max(last_seen_at) FROM credentials"


@pytest.mark.parametrize("is_poll", [True, False])
def test_only_a_person_who_opens_a_page_keeps_the_session_alive(
    as_: As, people: Cast, owner: Owner, is_poll: bool
) -> None:
    browser, start = as_(people.sam), utc_now()

    with time_machine.travel(start + timedelta(minutes=2)):
        before = owner.execute(SEEN).fetchone()
        answer = browser.client.get("/inbox", headers={"X-Poll": "1"} if is_poll else {})

    assert answer.status_code == 200
    assert (owner.execute(SEEN).fetchone() == before) is is_poll
