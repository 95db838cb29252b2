"""The atlas knows every page, every page of it opens, and each has the frame that all pages have."""

import re
from collections import Counter

import pytest
from flask import Flask

import web
from api import create_app
from tests.browser.acts.scene import Stage
from tests.browser.atlas import ATLAS, NO_PAGES, Leaf, leaves
from tests.pages.browser import Browser, Page

Rules = dict[str, str]


@pytest.fixture
def app(staged_app: Flask) -> Flask:
    return staged_app


def pages_of(app: Flask) -> Rules:
    """Endpoint -> address of everything that a browser can open."""
    return {
        rule.endpoint: rule.rule
        for rule in app.url_map.iter_rules()
        if rule.endpoint.startswith("page_") and "GET" in (rule.methods or ())
    }


def opened(app: Flask, leaf: Leaf, stage: Stage) -> Page:
    client = app.test_client()
    for name, value in leaf.cookies(stage).items():
        client.set_cookie(name, value)
    return Browser(client).open(leaf.address(stage))


def endpoints_in_atlas(app: Flask, stage: Stage) -> set[str]:
    adapter = app.url_map.bind("localhost")
    found = set()
    for leaf in leaves():
        if leaf.status != 404:
            found.add(adapter.match(leaf.address(stage).partition("?")[0], method="GET")[0])
    return found


def test_the_atlas_knows_every_page(app: Flask, stage: Stage) -> None:
    known = endpoints_in_atlas(app, stage) | set(NO_PAGES)

    unknown = {name: address for name, address in pages_of(app).items() if name not in known}

    assert not unknown, "add them to tests/browser/atlas.py, with what they show to the stage"
    assert set(NO_PAGES) <= set(pages_of(app)), "an exception for a page that is gone"


def test_a_page_that_is_not_in_the_atlas_is_noticed(app: Flask, stage: Stage) -> None:
    larger = create_app()
    web.register(larger)
    larger.add_url_rule("/new", endpoint="page_new.page", view_func=str)

    assert set(pages_of(larger)) - endpoints_in_atlas(app, stage) - set(NO_PAGES) == {"page_new.page"}


@pytest.mark.parametrize("room", list(ATLAS))
def test_every_page_has_the_frame_that_all_have(app: Flask, stage: Stage, room: str) -> None:
    faults = [
        f"{leaf}: {fault}" for leaf in ATLAS[room] for fault in frame_faults(opened(app, leaf, stage), leaf)
    ]

    assert not faults, "\n".join(faults)


def test_different_pages_have_different_titles(app: Flask, stage: Stage) -> None:
    """Nobody has two tabs that are called the same."""
    pages = {
        (leaf.who, leaf.address(stage).partition("?")[0]): title_of(opened(app, leaf, stage))
        for leaf in leaves()
        if leaf.status == 200
    }

    times = Counter((who, title) for (who, _), title in pages.items())

    assert not {place: title for place, title in pages.items() if times[place[0], title] > 1}


def frame_faults(page: Page, leaf: Leaf) -> list[str]:
    """What the page lacks of: its status, one title, one heading, its language, skip link, landmarks.

    What the customer reads has a frame of its own without our menu: it says the brand, or nothing.
    """
    html, found = page.html, []
    is_ours = leaf.room not in {"P14", "P15"} and not leaf.path.startswith("/s/")
    if page.status != leaf.status:
        found.append(f"answered {page.status}")
    if not re.fullmatch(r".+ \u2013 Bridge" if is_ours else r".+", title_of(page)):
        found.append(f"is called {title_of(page)!r}")
    if page.reader.h1 != 1:
        found.append(f"{page.reader.h1} first headings")
    if '<html lang="en"' not in html:
        found.append("does not say its language")
    if is_ours and not 0 < html.find('<a class="skip" href="#main">') < html.find("<header"):
        found.append("does not begin with the skip link")
    landmarks = ("<main", "<header", "<footer") if is_ours else ("<main",)
    found += [f"not once {landmark}" for landmark in landmarks if html.count(landmark) != 1]
    if missing := page.reader.fields - page.reader.labelled:
        found.append(f"fields without a label: {missing}")
    return found


def title_of(page: Page) -> str:
    return page.html.partition("<title>")[2].partition("</title>")[0].strip()
