"""A press counts once, whatever the network does, and can be taken back for a minute."""

import re

from playwright.sync_api import Page, Route, expect

from bridge.verdicts import Verdict
from tests.browser.conftest import See
from tests.browser.counter_page import DECIDE, counted, results, scan, settled, shows
from tests.browser.site import Watch
from tests.browser.verdicts import prepared
from tests.cast import Cast
from tests.clockwork import rows

HONOURED = "SELECT count(*) AS many FROM decisions WHERE action = 'honour'"
NETWORK = "net::ERR"


def key_in(body: str) -> str:
    found = re.search(r"(?:^|&)key=([^&]+)", body)
    assert found
    return found[1]


def at_genuine(see: See, people: Cast, *, clocked: bool = False) -> Page:
    page = see(people.sam, "/counter")
    if clocked:
        page.clock.install()
    scan(page, prepared(people, Verdict.GENUINE).text)
    shows(page, Verdict.GENUINE)
    settled(page)
    return page


def test_a_double_press_honours_once_and_the_answer_can_be_had_again(see: See, people: Cast) -> None:
    page = at_genuine(see, people)
    sent = counted(page, DECIDE)

    page.get_by_role("button", name="Honour $15.00").dblclick()
    results(page, "honour")
    first = page.locator("#verdict").inner_text()
    again = page.evaluate(
        """async (body) => {
          const answer = await fetch('/counter/decide', {method: 'POST', body: new URLSearchParams(body),
                                                        headers: {'X-Fragment': '1'}});
          return answer.text();
        }""",
        sent[0],
    )

    assert len(sent) >= 1
    assert {key_in(body) for body in sent} == {key_in(sent[0])}
    assert first == "Done: $15.00 given"
    assert first in again
    assert rows(HONOURED)[0].many == 1


def test_an_answer_that_got_lost_is_asked_for_with_the_same_key(see: See, people: Cast, watch: Watch) -> None:
    watch.expected.add(NETWORK)
    page = at_genuine(see, people)
    sent: list[str] = []

    def lose_the_first_answer(route: Route) -> None:
        sent.append(route.request.post_data or "")
        if len(sent) > 1:
            route.continue_()
            return
        route.fetch()
        route.abort()

    page.route(DECIDE, lose_the_first_answer)
    page.get_by_role("button", name="Honour $15.00").click()
    expect(page.get_by_role("button", name="Honouring…")).to_be_visible()

    results(page, "honour")
    assert len(sent) == 2
    assert key_in(sent[0]) == key_in(sent[1])
    assert rows(HONOURED)[0].many == 1


def test_who_does_not_know_may_ask_again(see: See, people: Cast, watch: Watch) -> None:
    watch.expected |= {NETWORK, "status of 503"}
    page = at_genuine(see, people, clocked=True)
    keys: list[str] = []

    def fail(route: Route) -> None:
        keys.append(key_in(route.request.post_data or ""))
        route.fulfill(status=503, body="busy")

    page.route(DECIDE, fail)
    page.get_by_role("button", name="Honour $15.00").click()
    for _ in range(6):
        page.clock.run_for(1000)
    results(page, "unsure")
    page.unroute(DECIDE)
    page.clock.run_for(1000)
    page.get_by_role("button", name="Ask again").click()

    results(page, "honour")
    assert len(keys) == 3
    assert len(set(keys)) == 1
    assert rows(HONOURED)[0].many == 1


def test_a_minute_to_take_it_back_runs_and_ends(see: See, people: Cast) -> None:
    page = at_genuine(see, people)
    page.get_by_role("button", name="Honour $15.00").click()
    results(page, "honour")
    left = page.locator(".undo .left")
    expect(left).to_have_text(re.compile(r"0:5\d|1:00"))
    assert left.get_attribute("aria-hidden") == "true"
    settled(page)

    page.get_by_role("button", name="Take it back").click()

    results(page, "undo")
    assert rows("SELECT status FROM escalations")[0].status == "issued"


def test_when_the_minute_is_over_the_button_is_gone(see: See, people: Cast) -> None:
    page = at_genuine(see, people, clocked=True)
    page.get_by_role("button", name="Honour $15.00").click()
    results(page, "honour")

    for _ in range(62):
        page.clock.run_for(1000)

    expect(page.locator(".undo")).to_be_hidden()


def test_two_tablets_press_together(see: See, people: Cast) -> None:
    presented = prepared(people, Verdict.GENUINE)
    tablets = [see(people.sam, "/counter"), see(people.sam, "/counter")]
    for page in tablets:
        scan(page, presented.text)
        shows(page, Verdict.GENUINE)
        settled(page)

    for page in tablets:
        page.evaluate("document.querySelector('#answer .act button').click()")

    seen = []
    for page in tablets:
        expect(page.locator("#verdict")).to_have_text(
            re.compile("Done: \\$15.00 given|You just honoured this|Already used")
        )
        seen.append(page.locator("#verdict").inner_text())
    assert sum("Done" in word for word in seen) == 1
    assert rows(HONOURED)[0].many == 1


def test_a_question_is_put_without_leaving(see: See, people: Cast) -> None:
    page = at_genuine(see, people)
    page.locator(".other > summary").click()
    page.locator(".other summary", has_text="Ask the agent").click()
    page.get_by_text("May we give an equal item?").click()

    page.get_by_role("button", name="Ask Ana").click()

    results(page, "asked")
    expect(page.locator("#verdict")).to_be_focused()


def test_a_decline_shows_the_sentence_before_it_is_sent(see: See, people: Cast) -> None:
    page = at_genuine(see, people)
    page.locator(".other > summary").click()
    page.locator(".other summary", has_text="Decline").click()
    row = page.locator("label", has_text="Item not in stock")
    expect(row).to_contain_text("We do not have it here today.")
    box = row.bounding_box()
    assert box is not None
    assert box["height"] >= 56

    row.click()
    page.get_by_role("button", name="Decline").click()

    results(page, "decline")
    page.set_viewport_size({"width": 390, "height": 844})
    one, other = page.locator(".bar > .main").bounding_box(), page.locator(".undo button").bounding_box()
    assert one is not None
    assert other is not None
    assert (one["y"], one["height"]) == (other["y"], other["height"])
