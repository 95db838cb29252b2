"""Meta's published payloads, with their exact bytes and signatures: taken, read, refused when touched."""

import re
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

import orjson
import pytest

from bridge.channels.accounts import Account
from bridge.channels.calling import Answered, Request
from bridge.channels.coming_in import EventKind, Incoming, NotAuthentic
from bridge.channels.going_out import Message, Purpose, Result
from bridge.channels.registry import channel
from tests.channels.cases.facebook import ACCOUNT as PAGE
from tests.channels.cases.instagram import ACCOUNT as PROFILE
from tests.channels.cases.meta import AT, message

SECRETS = {"access_token": ("t",), "app_secret": ("test-app-secret",), "verify_token": ("test-verify",)}
INBOUND = {
    "meta_page_feed_comment_add": ("facebook", EventKind.PUBLIC_REPLY),
    "meta_messenger_message": ("facebook", EventKind.PRIVATE_MESSAGE),
    "meta_messenger_echo": ("facebook", EventKind.OUTCOME_ECHO),
    "meta_instagram_comment_fblogin": ("instagram", EventKind.PUBLIC_REPLY),
    "meta_instagram_message": ("instagram", EventKind.PRIVATE_MESSAGE),
    "meta_whatsapp_message": ("facebook", EventKind.OTHER),
    "meta_whatsapp_status_failed": ("facebook", EventKind.OTHER),
}
OUTBOUND = {
    "meta_comment_reply_request": ("facebook", Purpose.PUBLIC_REPLY, {"id": "300_400", "kind": "comment"}),
    "meta_private_reply_request": ("facebook", Purpose.PRIVATE_REPLY, {"id": "300_400", "kind": "comment"}),
    "meta_send_human_agent_request": ("facebook", Purpose.PRIVATE_MESSAGE, {"to": "5100000000000001"}),
    "meta_ig_comment_reply_request": (
        "instagram",
        Purpose.PUBLIC_REPLY,
        {"id": "17900000000000001", "kind": "comment", "top": "17900000000000001"},
    ),
}
ANSWERS = {
    "meta_send_response_200": Result.SENT,
    "meta_error_outside_window": Result.TOO_LATE,
    "meta_error_rate_limited": Result.RETRY,
    "meta_error_token_expired": Result.SIGNED_OUT,
}
NOT_OURS_TO_SEND = {"meta_whatsapp_send_request"}


def stored(shared_data: Path, name: str) -> dict[str, object]:
    told = orjson.loads((shared_data / "channel-payloads" / f"{name}.json").read_bytes())
    assert isinstance(told, dict)
    return told


def account(name: str) -> Account:
    ours = PAGE if name == "facebook" else PROFILE
    return Account(
        id=ours.id,
        channel=name,
        base_url="https://graph.facebook.com",
        external_id=ours.external_id,
        handle="northlight",
        secrets=SECRETS,
    )


def test_every_stored_payload_is_looked_at(shared_data: Path) -> None:
    there = {path.stem for path in (shared_data / "channel-payloads").glob("meta_*.json")}
    assert there == {*INBOUND, *OUTBOUND, *ANSWERS, *NOT_OURS_TO_SEND, "meta_verify_challenge"}


@pytest.mark.parametrize("name", INBOUND)
def test_it_is_taken_as_it_is_and_refused_when_touched(shared_data: Path, name: str) -> None:
    its, kind = INBOUND[name]
    told = stored(shared_data, name)
    headers = {key.lower(): value for key, value in told["http"]["headers"].items()}  # type: ignore[index]
    body = str(told["raw_body"]).encode()
    ours = account(its)
    first = channel(its).verify(ours, Incoming("POST", headers, {}, body), now=AT)
    assert first == channel(its).verify(ours, Incoming("POST", headers, {}, body), now=AT)
    (event,) = channel(its).read(ours, body)
    assert event.kind is kind
    if kind is not EventKind.OTHER:
        assert event.text
        assert event.created_at is not None
    wrong = [
        (headers, body.replace(b"1", b"2", 1)),
        (headers, orjson.dumps(orjson.loads(body)) + b"\n"),
        ({}, body),
        (headers | {"x-hub-signature-256": headers["x-hub-signature-256"].removeprefix("sha256=")}, body),
        (headers | {"x-hub-signature-256": headers["x-hub-signature-256"].upper()}, body),
    ]
    for given, touched in wrong:
        with pytest.raises(NotAuthentic):
            channel(its).verify(ours, Incoming("POST", given, {}, touched), now=AT)


@pytest.mark.parametrize("its", ["facebook", "instagram"])
def test_the_handshake_is_answered_with_the_bare_challenge(shared_data: Path, its: str) -> None:
    asked = urlsplit(str(stored(shared_data, "meta_verify_challenge")["http"]["url"]))  # type: ignore[index]
    args = {name: values[0] for name, values in parse_qs(asked.query).items()}
    reply = channel(its).challenge(account(its), Incoming("GET", {}, args))
    assert reply is not None
    assert (reply.status_code, reply.body, reply.content_type) == (200, "1158201444", "text/plain")


@pytest.mark.parametrize("name", OUTBOUND)
def test_what_we_send_is_what_is_published(shared_data: Path, name: str) -> None:
    its, purpose, reference = OUTBOUND[name]
    told = stored(shared_data, name)
    body = told["body"]
    assert isinstance(body, dict)
    words = body["message"] if isinstance(body["message"], str) else body["message"]["text"]
    said: Message = message(
        purpose, reference, text=words, is_late="tag" in body, released_by="Ana" if "tag" in body else ""
    )
    asked: list[Request] = []

    def side(request: Request) -> Answered:
        asked.append(request)
        return Answered(200, {}, b'{"id":"300_401","message_id":"m_1"}', 0.1)

    assert channel(its).send(account(its), said, call=side).result is Result.SENT
    (request,) = asked
    published = told["http"]
    assert isinstance(published, dict)
    assert (request.method, request.url) == (published["method"], published["url"])
    assert request.json == body
    assert re.match("Bearer ", request.headers["Authorization"])


@pytest.mark.parametrize("name", ANSWERS)
def test_what_is_answered_is_understood(shared_data: Path, name: str) -> None:
    told = stored(shared_data, name)
    published = told["http"]
    assert isinstance(published, dict)
    headers = {key.lower(): value for key, value in published["headers"].items()}
    answered = Answered(published["status"], headers, str(told["raw_body"]).encode(), 0.1)
    said = message(Purpose.PRIVATE_MESSAGE, {"to": "5100000000000001"})
    got = channel("facebook").send(account("facebook"), said, call=lambda _request: answered)
    assert got.result is ANSWERS[name]
    if name == "meta_error_rate_limited":
        assert (got.retry_after_seconds, got.pause_seconds) == (720, 720)
