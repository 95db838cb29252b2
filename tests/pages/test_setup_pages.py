"""The set-up's index: what each role finds there, and that every page behind it opens."""

from collections.abc import Callable

from tests.cast import Cast, Member
from tests.pages.browser import Browser

As = Callable[[Member], Browser]
PAGES = (
    "/setup",
    "/setup/stores",
    "/setup/stores?q=maple&show=no_phone",
    "/setup/stores/import",
    "/setup/stores/12",
    "/setup/people",
    "/setup/people?role=store_manager&unit=12&status=active",
    "/setup/people/new",
    "/setup/grants",
    "/setup/grants/new",
    "/setup/handles",
    "/setup/templates",
    "/setup/templates/new",
    "/setup/messages",
    "/setup/messages?language=fr&channel=sms",
    "/setup/reasons",
    "/setup/reasons?list=ask",
    "/setup/causes",
    "/setup/clocks",
    "/setup/faults",
    "/setup/keys",
    "/setup/keys/new",
    "/setup/webhooks",
    "/setup/webhooks/new",
    "/contact-points",
    "/calendar",
)


def test_every_page_opens_with_one_heading_and_labelled_fields(people: Cast, as_: As) -> None:
    ada = as_(people.ada)
    for path in PAGES:
        page = ada.open(path)

        assert page.status == 200, path
        assert page.reader.h1 == 1, path
        assert page.reader.fields <= page.reader.labelled, path
        assert " style=" not in page.html, path
        assert 'href="/setup' in page.html, path


def test_ada_finds_a_card_for_everything(people: Cast, as_: As) -> None:
    page = as_(people.ada).open("/setup")

    assert "3 stores, 3 take promises" in page.text
    assert "8 people" in page.text
    assert "15 rights to promise" in page.text
    assert page.text.count("Version 1, what everybody starts with") == 4
    for path in ("/setup/stores", "/setup/people", "/setup/keys", "/setup/webhooks", "/setup/handles"):
        assert f'href="{path}"' in page.html


def test_headquarters_finds_what_its_rights_reach(people: Cast, as_: As) -> None:
    page = as_(people.hana).open("/setup")

    assert 'href="/setup/grants"' in page.html
    assert 'href="/setup/clocks"' in page.html
    assert 'href="/setup/keys"' not in page.html
    assert 'href="/setup/people"' not in page.html


def test_a_lead_reads_and_does_not_publish(people: Cast, as_: As) -> None:
    kim = as_(people.kim)

    for path in ("/setup/messages", "/setup/reasons", "/setup/causes", "/setup/templates"):
        page = kim.open(path)
        assert page.status == 200
        assert "Save with preview" not in page.text


def test_ada_lands_on_the_setup(people: Cast, nobody: Browser) -> None:
    assert nobody.sign_in(people.ada).path == "/setup"
