"""Every event that we can tell: its shape in the document, thin, and made in one place."""

import ast
import re
from datetime import UTC, datetime, timedelta
from pathlib import Path
from types import SimpleNamespace
from typing import Any
from uuid import UUID, uuid4

import orjson
import pytest
from hypothesis import given
from hypothesis import strategies as st
from standardwebhooks import Webhook

from bridge import telling
from bridge.channels.signing import sign
from bridge.events import Format, body_of, source_of, type_of
from bridge.lifecycle import Status
from bridge.topics import TEST_TOPIC, TOPICS
from tests.events import MEDIA, data_faults, faults

ROOT = Path(__file__).resolve().parents[2]
NOW = datetime(2026, 11, 22, 15, 4, 1, tzinfo=UTC)
EVENT_ID = UUID("018f0000-0000-7000-8000-000000000001")
CASE_TOPICS = [topic for topic in TOPICS if not topic.startswith(("thread.", "webhook."))]


def case_data(topic: str, **facts: Any) -> dict[str, Any]:
    """What `topic` carries about a case, from the function that the acts use."""
    of_case = {
        "id": uuid4(),
        "number": 1042,
        "status": Status.ISSUED,
        "outcome": None,
        "remaining_minor": 8000,
        "currency": "GBP",
        **facts,
    }
    reason = "counter_decision" if topic == "escalation.clock_missed" else None
    return telling.payload_of(SimpleNamespace(**of_case), "12", amount_minor=0, now=NOW, reason=reason)  # type: ignore[arg-type]  # the fields that it reads


def data_of(topic: str) -> dict[str, Any]:
    if topic == TEST_TOPIC:
        return telling.test_payload(uuid4(), now=NOW)
    if topic.startswith("thread."):
        return telling.thread_payload(uuid4(), network="mastodon", person_id=uuid4(), now=NOW)
    return case_data(topic)


def sent(form: Format, topic: str, data: dict[str, Any]) -> bytes:
    return body_of(form, id=EVENT_ID, topic=topic, at=NOW, data=data, base_url="https://bridge.example")


@pytest.mark.parametrize("form", Format)
@pytest.mark.parametrize("topic", TOPICS)
def test_every_event_in_every_shape_is_as_the_document_says(topic: str, form: Format) -> None:
    assert faults(topic, orjson.loads(sent(form, topic, data_of(topic))), form) == []


@given(
    st.sampled_from(CASE_TOPICS),
    st.sampled_from([status for status in Status if status is not Status.DRAFT]),
    st.sampled_from([None, "honoured_full", "honoured_part", "declined", "expired_unused"]),
    st.none() | st.integers(0, 10**10),
)
def test_a_case_in_any_state_is_told_as_described(
    topic: str, status: Status, outcome: str | None, remaining: int | None
) -> None:
    data = case_data(topic, status=status, outcome=outcome, remaining_minor=remaining)

    assert data_faults(topic, data) == []


@pytest.mark.parametrize(
    "more",
    [
        {"reason": "The customer was rude to @maya.reyes"},
        {"reason": "@maya.reyes"},
        {"reason": "K7QM 4D2X 9FPA"},
        {"outcome": "gave her the money"},
        {"text": "my parcel never came"},
        {"handle": "maya"},
        {"customer_name": "Maya"},
        {"reference_code": "K7QM4D2X9FPA"},
        {"number": "1042"},
        {"status": "draft"},
    ],
)
def test_a_payload_with_more_than_it_should_have_is_noticed(more: dict[str, Any]) -> None:
    """The negative control of all tests that ask for no faults."""
    assert data_faults("escalation.noted", {**data_of("escalation.noted"), **more})


def test_every_topic_that_the_code_names_is_described_and_every_described_one_is_told() -> None:
    named: set[str] = set()
    for path in (ROOT / "bridge").rglob("*.py"):
        if path.name != "topics.py":
            for node in ast.walk(ast.parse(path.read_text("utf-8"))):
                if isinstance(node, ast.Constant) and isinstance(node.value, str):
                    named.add(node.value)
                elif isinstance(node, ast.JoinedStr):
                    named |= _spelt_out(node)

    told = {topic for topic in TOPICS if topic in named or topic == TEST_TOPIC}
    assert told == set(TOPICS)
    assert {name for name in named if re.fullmatch(r"(escalation|thread)\.[a-z_]*[a-z]", name)} <= set(TOPICS)


def _spelt_out(node: ast.JoinedStr) -> set[str]:
    """The topics that an f-string such as `escalation.transfer_{state}` can come to."""
    parts = [re.escape(one.value) if isinstance(one, ast.Constant) else "[a-z_]+" for one in node.values]
    if not parts[0].startswith("escalation"):
        return set()
    return {topic for topic in TOPICS if re.fullmatch("".join(parts), topic)}


def test_whatever_is_owed_to_a_receiver_was_made_by_the_functions_that_are_tested_here() -> None:
    """Who writes a payload by hand could write anything into it."""
    makers = {"payload_of", "issued_payload", "thread_payload", "test_payload"}
    by_hand: list[str] = []
    for path in (ROOT / "bridge").rglob("*.py"):
        for node in ast.walk(ast.parse(path.read_text("utf-8"))):
            if isinstance(node, ast.Call) and isinstance(node.func, ast.Name):
                of_receiver = node.func.id == "owe_receivers" or (
                    node.func.id == "Outcome" and _given(node, "channel") == "webhook"
                )
                payload = next((one.value for one in node.keywords if one.arg == "payload"), None)
                made = isinstance(payload, ast.Call) and getattr(payload.func, "id", "") in makers
                if (of_receiver and not made) or (node.func.id == "Owed" and _is_by_hand(node)):
                    by_hand.append(f"{path.name}:{node.lineno}")

    assert by_hand == []


def _given(node: ast.Call, name: str) -> object:
    return next(
        (one.value.value for one in node.keywords if one.arg == name and isinstance(one.value, ast.Constant)),
        None,
    )


def _is_by_hand(node: ast.Call) -> bool:
    return any(isinstance(one, ast.Dict) for one in [*node.args, *(each.value for each in node.keywords)])


def test_a_cloud_event_has_the_id_of_its_headers_and_is_signed_over_the_exact_bytes() -> None:
    body = sent(Format.CLOUDEVENTS, "escalation.honoured", data_of("escalation.honoured"))
    secret = "whsec_YnJpZGdlLXRlc3Qtc2VjcmV0LTI0Ynl0ZQ=="
    now = datetime.now(UTC) - timedelta(seconds=1)

    headers = sign([secret], message_id=str(EVENT_ID), timestamp=int(now.timestamp()), body=body)

    read = Webhook(secret).verify(body, headers)
    assert read["id"] == headers["webhook-id"]
    assert read["specversion"] == "1.0"
    assert read["subject"] == read["data"]["escalation_id"]


@pytest.mark.parametrize(
    ("base_url", "source", "kind"),
    [
        (
            "https://bridge.example",
            "https://bridge.example/escalations",
            "example.bridge.escalation.issued.v1",
        ),
        (
            "http://127.0.0.1:8080/",
            "http://127.0.0.1:8080/escalations",
            "escalation.issued.v1",
        ),
        ("http://localhost", "http://localhost/escalations", "localhost.escalation.issued.v1"),
    ],
)
def test_where_a_cloud_event_comes_from(base_url: str, source: str, kind: str) -> None:
    assert source_of(base_url, "escalation.issued") == source
    assert type_of(base_url, "escalation.issued") == kind


def test_the_same_event_is_the_same_bytes_each_time() -> None:
    data = data_of("escalation.issued")

    assert len({sent(Format.CLOUDEVENTS, "escalation.issued", data) for _ in range(3)}) == 1
    assert sent(Format.STANDARD, "escalation.issued", data) != sent(
        Format.CLOUDEVENTS, "escalation.issued", data
    )


def test_the_example_events_have_our_envelope_and_our_signature(shared_data: Path) -> None:
    """Their data are another design's; the envelope, the headers and the signature are the standards'."""
    folder = shared_data / "channel-payloads"
    for path in sorted(folder.glob("out_escalation_*.json")):
        example = orjson.loads(path.read_bytes())
        headers, raw = example["http"]["headers"], example["raw_body"].encode()
        ours = orjson.loads(sent(Format.STANDARD, "escalation.issued", data_of("escalation.issued")))

        signed = sign(
            [example["signature"]["test_secret"]],
            message_id=headers["webhook-id"],
            timestamp=int(headers["webhook-timestamp"]),
            body=raw,
        )

        assert signed == {name: headers[name] for name in signed}
        assert example["body"].keys() == ours.keys()
        assert headers["Content-Type"] == MEDIA[Format.STANDARD]


def test_the_example_cloud_event_has_the_attributes_of_ours(shared_data: Path) -> None:
    path = shared_data / "channel-payloads" / "out_cloudevents_structured.json"
    example = orjson.loads(path.read_bytes())

    ours = orjson.loads(sent(Format.CLOUDEVENTS, "escalation.issued", data_of("escalation.issued")))

    assert example["body"].keys() == ours.keys()
    assert example["body"]["source"] == source_of("https://bridge.example", "escalation.resolved")
    assert example["body"]["type"] == type_of("https://bridge.example", "escalation.resolved")


def test_the_vector_of_the_standard_is_signed_as_it_says(shared_data: Path) -> None:
    vector = orjson.loads(
        (shared_data / "channel-payloads" / "out_standard_webhooks_vector.json").read_bytes()
    )["body"]

    signed = sign(
        [vector["secret"]],
        message_id=vector["webhook-id"],
        timestamp=int(vector["webhook-timestamp"]),
        body=vector["raw_body"].encode(),
    )

    assert signed["webhook-signature"] == vector["webhook-signature"]
