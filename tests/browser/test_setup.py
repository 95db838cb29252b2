"""The set-up in a browser: a file is chosen and applied, and texts are measured while somebody types."""

import json
from pathlib import Path

from playwright.sync_api import expect

from bridge import db
from bridge.clock import utc_now
from bridge.models import ChannelAccount, Outcome, WebhookEndpoint
from bridge.services import receiving
from bridge.settings import settings
from tests.browser.acts.setup import STORES
from tests.browser.axe import violations
from tests.browser.conftest import See
from tests.cast import Cast


def test_a_file_is_chosen_looked_at_and_applied(see: See, people: Cast, tmp_path: Path) -> None:
    file = tmp_path / "stores.json"
    file.write_bytes(STORES)
    page = see(people.ada, "/setup/stores/import", width=390)

    page.locator("#file").set_input_files(file)
    page.get_by_role("button", name="Send and look").click()
    expect(page.get_by_role("heading", level=2).first).to_have_text(
        "2 read, 0 without a staff counter, 1 error"
    )
    assert violations(page) == []
    page.get_by_role("button", name="Apply to 1 store").click()

    expect(page.get_by_role("status").first).to_contain_text("Done: 0 new, 1 changed, 1 left out.")
    expect(page.get_by_role("link", name="Lakeside two")).to_be_visible()


def test_a_file_goes_without_a_script(see: See, people: Cast, tmp_path: Path) -> None:
    file = tmp_path / "stores.json"
    file.write_text(json.dumps(json.loads(STORES)[:1]), "utf-8")
    page = see(people.ada, "/setup/stores/import", javascript=False)

    page.locator("#file").set_input_files(file)
    page.get_by_role("button", name="Send and look").click()
    page.get_by_role("button", name="Apply to 1 store").click()

    assert page.url.endswith("/setup/stores")


def test_the_texts_and_their_length_follow_what_is_typed(see: See, people: Cast) -> None:
    page = see(people.ada, "/setup/messages?language=en&channel=bluesky")
    texts, promised = page.locator("#texts"), page.get_by_label("What is promised", exact=True)
    expect(texts).to_contain_text("Our promise: $15.00 off Galaxy S6 case.")
    expect(texts.locator(".length-over")).to_have_count(0)

    promised.fill("You have our word: {what}.")
    expect(texts).to_contain_text("You have our word: $15.00 off Galaxy S6 case.")
    promised.fill("{what} " * 14)

    expect(texts.locator(".length-over").first).to_contain_text("over")
    expect(page.locator("#texts-news")).to_contain_text("over")
    promised.fill("{whta}")
    expect(texts).to_contain_text("1 sentence breaks a rule")
    assert violations(page) == []


def test_a_preview_is_what_is_saved(see: See, people: Cast) -> None:
    page = see(people.ada, "/setup/stores/12")
    page.get_by_label("Phone").fill("+1 555 0112")
    page.get_by_role("button", name="Save with preview").click()
    expect(page.locator(".preview")).to_be_focused()

    page.get_by_label("Phone").fill("+1 555 0113")
    page.get_by_role("button", name="Save", exact=True).click()
    expect(page.locator(".preview")).to_contain_text("+1 555 0113")
    page.get_by_role("button", name="Save", exact=True).click()

    expect(page.get_by_role("status").first).to_have_text("Saved.")
    assert page.get_by_label("Phone").input_value() == "+1 555 0113"


def test_on_a_phone_the_log_of_a_receiver_keeps_its_words_whole(see: See, people: Cast) -> None:
    with db.transaction() as session:
        one = WebhookEndpoint(brand_id=people.brand.id, url="https://hooks.example.com/in", topics=["*"])
        session.add(one)
        session.flush()
        session.add(
            Outcome(
                channel="webhook", topic="webhook.test", endpoint_id=one.id, payload={}, state="cancelled"
            )
        )
    page = see(people.ada, f"/setup/webhooks/{one.id}", width=390)

    tag = page.locator(".table .tag").bounding_box()

    assert tag is not None
    assert tag["height"] < 40


def test_on_a_phone_a_long_name_of_a_delivery_wraps_and_breaks_no_page(see: See, people: Cast) -> None:
    name = "msg_" + "9" * 196
    now = utc_now()
    with db.transaction() as session:
        account = ChannelAccount(brand_id=people.brand.id, channel="listening", name="Newsroom")
        session.add(account)
        session.flush()
        account_id = account.id
    with db.statement() as connection:
        receiving.keep(
            connection, account_id, delivery_id=name, body=b"{", how="intake", config=settings(), now=now
        )

    page = see(people.ada, f"/setup/channels/{account_id}", width=390)

    cell = page.locator(".sent-name")
    expect(cell).to_have_text(name)
    box = cell.bounding_box()
    assert box is not None
    assert box["width"] < 300
    assert page.evaluate("document.documentElement.scrollWidth") <= 390
