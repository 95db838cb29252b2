"""Who is on a conversation is seen by everybody, and one of them at a time makes the promise."""

from collections.abc import Callable

from bridge import db
from bridge.clock import utc_now
from bridge.services import claims
from tests.cast import Cast, Member, acting, claimed_thread
from tests.clockwork import rows
from tests.pages.browser import Browser
from tests.pages.desk import FRAGMENT, post, thread_page

As = Callable[[Member], Browser]


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
