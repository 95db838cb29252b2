"""A brand's own sentences: a closed set of variables, and nothing in public that is not for the public."""

from datetime import UTC, datetime

import pytest

from bridge import brand_messages
from bridge.errors import InvalidInput
from bridge.services import message_templates
from bridge.texts import LOCALES
from bridge.wording import WORDING

NOW = datetime(2026, 6, 1, 15, tzinfo=UTC)
NOT_OURS_TO_CHANGE = {"a_store", "closed", "all_day"}


def wrong(definition: object) -> dict[str, list[str]]:
    with pytest.raises(InvalidInput) as refused:
        brand_messages.parse(definition)
    found: dict[str, list[str]] = refused.value.details["fields"]
    return found


def test_everybodys_sentences_keep_the_rules_and_are_no_change() -> None:
    whole = {
        locale: {name: text for name, text in words.items() if name not in NOT_OURS_TO_CHANGE}
        for locale, words in WORDING.items()
    }

    assert brand_messages.parse(whole) == {}
    assert set(brand_messages.names()) == set(WORDING["en"]) - NOT_OURS_TO_CHANGE


def test_only_what_differs_is_kept_and_takes_its_place() -> None:
    own = brand_messages.parse({"en": {"hello": "Hey {who}!", "go": WORDING["en"]["go"]}, "es": {}})

    assert own == {"en": {"hello": "Hey {who}!"}}
    merged = brand_messages.merged(own)
    assert merged["en"]["hello"] == "Hey {who}!"
    assert merged["en"]["go"] == WORDING["en"]["go"]
    assert merged["fr"] == WORDING["fr"]


@pytest.mark.parametrize(
    ("name", "text", "said"),
    [
        ("public", "Hi {who}, use {code}. {brand}", "{code} cannot stand here; possible: {brand} {who}"),
        ("public", "Hi {who}, {given} for you", "{given} cannot stand here; possible: {brand} {who}"),
        ("public_nobody", "Hi {who}", "{who} cannot stand here; possible: {brand}"),
        ("public_plain", "{brand}", "{brand} cannot stand here; possible: none"),
        ("hello", "Hi {whoo}", "{whoo} cannot stand here"),
        ("hello", "Hi {who.__class__}", "{who.__class__} cannot stand here"),
        ("hello", "Hi {0}", "{0} cannot stand here"),
        ("hello", "Hi {who!r}", "{who!r} cannot stand here"),
        ("hello", "Hi {who", "a { or } stands alone"),
        ("hello", "Hi {{who}}", "a { or } stands alone"),
        ("show", "Come to {store} by {until}.", "needed here: {code}"),
        ("promise", "We promise.", "needed here: {what}"),
        ("go", " ", "say something here"),
        ("go", "x" * 401, "at most 400 characters"),
        ("go", "Go\nnow", "one line without invisible characters"),
        ("go", "Go\u202enow", "one line without invisible characters"),
        ("public", f"Use {message_templates.EXAMPLE_CODE}", "no code may be written here"),
        ("hullo", "Hi", "there is no such sentence"),
        ("a_store", "shop", "there is no such sentence"),
    ],
)
def test_a_sentence_that_breaks_a_rule_is_named_with_why(name: str, text: str, said: str) -> None:
    assert wrong({"en": {name: text}})[f"en.{name}"][0].startswith(said)


def test_every_wrong_sentence_is_named_at_once() -> None:
    assert set(wrong({"en": {"go": "", "wait": "{x}"}, "de": {}})) == {"en.go", "en.wait", "de"}
    assert wrong([]) == {"": ["an object by language is needed"]}


@pytest.mark.parametrize("locale", LOCALES)
def test_the_preview_shows_every_situation_and_no_code_in_public(locale: str) -> None:
    words = brand_messages.merged({"en": {"promise": "You get {what}."}})

    shown = message_templates.preview(words, brand="Northlight", locale=locale, channel="x", now=NOW)

    assert [one.situation for one in shown] == ["promise", *message_templates.ENDS]
    code = message_templates.EXAMPLE_CODE
    assert code[:4] in shown[0].texts.private
    assert all(code[:4] not in one.texts.public for one in shown)
    assert all(one.texts.private_length.over == 0 for one in shown)
    if locale == "en":
        assert "You get $15.00 off Galaxy S6 case." in shown[0].texts.private


def test_the_slip_uses_the_brands_sentences() -> None:
    words = brand_messages.merged({"en": {"slip_title": "{brand} keeps its word"}})

    slip = message_templates.preview_slip(words, brand="Northlight", locale="en", now=NOW)

    assert slip.title == "Northlight keeps its word"
