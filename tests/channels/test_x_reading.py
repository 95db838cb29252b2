"""What X delivers: who signed it, and the events that are read from it, the old payloads among them."""

from dataclasses import replace
from typing import Any

import orjson
import pytest

from bridge.channels.accounts import Account
from bridge.channels.coming_in import EventKind
from bridge.channels.x import reading, signing
from bridge.permalinks import recognise
from tests.channels.cases.x import (
    ACCOUNT,
    CUSTOMER,
    POST,
    US,
    USER,
    activity,
    chat,
    delivery,
    direct,
    post,
)
from tests.channels.x_network import X


def read(told: dict[str, object], account: Account = ACCOUNT) -> Any:
    (event,) = reading.events(account, orjson.dumps(told))
    return event


def test_the_challenge_is_answered_with_the_documented_value() -> None:
    account = replace(ACCOUNT, secrets={"consumer_secret": ("test-consumer-secret", "older")})
    asked = replace(delivery({}), method="GET", args={"crc_token": "crc-2b9d6f1c"})
    told = X.challenge(account, asked)
    assert told is not None
    assert orjson.loads(told.body) == {
        "response_token": "sha256=gL/CPoIdgN65ADm/8nFfiqZr0J9wTrSdyg8My4ZfxSI="
    }
    assert (told.status_code, told.content_type) == (200, "application/json")
    assert X.challenge(account, replace(asked, args={})) is None
    assert X.challenge(account, replace(asked, args={"crc_token": "x" * 501})) is None
    assert X.challenge(replace(account, secrets={}), asked) is None


def test_a_delivery_is_named_by_its_uuid_also_a_negative_one() -> None:
    told = activity("post.mention.create", post(), uuid="-498317022904955002")
    assert signing.name_of(orjson.dumps(told)) == "event -498317022904955002"
    assert signing.name_of(b"not json").startswith("sha256-")
    other = activity("post.mention.create", post(), uuid="not a number")
    assert signing.name_of(orjson.dumps(other)).startswith("sha256-")


def test_a_mention_is_the_thread_that_its_address_names() -> None:
    event = read(activity("post.mention.create", post()))
    pasted = recognise(f"https://twitter.com/upset_shopper/status/{POST}?s=20")
    assert (event.thread_id, event.external_id) == (pasted.thread_id, pasted.post_id)
    assert recognise(event.permalink) == pasted
    assert (event.author.external_id, event.author.handle) == (CUSTOMER, "upset_shopper")
    assert event.reference == {"id": POST, "author_id": CUSTOMER, "is_summons": True}
    assert event.language == "en"


def test_users_come_plain_or_wrapped_as_a_list_or_a_map() -> None:
    for users in ([USER], [{"data": USER}], {CUSTOMER: USER}, {CUSTOMER: {"data": USER}}):
        told = activity("post.mention.create", post())
        told["data"]["includes"] = {"users": users}  # type: ignore[index]
        assert read(told).author.handle == "upset_shopper"
    told["data"].pop("includes")  # type: ignore[attr-defined]
    assert (read(told).author.external_id, read(told).author.handle) == (CUSTOMER, "")


def test_our_own_words_are_an_echo_whatever_the_event_is_called() -> None:
    for kind in ("post.create", "post.reply.create", "post.mention.create"):
        told = read(
            activity(kind, post(id="12", author_id=US, conversation_id=POST, in_reply_to_tweet_id=POST))
        )
        assert (told.kind, told.parent_id) == (EventKind.OUTCOME_ECHO, POST)
    sent = read(activity("dm.sent", direct(sender=US, to=CUSTOMER)))
    received = read(activity("dm.received", direct()))
    assert sent.kind is EventKind.OUTCOME_ECHO
    assert sent.thread_id == received.thread_id == f"dm-{US}-{CUSTOMER}"
    assert received.is_private


def test_an_encrypted_message_joins_the_private_conversation_and_has_no_words() -> None:
    event = read(activity("chat.received", chat()))
    assert (event.kind, event.text, event.is_private) == (EventKind.CLOSED_MESSAGE, "", True)
    assert event.thread_id == read(activity("dm.received", direct())).thread_id


def test_an_edited_post_is_the_first_one_with_other_words() -> None:
    told = post(id="13", text="the sole, I mean", edit_history_tweet_ids=[POST, "13"], conversation_id=POST)
    event = read(activity("post.mention.create", told))
    assert (event.kind, event.external_id, event.also_known_as) == (EventKind.EDITED, POST, ("13",))
    assert event.reference["id"] == "13"


def test_a_long_post_is_read_whole_with_its_links_as_they_lead() -> None:
    entities = {"urls": [{"url": "https://t.co/a", "expanded_url": "https://shop.example/heels"}]}
    note = {"text": "A &amp; B: https://t.co/a " + "x" * 400, "entities": entities}
    event = read(activity("post.mention.create", post(text="A &amp; B…", note_tweet=note)))
    assert event.text.startswith("A & B: https://shop.example/heels x")


def test_a_match_of_the_stream_says_what_found_it_unless_it_mentions_us() -> None:
    told = {
        "data": post(entities={}),
        "includes": {"users": [USER]},
        "matching_rules": [{"id": "1", "tag": "heels"}],
    }
    event = read(told)
    assert (event.kind, event.matched_on) == (EventKind.PUBLIC_UNMENTIONED, "heels")
    assert event.reference["is_summons"] is False
    event = read({**told, "data": post()})
    assert (event.kind, event.matched_on) == (EventKind.PUBLIC_MENTION, "")


def test_a_quote_of_ours_summons_us() -> None:
    event = read(activity("post.quote.create", post(entities={})))
    assert (event.kind, event.reference["is_summons"]) == (EventKind.PUBLIC_MENTION, True)


def test_somebody_else_s_revoked_consent_is_not_ours() -> None:
    assert read(activity("oauth.revoke", {"user_id": US})).kind is EventKind.REVOKED
    assert read(activity("oauth.revoke", {"user_id": CUSTOMER})).kind is EventKind.OTHER


@pytest.mark.parametrize("kind", ["follow.follow", "profile.update.handle", "typing"])
def test_what_we_do_not_read_is_kept_as_other(kind: str) -> None:
    assert read(activity(kind, {"id": "1"})).kind is EventKind.OTHER


def test_the_old_payloads_are_read() -> None:
    old = {
        "id": 2091000000000000010,
        "id_str": POST,
        "created_at": "Sun Nov 22 05:10:00 +0000 2026",
        "text": "cut…",
        "truncated": True,
        "extended_tweet": {"full_text": "@northlight my heels &amp; my patience broke"},
        "in_reply_to_status_id_str": None,
        "user": {"id_str": CUSTOMER, "screen_name": "upset_shopper", "name": "Sam"},
        "entities": {"user_mentions": [{"id_str": US, "screen_name": "northlight"}]},
    }
    event = read({"for_user_id": US, "tweet_create_events": [old]})
    assert (event.kind, event.external_id) == (EventKind.PUBLIC_MENTION, POST)
    assert event.text == "@northlight my heels & my patience broke"
    assert event.created_at.isoformat() == "2026-11-22T05:10:00+00:00"
    answered = {**old, "id_str": "14", "in_reply_to_status_id_str": "40", "in_reply_to_user_id_str": US}
    event = read({"for_user_id": US, "tweet_create_events": [answered]})
    assert (event.kind, event.parent_id) == (EventKind.PUBLIC_REPLY, "40")
    gone = {"for_user_id": US, "tweet_delete_events": [{"status": {"id": POST, "user_id": CUSTOMER}}]}
    assert read(gone).kind is EventKind.DELETED
    revoked = {"user_event": {"revoke": {"source": {"user_id": US}, "date_time": "2026-11-22T05:40:00Z"}}}
    assert read(revoked).kind is EventKind.REVOKED
    assert read({"for_user_id": US, "favorite_events": [{}]}).kind is EventKind.OTHER
    assert read({"for_user_id": US, "tweet_create_events": [{**old, "retweeted_status": {}}]}).kind is (
        EventKind.OTHER
    )
