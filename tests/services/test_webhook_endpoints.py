"""An endpoint is its brand's alone, has secrets that are replaced, and says what was sent to it."""

import time
from datetime import datetime, timedelta

import orjson
import pytest
from standardwebhooks import Webhook, WebhookVerificationError

from bridge import db
from bridge.errors import InvalidInput, NotFound, UnsafeAddress
from bridge.models.base import new_id
from bridge.roles import Actor
from bridge.services import outcomes, webhooks
from tests import outbox
from tests.outbox import Office, Receiver, deliver_at, delivery_settings, owe


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
            lambda: outcomes.replay_all(session, mia, hook.endpoint.id, now=now),
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
