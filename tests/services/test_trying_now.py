"""A waiting event is tried now: once, with its own id, and never beside a try that is under way."""

from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

import pytest

from bridge import db
from bridge.channels import webhook
from bridge.errors import Conflict
from bridge.models import Outcome
from bridge.queries import outcomes as queries
from bridge.services import outcomes, webhooks
from bridge.services.delivery import deliver_due
from tests.clockwork import rows
from tests.outbox import Office, Receiver, deliver_at, delivery_settings, owe, read_attempts, read_outcome


def try_now(office: Office, outcome_id: UUID, now: datetime) -> Outcome:
    with db.transaction() as session:
        return outcomes.replay(session, office.hana, outcome_id, now=now)


def test_after_two_500s_it_is_tried_at_once_with_its_own_id_and_ten_tries_again(
    office: Office, receiver: Receiver, now: datetime
) -> None:
    receiver.answers["/in"] = [500, 500, 500, 200]
    hook = office.register(receiver.url("/in"), delivery_settings(), now)
    [outcome_id] = owe(hook.endpoint.id, now)
    deliver_at(now)
    deliver_at(now + timedelta(seconds=7))
    mended = now + timedelta(seconds=60)
    assert deliver_at(mended) == {}

    for _ in range(3):
        try_now(office, outcome_id, mended)

    assert deliver_at(mended) == {"retry": 1}
    assert read_outcome(outcome_id).attempts == 1
    assert read_outcome(outcome_id).next_at - mended <= timedelta(seconds=6)
    try_now(office, outcome_id, mended)
    assert deliver_at(mended) == {"delivered": 1}
    assert {one.id for one in receiver.messages} == {str(outcome_id)}
    assert [one.attempt for one in read_attempts(outcome_id)] == [1, 2, 3, 4]
    told = rows("SELECT body FROM timeline WHERE stream = 'configuration' AND action = 'outcome_replayed'")
    assert len(told) == 2


def test_one_that_is_on_its_way_is_left_to_its_try(office: Office, receiver: Receiver, now: datetime) -> None:
    hook = office.register(receiver.url("/ok"), delivery_settings(), now)
    [outcome_id] = owe(hook.endpoint.id, now)
    answered = []

    def post(*args: Any, **options: Any) -> Any:
        answered.append(try_now(office, outcome_id, now).state)
        return webhook.post(*args, **options)

    count = +deliver_due(delivery_settings(), post=post, clock=lambda: now)

    assert (answered, count) == (["sending"], {"delivered": 1})
    assert deliver_at(now + timedelta(days=1)) == {}
    assert len(receiver.messages) == 1


def test_whoever_looked_before_it_was_claimed_does_not_send_it_twice(
    office: Office, receiver: Receiver, now: datetime
) -> None:
    hook = office.register(receiver.url("/ok"), delivery_settings(), now)
    [outcome_id] = owe(hook.endpoint.id, now)
    early = now - timedelta(minutes=5)  # the press reads the clock first, too

    with db.transaction() as session:
        looked = outcomes.show(session, office.hana, outcome_id).outcome
        assert looked.state == "queued"
        with db.act() as act:
            claimed = queries.claim_due(act, now, limit=5, per_endpoint=5, lease_seconds=60)
            queries.ciphers_and_commit(act, now, endpoints=[hook.endpoint.id])
        found = outcomes.replay(session, office.hana, outcome_id, now=early)

    assert len(claimed) == 1
    assert (found.state, looked.state) == ("sending", "sending")
    assert read_outcome(outcome_id).state == "sending"


def test_while_the_receiver_is_switched_off_nothing_is_tried(
    office: Office, receiver: Receiver, now: datetime
) -> None:
    hook = office.register(receiver.url("/ok"), delivery_settings(), now)
    [outcome_id] = owe(hook.endpoint.id, now)
    with db.transaction() as session:
        webhooks.update(session, office.hana, hook.endpoint.id, enabled=False, now=now)

    with pytest.raises(Conflict):
        try_now(office, outcome_id, now)
