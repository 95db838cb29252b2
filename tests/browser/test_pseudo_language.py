"""Check 15: the pages and the verdicts in a language that is four fifths longer, and in Spanish and French."""

from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page

import web
from api import create_app
from tests.browser.atlas import ATLAS
from tests.browser.conftest import See
from tests.browser.own_settings import REFLOWED, look_at, sheet
from tests.browser.site import Site, Turns, Watch, serving, window
from tests.browser.stage import fill
from tests.browser.test_counter_verdicts import looked
from tests.browser.verdicts import MAKERS, prepared
from tests.cast import Cast
from tests.conftest import Servers
from tests.pages.pseudo import CODE, install
from tests.pages.test_pseudo_language import OWN_WORDS, SAME_EVERYWHERE, Words, names_of
from tests.pages.test_words import texts_of_the_pages
from web import cookies

CUSTOMERS = {"P14", "P15"}
"""What customers read is in their language, which is one of three: these pages are only measured."""
THREE_LANGUAGES = {"/stores/12/calendar", "/setup/messages"}
"""They ask for words that exist in the three languages alone; `MAIN_PAGES` measures them in those."""
PARTS = 3


@pytest.fixture
def pseudo_site(environment: Servers, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Iterator[Site]:
    install(monkeypatch, tmp_path, texts_of_the_pages())
    app = create_app()
    web.register(app)
    with serving(app) as site:
        yield site


def untranslated(page: Page, cast: Cast) -> list[str]:
    """Words of the page as it stands, scripts done, that are in no brackets and nobody's own."""
    reader = Words()
    reader.feed("<body" + page.content().partition("<body")[2])
    return sorted(set(reader.found) - SAME_EVERYWHERE - names_of(cast))


@pytest.mark.parametrize("part", range(PARTS))
def test_no_page_is_cut_or_untranslated(
    chromium: Browser, pseudo_site: Site, watch: Watch, people: Cast, part: int
) -> None:
    stage, faults = fill(people), []
    with window(chromium, pseudo_site, watch, kept={}, width=REFLOWED) as page:
        turns = Turns(page, pseudo_site)
        for leaf in [leaf for room in list(ATLAS)[part::PARTS] for leaf in ATLAS[room]]:
            if leaf.path in THREE_LANGUAGES:
                continue
            turns.take({**leaf.cookies(stage), cookies.LANGUAGE: CODE}, leaf.address(stage))
            faults += [f"{leaf}: {line}" for line in look_at(page, "pseudo", REFLOWED)]
            assert page.locator("html").get_attribute("lang") == CODE or leaf.room in CUSTOMERS, leaf
            if leaf.path not in OWN_WORDS and leaf.room not in CUSTOMERS | {"demo"}:
                faults += [f"{leaf}: left in English: {word}" for word in untranslated(page, people)]
            faults += [f"{leaf}: {line}" for line in watch.taken()]

    assert not faults, "\n".join(faults)


def test_no_verdict_is_cut_or_untranslated(
    chromium: Browser, pseudo_site: Site, watch: Watch, people: Cast
) -> None:
    faults: list[str] = []
    pages: dict[str, Page] = {}
    with ExitStack() as windows:
        for verdict in MAKERS:
            presented = prepared(people, verdict)  # now: a pause for tries ends by itself
            token = presented.by.token
            if token not in pages:
                kept = {cookies.SESSION: token, cookies.LANGUAGE: CODE}
                pages[token] = windows.enter_context(window(chromium, pseudo_site, watch, kept=kept))
                pages[token].goto("/counter")
            page = pages[token]
            looked(page, presented)
            page.evaluate(
                "document.querySelectorAll('#answer details').forEach((one) => { one.open = true; })"
            )
            faults += [f"{verdict}: {line}" for line in look_at(page, "pseudo", REFLOWED)]
            faults += [f"{verdict}: left in English: {word}" for word in untranslated(page, people)]
            page.keyboard.press("Escape")

    assert not faults, "\n".join(faults)


def test_a_text_that_is_left_in_english_or_cut_is_noticed(see: See, people: Cast) -> None:
    page = see(None, "/sign-in", width=REFLOWED)
    page.evaluate("document.querySelector('h1').className = 'for-this-test'")
    with sheet(page, ".for-this-test { width: 40px; overflow: hidden; white-space: nowrap; }"):
        cut = look_at(page, "pseudo", REFLOWED)

    assert "Sign" in untranslated(page, people)
    assert [line.partition(":")[0] for line in cut] == ["[pseudo] cut by h1.for-this-test"]


MAIN_PAGES = {
    ("", "/sign-in"): ("Entrar", "Se connecter"),
    ("", "/help"): ("Ayuda", "Aide"),
    ("sam", "/counter"): ("Revisar un código", "Vérifier un code"),
    ("sam", "/inbox"): ("Bandeja", "Boîte"),
    ("sam", "/counter/moves"): ("Traslados y decisiones", "Transferts et décisions"),
    ("ana", "/queue"): ("Cola", "File"),
    ("ana", "/threads/{thread}"): ("Conversación", "Conversation"),
    ("ana", "/escalations"): ("Mis promesas", "Mes promesses"),
    ("kim", "/approvals"): ("Aprobaciones", "Approbations"),
    ("hana", "/hq"): ("Resumen", "Vue d\u2019ensemble"),
    ("hana", "/review"): ("Revisión", "Examen"),
    ("ada", "/setup"): ("Configuración", "Configuration"),
    ("ada", "/setup/messages"): ("Versión", "Version"),
    ("sam", "/stores/12/calendar"): ("Horario", "Heures"),
}
"""Who opens what, and what stands there in Spanish and in French."""


def test_the_main_pages_speak_spanish_and_french(
    chromium: Browser, site: Site, watch: Watch, people: Cast
) -> None:
    stage, faults = fill(people), []
    with window(chromium, site, watch, kept={}, width=REFLOWED) as page:
        turns = Turns(page, site)
        for (who, path), known in MAIN_PAGES.items():
            signed_in = {cookies.SESSION: people.members[who].token} if who else {}
            for language, said in zip(("es", "fr"), known, strict=True):
                turns.take({**signed_in, cookies.LANGUAGE: language}, path.format(**stage.ids))
                where = f"{path} {language}"
                if page.locator("html").get_attribute("lang") != language:
                    faults.append(f"{where}: does not say its language")
                if said not in page.locator("main").inner_text():
                    faults.append(f"{where}: does not say {said!r}")
                faults += [f"{where}: {line}" for line in look_at(page, language, REFLOWED)]

    assert not faults, "\n".join(faults)
