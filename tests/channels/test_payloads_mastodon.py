"""Mastodon's own answers, as they were seen, against the channel."""

from pathlib import Path

import orjson
import pytest

from bridge.channels.calling import Answered, Request
from bridge.channels.coming_in import EventKind
from bridge.channels.going_out import Result
from bridge.channels.mastodon import CHANNEL
from tests.channels.answers import answer
from tests.channels.cases.mastodon import ACCOUNT, NAME, PRIVATE, ours


@pytest.fixture
def payloads(shared_data: Path) -> Path:
    return shared_data / "channel-payloads"


def load(payloads: Path, name: str) -> tuple[dict[str, object], Answered]:
    told = orjson.loads((payloads / f"mastodon_{name}.json").read_bytes())
    return told, answer(told["http"].get("status", 0), told.get("raw_body", "").encode())


def test_the_notification_is_taken_in(payloads: Path) -> None:
    _, notifications = load(payloads, "notification_mention")

    def side(request: Request) -> Answered:
        return notifications if "v1/notifications" in request.url else answer(200, [])

    polled = CHANNEL.poll(ACCOUNT, {}, call=side)
    (event,) = CHANNEL.read(ACCOUNT, polled.items[0].body)
    assert (event.kind, event.external_id, event.text) == (
        EventKind.PUBLIC_MENTION,
        NAME,
        "@care heels snapped on day one",
    )
    assert polled.cursor["newest"] == "68000001"


def test_our_direct_message_has_the_shape_that_was_taken(payloads: Path) -> None:
    seen, _ = load(payloads, "status_create_request")
    body = orjson.loads(str(seen["raw_body"]))
    asked: list[Request] = []

    def side(request: Request) -> Answered:
        asked.append(request)
        assert isinstance(request.json, dict)
        return answer(200, ours(request.json))

    assert CHANNEL.send(ACCOUNT, PRIVATE, call=side).result is Result.SENT
    assert isinstance(asked[0].json, dict)
    assert asked[0].json.keys() == body.keys()
    assert (asked[0].json["visibility"], asked[0].json["language"]) == (body["visibility"], body["language"])
    headers = seen["http"]["headers"]  # type: ignore[index]
    assert {"Authorization", "Idempotency-Key"} <= set(headers) & set(asked[0].headers)


@pytest.mark.parametrize(("name", "result"), [("error_401", Result.SIGNED_OUT), ("error_422", Result.FINAL)])
def test_each_error_means_what_it_says(payloads: Path, name: str, result: Result) -> None:
    _, refused = load(payloads, name)
    assert CHANNEL.send(ACCOUNT, PRIVATE, call=lambda _request: refused).result is result
