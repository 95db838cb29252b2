"""The agents' queue: what its cards count, its rows say, and its search finds."""

import base64
import re
from collections.abc import Callable
from datetime import timedelta
from html import unescape

import pytest

from bridge import db
from bridge.clock import utc_now
from bridge.milestones import MilestoneState, MilestoneType
from bridge.models import MilestoneRow, Thread
from bridge.services import claims, presence
from tests.cast import Cast, Member, acting, claimed_thread, decide, promise
from tests.pages.browser import Browser, Page
from tests.pages.desk import FRAGMENT, cards, post, thread_page
from web import queue_page
from web.polling import ANSWER_MAX_BYTES

As = Callable[[Member], Browser]


def test_cards_count_and_filter(people: Cast, as_: As) -> None:
    post(people, "A box is broken.", 1)
    claimed_thread(people)
    promise(people)
    made = promise(people)
    decide(people, people.sam, code=made.code)
    ana = as_(people.ana)

    assert cards(ana.open("/queue")) == {
        "New": "1",
        "Mine": "3",
        "With store": "1",
        "Outcome to send": "1",
        "Late": "0",
    }
    assert "<title>(1) Queue" in ana.open("/queue").html
    assert "Honoured" in ana.open("/queue?show=outcome").text
    assert "A box is broken." not in ana.open("/queue?show=with_store").text


def test_a_row_says_where_it_was_found_and_who_is_on_it(people: Cast, as_: As) -> None:
    thread = post(people, "line one\n\nline two\nline three", mention_type="untagged", matched_on="box late")
    with db.transaction() as session:
        presence.see(session, acting(people.ivy), thread.id, doing="looking", now=utc_now())
    ana = as_(people.ana)

    row = ana.open("/queue").text
    assert "matched: box late" in row
    assert "line one line two" in row
    assert "line three" not in row
    assert "Ivy is looking" in row
    with db.transaction() as session:
        claims.begin(session, acting(people.kim), thread.id, utc_now())
    assert "Kim is replying" in ana.open("/queue?show=all").text


def test_words_look_in_handles_and_posts_of_every_card(people: Cast, as_: As) -> None:
    first = post(people, "The 100%_box is broken", 1)
    post(people, "Something else", 2, handle="otto")
    ana = as_(people.ana)
    thread_page(ana, first).press("Not ours")

    def found(words: str) -> Page:
        return ana.open("/queue").press("Search", q=words)

    assert "@wanda" in found("100%_BOX").text
    assert "@otto" in found("OTT").text
    assert "@otto" in found("@otto").text
    nothing = found("%")
    assert "@wanda" in nothing.text
    assert "@otto" not in nothing.text
    assert "No post has these words." in found("zebra").text


def test_what_an_agent_looks_for_is_in_no_address_and_opens_for_nobody_else(people: Cast, as_: As) -> None:
    for number in range(52):
        post(people, "Something else", number, handle=f"otto{number}")
    ana = as_(people.ana)

    page = ana.open("/queue").press("Search", q="otto")
    older = re.search(r'href="(/queue[^"]+)">Older posts', page.html)
    assert older is not None
    rest = ana.open(older[1].replace("&amp;", "&"))

    for address in (page.path, older[1]):
        assert "otto" not in address
        assert base64.urlsafe_b64encode(b"otto").decode().rstrip("=") not in address
    assert page.form("Search").values["q"] == "otto"
    assert "@otto" in rest.text
    assert rest.form("Search").values["q"] == "otto"
    for who in (people.kim, people.ana):
        asked = as_(who).open(page.path).form("Search").values["q"]
        assert asked == ("otto" if who is people.ana else "")
    assert ana.open("/queue?found=bent").form("Search").values["q"] == ""
    assert ana.open("/queue?q=otto").form("Search").values["q"] == ""


def test_the_news_of_the_queue_are_short_and_silent_while_nothing_changes(people: Cast, as_: As) -> None:
    for number in range(30):
        post(people, "words " * 60, number, handle=f"wanda{number}")
    client = as_(people.ana).client

    first = client.get("/queue/news", headers=FRAGMENT)
    again = client.get("/queue/news", headers={**FRAGMENT, "If-None-Match": first.headers["ETag"]})
    assert first.status_code == 200
    assert len(first.data) < ANSWER_MAX_BYTES
    assert b"words" not in first.data
    assert (again.status_code, again.data) == (304, b"")

    post(people, "one more", 31, handle="otto")
    changed = client.get("/queue/news", headers={**FRAGMENT, "If-None-Match": first.headers["ETag"]})
    assert changed.status_code == 200
    piece = client.get("/queue", headers=FRAGMENT).get_data(as_text=True)
    assert "<html" not in piece
    assert "@otto" in piece


def test_the_page_carries_the_tag_by_which_it_asks(people: Cast, as_: As) -> None:
    browser = as_(people.ana)
    post(people, "A box.")

    tag = re.search(r'data-tag="([0-9a-f]+)"', browser.open("/queue").html)

    assert tag is not None
    asked = browser.client.get("/queue/news", headers={**FRAGMENT, "If-None-Match": f'"{tag[1]}"'})
    assert asked.status_code == 304


def test_an_empty_queue_says_so_and_sends_a_demo_post(people: Cast, as_: As) -> None:
    ana = as_(people.ana)

    empty = ana.open("/queue")
    assert "No posts need you. Last checked" in empty.text
    assert "curl -X POST" in empty.text
    filled = empty.press("Send a demo post")

    assert "A demo post came in." in filled.text
    assert cards(filled)["New"] == "1"


def test_outside_the_demo_nobody_sends_one(people: Cast, as_: As, monkeypatch: pytest.MonkeyPatch) -> None:
    ana = as_(people.ana)
    form = ana.open("/queue").form("Send a demo post")
    monkeypatch.setattr("bridge.settings.Settings.is_demo", property(lambda _self: False))

    assert ana.submit(form, "Send a demo post").status == 404
    assert "Send a demo post" not in ana.open("/queue").text


def deadline(thread: Thread, due: timedelta) -> None:
    """A clock of the conversation that still runs."""
    now = utc_now()
    with db.transaction() as session:
        session.add(
            MilestoneRow(
                thread_id=thread.id,
                type=MilestoneType.FIRST_RESPONSE,
                policy_version=1,
                calendar="always",
                target_seconds=3600,
                started_at=now - timedelta(hours=4),
                due_at=now + due,
                warnings=[],
                state=MilestoneState.RUNNING if due > timedelta() else MilestoneState.MISSED_OPEN,
                trace={},
            )
        )


def test_a_list_that_is_cut_says_how_many_there_are(
    people: Cast, as_: As, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(queue_page, "ROWS", 2)
    for number in range(3):
        deadline(post(people, f"post {number}", number, handle=f"wanda{number}"), timedelta(hours=-3))
    ana = as_(people.ana)

    assert "The newest 2 of 3 posts, 3 late in all" in ana.open("/queue").text
    assert "The newest 2 posts, 3 late in all" in ana.open("/queue?show=all").text
    older = re.search(r'href="([^"]+)">Older posts', ana.open("/queue").html)
    assert older
    assert "1 post, 3 late in all" in ana.open(unescape(older[1])).text


def test_a_row_says_what_is_due_and_how_late_it_is(people: Cast, as_: As) -> None:
    deadline(post(people, "soon", 1), timedelta(minutes=40, seconds=30))
    late = post(people, "long ago", 2)
    deadline(late, timedelta(hours=-3, seconds=-30))
    ana = as_(people.ana)

    page = ana.open("/queue")
    assert "Due in 40 min" in page.text
    assert "3 h late" in page.text
    assert 'role="alert"' not in page.html
    assert cards(page)["Late"] == "1"
    only = ana.open("/queue?show=late")
    assert "long ago" in only.text
    assert "soon" not in only.text
    thread_page(ana, late).press("Not ours")
    assert cards(ana.open("/queue"))["Late"] == "0"
