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
        *own_settings_faults(page),
        *print_faults(page),
    ]


@pytest.mark.parametrize("room", list(ATLAS))
def test_every_page_of(chromium: Browser, server: Site, watch: Watch, stage: Stage, room: str) -> None:
    faults = list(looked_at(chromium, server, watch, stage, room))

    assert not faults, "\n".join(faults)
