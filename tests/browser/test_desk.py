"""The agent desk in a browser: two agents on one post, keys, the store picker, drafts, lengths, budgets."""

import gzip
import json
from datetime import timedelta

import pytest
from playwright.sync_api import Page, Request, Response, expect

from bridge import db
from bridge.clock import utc_now
from bridge.lengths import measure, rules_for
from bridge.models import Thread
from bridge.services import capturing, claims, presence
from bridge.services.capturing import Captured
from tests.browser.axe import violations
from tests.browser.conftest import See
from tests.browser.counter_page import passes, stop_asking, stop_time
from tests.browser.site import Watch
from tests.cast import Cast, acting, promise
from tests.unit.test_lengths import CHANNELS, EXAMPLES

WITHIN_5_S = 5_000
NEWS = "**/news*"


def post(cast: Cast, text: str, number: int = 1, **changes: object) -> Thread:
    values = {
        "permalink": f"https://x.com/wanda/status/12454034387558522{number:02}",
        "handle": f"wanda{number}",
        "text": text,
        "posted_at": utc_now() - timedelta(minutes=number),
        **changes,
    }
    with db.transaction() as session:
        return capturing.capture(session, acting(cast.ana), Captured(**values), utc_now()).thread  # type: ignore[arg-type]


def test_the_second_agent_sees_the_first_in_list_and_page_within_five_seconds(see: See, people: Cast) -> None:
    thread = post(people, "A box from Lakeside is broken.")
    ivy_list, ivy_page = see(people.ivy, "/queue?show=all"), see(people.ivy, f"/threads/{thread.id}")
    ana = see(people.ana, f"/threads/{thread.id}")

    for page in (ivy_list, ivy_page):
        stop_asking(page, NEWS)
    stop_time(ana)

    ana.locator("#l1_item").press_sequentially("box")
    expect(ana.locator("#who")).to_contain_text("You are on it")
    expect(ivy_list.locator("#rows")).not_to_contain_text("Ana is replying")

    for page in (ivy_list, ivy_page):
        passes(page, WITHIN_5_S)
    expect(ivy_list.locator("#rows .holder")).to_contain_text("Ana is replying")
    expect(ivy_page.locator("#who")).to_contain_text("Ana is replying")

    ivy_page.get_by_role("button", name="Take over").click()
    expect(ivy_page.locator("#who")).to_contain_text("You are on it")
    passes(ana, WITHIN_5_S)
    expect(ana.locator("#who")).to_contain_text("Ivy took it over from you")
    expect(ana.locator("#l1_item")).to_have_value("box")
    ana.clock.resume()
    assert violations(ana) == []


def test_new_posts_come_in_by_themselves_and_are_announced(see: See, people: Cast) -> None:
    post(people, "first", 2)
    page = see(people.ana, "/queue")
    assert page.title().startswith("(1) Queue")
    page.keyboard.press("j")
    stop_asking(page, NEWS)

    post(people, "second", 1)
    passes(page, WITHIN_5_S)

    expect(page.locator("#rows [data-row]")).to_have_count(2)
    expect(page.locator("#arrived")).to_have_text("1 new post")
    assert page.title().startswith("(2) Queue")
    expect(page.locator("[data-row]").last).to_be_focused()


def test_keys_move_the_real_focus_and_never_in_a_field(see: See, people: Cast) -> None:
    for number in (1, 2):
        post(people, f"post {number}", number)
    page = see(people.ana, "/queue")
    rows = page.locator("[data-row]")

    page.keyboard.press("j")
    page.keyboard.press("j")
    expect(rows.last).to_be_focused()
    assert rows.last.get_attribute("aria-current") == "true"
    page.keyboard.press("k")
    expect(rows.first).to_be_focused()
    page.keyboard.press("?")
    expect(page.locator("#keys")).to_be_visible()
    assert violations(page) == []
    page.locator("#keys-on").uncheck()
    page.keyboard.press("Escape")

    page.keyboard.press("j")
    assert rows.last.get_attribute("aria-current") is None
    page.reload()
    page.keyboard.press("?")
    expect(page.locator("#keys")).to_be_hidden()

    page.locator("#keys-open").click()
    page.locator("#keys-on").check()
    page.get_by_role("button", name="Close").click()
    page.locator("#q").focus()
    page.keyboard.type("jek?")
    assert page.locator("#q").input_value() == "jek?"


def test_the_store_picker_is_a_combobox(see: See, people: Cast) -> None:
    with db.transaction() as session:
        store = session.get_one(type(people.store_10), people.store_10.id)
        store.has_counter, store.kind, store.services = False, "Express", ["Hablamos Español"]
    page = see(people.ana, f"/threads/{post(people, 'Somewhere.').id}")
    field = page.get_by_role("combobox", name="Store")

    field.press_sequentially("maple")
    options = page.locator("#store-list [role=option]")
    expect(options).to_have_count(3)
    expect(options.last).to_contain_text("No staff counter")
    expect(options.last).to_have_attribute("aria-disabled", "true")
    expect(page.locator("#store-count")).to_have_text("3 stores")
    assert field.get_attribute("aria-activedescendant") == "store-option-1"
    assert violations(page) == []
    field.press("ArrowDown")
    field.press("Enter")
    expect(field).to_have_value("12 Lakeside")
    assert page.locator("[name=store_number]").get_attribute("value") == "12"
    expect(page.get_by_role("listbox")).to_be_hidden()

    page.get_by_label("Hablamos Español").check()
    field.fill("maple")
    expect(options).to_have_count(1)
    field.press("Escape")
    expect(page.get_by_role("listbox")).to_be_hidden()
    assert "/threads/" in page.url


def test_above_the_own_limit_the_button_names_who_approves(see: See, people: Cast) -> None:
    page = see(people.ana, f"/threads/{post(people, 'At Lakeside.').id}")
    page.locator("#template").select_option("off")
    assert page.locator("#l1_amount").input_value() == "15.00"

    page.locator("#l1_amount").fill("150")
    expect(page.locator("#make")).to_have_text("Ask Kim to approve")
    page.locator("#l1_amount").fill("1500")
    expect(page.locator("#make")).to_have_text("Ask Hana to approve")
    page.locator("#l1_amount").fill("50")
    expect(page.locator("#make")).to_have_text("Make the promise")


def test_what_was_typed_survives_a_lost_connection_and_goes_at_sign_out(
    see: See, people: Cast, watch: Watch
) -> None:
    watch.expected.add("Clear-Site-Data")
    page = see(people.ana, f"/threads/{post(people, 'At Lakeside.').id}")
    page.locator("#template").select_option("ex")
    page.locator("#l1_item").fill("vase")
    page.context.set_offline(True)
    page.locator("#make").click()
    expect(page.locator("#draft")).to_contain_text("No connection. What you typed is kept in this window")
    page.context.set_offline(False)
    expect(page.locator("#draft")).to_contain_text("The connection is back.")

    page.reload()
    expect(page.locator("#l1_item")).to_have_value("vase")
    expect(page.locator("#template")).to_have_value("ex")
    page.get_by_role("button", name="Sign out").click()
    expect(page.get_by_role("button", name="Sign in").first).to_be_visible()
    assert page.evaluate("sessionStorage.length") == 0


def test_escape_asks_only_when_something_was_typed(see: See, people: Cast) -> None:
    thread = post(people, "At Lakeside.")
    page = see(people.ana, f"/threads/{thread.id}")
    asked: list[str] = []
    page.on("dialog", lambda dialog: (asked.append(dialog.message), dialog.dismiss()))

    page.locator("#l1_item").fill("vase")
    page.keyboard.press("Escape")
    assert len(asked) == 1
    assert page.url.endswith(str(thread.id))
    page.locator("#l1_item").fill("")
    page.keyboard.press("Escape")
    page.wait_for_url("**/queue")
    assert len(asked) == 1


def test_the_page_counts_as_the_server_counts(see: See, people: Cast) -> None:
    page = see(people.ana, f"/escalations/{promise(people).id}/made")
    texts = [
        *EXAMPLES,
        *(
            (channel, False, text, measure(text, channel, private=False).count)
            for channel in CHANNELS
            for text in (
                "See example.com/a?b=c, or northlight.co.uk.",
                "Caf\u00e9 \u2013 \u201cquoted\u201d \u2026 15\u00a0% off \u00a1ya! 1\ufe0f\u20e3 \u00a9",
                "👍🏽 🇺🇸 👩‍❤️‍👩",
                "x@example.com @ana.b",
                "ありがとう ございます",
                "https://example.com/path_(x). Next",
            )
        ),
    ]
    asked = [
        [text, [[rule.limit, rule.counter] for rule in rules_for(channel, private=private)]]
        for channel, private, text, _ in texts
    ]
    module = page.evaluate(
        "async () => (await (await fetch([...document.scripts].find((s) => s.src.includes('made.js')).src)).text())"
    )
    counted = page.evaluate(
        f"(asked) => {{ {_only_counting(module)}; return asked.map(([text, rules]) => measureText(text, rules).count); }}",
        asked,
    )

    wrong = [
        (channel, text, count, found)
        for (channel, _, text, count), found in zip(texts, counted, strict=True)
        if count != found
    ]
    assert wrong == []


def _only_counting(module: str) -> str:
    """The part of the bundle that counts: `lengths.js`, without what the page does with it."""
    start = module.index("const URL_COUNTS")
    return module[start : module.index("// The keyboard map of the desk.")]


def test_a_reply_that_is_too_long_or_holds_the_code_says_so(see: See, people: Cast) -> None:
    page = see(people.ana, f"/escalations/{promise(people).id}/made")
    reply = page.locator("#public")

    reply.fill("a" * 292)
    expect(page.locator("#public-count")).to_have_text("12 over: 292 of 280 characters on X")
    expect(page.get_by_role("button", name="Copy public reply")).to_be_enabled()
    page.get_by_role("button", name="Use the shorter text").click()
    expect(page.locator("#public-count")).not_to_contain_text("over")
    reply.fill("your code: " + page.locator(".code [aria-hidden]").inner_text().lower())
    expect(page.locator("#public-code")).to_contain_text("This text holds the code.")
    assert violations(page) == []


@pytest.mark.parametrize(("dark", "width"), [(False, 1280), (True, 390), (False, 320)])
def test_the_desk_is_readable_by_everybody(see: See, people: Cast, dark: bool, width: int) -> None:
    thread = post(people, "My CD box from Lakeside is broken.", 1)
    other = post(people, "No hablo inglés", 2, language="es", mention_type="untagged", matched_on="caja")
    made = promise(people)
    with db.transaction() as session:
        presence.see(session, acting(people.ivy), thread.id, doing="looking", now=utc_now())
        claims.begin(session, acting(people.kim), other.id, utc_now())

    page = see(people.ana, "/queue?show=all", dark=dark, width=width)
    for path in (
        "/queue?show=all",
        "/queue?show=late",
        f"/threads/{thread.id}",
        f"/threads/{other.id}",
        f"/escalations/{made.id}/made",
    ):
        page.goto(path)
        assert violations(page) == [], path
        assert page.evaluate("document.documentElement.scrollWidth <= innerWidth"), path


def test_the_queue_keeps_its_budget(see: See, people: Cast) -> None:
    for number in range(50):
        post(people, "A rather long complaint about a store. " * 5, number)
    page = see(people.ana)
    sizes, asked = _weigh(page, "/queue")

    assert page.locator("[data-row]").count() == 50
    assert len(asked) <= 5, asked
    assert sum(sizes) <= 60 * 1024


def _weigh(page: Page, path: str) -> tuple[list[int], list[str]]:
    """Bytes as the proxy compresses them, and addresses, of what a page needs; the tab's icon left out."""
    answers: list[Response] = []
    asked: list[str] = []

    def note(request: Request) -> None:
        if "/news" not in request.url and "icon" not in request.url:
            asked.append(request.url)

    page.on("request", note)
    page.on("response", lambda answer: answers.append(answer))  # noqa: PLW0108 - Playwright marks its handlers
    page.goto(path)
    page.wait_for_load_state("networkidle")
    sizes = [len(gzip.compress(answer.body())) for answer in answers if answer.url in asked and answer.ok]
    print(json.dumps({"path": path, "bytes": sum(sizes), "requests": len(asked)}))
    return sizes, asked
