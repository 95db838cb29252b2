import re
from dataclasses import replace
from datetime import UTC, datetime
from string import Formatter
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

import pytest

from bridge.milestones import MilestoneType
from bridge.notice_wording import AtSending, Item, path_of, word
from bridge.notice_words import WORDS
from bridge.notices import Template
from bridge.reasons import EntryReason, Question

NOON = datetime(2026, 7, 4, 17, 0, tzinfo=UTC)
CASE = UUID("0190a000-0000-7000-8000-000000000001")
AT = AtSending(
    number=4711,
    store="12 Lakeside",
    zone=ZoneInfo("America/Chicago"),
    now=NOON,
    locale="en",
    path=f"/escalations/{CASE}",
    base_url="https://bridge.example",
)
# The facts that bridge/notices.py names for each template, and nothing else.
FACTS: dict[Template, dict[str, Any]] = {
    Template.CASE_WAITING: {"number": 4711, "store_number": "12", "step": 1, "round": 1},
    Template.CASE_CLIMBED: {"number": 4711, "store_number": "12", "step": 2, "round": 1},
    Template.CASE_REASSIGNED: {"number": 4711, "store_number": "12"},
    Template.OFFER_OTHER_STORE: {"other_number": "10", "other_name": "Maplewood", "other_km": 7.5},
    Template.ACKNOWLEDGEMENT_LAPSED: {},
    Template.CLOCK_WARNING: {"milestone": "store_ack", "percent": 75, "due_at": NOON.isoformat()},
    Template.CLOCK_MISSED: {"milestone": "store_ack", "due_at": NOON.isoformat()},
    Template.QUESTION_ASKED: {"question": "Q01", "is_live": False, "expires_at": NOON.isoformat()},
    Template.QUESTION_ANSWERED: {},
    Template.QUESTION_LAPSED: {},
    Template.TRANSFER_OFFERED: {"from_number": "12", "to_number": "40"},
    Template.TRANSFER_DECIDED: {"state": "accepted", "to_number": "40"},
    Template.REVIEW_OPENED: {"reason": "wrongful_decline"},
    Template.CUSTOMER_CAN_GO: {},
    Template.EXPIRED: {"was_seen": True},
    Template.CHANNEL_TROUBLE: {
        "account": "Bluesky (Northlight)",
        "trouble": "quiet",
        "account_id": str(CASE),
    },
    Template.RECEIVER_GONE: {"receiver": "The till (receiver.example)", "webhook_id": str(CASE)},
    Template.DIGEST: {},
}
SPECIAL: list[tuple[Template, dict[str, Any]]] = [
    (Template.QUESTION_ASKED, {**FACTS[Template.QUESTION_ASKED], "is_live": True}),
    (Template.QUESTION_ASKED, {"question": "Q01", "is_live": False, "expires_at": None}),
    (Template.EXPIRED, {"was_seen": False}),
    (Template.CASE_WAITING, {"is_test": True}),
    (Template.CLOCK_WARNING, {**FACTS[Template.CLOCK_WARNING], "thread_id": str(CASE)}),
    (Template.CLOCK_MISSED, {**FACTS[Template.CLOCK_MISSED], "thread_id": str(CASE)}),
]

everywhere = pytest.mark.parametrize("locale", ["en", "es", "fr"])


@everywhere
@pytest.mark.parametrize(("template", "facts"), [*FACTS.items(), *SPECIAL])
def test_every_template_has_words_and_its_named_facts_suffice(
    locale: str, template: Template, facts: dict[str, Any]
) -> None:
    worded = word(template, facts, replace(AT, locale=locale))

    for text in (worded.subject, worded.text, worded.plain()):
        assert text.strip()
        assert "{" not in text
        assert WORDS[locale].unknown not in text
    assert worded.link == f"https://bridge.example/escalations/{CASE}"
    assert len(worded.text) <= 160
    assert len(worded.sms()) <= 480
    assert "\n" not in worded.subject
    assert len(worded.subject) <= 150


def test_every_template_is_known_to_this_test() -> None:
    assert set(FACTS) == set(Template)


@everywhere
def test_every_key_of_the_vocabularies_has_a_word(locale: str) -> None:
    words = WORDS[locale]

    assert set(words.told) == set(Template)
    assert set(words.milestones) == {one.value for one in MilestoneType}
    assert set(words.questions) == {one.value for one in Question}
    assert set(words.reasons) == {one.value for one in EntryReason}
    assert set(words.states) == {"offered", "accepted", "refused", "withdrawn", "lapsed"}


@everywhere
def test_each_language_uses_the_same_placeholders(locale: str) -> None:
    def names(text: str) -> set[str | None]:
        return {name for _, name, _, _ in Formatter().parse(text) if name}

    for template, told in WORDS[locale].told.items():
        english = WORDS["en"].told[template]
        assert (names(told.text), names(told.body)) == (names(english.text), names(english.body))


@pytest.mark.parametrize("template", Template)
def test_missing_or_odd_facts_never_stop_a_notice(template: Template) -> None:
    odd = {"due_at": 12, "question": ["Q01"], "milestone": None, "reason": "a\r\nBcc: x@y.example"}

    worded = word(template, odd, replace(AT, number=None, store=None, locale="xx"))

    assert worded.text
    assert "\n" not in worded.subject


def test_a_due_time_is_on_the_reader_s_own_clock() -> None:
    facts = FACTS[Template.CLOCK_MISSED]

    here = word(Template.CLOCK_MISSED, facts, AT)
    tomorrow = word(Template.CLOCK_MISSED, facts, replace(AT, zone=ZoneInfo("Asia/Tokyo"), now=NOON))
    other_day = word(Template.CLOCK_MISSED, facts, replace(AT, now=datetime(2026, 7, 1, tzinfo=UTC)))

    assert "noon CDT" in here.text
    assert "2 am" in tomorrow.text
    assert "Sat, Jul 4, noon CDT" in other_day.text


def test_a_digest_names_each_thing_in_one_line_and_counts_the_rest() -> None:
    items = [Item(Template.CASE_WAITING, {}, replace(AT, number=number)) for number in range(40)]

    worded = word(Template.DIGEST, {}, AT, items=items)

    assert worded.subject == "40 things wait for you"
    assert worded.lines[0] == "Case 0 at store 12 Lakeside waits for your OK."
    assert worded.lines[-1] == "+ 10"
    assert len(worded.lines) == 31


def test_an_sms_uses_the_telephone_s_own_alphabet() -> None:
    worded = word(
        Template.CASE_CLIMBED, {}, replace(AT, store="12 Ciudad Juárez \u2019n\u2019 Ő", locale="es")
    )

    assert "12 Ciudad Juarez 'n' O" in worded.sms()


def test_a_name_from_the_right_is_isolated_and_costs_an_sms_nothing() -> None:
    store = "12 \u05d0\u05d1"
    worded = word(Template.CASE_WAITING, FACTS[Template.CASE_WAITING], replace(AT, store=store))

    assert f"\u2068{store}\u2069" in worded.text
    assert "12 ??" in worded.sms()


def test_french_has_its_space_before_its_signs() -> None:
    wrong = re.compile(r"(?<![\u00a0\u202f/\d])[:;?!\u00bb](?=[\s.,)]|$)|\u00ab(?!\u00a0)")
    found = [
        text
        for template, facts in [*FACTS.items(), *SPECIAL]
        for worded in [word(template, facts, replace(AT, locale="fr"))]
        for text in (worded.subject, worded.text, worded.body)
        if wrong.search(text)
    ]

    assert not found


def test_the_link_leads_where_the_reader_may_go() -> None:
    assert path_of(CASE, {}, reads_promises=True) == f"/escalations/{CASE}"
    assert path_of(CASE, {}, reads_promises=False) == "/inbox"
    assert path_of(None, {"thread_id": str(CASE)}, reads_promises=True) == f"/threads/{CASE}"
    assert path_of(None, {"webhook_id": str(CASE)}, reads_promises=False) == f"/setup/webhooks/{CASE}"
    assert path_of(None, {"thread_id": "//evil.example"}, reads_promises=True) == "/notices"
    assert path_of(None, {}, reads_promises=True) == "/notices"


def test_a_conversation_that_is_no_case_yet_has_no_number() -> None:
    facts = {**FACTS[Template.CLOCK_MISSED], "thread_id": str(CASE)}

    worded = word(Template.CLOCK_MISSED, facts, replace(AT, number=None, store=None))

    assert worded.subject == "A conversation waits: the store's OK is late"
    assert "not known" not in worded.plain()
