"""The main ways in Chromium with JavaScript switched off: whatever a page shows, a press gets it done.

The file of stores is in `test_setup.py`; all other jobs are in `docs/without-javascript.md`.
"""

import re

from playwright.sync_api import Page, expect

from bridge.reasons import EntryReason
from tests.before_hq import CAUSE, before_hq
from tests.browser.conftest import See
from tests.cast import Cast, promise
from tests.clockwork import rows

CODE = re.compile(r"[0-9A-HJKMNP-TV-Z]{4}-[0-9A-HJKMNP-TV-Z]{4}-[0-9A-HJKMNP-TV-Z]{4}")


def press(page: Page, name: str) -> None:
    page.get_by_role("button", name=name).first.click()


def promised(page: Page, amount: str) -> None:
    """From an empty queue to a promise, on the page of the conversation."""
    page.locator("[name=permalink]").fill("https://x.com/wanda/status/1245403438755852288")
    page.locator("[name=handle]").fill("wanda")
    page.locator("[name=text]").fill("My CD box is broken, and Lakeside refuses to exchange it.")
    press(page, "Open the conversation")
    press(page, "Claim")
    page.locator("#template").select_option("ex")
    page.locator("[name=l1_item]").fill("CD box set")
    page.locator("[name=l1_amount]").fill(amount)
    page.locator("#store").fill("Lakeside")
    press(page, "Find store")
    page.get_by_role("radio", name=re.compile("Lakeside")).check()
    press(page, "Make the promise")


def test_from_the_post_to_the_used_code_by_plain_forms(see: See, people: Cast) -> None:
    desk = see(people.ana, "/queue/capture", javascript=False, width=390)
    promised(desk, "40.00")
    code = CODE.search(desk.locator("main").inner_text())
    assert code

    counter = see(people.sam, "/counter", javascript=False, width=390)
    counter.get_by_label("Code", exact=True).fill(code[0].lower().replace("-", " "))
    press(counter, "Check")
    expect(counter.locator(".verdict")).to_have_attribute("data-verdict", "genuine")
    press(counter, "Honour $40.00")

    expect(counter.locator("#verdict")).to_have_text("Done: $40.00 given")
    press(counter, "Take it back")
    expect(counter.locator("#verdict")).to_have_text("Taken back")
    desk.goto("/board")
    expect(desk.locator("main")).to_contain_text("$40.00")


def test_what_is_above_the_limit_is_approved_by_plain_forms(see: See, people: Cast) -> None:
    desk = see(people.ana, "/queue/capture", javascript=False)
    promised(desk, "150.00")
    expect(desk.locator("main")).to_contain_text("Waiting for approval")

    lead = see(people.kim, "/approvals", javascript=False)
    lead.get_by_label("Why").fill("A good customer.")
    press(lead, "Approve $150.00")

    expect(lead.locator("main")).to_contain_text("Approved. The author has the code now.")
    desk.goto(f"{desk.url.removesuffix('/made')}/made")
    assert CODE.search(desk.locator("main").inner_text())


def test_headquarters_judges_by_plain_forms(see: See, people: Cast) -> None:
    made = promise(people)
    before_hq(people, made.id, EntryReason.NO_ACK)
    page = see(people.hana, "/review", javascript=False)

    page.get_by_role("link", name=re.compile(f"No. {made.number}")).first.click()
    press(page, "Assign")
    page.locator("[name=finding]").select_option(index=0)
    page.locator("form [name=text]").last.fill("They never looked.")
    page.locator("[name=cause_code]").select_option(CAUSE)
    press(page, "Close with this finding")

    expect(page.locator("main")).to_contain_text("They never looked.")
    found = rows("SELECT count(*) AS many FROM reviews WHERE closed_at IS NOT NULL")
    assert found[0].many == 1
