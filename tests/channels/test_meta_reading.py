"""What Meta delivers, in every form it is published in, becomes the right event in the right thread."""

from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import orjson
import pytest

from bridge.channels.coming_in import Event, EventKind, Incoming, NotAuthentic
from bridge.channels.registry import channel
from bridge.permalinks import recognise
from tests.channels.cases import facebook, instagram
from tests.channels.cases.facebook import PAGE, page
from tests.channels.cases.instagram import OURS, SHOPPER
from tests.channels.cases.meta import AT, SECONDS, signed, talk

PSID = "5100000000000001"
ECHO, REPLY = EventKind.OUTCOME_ECHO, EventKind.PUBLIC_REPLY


def on_facebook(told: object) -> list[Event]:
    return list(channel("facebook").read(facebook.ACCOUNT, orjson.dumps(told)))


def on_instagram(told: object) -> list[Event]:
    return list(channel("instagram").read(instagram.ACCOUNT, orjson.dumps(told)))


def comment(**changes: object) -> Event:
    (event,) = on_facebook(page(facebook.comment(**changes)))
    return event


def said(**changes: Any) -> Event:
    (event,) = on_facebook(page(messaging=(talk(PAGE, sender=PSID, to=PAGE, **changes),)))
    return event


# Facebook: comments and posts.


def test_a_comment_is_in_the_thread_of_its_pasted_address() -> None:
    event = comment()
    pasted = recognise("https://m.facebook.com/northlight/posts/300?comment_id=400&__tn__=R")
    assert (event.kind, event.external_id, event.thread_id) == (REPLY, pasted.post_id, pasted.thread_id)
    assert recognise(event.permalink) == replace(pasted, url=event.permalink)
    assert event.author is not None
    assert (event.author.external_id, event.author.handle) == ("7100000000000001", "Sam.Shopper.000001")
    assert event.created_at == datetime.fromtimestamp(SECONDS - 5, UTC)
    assert event.reference == {"id": "300_400", "kind": "comment"}


def test_an_answer_to_a_comment_stays_in_its_thread() -> None:
    event = comment(comment_id="300_455", parent_id="300_400")
    pasted = recognise(
        "https://www.facebook.com/northlight/posts/pfbid02abcdefghijk?comment_id=400&reply_comment_id=455"
    )
    assert (event.external_id, event.thread_id) == (pasted.post_id, pasted.thread_id) == ("455", "400")
    assert recognise(event.permalink).post_id == "455"


def test_two_visitors_of_one_name_are_two_customers() -> None:
    one, other = comment(), comment(**{"from": {"id": "7100000000000777", "name": "Sam Shopper"}})
    assert one.author is not None
    assert other.author is not None
    assert one.author.handle != other.author.handle


@pytest.mark.parametrize(
    "name", ["", " ", "\u202eevil\u2069", "李 小龍", "@@@", "Ana\n\tB", "x" * 500, "आना"]
)
def test_whatever_somebody_is_called_makes_a_handle_that_we_can_keep(name: str) -> None:
    from bridge.names import plain_handle

    author = comment(**{"from": {"id": "7100000000000001", "name": name}}).author
    assert author is not None
    assert plain_handle(author.handle).endswith(".000001")


def test_two_whom_nobody_names_are_not_one_customer() -> None:
    one, other = (comment(**{"from": None}, comment_id=f"300_{number}").author for number in (401, 402))
    assert one is not None
    assert other is not None
    assert (one.external_id, other.external_id) == ("", "")
    assert one.handle != other.handle


def test_a_visitor_s_post_is_a_mention_known_by_both_of_its_names() -> None:
    event = comment(
        item="status",
        comment_id="",
        parent_id="",
        post_id=f"{PAGE}_900",
        post={"permalink_url": "https://www.facebook.com/northlight/posts/pfbid0abcdefghijk"},
    )
    assert (event.kind, event.external_id, event.thread_id) == (EventKind.PUBLIC_MENTION, "900", "900")
    assert event.also_known_as == ("pfbid0abcdefghijk",)
    assert recognise(event.permalink).thread_id == "900"


@pytest.mark.parametrize(
    ("changes", "kind"),
    [
        ({"verb": "edited"}, EventKind.EDITED),
        ({"verb": "edit"}, EventKind.EDITED),
        ({"verb": "remove"}, EventKind.DELETED),
        ({"verb": "delete", "item": "status", "post_id": f"{PAGE}_9"}, EventKind.DELETED),
        ({"verb": "hide"}, EventKind.OTHER),
        ({"verb": "block"}, EventKind.OTHER),
        ({"item": "reaction"}, EventKind.OTHER),
        ({"item": "like"}, EventKind.OTHER),
        ({"from": {"id": PAGE, "name": "Northlight"}}, ECHO),
        ({"from": {"id": PAGE}, "verb": "edited"}, EventKind.OTHER),
        ({"from": {"id": PAGE}, "item": "status", "comment_id": ""}, EventKind.OTHER),
        ({"from": {"id": PAGE}, "verb": "remove"}, EventKind.DELETED),
        ({"comment_id": ""}, EventKind.OTHER),
        ({"item": "something new"}, EventKind.OTHER),
    ],
)
def test_each_verb_and_item(changes: dict[str, object], kind: EventKind) -> None:
    assert comment(**changes).kind is kind


def test_a_second_edit_is_later_than_the_first() -> None:
    first, second = (
        on_facebook(page(facebook.comment(verb="edited"), at=at))[0] for at in (SECONDS, SECONDS + 60)
    )
    assert first.created_at is not None
    assert second.created_at is not None
    assert first.created_at < second.created_at, "the comment's own time would hide every edit but one"


def test_a_comment_that_is_only_a_picture_says_so() -> None:
    assert comment(message=None, photo="https://example.org/a.jpg").text == "[photo]"


def test_a_mention_of_the_page_elsewhere() -> None:
    value = {
        "sender_id": "7100000000000001",
        "sender_name": "Sam Shopper",
        "item": "comment",
        "post_id": "777_888",
        "comment_id": "888_999",
        "message": "@Northlight never again",
        "verb": "add",
        "created_time": SECONDS,
    }
    (event,) = on_facebook(page({"field": "mention", "value": value}))
    assert (event.kind, event.external_id, event.thread_id) == (EventKind.PUBLIC_MENTION, "999", "999")
    assert event.reference["foreign"] is True


def test_a_batch_is_read_whole_and_what_is_new_to_us_stops_nothing() -> None:
    told = page(facebook.comment(), facebook.comment(comment_id="300_401"), {"field": "new", "value": 7})
    more = page(
        messaging=(talk(PAGE, sender=PSID, to=PAGE), {"sender": {"id": PSID}, "read": {"watermark": 1}})
    )
    told["entry"] += more["entry"]  # type: ignore[operator]
    assert [event.kind for event in on_facebook(told)] == [
        REPLY,
        REPLY,
        EventKind.OTHER,
        EventKind.PRIVATE_MESSAGE,
        EventKind.OTHER,
    ]


# Messenger.


def test_a_message_is_private_and_names_its_writer_for_the_answer() -> None:
    event = said()
    assert (event.kind, event.is_private, event.text) == (EventKind.PRIVATE_MESSAGE, True, "Order 55512")
    assert event.thread_id == f"messages/{PAGE}/{PSID}"
    assert event.reference == {"to": PSID}
    assert event.created_at == AT


def test_our_own_words_are_an_echo_in_the_same_thread() -> None:
    (echo,) = on_facebook(page(messaging=(talk(PAGE, sender=PAGE, to=PSID, is_echo=True, mid="m_2"),)))
    assert (echo.kind, echo.thread_id, echo.external_id) == (ECHO, said().thread_id, "m_2")


@pytest.mark.parametrize(
    ("attachments", "words"),
    [
        ([{"type": "sticker", "payload": {"url": "https://example.org/s.png"}}], "[sticker]"),
        ([{"type": "image", "payload": {"sticker_id": 369239263222822}}], "[sticker]"),
        ([{"type": "image", "payload": {}}, {"type": "audio"}], "[image] [audio]"),
        ([7, None, {"type": 7}], "[7]"),
        ({}, ""),
    ],
)
def test_attachments_without_words_are_named(attachments: object, words: str) -> None:
    assert said(text=None, attachments=attachments).text == words


def test_a_message_taken_back_is_deleted_and_an_edited_one_edited() -> None:
    assert said(is_deleted=True).kind is EventKind.DELETED
    edit = {
        "sender": {"id": PSID},
        "recipient": {"id": PAGE},
        "timestamp": SECONDS * 1000 + 5,
        "message_edit": {"mid": "m_1", "text": "Order 55513", "num_edit": 1},
    }
    (event,) = on_facebook(page(messaging=(edit,)))
    assert (event.kind, event.external_id, event.text) == (EventKind.EDITED, "m_1", "Order 55513")


def test_what_another_app_answers_at_the_moment_was_said_all_the_same() -> None:
    told = {"object": "page", "entry": [{"id": PAGE, "standby": [talk(PAGE, sender=PSID, to=PAGE)]}]}
    assert [event.kind for event in on_facebook(told)] == [EventKind.PRIVATE_MESSAGE]


def test_an_id_longer_than_we_keep_is_the_same_at_each_repeat() -> None:
    one, again, other = (said(mid=mid).external_id for mid in ("m" * 190, "m" * 190, "m" * 189 + "n"))
    assert one == again != other
    assert len(one) <= 120


# Instagram.


def test_both_ways_to_sign_in_bring_the_same_comment() -> None:
    (by_page,) = on_instagram(instagram.by_page(instagram.comment()))
    (by_itself,) = on_instagram(instagram.by_instagram(instagram.comment()))
    assert by_page == by_itself
    pasted = recognise("https://www.instagram.com/p/ABCDE12345/c/17900000000000000/r/17900000000000001/")
    assert (by_page.thread_id, by_page.external_id) == (pasted.thread_id, pasted.post_id)
    assert by_page.author is not None
    assert (by_page.author.handle, by_page.author.external_id) == ("upset_shopper", SHOPPER)


def test_a_comment_at_the_top_makes_the_thread() -> None:
    (event,) = on_instagram(instagram.by_page(instagram.comment(parent_id=None)))
    assert event.thread_id == event.external_id == event.reference["top"]


def test_a_message_is_of_the_same_customer_as_the_comment() -> None:
    (written,) = on_instagram(instagram.messages(talk(OURS, sender=SHOPPER, to=OURS)))
    (commented,) = on_instagram(instagram.by_page(instagram.comment()))
    assert written.author is not None
    assert commented.author is not None
    assert written.author.external_id == commented.author.external_id
    assert written.kind is EventKind.PRIVATE_MESSAGE


def test_messages_also_come_as_a_change() -> None:
    value = talk(OURS, sender=SHOPPER, to=OURS)
    for told in (
        instagram.by_page({"field": "messages", "value": value}),
        instagram.by_instagram({"field": "messages", "value": value}),
    ):
        assert [event.kind for event in on_instagram(told)] == [EventKind.PRIVATE_MESSAGE]


@pytest.mark.parametrize("who", [{"id": OURS}, {"id": "9", "username": "NorthLight"}])
def test_our_own_comment_is_an_answer(who: dict[str, str]) -> None:
    (event,) = on_instagram(instagram.by_page(instagram.comment(**{"from": who})))
    assert (event.kind, event.parent_id) == (ECHO, "17900000000000000")


def test_one_kind_of_object_is_not_read_by_the_other() -> None:
    assert [event.kind for event in on_instagram(page(facebook.comment()))] == [EventKind.OTHER]
    told = instagram.by_page(instagram.comment())
    assert [event.kind for event in on_facebook(told)] == [EventKind.OTHER]


# Who delivers.


@pytest.mark.parametrize(
    "changes",
    [
        {"hub.mode": "unsubscribe"},
        {"hub.verify_token": "meta-verif"},
        {"hub.verify_token": ""},
        {"hub.verify_token": "é"},
        {"hub.challenge": ""},
        {"hub.challenge": "<script>"},
        {"hub.challenge": "1" * 201},
    ],
)
def test_a_wrong_handshake_gets_no_answer(changes: dict[str, str]) -> None:
    right = {"hub.mode": "subscribe", "hub.verify_token": "meta-verify", "hub.challenge": "42"}
    for name, ours in (("facebook", facebook.ACCOUNT), ("instagram", instagram.ACCOUNT)):
        its = channel(name)
        assert its.challenge(ours, Incoming("GET", {}, right)) is not None
        assert its.challenge(ours, Incoming("GET", {}, right | changes)) is None
        nothing = replace(ours, secrets={})
        assert its.challenge(nothing, Incoming("GET", {}, right | {"hub.verify_token": ""})) is None


def test_the_old_sha1_signature_alone_is_refused() -> None:
    incoming = signed(page(facebook.comment()))
    headers = {name: value for name, value in incoming.headers.items() if name != "x-hub-signature-256"}
    with pytest.raises(NotAuthentic):
        channel("facebook").verify(facebook.ACCOUNT, replace(incoming, headers=headers), now=AT)
