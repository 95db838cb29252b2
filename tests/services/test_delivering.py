"""An outcome is delivered, tried again at the table's times, and costs little where a receiver misbehaves."""

import time
from datetime import UTC, datetime, timedelta

import orjson
import pytest
from standardwebhooks import Webhook

from bridge import db
from bridge.channels import webhook
from bridge.events import Format
from bridge.services import webhooks
from bridge.services.delivery import deliver_due
from tests.outbox import (
    Office,
    Receiver,
    deliver_at,
    delivery_settings,
    impatient,
    owe,
    read_attempts,
    read_outcome,
)


def test_an_outcome_is_delivered_signed_and_recorded(
    office: Office, receiver: Receiver, now: datetime
) -> None:
    hook = office.register(receiver.url("/ok"), delivery_settings(), now)
    [outcome_id] = owe(hook.endpoint.id, now, reason="goodwill")

    count = deliver_at(now)

    [message] = receiver.messages
    assert count == {"delivered": 1}
    assert read_outcome(outcome_id).state == "sent"
    assert Webhook(hook.secret).verify(message.body, message.headers) == {
        "type": "escalation.honoured",
        "timestamp": now.astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z"),
        "data": {"number": 0, "status": "honoured", "amount_minor": 1250, "reason": "goodwill"},
    }
    assert message.id == str(outcome_id)
    assert message.headers["x-request-id"] == "request-1"
    [attempt] = read_attempts(outcome_id)
    assert (attempt.attempt, attempt.status_code, attempt.error) == (1, 200, "")


def test_a_receiver_of_cloud_events_gets_them_and_the_shape_can_change_while_it_waits(
    office: Office, receiver: Receiver, now: datetime
) -> None:
    receiver.answers["/flaky"] = [500, 200]
    hook = office.register(receiver.url("/flaky"), delivery_settings(), now)
    [outcome_id] = owe(hook.endpoint.id, now, escalation_id="018f")

    deliver_at(now)
    with db.transaction() as session:
        webhooks.update(session, office.hana, hook.endpoint.id, format=Format.CLOUDEVENTS, now=now)
    deliver_at(now + timedelta(minutes=1))

    plain, cloud = receiver.messages
    read = Webhook(hook.secret).verify(cloud.body, cloud.headers)
    assert plain.headers["content-type"] == "application/json"
    assert cloud.headers["content-type"] == "application/cloudevents+json; charset=utf-8"
    assert read["id"] == cloud.id == plain.id == str(outcome_id)
    assert (read["specversion"], read["subject"]) == ("1.0", "018f")
    assert read["data"] == orjson.loads(plain.body)["data"]


def test_a_delivered_outcome_is_not_sent_again(office: Office, receiver: Receiver, now: datetime) -> None:
    owe(office.register(receiver.url("/ok"), delivery_settings(), now).endpoint.id, now)

    deliver_at(now)
    deliver_at(now + timedelta(days=30))

    assert len(receiver.messages) == 1


def test_after_500s_the_same_bytes_arrive_at_the_table_s_times(
    office: Office, receiver: Receiver, now: datetime
) -> None:
    receiver.answers["/flaky"] = [500, 503, 200]
    hook = office.register(receiver.url("/flaky"), delivery_settings(), now)
    [outcome_id] = owe(hook.endpoint.id, now)

    assert deliver_at(now) == {"retry": 1}
    first_wait = read_outcome(outcome_id).next_at - now
    assert deliver_at(now + timedelta(seconds=4)) == {}
    assert deliver_at(now + timedelta(seconds=7)) == {"retry": 1}
    second_wait = read_outcome(outcome_id).next_at - now
    assert deliver_at(now + timedelta(minutes=7)) == {"delivered": 1}

    assert timedelta(seconds=5) <= first_wait <= timedelta(seconds=6)
    assert timedelta(minutes=5) <= second_wait <= timedelta(minutes=6.2)
    assert len({one.body for one in receiver.messages}) == 1
    assert len({one.id for one in receiver.messages}) == 1
    assert [one.status_code for one in read_attempts(outcome_id)] == [500, 503, 200]


def test_too_many_requests_stops_the_turn_and_its_retry_after_is_respected(
    office: Office, receiver: Receiver, now: datetime
) -> None:
    hook = office.register(receiver.url("/retry-after"), delivery_settings(), now)
    ids = owe(hook.endpoint.id, now, count=5)

    count = deliver_at(now)

    assert count == {"retry": 1, "put_back": 4}
    assert len(receiver.messages) == 1
    assert max(read_outcome(one).next_at for one in ids) == now + timedelta(hours=1)


@pytest.mark.parametrize(
    ("path", "error"),
    [
        ("/hang", "timeout"),
        ("/drip", "timeout"),
        ("/reset", "connection_lost"),
        ("/garbage", "connection_lost"),
        ("/redirect", "status_301"),
    ],
)
def test_a_misbehaving_receiver_costs_bounded_time_and_one_attempt(
    office: Office, receiver: Receiver, now: datetime, path: str, error: str
) -> None:
    [outcome_id] = owe(office.register(receiver.url(path), delivery_settings(), now).endpoint.id, now)

    started = time.monotonic()
    count = deliver_at(now, config=impatient())

    assert time.monotonic() - started < 2
    assert count == {"retry": 1}
    assert [one.error for one in read_attempts(outcome_id)] == [error]
    assert receiver.at("/inside") == []


def test_an_endless_answer_is_cut_off(office: Office, receiver: Receiver, now: datetime) -> None:
    [outcome_id] = owe(office.register(receiver.url("/huge"), delivery_settings(), now).endpoint.id, now)

    started = time.monotonic()
    count = deliver_at(now)

    assert time.monotonic() - started < 2
    assert count == {"delivered": 1}
    [attempt] = read_attempts(outcome_id)
    assert 0 < len(attempt.response_excerpt) <= webhook.EXCERPT_MAX_CHARACTERS


def test_a_receiver_with_another_s_certificate_is_not_told(
    office: Office, receiver: Receiver, now: datetime
) -> None:
    url = receiver.url("/ok").replace("http://", "https://")
    [outcome_id] = owe(office.register(url, delivery_settings(), now).endpoint.id, now)

    deliver_at(now)

    assert [one.error for one in read_attempts(outcome_id)] == ["tls_failed"]
    assert receiver.messages == []


def test_a_private_address_is_not_called_when_the_setting_is_off(
    office: Office, receiver: Receiver, now: datetime
) -> None:
    [outcome_id] = owe(office.register(receiver.url("/ok"), delivery_settings(), now).endpoint.id, now)
    strict = delivery_settings(webhook_allow_private_addresses=False)

    deliver_due(strict, clock=lambda: now)

    assert [one.error for one in read_attempts(outcome_id)] == ["unsafe_address"]
    assert receiver.messages == []


def test_gone_switches_the_endpoint_off_and_cancels_what_it_is_owed(
    office: Office, receiver: Receiver, now: datetime
) -> None:
    receiver.answers["/gone"] = [410]
    hook = office.register(receiver.url("/gone"), delivery_settings(), now)
    first, second = owe(hook.endpoint.id, now, count=2)
    [later] = owe(hook.endpoint.id, now + timedelta(hours=1))

    deliver_at(now)
    deliver_at(now + timedelta(days=4))

    with db.transaction() as session:
        endpoint = webhooks.show_endpoint(session, office.hana, hook.endpoint.id)
        assert (endpoint.enabled, endpoint.disabled_reason) == (False, "gone")
    assert [read_outcome(one).state for one in (first, second, later)] == ["cancelled"] * 3
    assert len(receiver.messages) == 1


def test_what_is_owed_to_a_switched_off_endpoint_is_cancelled(
    office: Office, receiver: Receiver, now: datetime
) -> None:
    hook = office.register(receiver.url("/ok"), delivery_settings(), now)
    with db.transaction() as session:
        webhooks.update(session, office.hana, hook.endpoint.id, enabled=False, now=now)
    [outcome_id] = owe(hook.endpoint.id, now)  # an act that read the endpoint just before

    count = deliver_at(now)

    assert count == {"cancelled": 1}
    assert read_outcome(outcome_id).state == "cancelled"
    assert receiver.messages == []
