"""The gathered payloads of the care tools: exact bytes in, and the requests that their contracts ask for out."""

import json
import random
from base64 import b64encode
from collections.abc import Mapping
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import orjson
import pytest
from sqlmodel import select

from bridge import db
from bridge.channels.accounts import Account
from bridge.channels.calling import Answered, Request
from bridge.channels.coming_in import EventKind, Incoming, NotAuthentic
from bridge.channels.going_out import Purpose
from bridge.channels.registry import channel
from bridge.models import InboundDelivery
from tests.cast import Cast
from tests.channels import care_cases, stage
from tests.channels.answers import answer

AT = datetime(2026, 11, 22, 5, 20, tzinfo=UTC)
ACCOUNTS: Mapping[str, Account] = {
    "chatwoot": care_cases.account("chatwoot", "https://app.chatwoot.example", account_id="1"),
    "zendesk": care_cases.account("zendesk", "https://example.zendesk.com", email="bridge@example.com"),
    "zammad": care_cases.account("zammad", "https://zammad.example"),
    "freshdesk": care_cases.account("freshdesk", "https://example.freshdesk.com"),
    "intercom": care_cases.account("intercom", "https://api.intercom.io", admin_id="3156780"),
    "django_helpdesk": care_cases.account("django_helpdesk", "http://127.0.0.1:17400"),
}
M, P, E, C = (
    EventKind.PUBLIC_MENTION,
    EventKind.PRIVATE_MESSAGE,
    EventKind.OUTCOME_ECHO,
    EventKind.CONVERSATION,
)
INCOMING = {
    "chatwoot_message_created": ("chatwoot", "test-chatwoot-secret", (M, C)),
    "zendesk_ticket_comment_added": ("zendesk", "test-zendesk-secret", (M, C)),
    "zendesk_trigger_custom_body": ("zendesk", "test-zendesk-secret", (M, C)),
    "freshdesk_automation_webhook": ("freshdesk", "test-shared-token", (M, C)),
    "intercom_conversation_user_replied": ("intercom", "test-intercom-client-secret", (P, P, C)),
    "django_helpdesk_followup_webhook": ("django_helpdesk", "helpdesk-secret-of-16-signs", (P, C)),
}
OUTGOING = {
    "chatwoot_private_note_request": ("chatwoot", "812"),
    "zendesk_ticket_note_request": ("zendesk", "4711"),
    "zammad_note_request": ("zammad", "81"),
    "freshdesk_note_request": ("freshdesk", "9912"),
    "intercom_note_request": ("intercom", "215000000000001"),
    "django_helpdesk_followup_request": ("django_helpdesk", "1"),
}
OURS = {"subject", "title", "content_type", "content_attributes", "custom_fields"}
"""What a contract leaves to us: how a note is headed, and fields that we do not fill in."""


def payload(shared_data: Path, name: str) -> dict[str, Any]:
    found: dict[str, Any] = json.loads((shared_data / "channel-payloads" / f"{name}.json").read_text("utf-8"))
    return found


def delivered(told: dict[str, Any], secret: str) -> Incoming:
    headers = {key.lower(): value for key, value in told["http"]["headers"].items()}
    if told["channel"] == "django-helpdesk":
        # Unsigned as it stands; the address in its settings makes this header.
        headers["authorization"] = f"Basic {b64encode(f'bridge:{secret}'.encode()).decode()}"
    return Incoming("POST", headers, {}, told["raw_body"].encode())


def account(name: str, secret: str) -> Account:
    secrets = {**ACCOUNTS[name].secrets, "webhook_secret": (secret,)}
    return replace(ACCOUNTS[name], secrets=secrets)


def when(told: dict[str, Any]) -> datetime:
    """The moment of its signature."""
    stamp = told["http"]["headers"].get("X-Chatwoot-Timestamp")
    return datetime.fromtimestamp(int(stamp), UTC) if stamp else AT


def refused(name: str, secret: str, incoming: Incoming, now: datetime) -> bool:
    try:
        channel(name).verify(account(name, secret), incoming, now=now)
    except NotAuthentic:
        return True
    return False


@pytest.mark.parametrize("payload_name", INCOMING)
def test_it_is_taken_when_valid_and_refused_when_not(shared_data: Path, payload_name: str) -> None:
    name, secret, kinds = INCOMING[payload_name]
    told = payload(shared_data, payload_name)
    incoming, now, its = delivered(told, secret), when(told), channel(name)
    assert its.verify(account(name, secret), incoming, now=now)
    events = its.read(account(name, secret), incoming.body)
    assert tuple(event.kind for event in events) == kinds
    assert refused(name, "another", incoming, now)
    covers_body = name not in {"freshdesk", "django_helpdesk"}
    assert refused(name, secret, replace(incoming, body=incoming.body + b" "), now) == covers_body
    for header in set(incoming.headers) & {
        "x-chatwoot-signature",
        "x-chatwoot-timestamp",
        "x-zendesk-webhook-signature",
        "x-zendesk-webhook-signature-timestamp",
        "x-hub-signature",
        "x-bridge-token",
        "authorization",
    }:
        without = {key: value for key, value in incoming.headers.items() if key != header}
        assert refused(name, secret, replace(incoming, headers=without), now), header
    is_timed = name in {"chatwoot", "zendesk"}
    assert refused(name, secret, incoming, now + timedelta(minutes=6)) == is_timed


def test_sent_five_times_in_any_order_each_is_applied_once(shared_data: Path, cast: Cast) -> None:
    rows = []
    for payload_name, (name, secret, _kinds) in INCOMING.items():
        told = payload(shared_data, payload_name)
        its = ACCOUNTS[name]
        row = stage.connect(
            cast,
            name,
            name=payload_name,
            base_url=its.base_url.replace("http://127.0.0.1:17400", "https://help.example"),
            values={**its.settings, "access_token": "t", "webhook_secret": secret},
            is_bare=True,
        )
        rows += [(row, delivered(told, secret), when(told))] * 5
    random.Random(5).shuffle(rows)
    for row, incoming, now in rows:
        stage.come_in(row, incoming, now=now)
    while stage.read_all():
        pass
    assert len(stage.threads()) == 5, "the two of Zendesk are one ticket"
    with db.transaction() as session:
        kept = session.exec(select(InboundDelivery)).all()
        assert [one.times_seen for one in kept] == [5] * len(INCOMING)
        assert {one.state for one in kept} == {"done"}
    asked_for = {thread.network: thread.asked_for for thread in stage.threads()}
    assert asked_for["x"] == asked_for["zendesk"] == "store_problem"


@pytest.mark.parametrize("payload_name", OUTGOING)
def test_a_note_is_asked_for_as_the_contract_says(shared_data: Path, payload_name: str) -> None:
    name, door = OUTGOING[payload_name]
    told, asked = payload(shared_data, payload_name), []

    def call(request: Request) -> Answered:
        asked.append(request)
        return answer(500)

    channel(name).send(ACCOUNTS[name], care_cases.message(Purpose.NOTE, door, text="Outcome"), call=call)
    (request,) = asked
    assert (request.method, request.url) == (told["http"]["method"], told["http"]["url"])
    assert {key.lower() for key in told["http"]["headers"]} <= {key.lower() for key in request.headers} | {
        "content-type"
    }
    assert _shape(orjson.loads(orjson.dumps(request.json))) == _shape(told["body"])


def _shape(told: object) -> object:
    """Names and everything that is no free text."""
    if isinstance(told, dict):
        return {key: _shape(value) for key, value in told.items() if key not in OURS}
    return "" if (isinstance(told, str) and " " in told) or told in {"Outcome", "<p>Outcome</p>"} else told
