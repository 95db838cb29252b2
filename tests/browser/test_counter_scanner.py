"""A scanner is a keyboard that cannot look: nothing it types may press a button or get lost."""

import json
import re
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Page, expect

from bridge import codes
from bridge.verdicts import Verdict
from tests.browser.conftest import See
from tests.browser.counter_page import (
    CHECK,
    DECIDE,
    SETTLED_MS,
    code_in,
    comes,
    counted,
    held,
    keys,
    passes,
    scan,
    shows,
    stop_time,
)
from tests.browser.verdicts import prepared
from tests.cast import Cast, promise
from web.static_files import FOLDER

SAME_MS = 2_500
"""The same code again within this is the scanner's second Enter."""
TABLE = json.loads((Path(__file__).parents[1] / "unit" / "codes_read.json").read_text("utf-8"))


def reading(page: Page, expression: str, *given: Any) -> Any:
    """Run a piece of `codes.js` in the browser."""
    source = (FOLDER / "js" / "codes.js").read_text("utf-8").replace("export ", "")
    return page.evaluate(f"(given) => {{ {source}\n return {expression}; }}", list(given))


def at_counter(see: See, people: Cast) -> Page:
    """Sam's counter, where time stands still."""
    page = see(people.sam, "/counter")
    stop_time(page)
    return page


def at_genuine(see: See, people: Cast) -> Page:
    page = at_counter(see, people)
    scan(page, prepared(people, Verdict.GENUINE).text)
    shows(page, Verdict.GENUINE)
    passes(page, SETTLED_MS)
    return page


def test_the_browser_reads_codes_as_the_server_does(see: See, people: Cast) -> None:
    page = at_counter(see, people)

    read = reading(page, "given.map((text) => parsed(text))", *(example["text"] for example in TABLE))

    assert read == [{"kind": example["kind"], "signs": example["signs"]} for example in TABLE]
    for eleven, sign in (("00000000001", "2"), ("ZZZZZZZZZZZ", "K"), ("7XW4N2QK9RT", "Q")):
        assert reading(page, "checkSign(given[0])", eleven) == sign


def test_signs_are_grouped_while_the_caret_stays_at_its_sign(see: See, people: Cast) -> None:
    page = at_counter(see, people)
    field = page.locator("#code")

    keys(page, "k7qf3m9t", every_ms=60, end="")
    assert field.input_value() == "k7qf-3m9t"
    for _ in range(6):
        page.keyboard.press("ArrowLeft")
    keys(page, "x", every_ms=60, end="")

    assert field.input_value() == "k7qx-f3m9-t"
    assert field.evaluate("(field) => field.selectionStart") == 4
    page.keyboard.press("Backspace")
    assert field.input_value() == "k7qf-3m9t"
    assert reading(page, "regrouped('@sam', 4)") == {"value": "@sam", "caret": 4}


@pytest.mark.parametrize("delay", [0, 10, 30, 80, 200])
def test_a_scan_while_honour_has_the_focus_presses_nothing(see: See, people: Cast, delay: int) -> None:
    page = at_genuine(see, people)
    decided, checked = counted(page, DECIDE), counted(page, CHECK)
    newer = str(promise(people, amount_minor=700).code)
    page.get_by_role("button", name="Honour $15.00").focus()
    passes(page, 600)

    keys(page, newer, every_ms=delay)

    expect(page.locator(".verdict-amount")).to_have_text("$7.00")
    assert [code_in(body) for body in checked] == [newer]
    assert decided == []


@pytest.mark.parametrize("end", ["Enter Enter", "Tab", "Enter Tab"])
def test_a_scan_may_end_as_it_likes_and_hold_a_space(see: See, people: Cast, end: str) -> None:
    page = at_genuine(see, people)
    decided, checked = counted(page, DECIDE), counted(page, CHECK)
    newer = str(promise(people, amount_minor=700).code)
    page.get_by_role("button", name="Honour $15.00").focus()

    scan(page, f"{newer[:5]} {newer[5:]}", end=end)

    expect(page.locator(".verdict-amount")).to_have_text("$7.00")
    assert [code_in(body).replace("+", "") for body in checked] == [newer]
    assert decided == []


def test_of_two_scans_the_newer_one_counts(see: See, people: Cast) -> None:
    page = at_counter(see, people)
    first, second = promise(people, amount_minor=100), promise(people, amount_minor=200)
    waiting = held(page, CHECK)

    scan(page, str(first.code))
    comes(page, waiting, 1)
    scan(page, str(second.code))
    expect(page.locator("#code")).to_have_value("")
    comes(page, waiting, 2)
    waiting[1]()
    expect(page.locator(".verdict-amount")).to_have_text("$2.00")

    waiting[0]()
    page.wait_for_timeout(300)
    expect(page.locator(".verdict-amount")).to_have_text("$2.00")


def test_an_answer_that_comes_in_the_middle_of_a_scan_takes_no_key(see: See, people: Cast) -> None:
    page = at_counter(see, people)
    first, second = promise(people, amount_minor=100), str(promise(people, amount_minor=200).code)
    waiting = held(page, CHECK)
    scan(page, str(first.code))
    comes(page, waiting, 1)

    page.keyboard.type(second[:5])
    waiting[0]()
    expect(page.locator(".verdict-amount")).to_have_text("$1.00")
    page.keyboard.type(second[5:])
    page.keyboard.press("Enter")
    comes(page, waiting, 2)
    waiting[1]()

    expect(page.locator(".verdict-amount")).to_have_text("$2.00")


def test_the_same_code_twice_is_one_request(see: See, people: Cast) -> None:
    page = at_counter(see, people)
    checked = counted(page, CHECK)
    code = prepared(people, Verdict.GENUINE).text

    scan(page, code)
    scan(page, code)
    shows(page, Verdict.GENUINE)
    scan(page, code)
    assert len(checked) == 1

    passes(page, SAME_MS)
    with page.expect_response(CHECK):
        scan(page, code)
    assert len(checked) == 2


def test_a_slip_is_told_without_a_request(see: See, people: Cast) -> None:
    page = at_counter(see, people)
    checked, near = counted(page, CHECK), counted(page, "**/counter/near")

    for verdict in (Verdict.TYPO, Verdict.TOO_SHORT, Verdict.PRODUCT_CODE):
        presented = prepared(people, verdict)
        scan(page, presented.text)
        shows(page, verdict)
        page.keyboard.press("Escape")

    assert (checked, near) == ([], [])


def test_what_has_to_be_corrected_stays_and_a_scan_behind_it_counts(see: See, people: Cast) -> None:
    page = at_counter(see, people)
    keys(page, "K7QF-3M9", every_ms=60)
    shows(page, Verdict.TOO_SHORT)
    field = page.locator("#code")
    expect(field).to_have_value("K7QF-3M9")
    expect(field).to_be_focused()
    assert "7 of 12 signs." in page.locator(".reason").inner_text()
    assert page.locator("#news").inner_text().startswith("Code is not complete")

    scan(page, str(promise(people, amount_minor=700).code))

    expect(page.locator(".verdict-amount")).to_have_text("$7.00")


def test_a_persons_way_tab_wait_enter_honours_once(see: See, people: Cast) -> None:
    page = at_genuine(see, people)
    decided = counted(page, DECIDE)
    expect(page.locator("#verdict")).to_be_focused()

    page.keyboard.press("Tab")
    expect(page.get_by_role("button", name="Honour $15.00")).to_be_focused()
    passes(page, 600)
    page.keyboard.press("Enter")

    expect(page.locator("#verdict")).to_have_text("Done: $15.00 given")
    expect(page.locator("#verdict")).to_be_focused()
    assert len(decided) == 1


def test_no_button_takes_a_press_when_its_panel_has_just_come(see: See, people: Cast) -> None:
    page = at_counter(see, people)
    decided = counted(page, DECIDE)

    scan(page, prepared(people, Verdict.GENUINE).text)
    page.wait_for_function(
        """() => {
          const button = document.querySelector('#answer .act button');
          button?.click();
          return button !== null;
        }"""
    )
    passes(page, 200)

    assert decided == []
    shows(page, Verdict.GENUINE)


def test_letters_look_for_a_handle(see: See, people: Cast) -> None:
    promise(people)
    page = at_counter(see, people)

    keys(page, "cus", every_ms=60)

    expect(page.locator(".found h2")).to_be_focused()
    expect(page.locator(".found .handle")).to_have_count(1)


def test_escape_clears_and_the_next_code_can_be_typed(see: See, people: Cast) -> None:
    page = at_genuine(see, people)

    page.keyboard.press("Escape")

    expect(page.locator("#answer")).to_be_empty()
    expect(page.locator("#code")).to_be_focused()
    expect(page).to_have_title(re.compile("^Check a code"))


def test_another_field_keeps_what_is_typed_into_it(see: See, people: Cast) -> None:
    page = at_genuine(see, people)
    page.locator(".other > summary").click()
    page.get_by_text("Honour a part").click()

    page.locator("#amount").fill("")
    page.locator("#amount").press_sequentially("12.50")

    expect(page.locator("#amount")).to_have_value("12.50")
    expect(page.locator("#code")).to_have_value("")


def test_the_right_code_is_never_on_the_page(see: See, people: Cast) -> None:
    made = promise(people)
    page = at_counter(see, people)

    scan(page, str(made.code))
    shows(page, Verdict.GENUINE)

    html = page.content()
    assert str(made.code) not in html
    assert codes.grouped(str(made.code)) not in html
