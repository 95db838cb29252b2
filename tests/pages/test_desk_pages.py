"""The agent desk by plain forms: the queue's cards, setting aside, taking over, six fields, store search."""

import base64
import re
from collections.abc import Callable
from datetime import timedelta

import pytest

from bridge import db
from bridge.clock import utc_now
from bridge.milestones import MilestoneState, MilestoneType
from bridge.models import MilestoneRow, Thread
from bridge.services import claims, intake, presence, verifying
from bridge.services.intake import Captured
from bridge.settings import settings
from tests.cast import Cast, Member, acting, claimed_thread, decide, promise
from tests.clockwork import rows
from tests.pages.browser import Browser, Page
from web.polling import ANSWER_MAX_BYTES

As = Callable[[Member], Browser]
FRAGMENT = {"X-Fragment": "1", "X-Poll": "1"}


def post(cast: Cast, text: str, number: int = 1, **changes: object) -> Thread:
    values = {
        "permalink": f"https://x.com/wanda/status/12454034387558522{number:02}",
        "handle": "wanda",
        "text": text,
        "posted_at": utc_now() - timedelta(minutes=5),
        **changes,
    }
    with db.transaction() as session:
        return intake.capture(session, acting(cast.ana), Captured(**values), utc_now()).thread  # type: ignore[arg-type]


def cards(page: Page) -> dict[str, str]:
    nav = page.html.partition('id="cards"')[2].partition("</nav>")[0]
    return {name: count for count, name in re.findall(r"<strong>([^<]+)</strong> <span>([^<]+)</span>", nav)}


def thread_page(browser: Browser, thread: Thread) -> Page:
    return browser.open(f"/threads/{thread.id}")


# The queue.


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


# Setting aside.


def test_what_is_set_aside_leaves_new_and_comes_back(people: Cast, as_: As) -> None:
    thread, ana = post(people, "Nice shop!"), as_(people.ana)

    aside = thread_page(ana, thread).press("Reply only")
    assert "Set aside: it only needed a reply." in aside.text
    assert "Reply only" not in [name for form in aside.reader.forms for name in form.buttons]
    assert cards(ana.open("/queue"))["New"] == "0"
    back = thread_page(ana, thread).press("Back to the queue")

    assert "Back in the queue." in back.text
    assert cards(ana.open("/queue"))["New"] == "1"
    assert "What was done with this conversation" in back.text


def test_a_snooze_needs_no_script(people: Cast, as_: As) -> None:
    thread, ana = post(people, "Wait for the part."), as_(people.ana)

    asleep = thread_page(ana, thread).press("Snooze it", span="3h")

    assert "Snoozed. It comes back by itself." in asleep.text
    assert "in 3 hours" in asleep.text


def test_a_duplicate_leads_to_the_first(people: Cast, as_: As) -> None:
    first, second = post(people, "First words", 1), post(people, "Second words", 2)
    ana = as_(people.ana)

    page = thread_page(ana, second)
    assert "First words" in page.text
    linked = page.press("It repeats this one")

    assert f'href="/threads/{first.id}"' in linked.html
    assert "Open the first conversation" in linked.text


def test_an_old_page_is_told_that_it_changed(people: Cast, as_: As) -> None:
    thread, ana = post(people, "A box."), as_(people.ana)
    old = thread_page(ana, thread)
    old.press("Not ours")

    assert "This changed a moment ago." in old.press("Reply only").text


# Claims.


def test_a_claimed_one_names_who_and_offers_to_take_over(people: Cast, as_: As) -> None:
    thread, ivy = post(people, "A box."), as_(people.ivy)
    with db.transaction() as session:
        claims.begin(session, acting(people.ana), thread.id, utc_now())

    page = thread_page(ivy, thread)
    assert "Ana is replying since" in page.text
    assert "Make the promise" not in page.text
    mine = page.press("Take over")
    assert "It is yours now. Your colleague was told." in mine.text
    assert "Make the promise" in mine.text
    ana = as_(people.ana)
    assert "Ivy took it over from you" in thread_page(ana, thread).text
    assert "Ivy took it over" in ana.open("/board").text


def test_a_firm_claim_is_not_taken_by_an_agent(people: Cast, as_: As) -> None:
    thread = claimed_thread(people)
    page = thread_page(as_(people.ivy), thread)

    assert "Ana is on it since" in page.text
    assert "Only a lead can take it over" in page.text
    assert "Take over" not in [name for form in page.reader.forms for name in form.buttons]


def test_sending_the_form_takes_a_free_conversation(people: Cast, as_: As) -> None:
    thread, ana = post(people, "My CD box from Lakeside is broken."), as_(people.ana)

    made = thread_page(ana, thread).press("Make the promise", template="ex", l1_item="CD box", l1_amount="40")

    assert made.path.endswith("/made")
    assert rows("SELECT is_soft FROM thread_claims WHERE released_at IS NULL")[0].is_soft


def test_sending_the_form_of_a_colleagues_conversation_keeps_what_was_typed(people: Cast, as_: As) -> None:
    thread, ana = post(people, "A box."), as_(people.ana)
    page = thread_page(ana, thread)
    with db.transaction() as session:
        claims.begin(session, acting(people.kim), thread.id, utc_now())

    refused = page.press("Make the promise", template="ex", l1_item="CD box", l1_amount="40", store="12")

    assert refused.status == 422
    assert "Kim is on it. What you typed is still here" in refused.text
    assert 'value="CD box"' in refused.html
    assert rows("SELECT id FROM escalations") == []


def test_the_modules_questions_show_presence_and_the_claim(people: Cast, as_: As) -> None:
    thread = post(people, "A box.")
    ana, ivy = as_(people.ana), as_(people.ivy)
    token = thread_page(ana, thread).form("Make the promise").values["csrf_token"]
    news = f"/threads/{thread.id}/news"

    assert ana.client.get(f"{news}?doing=looking", headers=FRAGMENT).status_code == 200
    looking = ivy.client.get(news, headers=FRAGMENT)
    begun = ana.client.post(f"/threads/{thread.id}/begin", data={"csrf_token": token}, headers=FRAGMENT)
    replying = ivy.client.get(news, headers={**FRAGMENT, "If-None-Match": looking.headers["ETag"]})
    same = ivy.client.get(news, headers={**FRAGMENT, "If-None-Match": replying.headers["ETag"]})

    assert "<bdi>Ana</bdi> is looking" in looking.get_data(as_text=True)
    assert "You are on it" in begun.get_data(as_text=True)
    assert "<bdi>Ana</bdi> is replying" in replying.get_data(as_text=True)
    assert same.status_code == 304
    assert ana.client.post(f"/threads/{thread.id}/leave", data={"csrf_token": token}).status_code == 204
    other = ivy.client.post(
        f"/threads/{thread.id}/begin",
        data={"csrf_token": thread_page(ivy, thread).form("Take over").values["csrf_token"]},
        headers=FRAGMENT,
    )
    assert other.status_code == 409
    assert "Take over" in other.get_data(as_text=True)


def test_opening_a_page_without_the_module_writes_nothing(people: Cast, as_: As) -> None:
    thread = post(people, "A box.")

    thread_page(as_(people.ana), thread)
    as_(people.ana).client.get(f"/threads/{thread.id}/news")

    assert rows("SELECT person_id FROM thread_presence") == []
    assert rows("SELECT id FROM thread_claims") == []


# The form.


def test_the_form_begins_with_what_is_known(people: Cast, as_: As) -> None:
    page = thread_page(as_(people.ana), post(people, "The Lakeside store refused my exchange."))
    values = page.form("Make the promise").values

    assert values["store"] == "12 Lakeside"
    assert values["store_number"] == "12"
    assert "The post says “Lakeside”." in page.text
    assert values["use_by"] > utc_now().date().isoformat()
    assert "Above that, Kim or Hana can approve." in page.text


def test_the_last_visit_is_the_second_guess(people: Cast, as_: As) -> None:
    promise(people, thread_id=claimed_thread(people, handle="wanda").id)

    page = thread_page(as_(people.ana), post(people, "Now it is broken."))

    assert page.form("Make the promise").values["store"] == "12 Lakeside"
    assert "The customer was there last." in page.text
    assert "There is a promise for this customer already." in page.text
    assert "Open no." in page.text


def test_a_template_fills_what_is_empty(people: Cast, as_: As) -> None:
    thread, ana = post(people, "At Lakeside my order is late."), as_(people.ana)

    made = thread_page(ana, thread).press("Make the promise", template="late")

    assert made.path.endswith("/made")
    [line] = rows("SELECT type, item, amount_minor, conditions FROM promises")
    assert tuple(line) == ("goodwill_gesture", "late order", 1_000, "")


def test_what_the_agent_wrote_stands_over_the_template(people: Cast, as_: As) -> None:
    thread, ana = post(people, "At Lakeside."), as_(people.ana)

    thread_page(ana, thread).press(
        "Make the promise", template="ex", l1_item="vase", l1_amount="12", l1_conditions="Unused only."
    )
    [line] = rows("SELECT type, item, amount_minor, conditions FROM promises")

    assert tuple(line) == ("exchange", "vase", 1_200, "Unused only.")


def test_what_the_page_filled_and_the_agent_emptied_stays_empty(people: Cast, as_: As) -> None:
    thread, ana = post(people, "At Lakeside."), as_(people.ana)

    thread_page(ana, thread).press(
        "Make the promise", template="ex", template_filled="ex", l1_item="vase", l1_amount="12"
    )

    assert [row.conditions for row in rows("SELECT conditions FROM promises")] == [""]


def test_an_unfilled_variable_is_named_and_stops_the_promise(people: Cast, as_: As) -> None:
    thread, ana = post(people, "At Lakeside."), as_(people.ana)

    page = thread_page(ana, thread).press(
        "Make the promise", template="ex", l1_amount="12", note_for_store="Order {order} for {shelf}"
    )

    assert page.status == 422
    assert "Fill in {item}." in page.text
    assert "Fill in {order}, {shelf}." in page.text
    assert rows("SELECT id FROM escalations") == []


def test_a_text_that_changed_is_not_the_store_that_was_shown(people: Cast, as_: As) -> None:
    thread, ana = post(people, "At Lakeside."), as_(people.ana)

    thread_page(ana, thread).press("Make the promise", template="late", store="40")

    assert [
        row.number for row in rows("SELECT s.number FROM escalations e JOIN stores s ON s.id = e.store_id")
    ] == ["40"]


def test_a_store_is_found_by_pressing_and_chosen(people: Cast, as_: As) -> None:
    thread, ana = post(people, "Somewhere."), as_(people.ana)

    found = thread_page(ana, thread).press("Find store", store="55109", template="late")
    assert found.text.count("1 Main Street, Maplewood, MN 55109") == 3
    made = found.press("Make the promise", store_number="10")

    assert made.path.endswith("/made")
    assert "10 Maplewood" in made.text


def test_a_store_without_a_counter_is_last_and_cannot_be_chosen(people: Cast, as_: As) -> None:
    with db.transaction() as session:
        store = session.get_one(type(people.store_10), people.store_10.id)
        store.has_counter, store.kind = False, "Express"
    client = as_(people.ana).client

    options = client.get("/stores?q=maplewood", headers=FRAGMENT).get_data(as_text=True)

    numbers = re.findall(r'data-number="(\d+)"', options)
    assert numbers == ["40", "12", "10"]
    last = options.rpartition("<li")[2]
    assert 'aria-disabled="true"' in last
    assert "No staff counter" in last


def test_stores_by_distance_and_language(people: Cast, as_: As) -> None:
    with db.transaction() as session:
        for store, lat in ((people.store_10, 45.3), (people.store_40, 45.1)):
            session.get_one(type(store), store.id).lat = lat
        session.get_one(type(people.store_10), people.store_10.id).services = ["Hablamos Español"]
    client = as_(people.ana).client

    def numbers(query: str) -> list[str]:
        return re.findall(r'data-number="(\d+)"', client.get(f"/stores?{query}").get_data(as_text=True))

    assert numbers("q=&near=12") == ["12", "40", "10"]
    assert numbers("q=&near=12&spanish=yes") == ["10"]
    assert numbers("q=55109") == ["40", "12", "10"]  # from the middle of the stores with this zip
    assert numbers("q=") == []
    assert numbers("q=00000") == []
    assert "mi</span>" in client.get("/stores?q=&near=12").get_data(as_text=True)


# The code handed over.


def test_a_code_that_became_public_is_replaced_by_one_press(people: Cast, as_: As) -> None:
    made = promise(people)
    ana = as_(people.ana)

    page = ana.open(f"/escalations/{made.id}/made").press("Your code is public. Replace it")

    assert "A new code was made." in page.text
    new = re.search(r'data-code="([0-9A-Z]{12})"', page.html)
    assert new is not None
    assert new[1] != made.code
    sam = as_(people.sam)
    assert sam.open("/counter").press("Check", code=str(made.code)).verdict == "replaced"
    seen = sam.open("/counter").press("Check", code=new[1])
    assert seen.verdict == "genuine"
    assert "Done: $40.00 given" in seen.press("Honour $40.00").text
    assert "The code was replaced: the old one had become public" in ana.open(f"/escalations/{made.id}").text


def test_what_was_looked_up_by_the_old_code_cannot_be_honoured(people: Cast, as_: As) -> None:
    made = promise(people)
    sam = as_(people.sam)
    seen = sam.open("/counter").press("Check", code=str(made.code))
    as_(people.ana).open(f"/escalations/{made.id}/made").press("Your code is public. Replace it")

    assert "Done" not in seen.press("Honour $40.00").text
    assert rows("SELECT id FROM decisions") == []


def test_a_code_is_replaced_by_its_author_or_a_lead_and_while_it_counts(people: Cast, as_: As) -> None:
    made = promise(people)
    ana = as_(people.ana)
    form = ana.open(f"/escalations/{made.id}/made").form("Your code is public. Replace it")
    ivy = as_(people.ivy)
    form_of_ivy = ivy.open("/queue").form("Sign out")
    form_of_ivy.action, form_of_ivy.values["key"] = form.action, "a" * 24
    assert ivy.submit(form_of_ivy, "Sign out").status == 403
    first = ana.submit(form, "Your code is public. Replace it")
    again = ana.submit(form, "Your code is public. Replace it")
    assert first.status == again.status == 200
    assert len(rows("SELECT hmac FROM reference_codes")) == 2

    late = ana.open(f"/escalations/{made.id}/made").form("Your code is public. Replace it")
    [code] = re.findall(r'data-code="([0-9A-Z]{12})"', ana.open(f"/escalations/{made.id}/made").html)
    decide(people, people.sam, code=code)
    assert "no code that can be shown" in ana.submit(late, "Your code is public. Replace it").text


def test_the_page_of_the_code_has_what_comes_next(people: Cast, as_: As) -> None:
    made = promise(people)

    page = as_(people.ana).open(f"/escalations/{made.id}/made")

    for link in ("Print slip", "Open the conversation", "Make another", "Follow no."):
        assert link in page.text
    assert page.html.count('role="img"') == 1
    public = page.html.partition('id="public"')[2].partition("</textarea>")[0].partition(">")[2]
    assert made.code is not None
    assert made.code not in re.sub(r"\W", "", public)


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


def test_the_history_stays_sound_when_a_code_was_replaced(people: Cast, as_: As) -> None:
    made = promise(people)

    as_(people.ana).open(f"/escalations/{made.id}/made").press("Your code is public. Replace it")

    with db.reading() as connection:
        assert list(verifying.verify(connection, settings=settings())) == []
        assert list(verifying.reconcile(connection)) == []
