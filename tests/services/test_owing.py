"""A receiver is owed what happens from the moment it was added, whoever tells of it."""

from datetime import datetime, timedelta

from bridge import db
from bridge.clock import utc_now
from bridge.models import Thread, WebhookEndpoint
from bridge.services import claims
from tests.cast import Cast, decide, promise
from tests.clockwork import rows, sweep
from tests.services.captured_posts import act, ana


def receiver(cast: Cast, added_at: datetime) -> WebhookEndpoint:
    with db.transaction() as session:
        one = WebhookEndpoint(
            brand_id=cast.brand.id, url="https://hooks.example.com/in", topics=["*"], created_at=added_at
        )
        session.add(one)
    return one


def told(one: WebhookEndpoint) -> set[str]:
    return {row.topic for row in rows("SELECT topic FROM outcomes WHERE endpoint_id = %(id)s", id=one.id)}


def test_what_people_did_before_a_receiver_was_added_is_not_owed_to_it(cast: Cast, thread: Thread) -> None:
    now = utc_now()
    there, to_come = receiver(cast, now), receiver(cast, now + timedelta(hours=1))

    act(claims.claim, ana(cast), thread.id, now)
    made = promise(cast)
    decide(cast, cast.sam, code=made.code)

    assert told(there) == {"thread.claimed", "escalation.issued", "escalation.honoured"}
    assert told(to_come) == set()


def test_what_the_clock_did_before_a_receiver_was_added_is_not_owed_to_it(cast: Cast) -> None:
    made = promise(cast)
    expires_at = rows("SELECT valid_until AS at FROM escalations WHERE id = %(id)s", id=made.id)[0].at
    there, to_come = receiver(cast, expires_at), receiver(cast, expires_at + timedelta(days=1))

    sweep(expires_at + timedelta(minutes=15))

    assert "escalation.expired" in told(there)
    assert told(to_come) == set()


def test_what_happens_in_the_moment_in_which_a_receiver_is_added_is_owed_to_it(
    cast: Cast, thread: Thread
) -> None:
    now = utc_now()
    one = receiver(cast, now)

    act(claims.claim, ana(cast), thread.id, now)

    assert told(one) == {"thread.claimed"}
