"""Every page of the atlas in a browser: axe, weight, width, targets, silence, own settings, paper."""

from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, Page

from tests.browser.acts.scene import Stage
from tests.browser.atlas import ATLAS, Leaf
from tests.browser.budgets import Meter
from tests.browser.examine import axe_faults, target_faults, width_faults
from tests.browser.own_settings import own_settings_faults, print_faults
from tests.browser.site import Site, Turns, Watch, window
from tests.browser.stage import kept_stage
from tests.browser.word_faults import word_faults
from tests.conftest import Servers


@pytest.fixture
def stage(server: Site, environment: Servers) -> Stage:
    """One filling for all rooms; whatever opening a page wrote is undone for the next room."""
    return kept_stage(environment.database_url)


def looked_at(chromium: Browser, site: Site, watch: Watch, stage: Stage, room: str) -> Iterator[str]:
    """Open each page of a room once and say what is wrong with it."""
    with window(chromium, site, watch, kept={}) as page:
        turns = Turns(page, site)
        for leaf in ATLAS[room]:
            meter = Meter()
            page.on("response", meter.note)
            answer = turns.take(leaf.cookies(stage), leaf.address(stage))
            page.wait_for_load_state("load")
            page.remove_listener("response", meter.note)
            assert answer.status == leaf.status, leaf
            for fault in faults_of(leaf, page, meter):
                yield f"{leaf}: {fault}"
            yield from (f"{leaf}: {line}" for line in watch.taken())


def faults_of(leaf: Leaf, page: Page, meter: Meter) -> list[str]:
    return [
        *meter.faults(leaf.room),
        *width_faults(page),
        *target_faults(page),
        *axe_faults(page),
        *word_faults(page),
        *own_settings_faults(page),
        *print_faults(page),
    ]


@pytest.mark.parametrize("room", list(ATLAS))
def test_every_page_of(chromium: Browser, server: Site, watch: Watch, stage: Stage, room: str) -> None:
    faults = list(looked_at(chromium, server, watch, stage, room))

    assert not faults, "\n".join(faults)


def test_broken_words_and_split_sentences_are_noticed(chromium: Browser, server: Site, watch: Watch) -> None:
    with window(chromium, server, watch, kept={}) as page:
        page.set_content(
            """<p style="width: 2em; overflow-wrap: anywhere">Genuine</p><p>Whole words</p>
            <p style="width: 2em; overflow-wrap: anywhere"><bdi>Maplewood</bdi> priya@demo.example</p>
            <p style="display: flex">10 <bdi>Maplewood</bdi></p><p>12 <bdi>Lakeside</bdi></p>
            <p style="display: flex; gap: 4px">Said by <bdi>Ana</bdi> today</p>"""
        )
        found = word_faults(page)

    assert found == [
        "at 390: breaks Genuine in p.",
        "at 390: splits p.: 10 Maplewood",
        "at 390: splits p.: Said by Ana today",
        "at 390: splits p.: Said by Ana today",
    ]
