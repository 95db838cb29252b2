"""Headquarters in a browser: districts open without a script, charts have names, forms by keyboard."""

import psycopg
import pytest
from playwright.sync_api import expect

from tests.before_hq import contested
from tests.browser.axe import violations
from tests.browser.conftest import See
from tests.cast import Cast, promise
from tests.many_cases import fill

Owner = psycopg.Connection[tuple[object, ...]]


@pytest.fixture
def busy(people: Cast, owner: Owner) -> Cast:
    promise(people)
    owner.execute("SET session_replication_role = replica")
    fill(owner, stores=20, open_cases=80, ended=400)
    return people


def test_a_district_opens_to_its_stores_without_javascript(see: See, busy: Cast) -> None:
    page = see(busy.hana, "/hq", javascript=False)
    stores = page.locator(".place-store")
    assert stores.count() > 10
    assert page.locator(".place-store:visible").count() == 0

    page.locator("summary", has_text="Lakes").click()

    shown = page.locator(".place-store:visible")
    expect(shown.filter(has_text="Lakeside")).to_have_count(1)
    assert 0 < shown.count() < stores.count()


@pytest.mark.parametrize(("width", "columns"), [(390, 3), (1280, 6)])
def test_a_narrow_screen_shows_two_numbers_each(see: See, busy: Cast, width: int, columns: int) -> None:
    page = see(busy.hana, "/hq", width=width)

    row = page.locator(".place-district").first

    assert row.locator("th:visible, td:visible").count() == columns


def test_a_chart_is_a_picture_with_a_name_and_its_numbers(see: See, busy: Cast) -> None:
    page = see(busy.hana, "/hq/causes", dark=True)

    picture = page.get_by_role("img", name="Service in the store Weekly counts, oldest first:")
    expect(picture).to_have_count(1)
    assert page.locator("svg[role=img] [tabindex], svg[role=img] a").count() == 0
    page.locator("summary", has_text="Numbers").first.click()
    page.locator("figure table a").first.click()

    page.wait_for_url("**/hq/cases?**")
    assert violations(page) == []


def test_the_heads_sort_and_keep_the_place(see: See, busy: Cast) -> None:
    page = see(busy.hana, "/hq")

    page.get_by_role("link", name="Open", exact=True).click()

    expect(page.get_by_role("columnheader", name="Open")).to_have_attribute("aria-sort", "descending")
    assert page.url.endswith("#places")


def test_a_finding_is_written_with_the_keyboard_alone(see: See, people: Cast) -> None:
    it = contested(people)
    page = see(people.hana, f"/review/{it.case}")
    page.get_by_label("What you found").focus()

    page.keyboard.press("ArrowDown")
    page.keyboard.press("Tab")
    page.keyboard.type("The store was told too late.")
    page.keyboard.press("Tab")
    page.keyboard.type("Serv")
    page.keyboard.press("Tab")
    page.keyboard.press("Tab")
    page.keyboard.press("Enter")

    expect(page.get_by_text("Closed. The finding and its cause are kept.")).to_be_visible()
