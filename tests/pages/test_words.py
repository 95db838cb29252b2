"""Every text has a translation, every key a word, and every verdict its lines."""

import ast
import itertools
import re

import pytest
from babel.messages.catalog import Catalog
from babel.messages.extract import extract_from_dir
from babel.messages.mofile import read_mo
from babel.messages.pofile import read_po
from flask import Flask, render_template_string
from flask_babel import force_locale, gettext  # type: ignore[import-untyped]  # it brings no types

from bridge.authority import Reason
from bridge.channels.coming_in import EventKind
from bridge.ladders import Do
from bridge.lifecycle import Action, Status
from bridge.notice_words import WORDS as NOTICES
from bridge.notices import Template
from bridge.promises import DeclineReason, Level, PriorChannel, PromiseType, Proof, SecondFact, StoreScope
from bridge.reasons import PauseReason, Priority
from bridge.roles import Role
from bridge.sla import Told
from bridge.verdicts import Verdict
from tests.pages.browser import Browser
from tests.pages.pseudo import OPEN, pseudo
from web import forms, languages, verdict_words, words
from web.languages import TRANSLATIONS, named
from web.setup_words import CAME_IN

PAGES = TRANSLATIONS.parent
METHODS = [("**.py", "python"), ("templates/**.html", "jinja2")]
KEYWORDS = {"_": None, "_l": None, "ngettext": (1, 2)}


def texts_of_the_pages() -> set[object]:
    found = extract_from_dir(
        str(PAGES), METHODS, {"templates/**.html": {"trimmed": "true"}}, keywords=KEYWORDS
    )
    return {message for _, _, message, _, _ in found}


def catalogue(language: str) -> Catalog:
    with (TRANSLATIONS / language / "LC_MESSAGES" / "messages.po").open("rb") as file:
        return read_po(file, locale=language)


def by_id(found: Catalog) -> dict[str, str]:
    def plain(text: object) -> str:
        return text if isinstance(text, str) else "|".join(text)  # type: ignore[arg-type]  # its plural forms

    return {plain(message.id): plain(message.string) for message in found if message.id}


@pytest.mark.parametrize("language", ["en", "es", "fr"])
def test_a_notice_to_a_store_names_the_button_that_the_page_has(app: Flask, language: str) -> None:
    with app.test_request_context("/inbox", headers={"Accept-Language": language}):
        button = gettext("Acknowledge")

    assert button in NOTICES[language].told[Template.CASE_WAITING].body


@pytest.mark.parametrize("language", ["es", "fr"])
def test_every_text_is_translated_and_none_is_left_over(language: str) -> None:
    known = {message.id: message for message in catalogue(language) if message.id}

    assert set(known) == texts_of_the_pages()
    for message in known.values():
        said = message.string if isinstance(message.string, tuple) else (message.string,)
        assert all(said), message.id
        assert not message.fuzzy
        assert not list(message.check()), message.id


@pytest.mark.parametrize("language", ["es", "fr"])
def test_the_compiled_catalogue_is_of_today(language: str) -> None:
    with (TRANSLATIONS / language / "LC_MESSAGES" / "messages.mo").open("rb") as file:
        compiled = read_mo(file)

    assert by_id(compiled) == by_id(catalogue(language))


@pytest.mark.parametrize("language", ["es", "fr"])
def test_the_draft_says_that_it_is_one(language: str) -> None:
    assert "native reviewer" in catalogue(language).header_comment


@pytest.mark.parametrize(
    ("vocabulary", "words_of"),
    [
        (Status, words.STATES),
        (PromiseType, words.TYPES),
        (Level, words.LEVELS),
        (Level, words.LEVEL_HINTS),
        (Proof, words.PROOFS),
        (StoreScope, words.SCOPES),
        (SecondFact, words.SECOND_FACTS),
        (PriorChannel, words.PRIOR_CHANNELS),
        (DeclineReason, words.DECLINE_REASONS),
        (Reason, words.APPROVAL_REASONS),
        (Role, words.ROLES),
        (Action, words.HISTORY),
        (Do, words.STEPS),
        (Told, words.RUNGS),
        (PauseReason, words.PAUSE_REASONS),
        (Priority, words.PRIORITIES),
        (EventKind, CAME_IN),
    ],
)
def test_every_key_has_a_word(vocabulary: type, words_of: dict[object, object]) -> None:
    assert set(words_of) == set(vocabulary)  # type: ignore[call-overload]  # an enumeration


def test_every_verdict_has_its_words_and_says_why_and_what_next() -> None:
    says_nothing = {
        Verdict.JUST_DONE,
        Verdict.PRODUCT_CODE,
        Verdict.TOO_SHORT,
        Verdict.SLOW,
        Verdict.SESSION_LOCKED,
    }

    assert set(verdict_words.WORDS) == set(Verdict)
    assert set(verdict_words.SAY) == set(Verdict) - says_nothing
    assert set(verdict_words._NEXT) == set(Verdict) - {Verdict.JUST_DONE, Verdict.SLOW}
    assert set(verdict_words._WHY) == set(Verdict) - {Verdict.SLOW}


@pytest.mark.parametrize(
    ("text", "verdict"),
    [("ABCD", "too_short"), ("012345678905", "product_code"), ("<script>alert(1)</script>", "typo")],
)
def test_what_is_no_code_is_said_at_once(people: object, as_: object, text: str, verdict: str) -> None:
    sam: Browser = as_(people.sam)  # type: ignore[operator,attr-defined]

    page = sam.open("/counter").press("Check", code=text)

    assert page.verdict == verdict
    assert "<script>alert" not in page.html


@pytest.mark.parametrize(("language", "said"), [("es", "Entrar"), ("fr", "Se connecter"), ("en", "Sign in")])
def test_a_language_is_kept_on_the_browser(app: Flask, language: str, said: str) -> None:
    client = app.test_client()
    form = Browser(client).open("/sign-in").form("English").values
    client.post("/language", data={**form.to_dict(), "language": language})

    page = Browser(client).open("/sign-in")

    assert f'lang="{language}"' in page.html
    assert said in page.text


@pytest.mark.parametrize(
    ("written", "minor"),
    [
        ("40", 4000),
        ("40.00", 4000),
        ("40,05", 4005),
        ("0.01", 1),
        ("40.5", None),
        ("1,000", None),
        ("1.000", None),
        ("+4", None),
        (" 4", None),
        ("4e2", None),
        ("\u0664\u0660", None),
        ("999999999", None),
        ("", None),
    ],
)
def test_amounts_are_read_strictly(written: str, minor: int | None) -> None:
    assert forms.minor_units(written, "USD") == minor


def test_a_currency_without_decimals_takes_none() -> None:
    assert forms.minor_units("400", "JPY") == 400
    assert forms.minor_units("400.00", "JPY") is None


PUNCTUATED = re.compile(r"(\}|\}</\w+>|<span class=\"unseen\">)\s?[:?!](?=[\s{<\"'])")
SPACED = re.compile(r"(?<![\u00a0\u202f:;?!/\d])[:;?!\u00bb](?=[\s\u00a0.,)]|$)|\u00ab(?![\u00a0\u202f])")
LITERAL = {"demo_mail.html": "the head of a mail as it is on the wire"}
"""Templates whose colons no language changes."""


def bare_colons(source: str) -> list[str]:
    """Signs that French writes with a space before, put by hand behind something that is translated."""
    text = re.sub(r"\{#.*?#\}", "", source, flags=re.DOTALL)
    return [text[max(0, found.start() - 40) : found.end()] for found in PUNCTUATED.finditer(text)]


def test_no_template_puts_a_colon_behind_a_translated_word() -> None:
    """It stands in the message, or comes from `colon()`, which knows the language."""
    found = {
        path.name: bare
        for path in sorted((PAGES / "templates").glob("*.html"))
        if path.name not in LITERAL and (bare := bare_colons(path.read_text("utf-8")))
    }

    assert not found


def test_no_module_puts_a_colon_behind_a_value() -> None:
    found = []
    for path in sorted(PAGES.glob("*.py")):
        for part in ast.walk(ast.parse(path.read_text("utf-8"))):
            if isinstance(part, ast.JoinedStr) and path.name != "languages.py":
                found += [
                    f"{path.name}:{part.lineno}"
                    for value, after in itertools.pairwise(part.values)
                    if isinstance(value, ast.FormattedValue)
                    and isinstance(after, ast.Constant)
                    and re.match(r"\s?[:?!]\s", str(after.value))
                ]

    assert not found, "use web.languages.named"


def test_a_colon_put_by_hand_is_noticed() -> None:
    assert bare_colons('<p>{{ _("Store") }}: 12</p>')
    assert bare_colons('<p><strong>{{ _("Store") }}</strong> : 12</p>')
    assert bare_colons('{% if it %}{{ _("Sure") }}{% endif %}?</p>')
    assert not bare_colons('<p>{{ _("Store:") }} 12{{ colon() }} {# {{ it }}: #} a:b</p>')


@pytest.mark.parametrize(
    ("language", "written"), [("en", "Store: 12"), ("es", "Store: 12"), ("fr", "Store\u00a0: 12")]
)
def test_a_colon_is_written_as_the_language_does(app: Flask, language: str, written: str) -> None:
    with app.test_request_context("/"), force_locale(language):
        assert named("Store", 12) == written
        assert render_template_string("Store{{ colon() }} 12") == written


def test_french_has_its_space_before_its_signs() -> None:
    wrong = [
        said
        for message in catalogue("fr")
        for said in (message.string if isinstance(message.string, tuple) else (message.string,))
        if message.id and SPACED.search(re.sub(r"https?://\S+|`[^`]*`", "", said))
    ]

    assert not wrong


def test_the_pseudo_language_is_in_no_product() -> None:
    assert set(languages.LANGUAGES) == {"en", "es", "fr"}
    assert pseudo("Use %(num)s now").startswith(OPEN)
    assert "%(num)s" in pseudo("Use %(num)s now")
    assert len(pseudo("Already used")) >= 1.8 * len("Already used")
