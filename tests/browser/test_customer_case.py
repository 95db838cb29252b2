"""The page of a case in a real browser: it says when it is of yesterday, and reads well on any screen."""

import pytest
from playwright.sync_api import expect

from bridge import db
from bridge.clock import utc_now
from bridge.lifecycle import Action
from bridge.promises import DeclineReason
from bridge.reasons import Question
from bridge.services import asking
from bridge.settings import settings
from tests.browser.axe import violations
from tests.browser.conftest import See
from tests.cast import Cast, acting, decide, once, promise


def test_a_page_that_somebody_changed_says_so_and_stays_where_it_is(see: See, people: Cast) -> None:
    made = promise(people)
    page = see(people.ana, f"/escalations/{made.id}")
    expect(page.locator("#stale")).to_be_hidden()
    page.locator("summary", has_text="Add a note").click()
    page.get_by_label("Note", exact=True).fill("Rang her twice.")

    decide(people, people.lee, code=made.code, action=Action.ACKNOWLEDGE)
    page.evaluate("dispatchEvent(new Event('focus'))")

    expect(page.locator("#stale")).to_contain_text("Changed by Lee")
    expect(page.get_by_label("Note", exact=True)).to_have_value("Rang her twice.")
    page.get_by_role("link", name="Show new version").click()
    expect(page.locator(".head")).to_contain_text("Seen by store")
    expect(page.locator("#stale")).to_be_hidden()


def test_the_outcome_is_copied_and_noted(see: See, people: Cast) -> None:
    made = promise(people)
    decide(people, people.sam, code=made.code, action=Action.DECLINE, reason=DeclineReason.OUT_OF_STOCK)
    page = see(people.ana, f"/escalations/{made.id}", permissions=["clipboard-read", "clipboard-write"])

    page.locator("[data-copy=outcome-private]").click()

    expect(page.locator("#copied")).to_have_text("Copied")
    assert "could not do this for you" in page.evaluate("navigator.clipboard.readText()")
    page.get_by_role("button", name="Mark as sent").click()
    expect(page.get_by_text("Noted: the customer knows.")).to_be_visible()


@pytest.mark.parametrize(("width", "dark"), [(320, False), (1280, True)])
@pytest.mark.parametrize("state", ["asked", "declined"])
def test_axe_finds_nothing_and_nothing_is_cut(
    see: See, people: Cast, width: int, dark: bool, state: str
) -> None:
    made = promise(people)
    if state == "asked":
        with db.act() as act:
            asking.ask(
                act,
                acting(people.lee),
                made.id,
                question=Question.CONFIRM_ITEM,
                text="The blue one?",
                is_live=True,
                once=once("ask"),  # type: ignore[arg-type]  # the answer's type does not matter here
                now=utc_now(),
                settings=settings(),
            )
    else:
        decide(people, people.sam, code=made.code, amount_minor=1_500)
        decide(people, people.sam, code=made.code, action=Action.DECLINE, reason=DeclineReason.OUT_OF_STOCK)
    page = see(people.ana, f"/escalations/{made.id}", width=width, dark=dark)

    assert violations(page) == []
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")


def test_the_store_and_headquarters_read_the_same_history(see: See, people: Cast) -> None:
    made = promise(people)
    decide(people, people.sam, code=made.code, action=Action.ACKNOWLEDGE)

    page = see(people.lee, f"/counter/cases/{made.id}", width=390)

    expect(page.get_by_role("heading", name="History, newest first")).to_be_visible()
    expect(page.locator(".timeline").last).to_contain_text("Seen by the store")
    assert violations(page) == []
