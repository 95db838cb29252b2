import subprocess
import sys
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from typing import Any

import orjson
import pytest
from standardwebhooks import Webhook, WebhookVerificationError

from bridge import db
from bridge.channels import webhook
from bridge.channels.webhook import Sent
from bridge.clock import utc_now
from bridge.errors import Conflict, InvalidInput, NotFound, UnsafeAddress
from bridge.events import Format
from bridge.models.base import new_id
from bridge.queries import outcomes as queries
from bridge.retries import ATTEMPTS_MAX
from bridge.roles import Actor
from bridge.services import delivery, outcomes, webhooks
from bridge.services.delivery import deliver_due
from tests import outbox
from tests.outbox import Office, Receiver, delivery_settings, owe, read_attempts, read_outcome


@pytest.fixture
def receiver() -> Iterator[Receiver]:
    with outbox.receiver() as running:
        yield running


@pytest.fixture
def office(database: object) -> Office:
    return outbox.open_office()


@pytest.fixture
def now() -> datetime:
    return utc_now()


def deliver_at(moment: datetime, **options: Any) -> dict[str, int]:
    """Sweep as if it were `moment`."""
    return +deliver_due(delivery_settings(), clock=lambda: moment, **options)


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
    count = deliver_at(now)

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


def test_after_ten_attempts_an_outcome_is_a_dead_letter_until_it_is_replayed(
    office: Office, receiver: Receiver, now: datetime
) -> None:
    receiver.answers["/broken"] = [500]
    hook = office.register(receiver.url("/broken"), delivery_settings(), now)
    [outcome_id] = owe(hook.endpoint.id, now)

    for day in range(ATTEMPTS_MAX + 2):
        deliver_at(now + timedelta(days=2 * day))
    with db.transaction() as session:
        dead = outcomes.dead_letters(session, office.hana)
    receiver.answers["/broken"] = [200]
    with db.transaction() as session:
        outcomes.replay(session, office.hana, outcome_id, now=now)
    after = deliver_at(now)

    assert [one.id for one in dead] == [outcome_id]
    assert dead[0].last_error == "status_500"
    assert after == {"delivered": 1}
    assert len({one.id for one in receiver.messages}) == 1
    with db.transaction() as session:
        history = outcomes.show(session, office.hana, outcome_id)
    assert [one.attempt for one in history.attempts] == list(range(1, ATTEMPTS_MAX + 2))


def test_all_dead_letters_of_an_endpoint_are_replayed_together(
    office: Office, receiver: Receiver, now: datetime
) -> None:
    hook = office.register(receiver.url("/ok"), delivery_settings(), now)
    owe(hook.endpoint.id, now, count=3)
    with db.statement() as connection:
        connection.execute(
            "UPDATE outcomes SET state = 'dead', attempts = 10 WHERE endpoint_id = %(id)s",
            {"id": hook.endpoint.id},
        )

    with db.transaction() as session:
        woken = outcomes.replay_dead(session, office.hana, hook.endpoint.id, now=now)

    assert woken == 3
    assert deliver_at(now) == {"delivered": 3}


def test_what_is_still_being_tried_is_not_replayed(office: Office, receiver: Receiver, now: datetime) -> None:
    [outcome_id] = owe(office.register(receiver.url("/ok"), delivery_settings(), now).endpoint.id, now)

    with pytest.raises(Conflict), db.transaction() as session:
        outcomes.replay(session, office.hana, outcome_id, now=now)


def test_a_dead_receiver_costs_three_attempts_a_sweep_and_the_rest_goes_back(
    office: Office, receiver: Receiver, now: datetime
) -> None:
    hook = office.register("http://127.0.0.1:9/", delivery_settings(), now)
    ids = owe(hook.endpoint.id, now, count=50)

    count = deliver_at(now)

    assert count == {"retry": 3, "put_back": 47}
    assert sum(read_outcome(one).attempts for one in ids) == 3
    assert sum(len(read_attempts(one)) for one in ids) == 3


def test_a_hanging_receiver_does_not_hold_up_the_others(
    office: Office, receiver: Receiver, now: datetime
) -> None:
    for path in ("/hang/1", "/hang/2", "/drip/3"):
        owe(office.register(receiver.url(path), delivery_settings(), now).endpoint.id, now, count=20)
    owe(office.register(receiver.url("/ok"), delivery_settings(), now).endpoint.id, now, count=600)
    healthy: list[float] = []

    def post(url: str, *args: Any, **options: Any) -> Any:
        answer = webhook.post(url, *args, **options)
        if url.endswith("/ok"):
            healthy.append(time.monotonic())
        return answer

    started = time.monotonic()
    deliver_at(now, post=post)

    assert len(receiver.at("/ok")) == 600
    # Three attempts at 0.6 s each is what every bad receiver takes; the good one is done long before.
    assert time.monotonic() - started > 1.2
    assert healthy[-1] - started < 2.5


def test_two_sweeps_at_once_send_nothing_twice(office: Office, receiver: Receiver) -> None:
    now = utc_now()
    for path in ("/ok/1", "/ok/2", "/ok/3"):
        owe(office.register(receiver.url(path), delivery_settings(), now).endpoint.id, now, count=150)

    with ThreadPoolExecutor(3) as threads:
        counts = list(threads.map(lambda _: deliver_due(delivery_settings()), range(3)))

    assert sum(one["delivered"] for one in counts) == 450
    assert len(receiver.messages) == len({one.id for one in receiver.messages}) == 450


def test_without_the_state_in_the_claim_two_sweeps_do_send_twice(
    office: Office, receiver: Receiver, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The negative control of the test above: without the lease, the rows go out twice."""
    now = utc_now()
    owe(office.register(receiver.url("/ok"), delivery_settings(), now).endpoint.id, now, count=20)
    unleased = queries._CLAIM.replace("SET state = 'sending', ", "SET ").replace(
        "next_at = %(lease_until)s", "next_at = %(now)s + (%(lease_until)s - %(lease_until)s)"
    )
    monkeypatch.setattr(queries, "_CLAIM", unleased)
    monkeypatch.setattr(delivery, "SWEEP_SECONDS", 0.5)

    with ThreadPoolExecutor(2) as threads:
        list(threads.map(lambda _: deliver_due(delivery_settings()), range(2)))

    assert len(receiver.messages) > 20


def test_a_slow_sweep_keeps_its_lease(office: Office, receiver: Receiver) -> None:
    now, config = utc_now(), delivery_settings(outcome_lease_seconds=2)
    hook = office.register(receiver.url("/ok"), config, now)
    [outcome_id] = owe(hook.endpoint.id, now)

    def slow(*args: Any, **options: Any) -> Any:
        time.sleep(3.5)
        return webhook.post(*args, **options)

    with ThreadPoolExecutor(1) as threads:
        running = threads.submit(deliver_due, config, post=slow)
        assert outbox.wait_until(lambda: read_outcome(outcome_id).state == "sending", seconds=2)
        time.sleep(2.5)
        second = +deliver_due(config)
        first = +running.result()

    assert (first, second) == ({"delivered": 1}, {})
    assert len(receiver.messages) == 1


def test_a_late_result_does_not_overwrite_the_successor_s(
    office: Office, receiver: Receiver, now: datetime
) -> None:
    hook = office.register(receiver.url("/ok"), delivery_settings(), now)
    [outcome_id] = owe(hook.endpoint.id, now)

    def overtaken(*_args: Any, **_options: Any) -> Sent:
        deliver_due(delivery_settings(), clock=lambda: now + timedelta(minutes=1))
        return Sent(500, "", 0.1)

    count = deliver_at(now, post=overtaken)

    assert count == {}
    assert read_outcome(outcome_id).state == "sent"
    assert [one.error for one in read_attempts(outcome_id)] == ["interrupted", ""]


POISONED = """
import os, sys
from bridge import db
from bridge.channels import webhook
from bridge.services import delivery
from tests.outbox import delivery_settings

def post(url, body, headers, **options):
    if b'"poison":true' in body:
        os.abort()
    return webhook.post(url, body, headers, **options)

def end_leases():
    with db.statement() as connection:
        connection.execute("UPDATE outcomes SET next_at = now() - interval '1s' WHERE state = 'sending'", {})

# Each child is a worker; forking spares the imports. A crash is followed by the end of its lease.
for _ in range(20):
    child = os.fork()
    if not child:
        end_leases()
        delivery.deliver_due(delivery_settings(), post=post)
        os._exit(0)
    print(os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]), flush=True)
"""


def test_a_message_that_kills_its_worker_dies_alone_after_ten_attempts(
    office: Office, receiver: Receiver, database: Any
) -> None:
    now = utc_now()
    hook, other = (office.register(receiver.url(path), delivery_settings(), now) for path in ("/a", "/b"))
    innocent = owe(hook.endpoint.id, now, count=30)
    [poison] = owe(hook.endpoint.id, now, poison=True)
    innocent += owe(hook.endpoint.id, now, count=30) + owe(other.endpoint.id, now, count=30)

    workers = subprocess.run(
        [sys.executable, "-c", POISONED],
        env=outbox.environment(DATABASE_URL=database.database_url),
        stdout=subprocess.PIPE,
        text=True,
        check=True,
    )

    assert workers.stdout.split().count("-6") == ATTEMPTS_MAX
    assert read_outcome(poison).state == "dead"
    assert [one.error for one in read_attempts(poison)] == ["interrupted"] * ATTEMPTS_MAX
    assert {read_outcome(one).state for one in innocent} == {"sent"}
    assert max(read_outcome(one).attempts for one in innocent) <= 2
    assert {one.id for one in receiver.messages} == {str(one) for one in innocent}


def test_while_a_secret_is_replaced_both_verify_and_later_only_the_new_one(
    office: Office, receiver: Receiver, now: datetime
) -> None:
    hook = office.register(receiver.url("/ok"), delivery_settings(), now)
    with db.transaction() as session:
        new = webhooks.rotate_secret(
            session, office.hana, hook.endpoint.id, config=delivery_settings(), now=now
        )
    owe(hook.endpoint.id, now)
    deliver_at(now)
    owe(hook.endpoint.id, now)
    deliver_at(now + timedelta(hours=25))

    during, after = receiver.messages
    assert Webhook(hook.secret).verify(during.body, during.headers)
    assert Webhook(new.secret).verify(during.body, during.headers)
    assert len(after.headers["webhook-signature"].split()) == 1
    with pytest.raises(WebhookVerificationError, match="No matching signature"):
        Webhook(hook.secret).verify(after.body, {**after.headers, "webhook-timestamp": str(int(time.time()))})


def test_a_leaked_secret_stops_at_once(office: Office, receiver: Receiver, now: datetime) -> None:
    hook = office.register(receiver.url("/ok"), delivery_settings(), now)
    with db.transaction() as session:
        new = webhooks.rotate_secret(
            session, office.hana, hook.endpoint.id, overlap=timedelta(0), config=delivery_settings(), now=now
        )
    owe(hook.endpoint.id, now)

    deliver_at(now)

    [message] = receiver.messages
    assert len(message.headers["webhook-signature"].split()) == 1
    assert Webhook(new.secret).verify(message.body, message.headers)


def test_a_test_event_is_sent_whatever_was_subscribed(
    office: Office, receiver: Receiver, now: datetime
) -> None:
    hook = office.register(receiver.url("/ok"), delivery_settings(), now, "escalation.honoured")
    with db.transaction() as session:
        webhooks.send_test(session, office.hana, hook.endpoint.id, now=now)

    deliver_at(now)

    assert [orjson.loads(one.body)["type"] for one in receiver.messages] == ["webhook.test"]


def test_the_secret_is_stored_sealed_and_every_change_is_audited(
    office: Office, receiver: Receiver, now: datetime
) -> None:
    hook = office.register(receiver.url("/ok"), delivery_settings(), now)
    with db.transaction() as session:
        webhooks.update(session, office.hana, hook.endpoint.id, topics=["thread.claimed"], now=now)
        webhooks.rotate_secret(session, office.hana, hook.endpoint.id, config=delivery_settings(), now=now)
        webhooks.delete(session, office.hana, hook.endpoint.id, now=now)

    with db.statement() as connection:
        sealed = connection.execute(
            "SELECT cipher FROM webhook_secrets WHERE endpoint_id = %(id)s", {"id": hook.endpoint.id}
        ).fetchall()
        entries = connection.execute(
            "SELECT action, body FROM timeline "
            "WHERE stream = 'configuration' AND body LIKE %(like)s ORDER BY seq",
            {"like": f"%{hook.endpoint.id}%"},
        ).fetchall()
    assert all(b"whsec_" not in bytes(row.cipher) for row in sealed)
    assert [row.action for row in entries] == [
        "webhook_registered",
        "webhook_updated",
        "webhook_secret_rotated",
        "webhook_deleted",
    ]
    assert all("whsec_" not in row.body for row in entries)


def test_endpoints_and_outcomes_of_another_brand_do_not_exist(
    office: Office, receiver: Receiver, now: datetime
) -> None:
    hook = office.register(receiver.url("/ok"), delivery_settings(), now)
    [outcome_id] = owe(hook.endpoint.id, now)
    mia = outbox.open_office().hana

    with db.transaction() as session:
        for refused in (
            lambda: webhooks.show_endpoint(session, mia, hook.endpoint.id),
            lambda: webhooks.delete(session, mia, hook.endpoint.id, now=now),
            lambda: webhooks.rotate_secret(
                session, mia, hook.endpoint.id, config=delivery_settings(), now=now
            ),
            lambda: outcomes.show(session, mia, outcome_id),
            lambda: outcomes.replay(session, mia, outcome_id, now=now),
            lambda: outcomes.replay_dead(session, mia, hook.endpoint.id, now=now),
            lambda: outcomes.list_attempts(session, mia, hook.endpoint.id),
        ):
            with pytest.raises(NotFound):
                refused()
        assert webhooks.list_endpoints(session, mia) == []
        assert outcomes.list_outcomes(session, mia) == []


@pytest.mark.parametrize("topics", [[], ["escalation.exploded"], ["*", "nothing"]])
def test_unknown_topics_are_refused(office: Office, now: datetime, topics: list[str]) -> None:
    with pytest.raises(InvalidInput), db.transaction() as session:
        webhooks.register(
            session, office.hana, url="https://a.example", topics=topics, config=delivery_settings(), now=now
        )


def test_an_unsafe_address_is_refused_at_registration(office: Office, now: datetime) -> None:
    strict = delivery_settings(webhook_allow_private_addresses=False)

    with pytest.raises(UnsafeAddress):
        office.register("http://127.0.0.1/", strict, now)


def test_a_caller_without_a_brand_finds_nothing(database: object, now: datetime) -> None:
    nobody = Actor(kind="clock", id=None, name="the clock")

    with pytest.raises(NotFound), db.transaction() as session:
        webhooks.show_endpoint(session, nobody, new_id())


def test_lists_are_paged_from_the_newest(office: Office, receiver: Receiver, now: datetime) -> None:
    hook = office.register(receiver.url("/ok"), delivery_settings(), now)
    same_moment = owe(hook.endpoint.id, now - timedelta(seconds=1), count=3)
    ids = owe(hook.endpoint.id, now - timedelta(seconds=3)) + owe(
        hook.endpoint.id, now - timedelta(seconds=2)
    )
    ids += sorted(same_moment)
    deliver_at(now)

    with db.transaction() as session:
        first = outcomes.list_outcomes(session, office.hana, endpoint_id=hook.endpoint.id, limit=2)
        rest = outcomes.list_outcomes(session, office.hana, state="sent", before=first[-1].id)
        newest = outcomes.list_attempts(session, office.hana, hook.endpoint.id, limit=2)
        older = outcomes.list_attempts(session, office.hana, hook.endpoint.id, before=newest[-1].id)

    assert [one.id for one in first + rest] == ids[::-1]
    assert len(newest) == 2
    assert len(older) == 3
