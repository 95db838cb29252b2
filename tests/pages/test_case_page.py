"""The page of a case: the one history, the store's question on top, the outcome to send, a reminder."""

import re
from collections.abc import Callable

import psycopg

from bridge import codes
from bridge.lifecycle import Action
from bridge.promises import DeclineReason
from tests.api.life_stage import asked_case, declined_case, small
from tests.before_hq import contested
from tests.cast import Cast, Member, claimed_thread, decide, promise
from tests.pages.browser import Browser, Page

As = Callable[[Member], Browser]
Owner = psycopg.Connection[tuple[object, ...]]
HIS_POST = "https://x.com/NorthlightCare/status/1245403438755852288"


def history_of(page: Page) -> str:
    words = re.sub(r"<[^>]+>", " ", page.html.split('id="history-title"')[1])
    return " ".join(words.split()).replace(" ,", ",")


def entries(page: Page) -> list[str]:
    """The entries of the history, as they are read."""
    section = page.html.partition('<section class="history"')[2].partition("</section>")[0]
    return [" ".join(re.sub(r"<[^>]+>", " ", one).split()) for one in section.split("<li")[1:] if "<p" in one]


def check(browser: Browser, code: str) -> Page:
    return browser.open("/counter").press("Check", code=code)


def test_look_ups_stand_in_the_history_for_everybody(people: Cast, as_: As) -> None:
    made = promise(people)
    check(as_(people.sam), str(made.code))
    check(as_(people.mia), str(made.code))

    for page in (
        as_(people.ana).open(f"/escalations/{made.id}"),
        as_(people.lee).open(f"/counter/cases/{made.id}"),
    ):
        history = history_of(page)
        assert "Checked at store 12: Genuine" in history
        assert "Checked at store 40: Other store" in history
        assert "Sam, Store manager" in history
        assert codes.grouped(str(made.code)) not in page.text


def test_headquarters_reads_the_same_history(people: Cast, as_: As) -> None:
    it = contested(people)

    page = as_(people.hana).open(f"/review/{it.case}")

    assert "History, newest first" in page.text
    assert "Promise made" in history_of(page)
    assert "Draft → New" in history_of(page)
    ours, of_the_desk = entries(page), entries(as_(people.hana).open(f"/escalations/{it.case}"))
    assert len(ours) == 3
    assert ours == of_the_desk  # the same one in full, entry by entry


def test_the_history_tells_from_what_to_what_with_the_zone(people: Cast, as_: As) -> None:
    made = promise(people)
    decide(people, people.sam, code=made.code, amount_minor=1_500)

    history = history_of(as_(people.ana).open(f"/escalations/{made.id}"))

    assert "$40.00 → $25.00 left" in history
    assert "Draft → New" in history
    assert re.search(r"Sam, Store manager, store 12, just now, \d+:\d\d [ap]m C[SD]T", history), history


def test_the_history_is_filtered_without_a_script(people: Cast, as_: As) -> None:
    made = promise(people)
    check(as_(people.sam), str(made.code))
    ana = as_(people.ana)
    page = ana.open(f"/escalations/{made.id}")
    assert "Who checked the code (1)" in page.text

    checks = ana.open(f"/escalations/{made.id}?history=check")

    assert "Checked at store 12" in history_of(checks)
    assert "Draft → New" not in history_of(checks)


def test_the_store_s_question_stands_on_top_until_it_is_answered(people: Cast, as_: As) -> None:
    made = asked_case(people)
    ana = as_(people.ana)

    page = ana.open(f"/escalations/{made.id}")
    assert page.html.index('id="asked-title"') < page.html.index('id="promise-title"')
    empty = page.press("Answer", answer_text="")
    answered = page.press("Answer", answer_text="Yes, blue is fine.")

    assert empty.status == 422
    assert 'id="asked-title"' not in answered.html
    assert "Yes, blue is fine." in history_of(answered)


def test_a_store_is_reminded_once_an_hour(people: Cast, as_: As) -> None:
    made = promise(people)

    page = as_(people.ana).open(f"/escalations/{made.id}")
    done = page.press("Remind store 12")
    again = done.press("Remind store 12")

    assert "The managers of the store were told." in done.text
    assert "The store was reminded" in history_of(done)
    assert again.status == 409
    assert "(1)" in as_(people.sam).open("/counter").text


def test_nothing_is_reminded_when_the_store_has_seen_it(people: Cast, as_: As) -> None:
    made = promise(people)
    decide(people, people.sam, code=made.code, action=Action.ACKNOWLEDGE)

    page = as_(people.ana).open(f"/escalations/{made.id}")

    assert "Remind store" not in page.text
    assert "The store has already read this promise." in page.text


def texts_on(page: Page) -> tuple[str, str]:
    private, public = re.findall(r"<textarea[^>]*readonly[^>]*>\n?(.*?)</textarea>", page.html, re.DOTALL)[:2]
    return private, public


def test_the_outcome_is_ready_in_the_customer_s_language_and_says_nothing_bad_in_public(
    people: Cast, as_: As
) -> None:
    thread = claimed_thread(people, language="es")
    made = promise(people, thread_id=thread.id)
    decide(people, people.sam, code=made.code, action=Action.DECLINE, reason=DeclineReason.OUT_OF_STOCK)

    page = as_(people.ana).open(f"/escalations/{made.id}")
    private, public = texts_on(page)

    assert "Send the outcome" in page.text
    assert "Lakeside no pudo cumplir esto" in private
    assert "la tienda no lo tiene en existencia" in private
    assert "no pudo" not in public
    assert "Lakeside" not in public
    for text in (private, public):
        assert not codes.contains_code(text)
    english = as_(people.ana).open(f"/escalations/{made.id}?locale=en&channel=sms")
    assert "Lakeside could not do this for you" in texts_on(english)[0]
    assert "of 320" in english.text


def test_what_was_given_in_parts_is_told_with_its_sum(people: Cast, as_: As) -> None:
    made = promise(people)
    decide(people, people.sam, code=made.code, amount_minor=1_500)
    ana = as_(people.ana)

    part = ana.open(f"/escalations/{made.id}")
    assert "Send the outcome" not in part.text
    assert "has given you $15.00" in texts_on(part)[0]
    assert "You have $25.00 left" in texts_on(part)[0]
    decide(people, people.sam, code=made.code)

    done = ana.open(f"/escalations/{made.id}")
    assert "Send the outcome" in done.text
    assert "Done at Lakeside" in texts_on(done)[0]


def test_sent_is_noted_with_the_address_of_the_public_reply(people: Cast, as_: As, owner: Owner) -> None:
    made = declined_case(people)
    page = as_(people.ana).open(f"/escalations/{made.id}")

    nowhere = page.press("Mark as sent", told_by="public", told_post="")
    wrong = page.press("Mark as sent", told_by="public", told_post="on the phone")
    sent = page.press("Mark as sent", told_by="public", told_post=HIS_POST)

    assert (nowhere.status, wrong.status) == (422, 422)
    assert "Paste the address of the public reply." in nowhere.text
    assert "Noted: the customer knows." in sent.text
    assert "Send the outcome" not in sent.text
    body = owner.execute("SELECT body FROM timeline WHERE action = 'tell_customer'").fetchone()
    assert body is not None
    assert '"post":"x:1245403438755852288"' in str(body[0])
    assert "NorthlightCare" not in str(body[0])


def test_the_board_shows_whose_customer_does_not_know_yet(people: Cast, as_: As) -> None:
    made = declined_case(people)
    ana = as_(people.ana)

    board = ana.open("/board")
    assert "1 outcome to send" in board.text
    assert f'class="button" href="/escalations/{made.id}#outcome-title"' in board.html
    ana.open(f"/escalations/{made.id}").press("Mark as sent")

    assert "outcome to send" not in ana.open("/board").text
    assert "outcome to send" not in as_(people.kim).open("/board").text


def test_what_another_promise_replaced_is_told_with_that_one(people: Cast, as_: As) -> None:
    thread = claimed_thread(people)
    old = small(people, thread_id=thread.id)
    as_(people.ana).open(f"/threads/{thread.id}?replaces={old.id}").press(
        "Make the promise",
        l1_type="exchange",
        l1_level="authorise",
        l1_item="CD",
        l1_amount="5.00",
        scope="one",
        store_number="12",
    )

    page = as_(people.ana).open(f"/escalations/{old.id}")

    assert "Send the outcome" not in page.text
    assert "outcome to send" not in as_(people.ana).open("/board").text


def test_an_open_page_learns_who_changed_it(people: Cast, as_: As) -> None:
    made = promise(people)
    ana = as_(people.ana)
    page = ana.open(f"/escalations/{made.id}")
    tag = re.search(r'data-tag="([0-9a-f]+)"', page.html)
    assert tag is not None
    news = f"/escalations/{made.id}/news"
    same = ana.client.get(news, headers={"If-None-Match": f'"{tag[1]}"', "X-Fragment": "1"})
    assert same.status_code == 304

    decide(people, people.lee, code=made.code, action=Action.ACKNOWLEDGE)
    changed = ana.client.get(news, headers={"If-None-Match": f'"{tag[1]}"', "X-Fragment": "1"})

    assert changed.status_code == 200
    assert "Changed by Lee" in changed.get_data(as_text=True)
    assert len(changed.data) < 2048
    assert as_(people.mia).client.get(news).status_code in {403, 404}


def test_extending_proposes_a_week_and_one_press_does_it(people: Cast, as_: As) -> None:
    made = small(people)

    done = as_(people.ana).open(f"/escalations/{made.id}").press("Extend")

    assert "Extended." in done.text
