"""X's published payloads with their exact bytes and signatures, against the channel."""

from dataclasses import replace
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

import orjson
import pytest

from bridge.channels.calling import Answered, Request
from bridge.channels.coming_in import EventKind, Incoming, NotAuthentic
from bridge.channels.going_out import Purpose, Result
from bridge.channels.x import CHANNEL, search_words, subscribing
from bridge.clock import utc_now
from bridge.searches import Search
from tests.channels.answers import answer
from tests.channels.cases.x import ACCOUNT, CUSTOMER, POST, message

BRAND = "1790000000000000001"
OURS = replace(
    ACCOUNT,
    external_id=BRAND,
    handle="examplestorecare",
    secrets={**ACCOUNT.secrets, "consumer_secret": ("test-consumer-secret",)},
)


@pytest.fixture
def payloads(shared_data: Path) -> Path:
    return shared_data / "channel-payloads"


def load(payloads: Path, name: str) -> dict[str, object]:
    found: dict[str, object] = orjson.loads((payloads / f"x_{name}.json").read_bytes())
    return found


def incoming(told: dict[str, object]) -> Incoming:
    headers = {name.lower(): value for name, value in told["http"]["headers"].items()}  # type: ignore[index]
    return Incoming("POST", headers, {}, str(told["raw_body"]).encode())


def answered(told: dict[str, object]) -> Answered:
    headers = {name.lower(): value for name, value in told["http"].get("headers", {}).items()}  # type: ignore[attr-defined]
    return Answered(told["http"]["status"], headers, str(told["raw_body"]).encode(), 0.1)  # type: ignore[index]


INBOUND = {
    "aaa_direct_message_events": (EventKind.PRIVATE_MESSAGE, "dm-2091000000000000020"),
    "aaa_tweet_create_events": (EventKind.PUBLIC_MENTION, POST),
    "filtered_stream_match": (EventKind.PUBLIC_UNMENTIONED, "2091000000000000030"),
    "replay_job_status": (EventKind.OTHER, "other-None"),
    "xaa_chat_received": (EventKind.CLOSED_MESSAGE, "chat-e4f4d3fc-8bbf-4928-92eb-000000000001"),
    "xaa_dm_received": (EventKind.PRIVATE_MESSAGE, "dm-2091000000000000020"),
    "xaa_oauth_revoke": (EventKind.REVOKED, "revoke-5934540941047412006"),
    "xaa_post_mention_create": (EventKind.PUBLIC_MENTION, POST),
    "xaa_post_reply_create": (EventKind.PUBLIC_REPLY, "2091000000000000011"),
}


@pytest.mark.parametrize("name", INBOUND)
def test_a_delivery_is_taken_and_means_what_it_says(payloads: Path, name: str) -> None:
    given = incoming(load(payloads, name))
    assert CHANNEL.verify(OURS, given, now=utc_now())
    (event,) = CHANNEL.read(OURS, given.body)
    assert (event.kind, event.external_id) == INBOUND[name]
    if event.author is not None:
        assert event.author.external_id == CUSTOMER


@pytest.mark.parametrize("name", INBOUND)
def test_one_changed_byte_or_another_secret_is_refused(payloads: Path, name: str) -> None:
    given = incoming(load(payloads, name))
    changed = replace(given, body=given.body.replace(b'"', b"'", 1))
    other = replace(OURS, secrets={"consumer_secret": ("another",)})
    for account, told in ((OURS, changed), (other, given), (OURS, replace(given, headers={}))):
        with pytest.raises(NotAuthentic):
            CHANNEL.verify(account, told, now=utc_now())


def test_both_ways_of_one_message_meet(payloads: Path) -> None:
    old, new = (
        CHANNEL.read(OURS, incoming(load(payloads, name)).body)[0]
        for name in ("aaa_direct_message_events", "xaa_dm_received")
    )
    chat = CHANNEL.read(OURS, incoming(load(payloads, "xaa_chat_received")).body)[0]
    assert old.external_id == new.external_id
    assert old.thread_id == new.thread_id == chat.thread_id


def test_the_challenge_is_answered_as_published(payloads: Path) -> None:
    asked = parse_qs(urlsplit(str(load(payloads, "crc_challenge")["http"]["url"])).query)  # type: ignore[index]
    reply = CHANNEL.challenge(OURS, Incoming("GET", {}, {"crc_token": asked["crc_token"][0]}))
    assert reply is not None
    assert orjson.loads(reply.body) == load(payloads, "crc_response")["body"]


@pytest.mark.parametrize(
    ("name", "purpose", "result", "found"),
    [
        ("post_reply_response_201", Purpose.PUBLIC_REPLY, Result.SENT, "2091000000000000040"),
        ("dm_send_response_201", Purpose.PRIVATE_MESSAGE, Result.SENT, "dm-2091000000000000050"),
        ("error_not_summoned_403", Purpose.PUBLIC_REPLY, Result.HAND_OFF, "reply_refused"),
        ("error_unsupported_auth_403", Purpose.PUBLIC_REPLY, Result.HAND_OFF, "reply_refused"),
        ("error_rate_limited_429", Purpose.PUBLIC_REPLY, Result.RETRY, "too_much"),
        ("error_invalid_request_400", Purpose.PUBLIC_REPLY, Result.FINAL, "too_long"),
    ],
)
def test_an_answer_means_what_it_says(
    payloads: Path, name: str, purpose: Purpose, result: Result, found: str
) -> None:
    told = answered(load(payloads, name))
    sent = CHANNEL.send(OURS, message(purpose), call=lambda _request: told)
    assert (sent.result, sent.external_id or sent.error) == (result, found)


@pytest.mark.parametrize(
    ("name", "purpose"),
    [("post_reply_request", Purpose.PUBLIC_REPLY), ("dm_send_request", Purpose.PRIVATE_MESSAGE)],
)
def test_we_ask_as_published(payloads: Path, name: str, purpose: Purpose) -> None:
    told, asked = load(payloads, name), []

    def call(request: Request) -> Answered:
        asked.append(request)
        return answer(201, {"data": {"id": "1", "dm_event_id": "1"}})

    text = told["body"]["text"]  # type: ignore[index]
    CHANNEL.send(OURS, message(purpose, text=text), call=call)
    (request,) = asked
    assert (request.method, request.url) == ("POST", told["http"]["url"])  # type: ignore[index]
    assert request.json == told["body"]


def test_a_subscription_and_a_rule_are_written_as_published(payloads: Path) -> None:
    told = load(payloads, "activity_subscription_request")["body"]
    assert told["event_type"] in subscribing.TYPES  # type: ignore[index]
    assert set(told) == {"event_type", "filter", "tag", "webhook_id"}  # type: ignore[call-overload]
    (rule,) = load(payloads, "stream_rules_request")["body"]["add"]  # type: ignore[index]
    wanted = Search(
        "complaints",
        "en",
        ("example store", "examplestore", "#examplestore"),
        ("broken", "snapped", "faulty", "refund", "never again"),
    )
    (query,) = search_words.queries(wanted, handle="examplestorecare", longest=search_words.RULE_MAX)
    assert query == rule["value"].replace(" -from:examplestore -is", " -is")


def test_every_payload_of_x_is_read_here(payloads: Path) -> None:
    names = {path.stem.removeprefix("x_") for path in payloads.glob("x_*.json")}
    source = Path(__file__).read_text("utf-8")
    assert not {name for name in names if f'"{name}"' not in source}
