"""Questions, moves, ends and appeals as people meet them: on pages, without JavaScript."""

from collections.abc import Callable

import psycopg
import pytest
from flask import Flask

from bridge.settings import settings
from tests.api.life_stage import asked_case, closed_case, declined_case, small
from tests.cast import Cast, Member, claimed_thread, decide
from tests.pages.browser import Browser

As = Callable[[Member], Browser]
Owner = psycopg.Connection[tuple[object, ...]]


def test_a_store_acknowledges_on_the_page_of_the_case(people: Cast, as_: As) -> None:
    made, lee = small(people), as_(people.lee)

    done = lee.open(f"/counter/cases/{made.id}").press("Acknowledge")

    assert "Seen. The agent sees it too." in done.text
    again = lee.open(f"/counter/cases/{made.id}")
    assert "Acknowledge" not in [name for form in again.reader.forms for name in form.buttons]


def test_a_store_asks_and_reads_the_answer_where_it_asked(people: Cast, as_: As) -> None:
    made = small(people)
    lee, ana = as_(people.lee), as_(people.ana)
    inbox = lee.open("/inbox")
    assert f"/counter/cases/{made.id}" in inbox.html

    asked = lee.open(f"/counter/cases/{made.id}").press("Ask", question="Q03", question_text="The blue one?")
    assert "Asked. The answer appears here." in asked.text
    page = ana.open(f"/escalations/{made.id}")
    assert "The blue one?" in page.text
    answered = page.press("Answer", answer_text="Yes, blue is fine.")

    assert "Answered." in answered.text
    assert "Yes, blue is fine." in lee.open(f"/counter/cases/{made.id}").text
    assert "The store asks you" in ana.open("/board").text


def test_what_is_missing_is_said_and_what_was_typed_stays(people: Cast, as_: As) -> None:
    made = small(people)

    page = as_(people.lee).open(f"/counter/cases/{made.id}").press("Ask", question_text="Which one?")

    assert page.status == 422
    assert "Choose one." in page.text
    assert "Which one?" in page.html


def test_a_case_goes_to_another_store_and_back_only_by_its_manager(people: Cast, as_: As) -> None:
    made = small(people)
    sam, mia = as_(people.sam), as_(people.mia)

    moved = sam.open(f"/counter/cases/{made.id}").press(
        "Ask the other store", to_store="40", transfer_reason="no_stock", transfer_note="Sold out."
    )
    assert "The other store was asked." in moved.text
    offers = mia.open("/counter/moves")
    assert "Sold out." in offers.text
    taken = mia.open("/counter/moves").press("Take it")

    assert "The case is yours now." in taken.text
    assert sam.open(f"/counter/cases/{made.id}").status == 404
    assert mia.open(f"/counter/cases/{made.id}").status == 200
    assert "Taken by another store" in as_(people.ana).open("/board").text


def test_mia_sees_no_page_of_a_case_of_store_12(people: Cast, as_: As) -> None:
    made = small(people)
    mia = as_(people.mia)

    assert mia.open(f"/counter/cases/{made.id}").status == 404
    assert str(made.number) not in mia.open("/counter/moves").text.split("Other stores ask you")[1]


def test_a_manager_annuls_what_the_store_decided(people: Cast, as_: As) -> None:
    made = small(people)
    decide(people, people.sam, code=made.code)
    sam = as_(people.sam)

    empty = sam.open("/counter/moves").press("Annul")
    assert empty.status == 422
    done = sam.open("/counter/moves").press("Annul", annul_reason="The wrong customer.")

    assert "Annulled. The code counts again." in done.text
    assert "Nothing was decided." in done.text
    assert "Annul it" not in as_(people.lee).open("/counter/moves").text


def test_a_lead_withdraws_and_the_agent_sees_why_to_ask(people: Cast, as_: As) -> None:
    made = small(people)
    assert "Withdraw the promise" not in as_(people.ana).open(f"/escalations/{made.id}").text

    kim = as_(people.kim)
    page, twin = kim.open(f"/escalations/{made.id}"), kim.open(f"/escalations/{made.id}")
    done = page.press("Withdraw", revoke_reason="R07", revoke_text="Recall of May.")

    assert "Withdrawn. The code counts nowhere any more." in done.text
    assert "The product was recalled" in done.text
    assert "Recall of May." in done.text
    stale = twin.press("Withdraw", revoke_reason="R01")
    assert stale.status == 412


def test_an_ended_case_is_told_closed_and_opened_again(people: Cast, as_: As) -> None:
    made = declined_case(people)
    ana = as_(people.ana)

    told = ana.open(f"/escalations/{made.id}").press("Mark as sent")
    assert "Noted: the customer knows." in told.text
    closed = told.press("Close", close_cause="STORE_SERVICE.conduct.rude")
    assert "Root cause" in closed.text
    again = closed.press("Open it again", reopen_reason="They have it now.")

    assert "Open again, with a new code." in again.text
    assert "Show code and messages" in again.text


def test_a_promise_is_extended_to_the_end_of_a_day(people: Cast, as_: As) -> None:
    made = small(people)
    ana = as_(people.ana)
    day = (made.valid_until.date().replace(day=1)).isoformat()

    refused = ana.open(f"/escalations/{made.id}").press("Extend", extend_until=day)
    assert refused.status == 422
    unread = ana.open(f"/escalations/{made.id}").press("Extend", extend_until="soon")
    assert "Write the day like 2030-12-31." in unread.text


def test_a_new_promise_replaces_the_open_one_from_its_page(people: Cast, as_: As) -> None:
    thread = claimed_thread(people)
    old = small(people, thread_id=thread.id)
    ana = as_(people.ana)
    path = f"/threads/{thread.id}?replaces={old.id}"
    assert path.replace("&", "&amp;") in ana.open(f"/escalations/{old.id}").html

    form = ana.open(path)
    assert "This promise takes the place of the open one." in form.text
    made = form.press(
        "Make the promise",
        l1_type="exchange",
        l1_level="authorise",
        l1_item="CD",
        l1_amount="5.00",
        scope="one",
        store_number="12",
    )

    assert made.status == 200, made.text
    assert "Replaced by another promise" in ana.open(f"/escalations/{old.id}").text


def test_notes_and_links_are_kept_on_the_page(people: Cast, as_: As) -> None:
    first, second = small(people), small(people)
    ana = as_(people.ana)

    noted = ana.open(f"/escalations/{second.id}").press(
        "Add", note_text="Rang her twice.", note_visibility="internal"
    )
    assert "Rang her twice." in noted.text
    assert "Rang her twice." not in as_(people.sam).open(f"/counter/cases/{second.id}").text
    linked = noted.press("Link", duplicate_number=str(first.number), duplicate_reason="same receipt")
    assert "came first" in linked.text
    assert "repeats this one" in ana.open(f"/escalations/{first.id}").text
    assert "Rang her twice." not in ana.open(f"/escalations/{first.id}").text
    cut = linked.press("Cut the link", cut_reason="two customers")
    assert "two customers" in cut.text


def test_a_customer_appeals_once_without_an_account(
    people: Cast, as_: As, nobody: Browser, owner: Owner
) -> None:
    made = declined_case(people)
    page = as_(people.ana).open(f"/escalations/{made.id}").press("Make a link to appeal")
    address = page.html.split(settings().base_url)[1].split("<")[0]

    opened = nobody.open(address)
    assert opened.status == 200
    assert "Lakeside" in opened.text
    assert "customer_" not in opened.text
    assert "CD box set" not in opened.text
    assert nobody.open(address).status == 200
    sent = opened.press("Send", appeal_text="They laughed at me.")
    assert "Thank you." in sent.text
    assert owner.execute("SELECT status FROM escalations").fetchone() == ("under_review",)
    assert "They laughed at me." in as_(people.ana).open(f"/escalations/{made.id}").text

    used, unknown = nobody.open(address), nobody.open("/appeal/no-such-token")
    assert (used.status, unknown.status) == (404, 404)
    assert used.text == unknown.text
    again = opened.press("Send", appeal_text="And again.")
    assert again.text == unknown.text


def test_the_appeal_speaks_three_languages_and_wants_a_token_of_the_page(
    app: Flask, people: Cast, as_: As, nobody: Browser
) -> None:
    made = declined_case(people)
    page = as_(people.ana).open(f"/escalations/{made.id}").press("Make a link to appeal")
    address = page.html.split(settings().base_url)[1].split("<")[0]

    said = {
        language: app.test_client().get(address, headers={"Accept-Language": language}).get_data(as_text=True)
        for language in ("en", "es", "fr")
    }
    assert len({text.split("<h1>")[1].split("</h1>")[0] for text in said.values()}) == 3
    assert app.test_client().post(address, data={"appeal_text": "x"}).status_code == 400


@pytest.mark.usefixtures("one_window")
def test_too_many_tries_to_appeal_have_to_wait(people: Cast, as_: As, nobody: Browser) -> None:
    made = closed_case(people)
    page = as_(people.ana).open(f"/escalations/{made.id}").press("Make a link to appeal")
    form = nobody.open(page.html.split(settings().base_url)[1].split("<")[0])

    pages = [form.press("Send", appeal_text="") for _ in range(settings().appeal_tries_per_minute + 2)]

    assert pages[0].status == 422
    assert 429 in {page.status for page in pages}


def test_an_open_question_of_a_case_can_be_taken_back(people: Cast, as_: As) -> None:
    made = asked_case(people)

    page = as_(people.sam).open(f"/counter/cases/{made.id}").press("Take the question back")

    assert "The question was taken back." in page.text
