"""The tour and the page of codes, on a seeded demo, without JavaScript."""

from collections.abc import Iterator
from datetime import timedelta

import pytest
import time_machine
from flask import Flask

import web
from api import create_app
from bridge.clock import utc_now
from bridge.demo import seed, showcase
from bridge.demo.posts import POSTS, SENT_AWAY
from bridge.demo.showcase import PIECES
from bridge.settings import settings
from bridge.verdicts import Verdict
from tests.conftest import Servers
from tests.emptying import empty
from tests.pages.browser import Browser
from web.demo_words import EXPECT, STEPS

NEXT = [str(press) for _, press in STEPS]


@pytest.fixture(scope="module")
def demo_app(environment: Servers) -> Iterator[Flask]:
    """The app on the demo as `bridge demo seed` leaves it."""
    empty(environment.database_url)
    seed.seed(now=utc_now(), settings=settings())
    app = create_app()
    web.register(app)
    yield app
    empty(environment.database_url)


@pytest.fixture
def visitor(demo_app: Flask) -> Browser:
    return Browser(demo_app.test_client())


def test_the_tour_is_one_press_a_step(visitor: Browser) -> None:
    page = visitor.open("/demo/tour").press(NEXT[0])
    assert page.path.startswith("/threads/")
    assert "Dana" in page.text
    assert "1 of 7" in page.text

    page = page.press(NEXT[1])
    assert page.path.startswith("/inbox#case-")
    assert "2 of 7" in page.text

    page = page.press(NEXT[2]).press("Simulate the scan")
    assert page.verdict in {"genuine", "check_first", "no_permission"}
    assert "3 of 7" in page.text

    page = page.press(NEXT[3])
    assert page.path == "/board"

    page = page.press(NEXT[4])
    assert page.path.startswith("/s/")
    assert "Demo: back to the tour" in page.text

    page = visitor.open("/demo/tour").press(NEXT[5])
    assert page.path == "/hq"
    assert "Late" in page.text
    assert 'href="/hq/causes">Causes<' in page.html
    assert "Why stores decline, 12 weeks" in visitor.open("/hq/causes").text

    page = page.press(NEXT[6])
    assert page.path == "/demo/codes"
    page = page.press("Close the tour")
    assert (page.path, "of 7" in page.text) == ("/demo/codes", False)


PROMISED = {
    "l1_type": "exchange",
    "l1_item": "Blender",
    "l1_amount": "24.00",
    "l1_conditions": "",
    "store_scope": "one",
    "store_number": "10",
}


def test_every_scan_of_the_tour_sends_the_code_of_its_own_promise(visitor: Browser) -> None:
    visitor.open("/demo/tour").press(NEXT[0]).press("Make the promise", **PROMISED)
    page = visitor.open("/demo/tour").press(NEXT[1]).press(NEXT[2]).press("Simulate the scan")
    assert (page.verdict, "Blender" in page.text) == ("genuine", True)

    page = page.press("Honour $24.00").press("Simulate the scan")
    assert (page.verdict, "$24.00" in page.text) == ("just_done", True)
    with time_machine.travel(utc_now() + timedelta(minutes=2)):
        page = page.press("Simulate the scan")
        assert (page.verdict, "$24.00" in page.text) == ("already_used", True)
        page = visitor.open("/demo/tour").press(NEXT[2]).press("Simulate the scan")
        assert page.verdict == "already_used"

        page = visitor.open("/demo/tour").press(NEXT[4])
        assert "Blender" in page.text

    visitor.open("/demo/tour").press(NEXT[0])
    page = visitor.open("/demo/tour").press(NEXT[2]).press("Simulate the scan")
    assert page.verdict == "genuine", "the tour begins anew with another post"


def test_the_first_step_again_opens_the_post_that_dana_has_begun(visitor: Browser) -> None:
    post = visitor.open("/demo/tour").press(NEXT[0])
    post.press("Claim")

    assert visitor.open("/demo/tour").press(NEXT[0]).path == post.path
    visitor.open("/demo/tour").press("Close the tour")
    assert visitor.open("/demo/tour").press(NEXT[0]).path == post.path, "nobody else holds it"


def test_each_post_of_the_tour_is_of_somebody_who_was_sent_away(visitor: Browser) -> None:
    sent_away = [post.text for post in POSTS if post.handle in SENT_AWAY]
    opened = set()
    for _ in range(2):
        page = visitor.open("/demo/tour").press(NEXT[0])
        opened.add(page.path)
        assert any(text in page.text for text in sent_away), page.text
        page.press("Make the promise", **PROMISED)

    assert len(opened) == 2


def test_the_board_leads_to_the_text_for_the_customer(visitor: Browser) -> None:
    visitor.open("/demo/tour").press(NEXT[0]).press("Make the promise", **PROMISED)
    visitor.open("/demo/tour").press(NEXT[1]).press(NEXT[2]).press("Simulate the scan").press("Honour $24.00")

    page = visitor.open("/demo/tour").press(NEXT[3])

    assert "Press “Send the outcome” for the text to the customer." in page.text
    where = page.html.partition('class="button" href="/escalations/')[2].partition('"')[0]
    assert where.endswith("#outcome-title")
    assert "Private message" in visitor.open(f"/escalations/{where}").text


def test_the_scan_is_offered_at_store_10_alone(visitor: Browser) -> None:
    page = visitor.open("/demo/tour").press(NEXT[2])
    assert "Simulate the scan" in page.text
    assert "Simulate the scan" not in visitor.open("/demo/two-screens").text

    page = visitor.open("/counter").press("Hana, headquarters")

    assert "3 of 7" in page.text
    assert "Simulate the scan" not in page.text


def test_each_listed_code_gets_its_verdict_by_its_button(visitor: Browser) -> None:
    visitor.open("/demo/codes").press("See as Priya")
    listed = visitor.open("/demo/codes")
    cards = [form for form in listed.reader.forms if {"Check", "Check as Cory"} & set(form.buttons)]
    with_code = [piece for piece in PIECES if piece.first is None]
    assert len(cards) == len(with_code)

    got = {}
    for piece, form in zip(with_code, cards, strict=True):
        if piece.viewer == "Priya":
            got[piece.verdict.value] = visitor.submit(form, "Check").verdict

    assert got == {verdict: verdict for verdict in got}
    for piece in PIECES:
        assert str(EXPECT[piece.verdict]) in listed.text


def test_the_cashier_gets_the_cashier_s_answer(visitor: Browser) -> None:
    listed = visitor.open("/demo/codes").press("See as Cory")
    at = [piece.verdict for piece in PIECES if piece.first is None].index(Verdict.NO_PERMISSION)

    form = [form for form in listed.reader.forms if "Check" in form.buttons][at]

    assert visitor.submit(form, "Check").verdict == "no_permission"


def test_what_cory_sees_is_checked_as_cory_with_one_press(visitor: Browser) -> None:
    listed = visitor.open("/demo/codes").press("See as Priya")

    page = listed.press("Check as Cory")

    assert page.verdict == "no_permission"
    assert "Cory, store 10" in page.text
    assert page.press("Check", code=showcase.UNKNOWN_CODE).verdict == "unknown"


def test_nobody_without_a_counter_checks_a_code_there(visitor: Browser) -> None:
    form = visitor.open("/demo/codes").press("See as Priya").form("Check as Cory")

    answer = visitor.client.post(form.action, data={**form.values.to_dict(), "person": "Dana"})

    assert answer.status_code == 403


def test_the_page_of_codes_leads_to_the_answers_that_no_code_gets(visitor: Browser) -> None:
    page = visitor.open("/demo/codes")

    assert "every answer that a code can bring about" in page.text
    assert 'href="/ui">The gallery draws the others' in page.html
    assert "every answer that a counter can get" not in visitor.open("/demo/tour").text


def test_whoever_is_not_at_store_10_is_offered_to_be(visitor: Browser) -> None:
    page = visitor.open("/demo/codes")

    assert "Codes are checked at store 10." in page.text
    assert not [form for form in page.reader.forms if "Check" in form.buttons]


def test_the_customer_s_page_is_one_press_away(visitor: Browser) -> None:
    visitor.open("/demo/codes").press("See as Priya")

    page = visitor.open("/counter").press("The customer")

    assert page.status == 200
    assert page.path.startswith("/s/")
    assert showcase.UNKNOWN_CODE not in page.html


def test_every_piece_says_what_one_should_see() -> None:
    assert {piece.verdict for piece in PIECES} == set(EXPECT)


@pytest.mark.parametrize("path", ["/demo/tour", "/demo/codes"])
def test_outside_the_demo_there_is_no_such_page(
    demo_app: Flask, visitor: Browser, monkeypatch: pytest.MonkeyPatch, path: str
) -> None:
    real = settings().model_copy(update={"environment": "production"})
    monkeypatch.setattr("web.demo.settings", lambda: real)

    assert visitor.open(path).status == 404


def test_a_step_that_is_none_is_refused(visitor: Browser) -> None:
    form = visitor.open("/demo/tour").form(NEXT[0])

    answer = visitor.client.post("/demo/tour", data={**form.values.to_dict(), "step": "9"})

    assert answer.status_code == 400
