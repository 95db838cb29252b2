"""A receiver that answers 410: what it was owed is not lost, and what it had stays delivered."""

from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

import pytest

from bridge import db
from bridge.channels import webhook
from bridge.errors import Conflict
from bridge.services import outcomes, webhooks
from bridge.services.delivery import deliver_due
from tests.cast import Cast
from tests.clockwork import rows
from tests.outbox import Office, Receiver, deliver_at, delivery_settings, owe, read_outcome
from tests.telling import actor_of, inbox_of


def replay(office: Office, outcome_id: UUID, now: datetime) -> None:
    with db.transaction() as session:
        outcomes.replay(session, office.hana, outcome_id, now=now)


def switch(office: Office, endpoint_id: UUID, *, on: bool, now: datetime) -> None:
    with db.transaction() as session:
        webhooks.update(session, office.hana, endpoint_id, enabled=on, now=now)


@pytest.mark.parametrize("place", ["the one that is answered", "one that waits behind it"])
def test_what_was_delivered_and_is_sent_again_stays_delivered_at_a_410(
    office: Office, receiver: Receiver, now: datetime, place: str
) -> None:
    receiver.answers["/in"] = [200, 200, 410]
    hook = office.register(receiver.url("/in"), delivery_settings(), now)
    first, second = owe(hook.endpoint.id, now, count=2)
    deliver_at(now)
    later = now + timedelta(hours=1)
    again = [first] if place == "the one that is answered" else [first, second]
    for outcome_id in again:
        replay(office, outcome_id, later)
    [new] = owe(hook.endpoint.id, later + timedelta(seconds=1))

    deliver_at(later + timedelta(seconds=2))
    deliver_at(later + timedelta(seconds=3))

    assert len(receiver.messages) == 3
    assert [read_outcome(one).state for one in (first, second, new)] == ["sent", "sent", "cancelled"]
    assert read_outcome(first).settled_at == now
    assert read_outcome(first).last_error == ""


def test_what_was_delivered_and_waits_to_be_sent_again_stays_delivered_when_a_person_switches_off(
    office: Office, receiver: Receiver, now: datetime
) -> None:
    hook = office.register(receiver.url("/ok"), delivery_settings(), now)
    [had] = owe(hook.endpoint.id, now)
    deliver_at(now)
    replay(office, had, now + timedelta(hours=1))
    [new] = owe(hook.endpoint.id, now + timedelta(hours=1))

    switch(office, hook.endpoint.id, on=False, now=now + timedelta(hours=1))

    assert [read_outcome(one).state for one in (had, new)] == ["sent", "cancelled"]
    assert [read_outcome(one).last_error for one in (had, new)] == ["", "endpoint_disabled"]


def test_what_slipped_in_while_the_receiver_was_switched_off_stays_delivered_too(
    office: Office, receiver: Receiver, now: datetime
) -> None:
    hook = office.register(receiver.url("/ok"), delivery_settings(), now)
    [had] = owe(hook.endpoint.id, now)
    deliver_at(now)
    switch(office, hook.endpoint.id, on=False, now=now)
    with db.statement() as connection:  # a press that read the receiver just before
        connection.execute("UPDATE outcomes SET state = 'queued', settled_at = NULL", {})

    assert deliver_at(now + timedelta(hours=1)) == {"cancelled": 1}

    assert (read_outcome(had).state, read_outcome(had).settled_at) == ("sent", now)


def test_once_it_is_switched_on_one_call_sends_everything_that_it_has_not_got(
    office: Office, receiver: Receiver, now: datetime
) -> None:
    receiver.answers["/in"] = [200, 410, 200]
    hook = office.register(receiver.url("/in"), delivery_settings(), now)
    [had] = owe(hook.endpoint.id, now)
    deliver_at(now)
    lost = owe(hook.endpoint.id, now + timedelta(seconds=1), count=3)
    deliver_at(now + timedelta(seconds=2))
    deliver_at(now + timedelta(seconds=3))
    dead, waiting = owe(hook.endpoint.id, now, count=2)
    with db.statement() as connection:
        connection.execute("UPDATE outcomes SET state = 'dead' WHERE id = %(id)s", {"id": dead})
        connection.execute(
            "UPDATE outcomes SET attempts = 4, next_at = %(then)s WHERE id = %(id)s",
            {"id": waiting, "then": now + timedelta(hours=3)},
        )
    later = now + timedelta(hours=1)

    with pytest.raises(Conflict), db.transaction() as session:
        outcomes.replay_all(session, office.hana, hook.endpoint.id, now=later)
    switch(office, hook.endpoint.id, on=True, now=later)
    with db.transaction() as session:
        woken = outcomes.replay_all(session, office.hana, hook.endpoint.id, now=later)
    with db.transaction() as session:
        repeated = outcomes.replay_all(session, office.hana, hook.endpoint.id, now=later)

    assert (woken, repeated) == (5, 0)
    assert deliver_at(later) == {"delivered": 5}
    told = [one.id for one in receiver.messages]
    assert sorted(told[2:]) == sorted(str(one) for one in (*lost, dead, waiting))
    assert told.count(str(had)) == 1
    assert read_outcome(had).settled_at == now


def test_what_is_on_its_way_is_not_begun_again_beside_it(
    office: Office, receiver: Receiver, now: datetime
) -> None:
    hook = office.register(receiver.url("/ok"), delivery_settings(), now)
    owe(hook.endpoint.id, now)
    woken = []

    def post(*args: Any, **options: Any) -> Any:
        with db.transaction() as session:
            woken.append(outcomes.replay_all(session, office.hana, hook.endpoint.id, now=now))
        return webhook.post(*args, **options)

    count = +deliver_due(delivery_settings(), post=post, clock=lambda: now)

    assert (woken, count) == ([0], {"delivered": 1})
    assert deliver_at(now + timedelta(days=1)) == {}


def test_administrators_are_told_once_that_a_receiver_was_switched_off(
    cast: Cast, receiver: Receiver, now: datetime
) -> None:
    receiver.answers["/in/token-of-ours"] = [410]
    office = Office(actor_of(cast))
    with db.transaction() as session:
        hook = webhooks.register(
            session,
            office.hana,
            url=receiver.url("/in/token-of-ours"),
            topics=["*"],
            description="The till",
            config=delivery_settings(),
            now=now,
        )
    owe(hook.endpoint.id, now, count=2)

    deliver_at(now)
    deliver_at(now + timedelta(seconds=5))

    [told] = inbox_of(cast.ada)
    assert (told.template, told.state) == ("receiver_gone", "sent")
    assert told.facts == {"receiver": "The till (127.0.0.1)", "webhook_id": str(hook.endpoint.id)}
    everything = rows("SELECT person_id, channel, brand_id, facts::text FROM notices")
    assert sorted(row.channel for row in everything) == ["email", "inbox"]
    assert {row.person_id for row in everything} == {cast.ada.person.id}
    assert {row.brand_id for row in everything} == {cast.brand.id}
    assert "token-of-ours" not in str(everything)


def test_a_receiver_that_a_person_switches_off_is_no_news(
    cast: Cast, receiver: Receiver, now: datetime
) -> None:
    office = Office(actor_of(cast))
    hook = office.register(receiver.url("/ok"), delivery_settings(), now)
    owe(hook.endpoint.id, now)

    switch(office, hook.endpoint.id, on=False, now=now)
    deliver_at(now)

    assert inbox_of(cast.ada) == []
