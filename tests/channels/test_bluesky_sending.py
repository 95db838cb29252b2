"""What is posted to Bluesky: the record, its key, and how an earlier try is found. No network."""

from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from uuid import UUID

import pytest

from bridge.channels.bluesky import CHANNEL
from bridge.channels.bluesky.record_keys import record_key
from bridge.channels.bluesky.rich_text import facets_of
from bridge.channels.bluesky.sending import record
from bridge.channels.calling import Answered, Request
from bridge.channels.going_out import Purpose, Result
from tests.channels.answers import answer, must_not_call
from tests.channels.cases.bluesky import ACCOUNT, AT, CID, GONE, MESSAGE, POST, THEM, US, side


def test_the_record_answers_by_root_and_parent_and_marks_mention_and_link_in_bytes() -> None:
    text = "¡Hola @upset.test! Más: https://help.example/a_(b). ✅"
    made = record(replace(MESSAGE, text=text), MESSAGE.reference)
    assert made["reply"] == {"root": {"uri": POST, "cid": CID}, "parent": {"uri": POST, "cid": CID}}
    assert (made["createdAt"], made["langs"]) == ("2026-11-22T05:10:00.000Z", ["en"])
    raw = text.encode()
    marked = [
        (raw[one["index"]["byteStart"] : one["index"]["byteEnd"]].decode(), one["features"][0])
        for one in made["facets"]
    ]
    assert [shown for shown, _ in marked] == ["@upset.test", "https://help.example/a_(b)"]
    assert marked[0][1]["did"] == THEM
    assert marked[1][1]["uri"] == "https://help.example/a_(b)"


@pytest.mark.parametrize(
    "text", ["mail care@upset.test", "@upset.test.example", "@upset.testing", "upset.test"]
)
def test_what_is_no_mention_is_not_marked_as_one(text: str) -> None:
    assert facets_of(text, handles={"upset.test": THEM}) == []


def test_a_message_has_one_record_key_and_others_have_others() -> None:
    # Always the same ones: of drawn ids two in two thousand clash once in five hundred runs.
    moment = int(AT.timestamp() * 1000) << 80 | 7 << 76 | 2 << 62
    ids = [UUID(int=moment | number) for number in range(2_000)]
    keys = [record_key(one) for one in ids]
    assert keys == [record_key(one) for one in ids]
    assert len(set(keys)) == len(ids)
    # As the network's specification of a TID has it, and in the order of time.
    assert all(len(key) == 13 and key[0] in "234567abcdefghij" for key in keys)
    early, late = (
        UUID(int=(int(at.timestamp() * 1000) << 80) | 7 << 76) for at in (AT, AT + timedelta(hours=1))
    )
    assert record_key(early) < record_key(late)


def test_the_same_message_asks_for_the_same_record_at_every_try() -> None:
    asked: list[object] = []

    def recording(request: Request) -> Answered:
        asked.append(request.json)
        return side(request)

    assert CHANNEL.send(ACCOUNT, MESSAGE, call=recording).external_id == (
        f"at://{US}/app.bsky.feed.post/{record_key(MESSAGE.id)}"
    )
    CHANNEL.send(ACCOUNT, MESSAGE, call=recording)
    assert asked[0] == asked[1]


def test_a_key_that_is_taken_is_ours_only_with_our_words() -> None:
    assert CHANNEL.find(ACCOUNT, MESSAGE, call=side).result is Result.SENT
    told = CHANNEL.find(ACCOUNT, replace(MESSAGE, text="Other words"), call=side)
    assert (told.result, told.error) == (Result.UNKNOWN, "another_record")
    assert CHANNEL.find(ACCOUNT, MESSAGE, call=lambda _request: GONE).result is Result.NOT_THERE


def test_a_pasted_post_is_asked_for_before_it_is_answered() -> None:
    asked: list[Request] = []

    def recording(request: Request) -> Answered:
        asked.append(request)
        return side(request)

    assert CHANNEL.send(ACCOUNT, replace(MESSAGE, reference={}), call=recording).result is Result.SENT
    assert [request.method for request in asked] == ["GET", "POST"]
    assert asked[1].json["record"]["reply"]["parent"] == {"uri": POST, "cid": CID}  # type: ignore[index]

    def nothing(_request: Request) -> Answered:
        return answer(200, {"posts": []})

    told = CHANNEL.send(ACCOUNT, replace(MESSAGE, reference={}), call=nothing)
    assert (told.result, told.error) == (Result.FINAL, "post_is_gone")
    told = CHANNEL.send(ACCOUNT, replace(MESSAGE, reference={}, reply_to="text-1"), call=side)
    assert told.result is Result.HAND_OFF


def test_nothing_private_is_ever_sent() -> None:
    for purpose in (Purpose.PRIVATE_MESSAGE, Purpose.PRIVATE_REPLY, Purpose.NOTE):
        told = CHANNEL.send(ACCOUNT, replace(MESSAGE, purpose=purpose), call=must_not_call)
        assert told.result is Result.HAND_OFF


def test_a_refusal_says_why_and_never_repeats_our_words() -> None:
    def refusing(message: str) -> Callable[[Request], Answered]:
        return lambda _request: answer(400, {"error": "InvalidRequest", "message": message})

    told = CHANNEL.send(ACCOUNT, MESSAGE, call=refusing("grapheme too big"))
    assert (told.result, told.error, told.excerpt) == (Result.FINAL, "InvalidRequest", "grapheme too big")
    assert not CHANNEL.send(ACCOUNT, MESSAGE, call=refusing(f"bad: {MESSAGE.text}")).excerpt
