"""Every page of the atlas in a browser: axe, weight, width, targets, silence."""

from collections.abc import Iterator, Sequence

import pytest
from playwright.sync_api import Browser, Page

from tests.browser.atlas import ATLAS, Leaf
from tests.browser.budgets import Meter
from tests.browser.examine import ALL_LOOKS, OPPOSITE, axe_faults, target_faults, width_faults
from tests.browser.site import Site, Watch, window
from tests.browser.stage import Stage, fill
from tests.cast import Cast


@pytest.fixture
def stage(people: Cast) -> Stage:
    return fill(people)


Looks = Sequence[tuple[str, int]]


def looked_at(
    chromium: Browser, site: Site, watch: Watch, stage: Stage, room: str, *, looks: Looks = OPPOSITE
) -> Iterator[str]:
    """Open each page of a room once and say what is wrong with it."""
    for leaf in ATLAS[room]:
        meter = Meter()
        with window(chromium, site, watch, kept=leaf.cookies(stage)) as page:
            page.on("response", meter.note)
            answer = page.goto(leaf.address(stage))
            page.wait_for_load_state("load")
            assert answer is not None
            assert answer.status == leaf.status, leaf
            for fault in faults_of(leaf, page, meter, looks):
                yield f"{leaf}: {fault}"
        yield from (f"{leaf}: {line}" for line in watch.taken())


def faults_of(leaf: Leaf, page: Page, meter: Meter, looks: Looks) -> list[str]:
    return [
        *meter.faults(leaf.room),
        *width_faults(page),
        *target_faults(page),
        *axe_faults(page, looks),
    ]


@pytest.mark.parametrize("room", list(ATLAS))
def test_every_page_of(chromium: Browser, site: Site, watch: Watch, stage: Stage, room: str) -> None:
    faults = list(looked_at(chromium, site, watch, stage, room))

    assert not faults, "\n".join(faults)


@pytest.mark.campaign
@pytest.mark.parametrize("room", list(ATLAS))
def test_every_page_in_every_colour_and_width(
    chromium: Browser, site: Site, watch: Watch, stage: Stage, room: str
) -> None:
    faults = list(looked_at(chromium, site, watch, stage, room, looks=ALL_LOOKS))

    assert not faults, "\n".join(faults)
