"""Approvals in a real browser: reject by the second button, at any width."""

import pytest
from playwright.sync_api import expect

from tests.browser.axe import violations
from tests.browser.conftest import See
from tests.cast import Cast, promise


def test_a_lead_rejects_from_the_list(see: See, people: Cast) -> None:
    promise(people, amount_minor=15_000)
    page = see(people.kim, "/approvals", width=390)
    page.get_by_label("Why").fill("Too much for a CD.")

    page.get_by_role("button", name="Do not approve").click()

    expect(page.get_by_text("Not approved. The author reads your reason.")).to_be_visible()
    expect(page.get_by_text("Nothing waits for approval.")).to_be_visible()


@pytest.mark.parametrize(("width", "dark"), [(320, False), (1280, True)])
def test_axe_finds_nothing_and_nothing_is_cut(see: See, people: Cast, width: int, dark: bool) -> None:
    promise(people, amount_minor=15_000)
    promise(people, by=people.kim, amount_minor=900_000)

    page = see(people.kim, "/approvals", width=width, dark=dark)

    assert violations(page) == []
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
