"""Writing to customers in a browser: the counter follows the chosen way, and nothing is a barrier."""

import pytest
from playwright.sync_api import expect

from bridge.channels.going_out import Purpose
from bridge.lengths import measure
from tests.browser.axe import violations
from tests.browser.conftest import See
from tests.cast import Cast, claimed_thread
from tests.messages import with_door


def test_the_answer_is_counted_by_the_way_that_is_chosen(people: Cast, see: See) -> None:
    thread = claimed_thread(people)
    with_door(people, thread, "facebook")
    page = see(people.ana, f"/threads/{thread.id}", width=390)
    count = page.locator("#reply-count")
    text = "Hello there, we are on it"
    page.get_by_label("Your answer", exact=True).fill(text)
    for way, channel_is_private in ((Purpose.PUBLIC_REPLY, False), (Purpose.PRIVATE_MESSAGE, True)):
        button = page.locator(f"input[value={way.value}]")
        if button.is_disabled():
            continue
        button.check()
        length = measure(text, "facebook", channel_is_private)
        assert count.inner_text() == f"{length.count} of {length.limit:,} characters on Facebook"
    page.get_by_label("Your answer", exact=True).fill("x" * 1001)
    assert "1 over" in count.inner_text()
    assert violations(page) == []


@pytest.mark.parametrize(
    ("language", "limit"), [("English", "1,000"), ("Español", "1,000"), ("Français", "1\u00a0000")]
)
def test_the_count_is_written_in_the_reader_s_numbers(
    people: Cast, see: See, language: str, limit: str
) -> None:
    thread = claimed_thread(people)
    with_door(people, thread, "facebook")
    page = see(people.ana, f"/threads/{thread.id}")

    page.get_by_role("button", name=language, exact=True).click()

    count = page.locator("#reply-count")
    expect(count).to_be_visible()
    assert limit in (count.text_content() or "")
    assert "{" not in (count.text_content() or "")
