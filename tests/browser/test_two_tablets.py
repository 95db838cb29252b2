"""Two tablets press Honour together, fifty times: one success each, and the other one knows at once who won."""

import re

import pytest
from playwright.sync_api import Page, expect

from tests.browser.conftest import See
from tests.browser.counter_page import scan, shows
from tests.cast import Cast, promise
from tests.clockwork import rows
from tests.pins import give_pins, paired_tablet, signed_in

ROUNDS_IN_EVERY_RUN, ROUNDS = 3, 50
KNOWN_WITHIN_MS = 1_000
SUCCESS = re.compile(r"Done: \$1\.00 given")
TOO_LATE = re.compile(r"Already used|You just honoured this")


def race(tablets: list[Page], code: str) -> list[str]:
    """Both scan, both press in the same moment; what each then reads."""
    for page in tablets:
        scan(page, code)
        shows(page, "genuine")
    for page in tablets:
        page.wait_for_timeout(350)  # a panel that has just appeared takes no press
    for page in tablets:
        page.evaluate("document.querySelector('#answer .act button').click()")
    for page in tablets:
        expect(page.locator("#verdict")).to_have_text(
            re.compile(f"{SUCCESS.pattern}|{TOO_LATE.pattern}"), timeout=KNOWN_WITHIN_MS * 8
        )
    return [page.locator("#verdict").inner_text() for page in tablets]


def raced(see: See, people: Cast, rounds: int) -> None:
    give_pins(people)
    sessions = [
        signed_in(people, paired_tablet(people, name=name), "sam") for name in ("Counter 1", "Counter 2")
    ]
    tablets = [see(session, "/counter") for session in sessions]
    for _ in range(rounds):
        made = promise(people, amount_minor=100)
        words = race(tablets, str(made.code))

        given = rows("SELECT count(*) AS many FROM decisions WHERE escalation_id = %(id)s", id=made.id)
        assert given[0].many == 1
        assert sum(bool(SUCCESS.search(word)) for word in words) == 1, words
        loser = tablets[0] if TOO_LATE.search(words[0]) else tablets[1]
        assert re.search(r"Counter [12]", loser.locator("#answer").inner_text()), "which till won"


def test_one_of_two_tablets_honours(see: See, people: Cast) -> None:
    raced(see, people, ROUNDS_IN_EVERY_RUN)


@pytest.mark.campaign
def test_one_of_two_tablets_honours_fifty_times(see: See, people: Cast) -> None:
    raced(see, people, ROUNDS)
