"""After ten attempts an outcome is a dead letter, and waits until somebody replays it."""

from datetime import datetime, timedelta

from bridge import db
from bridge.retries import ATTEMPTS_MAX
from bridge.services import outcomes
from tests.outbox import Office, Receiver, deliver_at, delivery_settings, owe


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
        woken = outcomes.replay_all(session, office.hana, hook.endpoint.id, now=now)

    assert woken == 3
    assert deliver_at(now) == {"delivered": 3}
