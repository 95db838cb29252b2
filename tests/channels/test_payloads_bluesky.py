"""Bluesky's own answers, as they were seen, against the channel."""

from pathlib import Path

import orjson
import pytest

from bridge.channels.bluesky import CHANNEL
from bridge.channels.bluesky.record_keys import record_key
from bridge.channels.bluesky.sending import record
from bridge.channels.calling import Answered, Request
from bridge.channels.coming_in import EventKind, Held
from bridge.channels.going_out import Result
from tests.channels.answers import answer
from tests.channels.cases.bluesky import ACCOUNT, CID, MESSAGE, POST, US


@pytest.fixture
def payloads(shared_data: Path) -> Path:
    return shared_data / "channel-payloads"


def load(payloads: Path, name: str) -> tuple[dict[str, object], Answered]:
    told = orjson.loads((payloads / f"bsky_{name}.json").read_bytes())
    return told, answer(told["http"].get("status", 0), told["raw_body"].encode())


def test_the_notification_is_taken_in(payloads: Path) -> None:
    _, notifications = load(payloads, "list_notifications_response")

    def side(request: Request) -> Answered:
        return notifications if "listNotifications" in request.url else answer(200, {"records": []})

    (item,) = CHANNEL.poll(ACCOUNT, {}, call=side).items
    (event,) = CHANNEL.read(ACCOUNT, item.body)
    assert (event.kind, event.external_id, event.text) == (
        EventKind.PUBLIC_MENTION,
        POST,
        "@brandcare.test heels from your Leeds shop snapped on day one",
    )


def test_our_reply_has_the_shape_that_was_taken(payloads: Path) -> None:
    told, response = load(payloads, "reply_response_200")
    assert CHANNEL.send(ACCOUNT, MESSAGE, call=lambda _request: response).external_id == (
        f"at://{US}/app.bsky.feed.post/3n2bbbbbbbb2b"
    )
    seen, _ = load(payloads, "reply_request")
    body = orjson.loads(str(seen["raw_body"]))
    ours = record(MESSAGE, MESSAGE.reference)
    assert ours.keys() == body["record"].keys()
    assert {key: ours[key] for key in ("$type", "reply", "facets", "langs")} == {
        key: body["record"][key] for key in ("$type", "reply", "facets", "langs")
    }
    assert len(record_key(MESSAGE.id)) == len(body["rkey"])
    assert CID in str(seen["raw_body"])
    assert told["channel"] == "bluesky"


@pytest.mark.parametrize(
    ("name", "result"),
    [
        ("error_deleted_400", Result.FINAL),
        ("error_invalid_token_400", Result.SIGNED_OUT),
        ("error_no_auth_401", Result.SIGNED_OUT),
        ("error_too_long_400", Result.FINAL),
        ("error_upstream_502", Result.UNKNOWN),
    ],
)
def test_each_error_means_what_it_says(payloads: Path, name: str, result: Result) -> None:
    _, refused = load(payloads, name)
    assert CHANNEL.send(ACCOUNT, MESSAGE, call=lambda _request: refused).result is result
    assert CHANNEL.poll(ACCOUNT, {}, call=lambda _request: refused).is_signed_out == (
        result is Result.SIGNED_OUT
    )
    assert not CHANNEL.reread(ACCOUNT, [Held(POST)], call=lambda _request: refused)
