"""What Bluesky's posts say: threads, mentions, quotes, whole links. Pure."""

from datetime import UTC, datetime

import pytest

from bridge.channels.bluesky import CHANNEL
from bridge.channels.bluesky.reading import item
from bridge.channels.bluesky.rich_text import with_whole_links
from bridge.channels.coming_in import Event, EventKind
from bridge.permalinks import recognise
from tests.channels.cases.bluesky import ACCOUNT, CID, POST, THEM, US, post

LINK = "app.bsky.richtext.facet#link"


def read(kind: str, **more: object) -> Event:
    (event,) = CHANNEL.read(ACCOUNT, item(kind, **more))
    return event


def notified(reason: str = "mention", **more: object) -> Event:
    return read("notification", post=post(reason=reason, **more))  # type: ignore[arg-type]


def test_a_mention_begins_a_thread_that_a_pasted_address_finds() -> None:
    event = notified(langs=["en-GB"])
    assert (event.kind, event.external_id, event.thread_id) == (EventKind.PUBLIC_MENTION, POST, POST)
    assert event.author is not None
    assert (event.author.external_id, event.author.handle, event.language) == (THEM, "upset.test", "en")
    assert event.reference == {"uri": POST, "cid": CID, "root_uri": POST, "root_cid": CID}
    by_did = recognise(f"https://bsky.app/profile/{THEM}/post/3n2aaaaaaaa2a")
    by_handle = recognise("https://bsky.app/profile/Upset.test/post/3n2aaaaaaaa2a")
    assert (by_did.thread_id, by_did.post_id) == (event.thread_id, event.external_id)
    assert event.also_known_as == (by_handle.post_id,)
    assert recognise(event.permalink) == by_handle


def test_a_reply_belongs_to_the_conversation_s_first_post() -> None:
    uri = f"at://{THEM}/app.bsky.feed.post/3n2cccccccc2c"
    reply = {"root": {"uri": POST, "cid": "root"}, "parent": {"uri": f"at://{US}/x/y", "cid": "p"}}
    event = notified("reply", uri=uri, reply=reply)
    assert (event.kind, event.thread_id, event.external_id) == (EventKind.PUBLIC_REPLY, POST, uri)
    assert event.reference == {"uri": uri, "cid": CID, "root_uri": POST, "root_cid": "root"}


@pytest.mark.parametrize(("reason", "kind"), [("quote", EventKind.PUBLIC_MENTION), ("like", EventKind.OTHER)])
def test_a_quote_is_a_mention_and_a_like_is_nothing(reason: str, kind: EventKind) -> None:
    assert notified(reason).kind is kind


def test_a_handle_that_does_not_resolve_is_not_shown_as_one() -> None:
    event = notified(handle="handle.invalid")
    assert event.author is not None
    assert (event.author.handle, event.author.external_id, event.also_known_as) == ("", THEM, ())


def test_an_app_whose_clock_runs_ahead_does_not_write_in_the_future() -> None:
    assert notified(created_at="2031-01-01T00:00:00Z").created_at == datetime(
        2026, 11, 22, 5, 9, 19, 11_000, tzinfo=UTC
    )
    assert notified(created_at="2026-11-20T00:00:00+02:00").created_at == datetime(
        2026, 11, 19, 22, tzinfo=UTC
    )


def test_links_are_shown_whole_by_the_bytes_that_a_facet_names() -> None:
    text = "😡 look: shop.example/very/lo… und hier"
    start = len("😡 look: ".encode())
    end = start + len("shop.example/very/lo…".encode())
    facet = {
        "index": {"byteStart": start, "byteEnd": end},
        "features": [{"$type": LINK, "uri": "https://shop.example/very/long?x=1"}],
    }
    assert notified(text=text, facets=[facet]).text == "😡 look: https://shop.example/very/long?x=1 und hier"
    nonsense = [
        facet | {"index": {"byteStart": 4, "byteEnd": 900}},
        facet | {"index": {"byteStart": -1, "byteEnd": 2}},
        {"index": 7},
        9,
    ]
    assert with_whole_links(text, nonsense) == text
    assert with_whole_links(text, [facet, facet]) == with_whole_links(text, [facet]), "overlaps count once"


def test_a_post_found_by_a_search_says_by_which() -> None:
    event = read("found", post=post(text="heels broke"), matched_on="Heels")
    assert (event.kind, event.matched_on) == (EventKind.PUBLIC_UNMENTIONED, "Heels")


def test_our_own_post_is_an_echo_in_the_customer_s_thread() -> None:
    value = {
        "text": "On it!",
        "createdAt": "2026-11-22T06:00:00Z",
        "reply": {"root": {"uri": POST, "cid": CID}, "parent": {"uri": POST, "cid": CID}},
    }
    event = read("ours", post={"uri": f"at://{US}/app.bsky.feed.post/1", "cid": "c", "value": value})
    assert (event.kind, event.thread_id, event.text) == (EventKind.OUTCOME_ECHO, POST, "On it!")
