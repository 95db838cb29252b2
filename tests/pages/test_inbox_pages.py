"""The store's inbox: due first, acknowledged in one tap, asked again cheaply, and what left the list."""

import re
from collections.abc import Callable
from datetime import timedelta

import psycopg
import pytest
import time_machine

from bridge.clock import utc_now
from bridge.lifecycle import Action
from bridge.promises import DeclineReason
from tests.api.test_reports import clock
from tests.cast import Cast, Member, decide, promise
from tests.pages.browser import Browser
from web import inbox
from web.polling import ANSWER_MAX_BYTES

As = Callable[[Member], Browser]
Owner = psycopg.Connection[tuple[object, ...]]
FRAGMENT = {"X-Fragment": "1"}


def order(html: str, *numbers: int) -> list[int]:
    return sorted(numbers, key=lambda number: html.index(f"No. {number}<"))


def test_the_counts_are_of_all_that_wait_not_of_what_is_listed(
    as_: As, people: Cast, owner: Owner, monkeypatch: pytest.MonkeyPatch
) -> None:
    late, later, _last = (promise(people) for _ in range(3))
    clock(late.id, people.store_12, seconds=4 * 3600, running=True)
    clock(later.id, people.store_12, seconds=4 * 3600, running=True)
    owner.execute("UPDATE milestones SET due_at = now() - interval '3 hours'")
    monkeypatch.setattr(inbox, "ROWS", 1)

    page = as_(people.sam).open("/inbox")

    assert page.html.count('class="row expected') == 1
    assert "3 waiting for you" in page.text
    assert "2 due today (2 late)" in page.text
    assert "The first 1 of 3 are listed." in page.text
    monkeypatch.setattr(inbox, "ROWS", 3)
    assert "are listed" not in as_(people.sam).open("/inbox").text


def test_a_promise_that_no_clock_has_looked_at_stands_among_the_new_ones(
    as_: As, people: Cast, owner: Owner
) -> None:
    new, seen, fresh = (promise(people) for _ in range(3))
    clock(new.id, people.store_12, seconds=4 * 3600, running=True)
    decide(people, people.sam, action=Action.ACKNOWLEDGE, escalation_id=seen.id)

    page = as_(people.sam).open("/inbox")

    assert order(page.html, seen.number, new.number, fresh.number) == [new.number, fresh.number, seen.number]


def test_what_is_due_first_stands_on_top_and_the_late_one_says_so(
    as_: As, people: Cast, owner: Owner
) -> None:
    calm, late, soon = (promise(people) for _ in range(3))
    clock(late.id, people.store_12, seconds=4 * 3600, running=True)
    clock(soon.id, people.store_12, running=True)
    owner.execute(
        "UPDATE milestones SET state = 'running', due_at = now() + interval '40 min 30 s' WHERE escalation_id = %s",
        (soon.id,),
    )
    owner.execute(
        "UPDATE milestones SET due_at = now() - interval '3 hours' WHERE escalation_id = %s", (late.id,)
    )

    page = as_(people.sam).open("/inbox")

    assert order(page.html, calm.number, late.number, soon.number) == [late.number, soon.number, calm.number]
    assert "3 h late" in page.text
    assert "Due in 40 min" in page.text
    assert "3 waiting for you" in page.text
    assert "(1 late)" in page.text
    assert "<title>(3) Store inbox" in page.html
    assert "icon-dot.svg" in page.html.partition("data-plain")[0]


def test_one_tap_acknowledges_without_opening(as_: As, people: Cast) -> None:
    made = promise(people)
    lee = as_(people.lee)

    after = lee.open("/inbox").press("Acknowledge")

    assert "Seen. The agent sees it too." in after.text
    assert "Seen by store" in after.text
    assert "Set aside" not in after.text  # nobody said where it lies
    assert "Acknowledge" not in after.text
    assert f"No. {made.number}" in after.text


def test_what_was_acknowledged_is_neither_waiting_nor_due_at_once(as_: As, people: Cast) -> None:
    """Before whatever the act set in motion has stopped the clock."""
    made = promise(people)
    promise(people)
    clock(made.id, people.store_12, running=True)
    sam = as_(people.sam)
    before = sam.open("/inbox")
    form = before.form("Acknowledge")

    after = sam.submit(form, "Acknowledge")

    assert "2 waiting for you" in before.text
    assert re.search(r"1 due today|Due in|h late|min late", before.text)
    assert "1 waiting for you" in after.text
    assert "0 due today" in after.text
    assert not re.search(r"Due in| late", after.text)
    assert after.html.count('class="row expected') == 2


def test_a_case_that_waits_for_the_agent_does_not_wait_for_the_store(
    as_: As, people: Cast, owner: Owner
) -> None:
    promise(people)
    owner.execute("UPDATE escalations SET status = 'awaiting_agent'")

    page = as_(people.sam).open("/inbox")

    assert "0 waiting for you" in page.text
    assert page.html.count('class="row expected') == 1


def test_a_tap_on_an_old_page_changes_nothing_and_says_so(as_: As, people: Cast) -> None:
    made = promise(people)
    lee = as_(people.lee)
    form = lee.open("/inbox").form("Acknowledge")
    decide(people, people.sam, code=made.code, amount_minor=100)

    refused = lee.submit(form, "Acknowledge")

    assert refused.status == 409
    assert "This changed a moment ago." in refused.text
    assert "Acknowledge" in refused.text


def test_the_same_form_twice_counts_once(as_: As, people: Cast, owner: Owner) -> None:
    made = promise(people)
    lee = as_(people.lee)
    form = lee.open("/inbox").form("Acknowledge")

    assert lee.submit(form, "Acknowledge").status == lee.submit(form, "Acknowledge").status == 200

    told = owner.execute(
        "SELECT count(*) FROM timeline WHERE stream = %s AND action = 'acknowledge'", (str(made.id),)
    )
    assert told.fetchone() == (1,)


def test_our_own_module_gets_the_list_alone(as_: As, people: Cast) -> None:
    promise(people)
    browser = as_(people.sam)

    piece = browser.client.get("/inbox", headers=FRAGMENT)

    assert piece.headers["X-Fragment"] == "inbox"
    assert piece.get_data(as_text=True).startswith('<div id="inbox-list"')


def test_news_cost_nothing_until_something_changes(as_: As, people: Cast) -> None:
    made = promise(people)
    browser = as_(people.sam)
    page = browser.open("/inbox").html
    tag = page.partition('data-tag="')[2].partition('"')[0]

    same = browser.client.get("/inbox/news", headers={**FRAGMENT, "If-None-Match": f'"{tag}"'})
    decide(people, people.lee, escalation_id=made.id, action=Action.ACKNOWLEDGE)
    other = browser.client.get("/inbox/news", headers={**FRAGMENT, "If-None-Match": f'"{tag}"'})

    assert (same.status_code, same.data) == (304, b"")
    assert other.status_code == 200
    assert len(other.data) < ANSWER_MAX_BYTES
    assert (other.json["expected"], other.json["waiting"]) == (1, 0)


def test_news_change_with_the_time_that_is_shown(as_: As, people: Cast) -> None:
    it = promise(people)
    clock(it.id, people.store_12, running=True)
    browser, start = as_(people.sam), utc_now()

    tags = []
    for minutes in (1, 1, 2):
        with time_machine.travel(start + timedelta(minutes=minutes, seconds=1), tick=False):
            tags.append(browser.client.get("/inbox/news").headers["ETag"])

    assert tags[0] == tags[1] != tags[2]


def test_mia_sees_nothing_of_store_12(as_: As, people: Cast) -> None:
    made = promise(people)
    decide(people, people.sam, code=promise(people).code)
    mia = as_(people.mia)

    for path in ("/inbox", "/inbox/done"):
        assert f"No. {made.number}" not in mia.open(path).text
    assert mia.client.get("/inbox/news").json["waiting"] == 0


def test_what_was_done_moves_to_the_other_tab(as_: As, people: Cast) -> None:
    honoured, declined, waiting = (promise(people) for _ in range(3))
    decide(people, people.sam, code=honoured.code)
    decide(
        people,
        people.sam,
        escalation_id=declined.id,
        action=Action.DECLINE,
        reason=DeclineReason.OUT_OF_STOCK,
    )
    browser = as_(people.sam)

    done, inbox = browser.open("/inbox/done"), browser.open("/inbox")

    for words in (f"No. {honoured.number}", f"No. {declined.number}", "$40.00", "Item not in stock", "Sam"):
        assert words in done.text
    assert f"No. {waiting.number}" not in done.text
    assert f"No. {honoured.number}" not in inbox.text
    assert str(honoured.code) not in done.html


def test_a_case_that_went_to_another_store_is_listed_as_moved(as_: As, people: Cast, owner: Owner) -> None:
    made = promise(people)
    owner.execute(
        "INSERT INTO transfers (id, escalation_id, from_store_id, to_store_id, reason, note, state, offered_at,"
        " decided_at, decided_note) SELECT gen_random_uuid(), e.id, e.store_id, %s, 'no_stock', '', 'accepted',"
        " now(), now(), '' FROM escalations e WHERE e.id = %s",
        (people.store_40.id, made.id),
    )
    owner.execute("UPDATE escalations SET store_id = %s WHERE id = %s", (people.store_40.id, made.id))

    done = as_(people.sam).open("/inbox/done").text

    assert f"No. {made.number}" in done
    assert "to store 40" in done
    assert f"No. {made.number}" in as_(people.mia).open("/inbox").text

    decide(people, people.mia, code=made.code)

    assert "$40.00" in as_(people.mia).open("/inbox/done").text
    assert "$40.00" not in as_(people.sam).open("/inbox/done").text  # what another store gave is its own


def test_the_counters_home_shows_the_counts_and_three_rows(as_: As, people: Cast) -> None:
    for _ in range(4):
        promise(people)

    page = as_(people.sam).open("/counter")

    assert "4 waiting for you" in page.text
    assert '<li hidden><strong id="queued-offline">0' in page.html  # nothing is; it stands ready
    assert page.html.count('class="row expected') == 3
