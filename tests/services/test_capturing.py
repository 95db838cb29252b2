"""A post comes in without any network's API, and makes or joins one conversation."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from bridge import db
from bridge.cli.stores import OPERATOR
from bridge.clock import utc_now
from bridge.errors import Conflict, InvalidInput
from bridge.models import Customer, Post, SocialIdentity, Thread
from bridge.services import capturing, directory
from tests.cast import Cast
from tests.services.captured_posts import COMPLAINT, POSTED_AT, ana, capture, captured, count


def test_an_address_a_handle_and_a_text_make_a_thread(cast: Cast) -> None:
    result = capture(cast, addressed_to="@NorthlightCare")

    assert (result.created, result.post_added) == (True, True)
    assert (result.thread.network, result.thread.external_id) == ("x", "1245403438755852288")
    assert result.thread.official_handle_id == cast.handle.id
    assert (result.post.author_handle, result.post.text) == ("Wanda", COMPLAINT)


def test_the_second_capture_finds_the_first_whatever_the_address_wears(cast: Cast) -> None:
    first = capture(cast)

    second = capture(cast, permalink="http://mobile.twitter.com/wanda/status/1245403438755852288?s=20")

    assert (second.created, second.post_added) == (False, False)
    assert (second.thread.id, second.post.id) == (first.thread.id, first.post.id)
    assert [count(model) for model in (Thread, Post, SocialIdentity, Customer)] == [1, 1, 1, 1]


def test_another_text_under_the_same_address_is_kept_as_evidence(cast: Cast) -> None:
    first = capture(cast)

    edited = capture(cast, text="They did it, all is well.", posted_at=POSTED_AT + timedelta(hours=1))
    again = capture(cast, text="They did it, all is well.", posted_at=POSTED_AT + timedelta(hours=1))

    assert (edited.created, edited.post_added, again.post_added) == (False, True, False)
    assert (edited.thread.id, again.post.id) == (first.thread.id, edited.post.id)
    assert edited.thread.last_post_at == POSTED_AT + timedelta(hours=1)


def test_a_post_of_a_clock_that_runs_ahead_counts_from_now(cast: Cast) -> None:
    now = utc_now()

    found = capture(cast, now=now, posted_at=now + timedelta(minutes=59))

    assert (found.post.posted_at, found.thread.last_post_at) == (now, now)
    with pytest.raises(InvalidInput):
        capture(cast, now=now, posted_at=now + timedelta(minutes=61))


def test_a_later_post_of_a_known_conversation_joins_it(cast: Cast) -> None:
    first = capture(cast, external_id="conversation-1", network="x")
    later = capture(
        cast,
        external_id="conversation-1",
        permalink="https://x.com/NorthlightCare/status/1245403438755859999",
        handle="NorthlightCare",
        text="So sorry, Wanda.",
        author_kind="brand",
        posted_at=POSTED_AT - timedelta(minutes=1),
    )
    found_by_its_middle = capture(
        cast,
        permalink="https://x.com/i/web/status/1245403438755859999",
        handle="NorthlightCare",
        text="So sorry, Wanda.",
        author_kind="brand",
    )

    assert later.thread.id == first.thread.id == found_by_its_middle.thread.id
    assert later.thread.first_post_at == POSTED_AT - timedelta(minutes=1)
    assert found_by_its_middle.post.id == later.post.id


def test_a_handle_is_one_customer_whatever_its_capitals(cast: Cast) -> None:
    capture(cast, handle="@Wanda")
    capture(cast, handle="wANDA", permalink="https://x.com/wanda/status/1245403438755850000")

    assert (count(Thread), count(SocialIdentity), count(Customer)) == (2, 1, 1)


def test_a_page_of_no_known_network_is_enough(cast: Cast) -> None:
    result = capture(
        cast, permalink="https://blog.example.org/never-again", handle="Wanda's blog".replace(" ", "-")
    )

    assert result.thread.network == "other"
    assert result.thread.external_id.startswith("url-")


def test_a_connector_names_network_and_ids_without_an_address(cast: Cast) -> None:
    result = capture(
        cast,
        permalink=None,
        network="whatsapp",
        external_id="wamid-1",
        post_external_id="m-1",
        visibility="private",
        mention_type="dm",
    )
    edited = capture(
        cast,
        permalink=None,
        network="whatsapp",
        external_id="wamid-1",
        post_external_id="m-1",
        text="Changed",
    )

    assert (result.thread.visibility, result.thread.permalink) == ("private", None)
    assert (edited.post.id, edited.post.text) == (result.post.id, COMPLAINT)


@pytest.mark.parametrize(
    "changes",
    [
        {"permalink": None},
        {"permalink": None, "external_id": "t-1"},
        {"permalink": None, "network": "x"},
        {"permalink": "never again"},
        {"network": "facebook"},
        {"network": "X Corp"},
        {"handle": ""},
        {"handle": "wan\u202eda"},
        {"handle": "wanda\x00"},
        {"handle": "x" * 81},
        {"addressed_to": "North\u2066light"},
        {"language": "a very long one"},
        {"visibility": "secret"},
        {"mention_type": "shout"},
        {"author_kind": "robot"},
        {"author_kind": "brand"},
        {"posted_at": datetime(2026, 3, 1, 12)},  # noqa: DTZ001 - the missing zone is the test
        {"posted_at": datetime(2999, 1, 1, tzinfo=UTC)},
    ],
)
def test_what_cannot_be_placed_is_refused_and_leaves_nothing(cast: Cast, changes: dict[str, Any]) -> None:
    with pytest.raises(InvalidInput):
        capture(cast, **changes)

    assert (count(Thread), count(Customer)) == (0, 0)


@pytest.mark.parametrize(
    ("text", "stored"),
    [
        ("Zoe\u0308", "Zo\u00eb"),
        ("\U0001f469\u200d\U0001f469\u200d\U0001f466", "\U0001f469\u200d\U0001f469\u200d\U0001f466"),
        ("a\u202eb", "a\u202eb"),
        ("a\0b\ud800c", "a\ufffdb\ufffdc"),
        ("\uffff", "\uffff"),
        ("", ""),
        ("x" * 10_001, "x" * 9_999 + "…"),
    ],
)  # fmt: skip
def test_any_text_is_stored_as_far_as_it_can_be(cast: Cast, text: str, stored: str) -> None:
    assert capture(cast, text=text).post.text == stored


def test_a_conversation_of_another_brand_is_not_joined(cast: Cast) -> None:
    capture(cast)
    with db.transaction() as session:
        other = directory.get_or_create_brand(session, "Southlight", actor=OPERATOR, now=utc_now())
    stranger = replace(ana(cast), brand_id=other.id)

    with db.transaction() as session, pytest.raises(Conflict):
        capturing.capture(session, stranger, captured(), utc_now())
