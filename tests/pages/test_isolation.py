"""What people wrote from the right turns nothing beside it: on no page, in no panel, in no sentence."""

import re
from html.parser import HTMLParser
from pathlib import Path
from typing import ClassVar

import pytest
from flask import Flask, render_template_string

import web
from bridge.bidi import END, FIRST_STRONG
from tests.browser.acts.names import name_everything
from tests.browser.acts.scene import Words
from tests.browser.atlas import leaves
from tests.browser.hostile import RTL
from tests.browser.stage import fill
from tests.browser.verdicts import prepare_all
from tests.cast import Cast
from tests.pages.browser import Browser
from tests.pages.test_atlas import opened
from web import cookies
from web.isolation import apart, bdi
from web.languages import say

TEMPLATES = Path(web.__file__).with_name("templates")
HEBREW = f"{RTL} 12"
ISOLATED = re.compile(f"{FIRST_STRONG}[^{FIRST_STRONG}{END}]*{END}")


class RightToLeft(Words):
    """Every text begins with Hebrew letters."""

    def __init__(self) -> None:
        self.given = 0

    def name(self, tidy: str, longest: int = 80) -> str:
        return f"{RTL} {tidy}"[:longest]

    def handle(self, tidy: str) -> str:
        self.given += 1
        return f"{RTL}{tidy}{self.given}"

    def text(self, tidy: str, longest: int = 500) -> str:
        return f"{RTL} {tidy}"[:longest]


class Turned(HTMLParser):
    """Notes Hebrew letters that stand in neither an isolating element nor between the signs.

    An option of a list stands alone in its line, a field's text too; so does what only a script reads.
    """

    ALONE: ClassVar = {"bdi", "textarea", "option", "script", "template"}
    VOID: ClassVar = {
        "input", "meta", "link", "br", "hr", "img", "path", "circle", "rect", "use", "line", "polyline",
    }  # fmt: skip

    def __init__(self) -> None:
        super().__init__()
        self.stack: list[tuple[str, bool]] = []
        self.seen = 0
        self.found: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag not in self.VOID:
            isolates = tag in self.ALONE or ("dir", "auto") in attrs
            self.stack.append((tag, isolates or (bool(self.stack) and self.stack[-1][1])))

    def handle_endtag(self, tag: str) -> None:
        while self.stack and self.stack.pop()[0] != tag:
            pass

    def handle_data(self, data: str) -> None:
        self.seen += RTL in data
        if RTL in ISOLATED.sub("", data) and not (self.stack and self.stack[-1][1]):
            self.found.append(" ".join(data.split())[:90])


def test_no_page_lets_a_text_turn_its_neighbours(app: Flask, people: Cast) -> None:
    stage, found, seen = fill(people, RightToLeft()), [], 0
    for leaf in leaves():
        reader = Turned()
        reader.feed(opened(app, leaf, stage).html)
        seen += reader.seen
        found += [f"{leaf}: {piece}" for piece in reader.found]

    assert not found, "\n".join(dict.fromkeys(found))
    assert seen > 400


def test_no_panel_lets_a_text_turn_its_neighbours(app: Flask, people: Cast) -> None:
    words, found, seen = RightToLeft(), [], 0
    name_everything(people, words)
    for verdict, presented in prepare_all(people, words).items():
        client = app.test_client()
        client.set_cookie(cookies.SESSION, presented.by.token)
        page = Browser(client).open("/counter").press("Check", code=presented.text)
        reader = Turned()
        reader.feed(page.html)
        assert page.verdict == verdict
        seen += reader.seen
        found += [f"{verdict}: {piece}" for piece in reader.found]

    assert not found, "\n".join(dict.fromkeys(found))
    assert seen > 100


def test_a_text_that_is_not_isolated_is_noticed() -> None:
    reader = Turned()

    reader.feed(f"<p>Set aside: {HEBREW}<p>By {apart(HEBREW)}, <bdi>{HEBREW}</bdi><p dir=auto>{HEBREW}</p>")

    assert reader.found == [f"Set aside: {HEBREW}"]
    assert reader.seen == 4


@pytest.mark.parametrize("text", ["Ana", "12", "Zo\u00eb \U0001f9d1", ""])
def test_a_text_from_the_left_stays_as_it_is(text: str) -> None:
    assert apart(text) == text


def test_a_text_from_the_right_is_isolated_and_its_own_marks_do_not_end_that() -> None:
    assert apart(HEBREW) == f"{FIRST_STRONG}{HEBREW}{END}"
    assert apart(f"a{END}\u202e{RTL}\u2066") == f"{FIRST_STRONG}a{RTL}{END}"
    assert apart("\u202ea") == f"{FIRST_STRONG}a{END}"
    assert apart(bdi(HEBREW)) == f"<bdi>{HEBREW}</bdi>"
    assert apart(12) == 12


def test_every_translated_sentence_isolates_what_goes_into_it(app: Flask) -> None:
    isolated = f"{FIRST_STRONG}{HEBREW}{END}"
    with app.test_request_context("/"):
        assert say("%(name)s is on it", name=HEBREW) == f"{isolated} is on it"
        drawn = render_template_string(
            "{{ _('%(name)s is on it', name=name) }}|{{ _('%(name)s is on it', name=name | bdi) }}"
            "|{{ ngettext('%(num)s of %(name)s', '%(num)s of %(name)s', 2, name=name) }}"
            "|{{ _('%(name)s is on it', name='<b>') }}",
            name=HEBREW,
        )

    assert drawn.split("|") == [
        f"{isolated} is on it",
        f"<bdi>{HEBREW}</bdi> is on it",
        f"2 of {isolated}",
        "&lt;b&gt; is on it",
    ]


SPLIT = re.compile(
    r"<(button|summary|a class=\"button)\b(?:(?!</button>|</summary>|</a>|<span).)*\| ?bdi", re.DOTALL
)


def test_the_sentence_of_a_button_or_a_summary_is_one_part_of_it() -> None:
    """They lay their parts out side by side: a name in an element of its own breaks away from its sentence."""
    split = [
        f"{path.name}: {found[0][-80:]}"
        for path in sorted(TEMPLATES.glob("*.html"))
        for found in SPLIT.finditer(path.read_text("utf-8"))
    ]

    assert split == []
    assert SPLIT.search("""<button class="main">{{ _("Ask %(name)s", name=who | bdi) }}</button>""")
    assert SPLIT.search("""<summary>\n{{ _("Said by %(name)s", name=who | bdi) }}</summary>""")
    assert not SPLIT.search("""<summary><span>{{ _("Said by %(name)s", name=who | bdi) }}</span></summary>""")
