"""The gallery of parts: open in the demo, for administrators elsewhere, and drawn by the real templates."""

from collections import Counter
from collections.abc import Callable
from re import findall

import pytest

from bridge.lifecycle import Status
from bridge.settings import settings
from tests.cast import Cast, Member
from tests.pages.browser import Browser
from web import words
from web.verdict_words import WORDS

RESULTS = {
    "honour",
    "honour_part",
    "give_up_rest",
    "decline",
    "acknowledge",
    "undo",
    "asked",
    "noted",
    "refused",
}
As = Callable[[Member], Browser]


def test_every_state_stands_in_both_themes_and_no_id_twice(nobody: Browser) -> None:
    page = nobody.open("/ui")

    assert page.status == 200
    for status in Status:
        assert page.html.count(f"</svg>{words.STATES[status][0]}</span>") >= 2, status
    ids = Counter(findall(r'\sid="([^"]+)"', page.html))
    assert [name for name, count in ids.items() if count > 1] == []
    assert page.html.count('data-theme="dark"') == 1
    assert page.html.count('data-theme="light"') == 1


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_every_answer_is_drawn_by_the_counter_s_own_templates(nobody: Browser, theme: str) -> None:
    page = nobody.open(f"/ui/answers/{theme}")

    assert page.status == 200
    assert {*findall(r'data-verdict="([^"]+)"', page.html)} >= {verdict.value for verdict in WORDS}
    assert {*findall(r'data-result="([^"]+)"', page.html)} >= RESULTS
    ids = Counter(findall(r'\sid="([^"]+)"', page.html))
    assert [name for name, count in ids.items() if count > 1] == []
    assert nobody.open("/ui/answers/sepia").status == 404


def test_outside_the_demo_it_is_for_administrators(
    people: Cast, as_: As, nobody: Browser, monkeypatch: pytest.MonkeyPatch
) -> None:
    ada, sam = as_(people.ada), as_(people.sam)
    real = settings().model_copy(update={"environment": "production"})
    monkeypatch.setattr("web.gallery.settings", lambda: real)

    for path in ("/ui", "/ui/answers/light"):
        assert nobody.open(path).path.startswith("/sign-in")
        assert sam.open(path).status == 403
        assert ada.open(path).status == 200
