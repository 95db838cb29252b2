"""No English is left on any page when the catalogue speaks another language."""

import re
from collections.abc import Iterator
from html.parser import HTMLParser

import pytest
from flask import Flask

import web
from api import create_app
from tests.browser.acts.scene import Stage
from tests.browser.atlas import ATLAS
from tests.cast import Cast
from tests.conftest import Servers
from tests.pages.browser import Browser
from tests.pages.pseudo import CLOSE, CODE, OPEN, install
from tests.pages.test_words import texts_of_the_pages
from web import cookies

SPOKEN = ("aria-label", "title", "placeholder", "alt")
QUIET = {"bdi", "time", "code", "script", "style", "template", "textarea", "option", "s"}
VOID = {"input", "meta", "link", "br", "hr", "img", "path", "circle", "rect", "use", "line", "polyline"}
WORD = re.compile(r"(?<![0-9a-f-])(?![a-f]{3,}\b)[A-Za-z]{3,}")


class Words(HTMLParser):
    """The words of a page that stand outside brackets and are no data."""

    def __init__(self) -> None:
        super().__init__()
        self.stack: list[tuple[str, bool]] = []
        self.depth = 0
        self.found: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = {name: value or "" for name, value in attrs}
        is_data = (
            tag in QUIET
            or given.get("dir") == "auto"
            or "money" in given.get("class", "")
            or (tag != "html" and "lang" in given)
        )
        if tag not in VOID:
            self.stack.append((tag, is_data or (bool(self.stack) and self.stack[-1][1])))
        for name in SPOKEN:
            if given.get(name) and not is_data:
                self.look(given[name])

    def handle_endtag(self, tag: str) -> None:
        while self.stack and self.stack.pop()[0] != tag:
            pass

    def handle_data(self, data: str) -> None:
        if not self.stack or not self.stack[-1][1]:
            self.look(data)
        else:
            self.look("".join(sign for sign in data if sign in (OPEN, CLOSE)))

    def look(self, text: str) -> None:
        outside = ""
        for sign in text:
            self.depth += (sign == OPEN) - (sign == CLOSE)
            outside += sign if self.depth == 0 and sign != CLOSE else " "
        self.found += WORD.findall(outside)


@pytest.fixture(scope="module")
def pseudo_app(environment: Servers, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Flask]:
    """An app that knows the language; gathering all texts and compiling all pages is done once."""
    with pytest.MonkeyPatch.context() as patch:
        install(patch, tmp_path_factory.mktemp("pseudo"), texts_of_the_pages())
        app = create_app()
        web.register(app)
        yield app


SAME_EVERYWHERE = {
    "Bridge",
    "CSV",
    "JSON",
    "PDF",
    "SMS",
    "USD",
    "Slack",
    "Teams",
    "Bluesky",
    "Mastodon",
    "Ctrl",
    "Enter",
    "Mon",
    "Tue",
    "Wed",
    "Thu",
    "Fri",
    "Sat",
    "Sun",
    "Jan",
    "Feb",
    "Mar",
    "Apr",
    "May",
    "Jun",
    "Jul",
    "Aug",
    "Sep",
    "Oct",
    "Nov",
    "Dec",
    "CST",
    "CDT",
    "UTC",
    "hours",
    "hour",
    "minutes",
    "minute",
    "days",
    "day",
    "seconds",
    "second",
    "ago",
    "standard",
    "English",
    "Espa",
    "Fran",
    "ais",
    "America",
    "Chicago",
}
"""Names of things, and what comes with dates and times from CLDR, which has this language."""
OWN_WORDS = {
    "/notices": "written by bridge.notice_words, which a test of theirs holds complete",
    "/setup/reasons": "the brand's sentences for customers",
    "/setup/causes": "the brand's list of causes",
    "/hq/causes": "the brand's list of causes",
    "/hq/causes?beneath=STORE_SERVICE": "the brand's list of causes",
    "/hq/cases?show=declined&days=7": "with a cause of the brand's list",
    "/review/{judged}": "with a cause of the brand's list",
    "/setup/templates": "the brand's templates",
    "/setup/grants": "the brand's names of rights",
    "/setup/messages": "the customer's three languages beside each other",
    "/help/integrator": "a call of the API",
    "/stores/12/calendar": "hours are written by bridge.hours in the three languages",
    "/escalations/{case}/made": "the code is spelt out",
}
"""Pages whose words are not the catalogue's, or not all."""


@pytest.mark.parametrize("room", [room for room in ATLAS if room not in {"customers", "demo"}])
def test_no_english_is_left(pseudo_app: Flask, stage: Stage, room: str) -> None:
    left = {}
    for leaf in ATLAS[room]:
        if leaf.path in OWN_WORDS:
            continue
        client = pseudo_app.test_client()
        for name, value in {**leaf.cookies(stage), cookies.LANGUAGE: CODE}.items():
            client.set_cookie(name, value)
        page = Browser(client).open(leaf.address(stage))
        assert f'<html lang="{CODE}"' in page.html, leaf
        reader = Words()
        reader.feed("<body" + page.html.partition("<body")[2])
        if words := sorted(set(reader.found) - SAME_EVERYWHERE - names_of(stage.cast)):
            left[str(leaf)] = words

    assert not left, "\n".join(f"{leaf}: {words}" for leaf, words in left.items())


def names_of(cast: Cast) -> set[str]:
    """Names of people, stores and the brand, and addresses that people typed."""
    people = {member.person.display_name for member in cast.members.values()}
    stores = {cast.store_10.name, cast.store_12.name, cast.store_40.name, cast.handle.handle, cast.brand.name}
    return (
        people
        | stores
        | {
            "hook",
            "http",
            "endpoint",
            "happened",
            "Till",
            "store",
            "store12",
            "example",
            "northlight",
            "Hills",
            "Lakes",
        }
    )
