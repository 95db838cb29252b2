"""HQ's pages without JavaScript: the queue with its filters, a case with both sides, overview, silent stores."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta

import psycopg
import pytest
from flask import Flask

from bridge import db
from bridge.clock import utc_now
from bridge.milestones import MilestoneState, MilestoneType
from bridge.models import MilestoneRow
from bridge.reachability import Signals, rate
from bridge.reasons import EntryReason, Question, TransferReason, Visibility
from bridge.reviewing import AgeBand, Finding
from bridge.roles import Role
from tests.api.test_review import becomes
from tests.before_hq import CAUSE, before_hq, contested
from tests.cast import Cast, Member, promise
from tests.pages.browser import Browser
from web import review_words

As = Callable[[Member], Browser]
Owner = psycopg.Connection[tuple[object, ...]]


@pytest.mark.parametrize(
    ("vocabulary", "said"),
    [
        (EntryReason, review_words.REASONS),
        (Finding, review_words.FINDINGS),
        (Finding, review_words.FOUND),
        (AgeBand, review_words.AGES),
        (MilestoneType, review_words.CLOCKS),
        (MilestoneState, review_words.CLOCK_STATES),
        (Question, review_words.QUESTIONS),
        (TransferReason, review_words.MOVES),
        (Visibility, review_words.CIRCLES),
    ],
)
def test_every_key_that_hq_reads_has_a_word(vocabulary: type, said: dict[object, object]) -> None:
    assert set(said) == set(vocabulary)  # type: ignore[call-overload]  # an enum is iterable


def test_every_part_of_the_silence_score_has_a_word() -> None:
    parts = rate(Signals(), now=utc_now()).parts

    assert {part.name for part in parts} == set(review_words.SILENCE)


def test_hana_begins_at_the_overview_and_comes_to_the_case(as_: As, people: Cast) -> None:
    it = contested(people)
    browser = as_(people.hana)

    overview = browser.open("/hq")
    queue = browser.open("/review?entry_reason=wrongful_decline&store_number=12")

    assert overview.reader.h1 == queue.reader.h1 == 1
    assert "Districts and stores" in overview.text
    assert f"/review/{it.case}" in overview.html, "it needs somebody"
    assert f"/review/{it.case}" in queue.html
    assert "Declined though it was authorised" in queue.text


def test_filters_stand_in_the_address_and_narrow_the_list(as_: As, people: Cast) -> None:
    it = before_hq(people, promise(people).id)
    browser = as_(people.hana)

    for query, found in (
        ("age=under_1d", True),
        ("age=over_7d", False),
        ("store_number=40", False),
        (f"district_id={people.district.id}", True),
        ("assignee=nobody&state=open", True),
        ("assignee=me", False),
        ("cause=STORE_SERVICE", False),
    ):
        assert (f"/review/{it.case}" in browser.open(f"/review?{query}").html) is found, query
    assert browser.open("/review?colour=red").status == 400


def test_both_sides_words_stand_on_one_page(as_: As, people: Cast) -> None:
    it = contested(people)

    page = as_(people.hana).open(f"/review/{it.case}")

    for words in (
        "We never heard of this.",
        "Just social media, that could be anybody.",
        "Sam",
        "Ana",
        "CD box set",
    ):
        assert words in page.text, words


def test_hana_takes_a_case_and_upholds_it(as_: As, people: Cast) -> None:
    it = contested(people)
    browser = as_(people.hana)

    taken = browser.open(f"/review/{it.case}").press("Assign")
    done = taken.press(
        "Close with this finding",
        finding="upheld",
        text="Told too late.",
        cause_code=CAUSE,
        bridge_cause="B1",
    )

    assert "Noted who has it." in taken.text
    assert "Told too late." in done.text
    assert "Customer not believed" in done.text
    assert f"/review/{it.case}" not in browser.open("/review").html


def test_overturning_shows_the_new_code_once(as_: As, people: Cast) -> None:
    it = contested(people)
    browser = as_(people.hana)

    done = browser.open(f"/review/{it.case}").press(
        "Close with this finding", finding="overturned", text="It was authorised.", cause_code=CAUSE
    )

    assert "The new code for the customer is" in done.text
    assert "The new code" not in browser.open(f"/review/{it.case}").text


def test_a_finding_without_its_words_is_sent_back_with_what_was_typed(as_: As, people: Cast) -> None:
    it = contested(people)

    again = as_(people.hana).open(f"/review/{it.case}").press("Close with this finding", cause_code=CAUSE)

    assert again.status == 422
    assert "Choose what you found." in again.text
    assert f'value="{CAUSE}" selected' in again.html


def test_while_the_store_may_undo_there_is_nothing_to_press(as_: As, people: Cast, owner: Owner) -> None:
    it = contested(people)
    owner.execute("UPDATE escalations SET status = 'declined' WHERE id = %s", (it.case,))

    page = as_(people.hana).open(f"/review/{it.case}")

    assert "The store may still take this back." in page.text
    assert "Close with this finding" not in page.text


def test_who_only_reads_has_no_forms(as_: As, people: Cast) -> None:
    it = contested(people)

    page = as_(people.kim).open(f"/review/{it.case}")

    assert page.status == 200
    assert "Close with this finding" not in page.text


def test_why_a_clock_is_due_then_is_one_click_away(as_: As, people: Cast) -> None:
    it = contested(people)
    started = datetime(2026, 1, 5, 15, tzinfo=UTC)
    with db.transaction() as session:
        session.add(
            MilestoneRow(
                escalation_id=it.case,
                type=MilestoneType.STORE_ACK,
                policy_version=3,
                calendar="store",
                store_id=people.store_12.id,
                target_seconds=7200,
                started_at=started,
                due_at=started + timedelta(hours=2),
                warnings=[],
                state=MilestoneState.MISSED_OPEN,
                breached_at=started + timedelta(hours=2),
                trace={
                    "calendar": "store 12",
                    "zone": "America/Chicago",
                    "windows": [["2026-01-05T15:00:00+00:00", "2026-01-06T03:30:00+00:00", 7200]],
                    "skipped": [{"on": "2026-01-04", "why": "Stocktaking"}],
                },
            )
        )

    page = as_(people.hana).open(f"/review/{it.case}")

    assert "Late, still open" in page.text
    assert "America/Chicago" in page.text
    assert "Stocktaking" in page.text
    assert "version 3" in page.text


def test_a_silent_store_stands_on_its_page(as_: As, people: Cast, owner: Owner) -> None:
    for _ in range(2):
        promise(people)
    owner.execute("UPDATE escalations SET issued_at = issued_at - interval '30 hours'")
    browser = as_(people.hana)

    page = browser.open("/hq/silent")

    assert "12 Lakeside" in page.text
    assert "2 promises nobody looked at (+30)" in page.text
    assert "Every store answers." in browser.open("/hq/silent?store_number=40").text


def test_a_district_manager_reads_the_own_district_alone(as_: As, people: Cast) -> None:
    it = before_hq(people, promise(people).id)

    becomes(people.mia, Role.DISTRICT_MANAGER, people.store_40.unit_path[1])
    browser = as_(people.mia)

    assert "Nothing waits here." in browser.open("/review").text
    assert browser.open(f"/review/{it.case}").status == 404
    assert "Lakeside" not in browser.open("/hq").text


@pytest.mark.parametrize(
    "path", ["/review", "/hq", "/hq/silent", "/hq/times", "/hq/cases", "/hq/causes", "/hq/stores"]
)
@pytest.mark.parametrize("language", ["es", "fr"])
def test_hqs_pages_speak_every_language(
    app: Flask, as_: As, people: Cast, owner: Owner, path: str, language: str
) -> None:
    contested(people)
    owner.execute("UPDATE people SET locale = %s", (language,))

    assert as_(people.hana).open(path).status == 200
