"""Did you mean this one: at the own store's counter only, and never with the code."""

from playwright.sync_api import expect

from bridge import codes
from bridge.verdicts import Verdict
from tests.browser.conftest import See
from tests.browser.counter_page import scan, settled, shows
from tests.cast import Cast, claimed_thread, promise


def slip(code: str | None) -> str:
    assert code is not None
    return code[:5] + codes.ALPHABET[codes.ALPHABET.index(code[5]) - 1] + code[6:]


def test_a_slip_becomes_a_question_and_yes_opens_it(see: See, people: Cast) -> None:
    made = promise(people, thread_id=claimed_thread(people, handle="sam_k").id)
    page = see(people.sam, "/counter")

    scan(page, slip(made.code), delay=60)

    shows(page, Verdict.NEAR_MISS)
    expect(page.locator("#code")).to_be_focused()
    assert page.locator("#news").inner_text().startswith("Did you mean this one?")
    panel = page.locator("#answer").inner_text()
    for shown in ("@sam_k", "$40.00", "CD box set"):
        assert shown in panel
    assert str(made.code) not in page.content()
    assert codes.grouped(str(made.code)) not in page.content()
    settled(page)
    page.get_by_role("button", name="Yes, open it").click()
    shows(page, Verdict.GENUINE)
    expect(page.locator("#verdict")).to_be_focused()


def test_another_store_is_told_of_a_slip_only(see: See, people: Cast) -> None:
    made = promise(people)
    promise(people, store_number="40")  # something waits there, so that the page does ask
    page = see(people.mia, "/counter")

    with page.expect_response("**/counter/near") as near:
        scan(page, slip(made.code), delay=60)

    assert near.value.status == 204
    shows(page, Verdict.TYPO)
