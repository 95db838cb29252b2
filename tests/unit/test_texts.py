import string
from dataclasses import replace
from datetime import UTC, datetime
from decimal import Decimal
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bridge import codes
from bridge.errors import InvalidInput
from bridge.lengths import measure
from bridge.promises import DeclineReason, PromiseType
from bridge.texts import (
    LOCALES,
    OUTCOMES,
    PromiseFacts,
    customer_texts,
    moment_text,
    money,
    outcome_texts,
    percentage,
    promise_phrase,
    safe_reason,
    slip,
)
from bridge.wording import PROMISES, REASONS, WORDING

CHICAGO = ZoneInfo("America/Chicago")
LONGEST_STORE = "BWI - Baltimore-Washington International Thurgood Marshall Airport"
CODE = "K7QF3M9T2XH2"
FACTS = PromiseFacts(
    brand="Example Store",
    what="$15.00 off Galaxy S6 case",
    amount_minor=1500,
    currency="USD",
    percent=None,
    store_name="Mall of America",
    store_address="340 W Market, Bloomington, MN 55425",
    store_hours_line="10 am-9:30 pm",
    until_local=datetime(2025, 6, 7, 21, 30, tzinfo=CHICAGO),
    until_zone="America/Chicago",
    code=CODE,
    bring=("photo ID",),
    handle="sam_k",
    agent_name="Ana",
)
CHANNELS = ["x", "bluesky", "mastodon", "facebook", "instagram", "whatsapp", "sms", "email", "other"]
BIDI = "\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069\u200e\u200f\u061c"
any_text = st.text(st.characters(exclude_categories=["Cs"]), max_size=60)


def placeholders(template: str) -> set[str]:
    return {name for _, name, _, _ in string.Formatter().parse(template) if name is not None}


@pytest.mark.parametrize("table", [WORDING, PROMISES])
def test_every_language_has_every_key_with_the_same_placeholders(table: dict[str, dict[str, str]]) -> None:
    for locale in LOCALES:
        assert {key: placeholders(text) for key, text in table[locale].items()} == {
            key: placeholders(text) for key, text in table["en"].items()
        }


def test_the_private_text_says_what_where_until_when_and_what_to_bring() -> None:
    texts = customer_texts(FACTS, "en", "email")

    assert texts.private == (
        "Hello, Ana at Example Store here. Our promise: $15.00 off Galaxy S6 case. "
        "Show code K7QF-3M9T-2XH2 at Mall of America by Sat, Jun 7, 9:30 pm. "
        "Address: 340 W Market, Bloomington, MN 55425. Open that day: 10 am-9:30 pm. "
        "Please bring: photo ID. The code works once, so please show it only to our staff."
    )


def test_nobody_is_sent_to_a_store_that_has_not_answered() -> None:
    waiting = customer_texts(replace(FACTS, store_ready=False), "en", "email").private
    ready = customer_texts(replace(FACTS, store_ready=True), "en", "email").private

    assert "Please wait for our OK before you go." in waiting
    assert "you can go" not in waiting
    assert "The store is ready: you can go." in ready
    assert "wait" not in customer_texts(FACTS, "en", "email").private


@pytest.mark.parametrize("locale", LOCALES)
@pytest.mark.parametrize("channel", ["x", "sms", "email"])
def test_the_wait_stands_in_every_form_of_the_text(locale: str, channel: str) -> None:
    texts = customer_texts(replace(LONG, store_ready=False), locale, channel)

    words = WORDING[locale]
    assert words["wait"] in texts.private or words["wait_short"] in texts.private
    assert words["go"] not in texts.private
    assert words["go_short"] not in texts.private


def test_the_public_text_greets_and_points_to_the_private_message() -> None:
    assert customer_texts(FACTS, "en", "x").public == (
        "Hi @sam_k, thank you for telling us. "
        "We have sent you a private message about what happens next. Example Store"
    )


LONG = replace(FACTS, store_name=LONGEST_STORE, bring=("photo ID", "order number"), handle="a_long_handle15")


LINK = "https://bridge.northlight.example/s/AbCdEfGhIjKlMnOpQrStUv"


@pytest.mark.parametrize("locale", LOCALES)
@pytest.mark.parametrize("channel", CHANNELS)
def test_the_customer_s_page_is_told_in_private_only_and_never_at_the_price_of_the_code(
    locale: str, channel: str
) -> None:
    without = customer_texts(replace(LONG, store_ready=False), locale, channel)
    texts = customer_texts(replace(LONG, store_ready=False, status_link=LINK), locale, channel)

    assert LINK not in texts.public
    assert texts.private_length.over <= without.private_length.over
    assert codes.grouped(CODE) in texts.private
    secrets = WORDING[locale]["secret"], WORDING[locale]["secret_short"]
    assert any(kept in texts.private for kept in secrets) == any(kept in without.private for kept in secrets)
    assert texts.private.endswith(LINK) or LINK not in texts.private
    if channel not in {"x", "bluesky", "sms"}:
        assert LINK in texts.private


def test_the_page_stays_longer_than_what_it_tells_itself() -> None:
    text = customer_texts(replace(FACTS, status_link=LINK, bring=()), "fr", "x").private

    assert LINK in text
    assert "Adresse" not in text
    assert "Adresse" in customer_texts(replace(FACTS, status_link=LINK), "fr", "email").private


@pytest.mark.parametrize("locale", LOCALES)
def test_suspicion_and_the_limits_of_the_house_are_no_reason_for_a_customer(locale: str) -> None:
    for reason in (
        DeclineReason.SUSPECTED_FRAUD,
        DeclineReason.SECOND_FACT_FAILED,
        DeclineReason.CODE_NOT_GENUINE,
        DeclineReason.ABOVE_MY_LIMIT,
        DeclineReason.MANAGER_DISAGREES,
        DeclineReason.OTHER,
    ):
        assert safe_reason(reason.value, locale) == ""
    assert safe_reason(DeclineReason.OUT_OF_STOCK.value, locale)
    assert set(REASONS[locale]) == set(REASONS["en"]) <= {reason.value for reason in DeclineReason}


@pytest.mark.parametrize("locale", LOCALES)
@pytest.mark.parametrize(
    "facts",
    [
        FACTS,
        LONG,
        replace(LONG, store_ready=False),
        replace(FACTS, store_name=None),
        replace(FACTS, code=None),
    ],
)
def test_the_private_text_for_x_fits_a_post_and_keeps_what_matters(facts: PromiseFacts, locale: str) -> None:
    texts = customer_texts(facts, locale, "x")

    assert measure(texts.private, "x", private=False).over == 0
    assert texts.private_length.over == texts.public_length.over == 0
    for part in (facts.what, facts.store_name or facts.brand, *facts.bring, moment_text(facts, locale)):
        assert part in texts.private
    assert facts.code is None or codes.grouped(facts.code) in texts.private


@pytest.mark.parametrize("locale", LOCALES)
def test_a_condition_is_told_before_the_way_to_the_store(locale: str) -> None:
    condition = "The old item is handed in."
    texts = customer_texts(replace(FACTS, conditions=(condition,)), locale, "facebook")

    assert "The old item is handed in." in texts.private
    assert texts.private.index(condition) < texts.private.index(codes.grouped(CODE))
    assert condition not in texts.public
    assert slip(replace(FACTS, conditions=(condition,)), locale).only_if.endswith(condition)
    assert slip(FACTS, locale).only_if == ""


def test_a_condition_longer_than_the_post_is_left_to_the_customers_page() -> None:
    link = "https://bridge.example/c/abc"
    facts = replace(FACTS, conditions=("word " * 100,), status_link=link)

    texts = customer_texts(facts, "en", "x")

    assert texts.private_length.over == 0
    assert "word word" not in texts.private
    assert link in texts.private


def test_a_shorter_text_is_chosen_when_the_full_one_is_over() -> None:
    full = customer_texts(FACTS, "fr", "email").private
    short = customer_texts(LONG, "fr", "x").private

    assert "Adresse" in full
    assert "Adresse" not in short


def test_the_last_resort_is_given_and_says_that_it_is_over() -> None:
    texts = customer_texts(replace(FACTS, what="x" * 400), "en", "sms")

    assert texts.private_length.over > 0
    assert codes.grouped(CODE) in texts.private


def test_a_promise_without_a_code_asks_to_show_none() -> None:
    texts = customer_texts(replace(FACTS, code=None, what="call back", bring=()), "en", "x")

    assert texts.private.startswith("Hi @sam_k, Ana at Example Store here. Our promise: call back.")
    assert "code" not in texts.private.lower()


@pytest.mark.parametrize("locale", LOCALES)
@pytest.mark.parametrize("channel", CHANNELS)
def test_the_public_texts_hold_no_code_amount_store_or_name(locale: str, channel: str) -> None:
    told = [customer_texts(FACTS, locale, channel).public]
    told += [outcome_texts(outcome, FACTS, locale, channel, given_minor=1500).public for outcome in OUTCOMES]

    for public in told:
        assert not codes.contains_code(public)
        for secret in (CODE, "15", "Mall of America", "Ana", "Galaxy", "340 W"):
            assert secret not in public


@given(
    any_text, any_text, any_text, st.sampled_from(["", CODE, "k7qf 3m9t", "-2xh2"]), st.sampled_from(CHANNELS)
)
def test_whatever_the_facts_hold_the_public_text_holds_no_code(
    brand: str, handle: str, what: str, planted: str, channel: str
) -> None:
    facts = replace(FACTS, brand=brand + planted, handle=planted + handle, what=what)

    for locale in LOCALES:
        assert not codes.contains_code(customer_texts(facts, locale, channel).public)
        assert not codes.contains_code(outcome_texts("honoured", facts, locale, channel).public)


def test_a_handle_that_is_the_code_is_left_out_in_public() -> None:
    texts = customer_texts(replace(FACTS, handle="k7qf3m9t2xh2"), "en", "x")

    assert texts.public.startswith("Thank you for telling us.")


@given(st.text(BIDI + "ab\n\x00 ", max_size=20), st.sampled_from(LOCALES))
def test_names_cannot_turn_or_break_the_text_around_them(name: str, locale: str) -> None:
    facts = replace(
        FACTS, brand=name, store_name=name, handle=name, agent_name=name, what=name, bring=(name,)
    )

    texts = customer_texts(facts, locale, "mastodon")

    assert not set(texts.private + texts.public) & set(BIDI + "\n\x00")


def test_braces_in_a_name_are_only_braces() -> None:
    assert "{code}" in customer_texts(replace(FACTS, agent_name="{code}"), "en", "other").private


def test_people_are_addressed_as_on_their_network() -> None:
    facts = replace(FACTS, handle="@sam_k")

    assert "Hi @sam_k," in customer_texts(facts, "en", "mastodon").private
    assert "Hi sam_k," in customer_texts(facts, "en", "facebook").private
    assert "sam_k" not in customer_texts(facts, "en", "sms").private


@pytest.mark.parametrize(
    ("locale", "written"),
    [
        ("en", "Sat, Jun 7, 9:30 pm"),
        ("es", "s\u00e1b 7 de junio, 9:30 p. m."),
        ("fr", "sam. 7 juin, 21 h 30"),
    ],
)
def test_the_last_moment_is_written_as_the_language_does(locale: str, written: str) -> None:
    assert moment_text(FACTS, locale) == written
    assert ".." not in customer_texts(FACTS, locale, "email").private


def test_midnight_belongs_to_the_day_that_it_ends_and_any_store_names_the_zone() -> None:
    midnight = replace(FACTS, until_local=datetime(2025, 6, 8, 0, 0, tzinfo=CHICAGO))

    assert moment_text(midnight, "en") == "Sat, Jun 7, midnight"
    assert moment_text(replace(FACTS, store_name=None), "en") == "Sat, Jun 7, 9:30 pm CDT"


def test_the_moment_is_shown_in_the_stores_zone_and_never_naive() -> None:
    in_utc = replace(FACTS, until_local=datetime(2025, 6, 8, 2, 30, tzinfo=UTC))

    assert moment_text(in_utc, "en") == "Sat, Jun 7, 9:30 pm"
    with pytest.raises(ValueError, match="aware"):
        moment_text(replace(FACTS, until_local=datetime(2025, 6, 8)), "en")  # noqa: DTZ001 - the point


@pytest.mark.parametrize(
    ("amount_minor", "currency", "locale", "written"),
    [
        (1500, "USD", "en", "$15.00"),
        (1500, "USD", "es", "$15.00"),
        (1500, "USD", "fr", "15,00\u00a0$"),
        (121_500, "USD", "fr", "1\u00a0215,00\u00a0$"),
        (1500, "JPY", "en", "\u00a51,500"),
        (1, "EUR", "fr", "0,01\u00a0\u20ac"),
    ],
)
def test_money_is_written_as_the_language_does(
    amount_minor: int, currency: str, locale: str, written: str
) -> None:
    assert money(amount_minor, currency, locale) == written


def test_a_percentage_keeps_its_fraction() -> None:
    assert percentage(10, "en") == "10%"
    assert percentage(Decimal("12.5"), "fr") == "12,5\u00a0%"


@pytest.mark.parametrize("locale", LOCALES)
@pytest.mark.parametrize("promise_type", list(PromiseType))
@pytest.mark.parametrize("item", [None, "Galaxy S6 case"])
def test_every_type_of_promise_has_a_phrase(promise_type: str, locale: str, item: str | None) -> None:
    phrase = promise_phrase(
        promise_type, item, amount_minor=1500, currency="USD", percent=Decimal(10), locale=locale
    )

    assert phrase
    assert "{" not in phrase
    assert item is None or item in phrase or promise_type == "discount_percent"


@pytest.mark.parametrize(
    ("promise_type", "item", "locale", "phrase"),
    [
        ("discount_amount", "Galaxy S6 case", "en", "$15.00 off Galaxy S6 case"),
        ("discount_amount", "funda", "es", "$15.00 de descuento en funda"),
        ("discount_amount", None, "fr", "15,00\u00a0$ de rabais"),
        ("discount_percent", None, "fr", "10\u00a0% de rabais"),
        ("refund", None, "en", "refund of up to $15.00"),
        ("repair", "iPhone", "fr", "r\u00e9paration (iPhone)"),
        ("gift_card_or_credit", "birthday", "en", "gift card or store credit of $15.00 (birthday)"),
    ],
)
def test_a_promise_is_worded(promise_type: str, item: str | None, locale: str, phrase: str) -> None:
    worded = promise_phrase(promise_type, item, amount_minor=1500, currency="USD", percent=10, locale=locale)

    assert worded == phrase


@pytest.mark.parametrize("promise_type", ["discount_amount", "discount_percent", "with_item", "free_lunch"])
def test_what_cannot_be_worded_is_refused(promise_type: str) -> None:
    with pytest.raises(InvalidInput):
        promise_phrase(promise_type, None, amount_minor=None, currency=None, percent=None, locale="en")


def test_a_language_or_outcome_that_we_do_not_write_is_refused() -> None:
    with pytest.raises(InvalidInput):
        customer_texts(FACTS, "de", "x")
    with pytest.raises(InvalidInput):
        outcome_texts("lost", FACTS, "en", "x")


def test_a_part_honour_tells_what_was_given_and_what_is_left() -> None:
    texts = outcome_texts("honoured_part", FACTS, "en", "x", given_minor=500, left_minor=1000)

    assert texts.private == (
        "Hi @sam_k, Ana at Example Store here. Thank you for coming in. "
        "Mall of America has given you $5.00. Our promise: $15.00 off Galaxy S6 case. "
        "You have $10.00 left until Sat, Jun 7, 9:30 pm, with the same code."
    )
    assert "private message" in texts.public


def test_a_decline_gives_its_reason_in_private_and_nothing_in_public() -> None:
    texts = outcome_texts("declined", FACTS, "en", "facebook", reason="the item is not in stock.")

    assert "The reason: the item is not in stock. Write to us here" in texts.private
    assert "sorry" not in texts.public


@pytest.mark.parametrize("locale", LOCALES)
@pytest.mark.parametrize("outcome", OUTCOMES)
@pytest.mark.parametrize("facts", [FACTS, LONG, replace(FACTS, store_name=None)])
def test_every_outcome_fits_x_and_never_repeats_the_code(
    outcome: str, locale: str, facts: PromiseFacts
) -> None:
    texts = outcome_texts(outcome, facts, locale, "x", given_minor=500, left_minor=1000)

    assert measure(texts.private, "x", private=False).over == 0
    assert not codes.contains_code(texts.private)
    assert ". our store" not in texts.private


def test_the_slip_has_its_lines_in_order() -> None:
    lines = slip(FACTS, "en")

    assert lines.title == "A promise from Example Store"
    assert lines.code == "K7QF-3M9T-2XH2"
    assert lines.until == "Use by Sat, Jun 7, 9:30 pm"
    assert lines.bring == "Please bring: photo ID."
    assert "never ask you to click a link" in lines.help
    assert slip(replace(FACTS, store_name=None, bring=()), "fr").store == "Tout magasin Example Store"
