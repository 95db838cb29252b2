"""One agent at a time may answer a conversation, and a claim can be taken over."""

from dataclasses import replace
from datetime import timedelta
from typing import Any

import psycopg
import pytest
from sqlmodel import select

from bridge import db
from bridge.clock import utc_now
from bridge.errors import ClaimTaken, Conflict, InvalidInput, NotFound, NotPermitted
from bridge.models import Outcome, Person, Thread, ThreadClaim, TimelineEntry
from bridge.services import claims, intake
from bridge.settings import settings
from tests.cast import Cast
from tests.services.captured_posts import LEASE, act, actor_of, ana, count, kim


def thread_actions(thread: Thread) -> list[str]:
    with db.transaction() as session:
        entries = session.exec(select(TimelineEntry).where(TimelineEntry.stream == f"thread:{thread.id}"))
        return [entry.action for entry in sorted(entries, key=lambda entry: entry.seq)]


def test_the_first_claim_wins_and_the_second_learns_who_holds_it(cast: Cast, thread: Thread) -> None:
    now = utc_now()
    won = act(claims.claim, ana(cast), thread.id, now)

    with pytest.raises(ClaimTaken) as refused:
        act(claims.claim, kim(cast), thread.id, now)

    assert won.lease_until - now == timedelta(seconds=settings().claim_lease_seconds)
    assert refused.value.details == {
        "holder": "Ana",
        "since": now.isoformat(),
        "until": won.lease_until.isoformat(),
    }


def test_claiming_again_lengthens_the_own_lease(cast: Cast, thread: Thread) -> None:
    now = utc_now()
    first = act(claims.claim, ana(cast), thread.id, now)

    second = act(claims.claim, ana(cast), thread.id, now + timedelta(minutes=5))

    assert (second.id, second.lease_until) == (first.id, first.lease_until + timedelta(minutes=5))
    assert thread_actions(thread) == ["claim.taken"]


def test_a_renewed_lease_holds_and_one_that_ran_out_does_not(cast: Cast, thread: Thread) -> None:
    now = utc_now()
    act(claims.claim, ana(cast), thread.id, now)
    act(claims.renew, ana(cast), thread.id, now + LEASE / 2)

    with pytest.raises(ClaimTaken):
        act(claims.claim, kim(cast), thread.id, now + LEASE)
    won = act(claims.claim, kim(cast), thread.id, now + LEASE * 1.5)

    assert won.person_id == cast.kim.person.id
    with db.transaction() as session:
        old = session.exec(select(ThreadClaim).where(ThreadClaim.person_id == cast.ana.person.id)).one()
    assert old.release_reason == "lease_expired"
    assert thread_actions(thread) == ["claim.taken", "claim.lapsed", "claim.taken"]
    with pytest.raises(ClaimTaken):
        act(claims.renew, ana(cast), thread.id, now + LEASE * 1.5)


def test_a_released_thread_is_free_for_the_next(cast: Cast, thread: Thread) -> None:
    now = utc_now()
    act(claims.claim, ana(cast), thread.id, now)

    act(claims.release, ana(cast), thread.id, "not ours", now)

    assert act(claims.claim, kim(cast), thread.id, now).person_id == cast.kim.person.id
    assert thread_actions(thread) == ["claim.taken", "claim.released", "claim.taken"]


def test_nobody_releases_what_another_holds(cast: Cast, thread: Thread) -> None:
    now = utc_now()
    with pytest.raises(Conflict):
        act(claims.release, ana(cast), thread.id, "", now)
    act(claims.claim, ana(cast), thread.id, now)

    with pytest.raises(ClaimTaken):
        act(claims.release, kim(cast), thread.id, "", now)


def test_a_lead_takes_over_with_a_reason_and_the_holder_is_told(cast: Cast, thread: Thread) -> None:
    now = utc_now()
    act(claims.claim, ana(cast), thread.id, now)

    taken = act(claims.take_over, kim(cast), thread.id, "Ana is at lunch", now)

    with db.transaction() as session:
        told = session.exec(select(Outcome).where(Outcome.person_id == cast.ana.person.id)).one()
        old = session.exec(select(ThreadClaim).where(ThreadClaim.person_id == cast.ana.person.id)).one()
    assert taken.person_id == cast.kim.person.id
    assert (told.channel, told.topic, told.state) == ("board", "thread.taken_over", "sent")
    assert told.payload == {"thread_id": str(thread.id), "by": "Kim", "reason": "Ana is at lunch"}
    assert old.release_reason == "taken_over: Ana is at lunch"
    assert thread_actions(thread) == ["claim.taken", "claim.taken_over"]


@pytest.mark.parametrize("reason", ["", "   ", "x" * 181, "a\x00b"])
def test_taking_over_needs_a_reason(cast: Cast, thread: Thread, reason: str) -> None:
    act(claims.claim, ana(cast), thread.id, utc_now())

    with pytest.raises(InvalidInput):
        act(claims.take_over, kim(cast), thread.id, reason, utc_now())


def test_an_agent_takes_over_only_when_the_lease_ran_out(cast: Cast, thread: Thread) -> None:
    now = utc_now()
    ivy = actor_of(cast, cast.ivy)
    act(claims.claim, ana(cast), thread.id, now)

    with pytest.raises(NotPermitted):
        act(claims.take_over, ivy, thread.id, "I am free", now)
    taken = act(claims.take_over, ivy, thread.id, "Ana went home", now + LEASE)

    assert taken.person_id == cast.ivy.person.id


def test_taking_over_a_free_thread_is_claiming_it(cast: Cast, thread: Thread) -> None:
    assert act(claims.take_over, ana(cast), thread.id, "free", utc_now()).person_id == cast.ana.person.id
    assert count(Outcome) == 0


def test_a_thread_of_another_brand_does_not_exist(cast: Cast, thread: Thread) -> None:
    stranger = replace(kim(cast), brand_id=cast.hq.id)

    for what in (claims.claim, claims.renew):
        with pytest.raises(NotFound):
            act(what, stranger, thread.id, utc_now())
    with pytest.raises(NotFound):
        act(claims.take_over, stranger, thread.id, "mine", utc_now())
    with pytest.raises(NotFound):
        act(intake.conversation, stranger, thread.id)


@pytest.mark.parametrize("kind", ["suspended", "integration"])
def test_only_active_staff_can_hold_a_thread(cast: Cast, thread: Thread, kind: str) -> None:
    actor = ana(cast)
    if kind == "suspended":
        with db.transaction() as session:
            session.get_one(Person, cast.ana.person.id).status = "suspended"
    else:
        actor = replace(actor, kind="integration", id=cast.ana.credential_id)

    with pytest.raises(NotPermitted):
        act(claims.claim, actor, thread.id, utc_now())


def test_a_claim_and_a_take_over_are_owed_to_receivers_that_subscribed(
    cast: Cast, thread: Thread, owner: psycopg.Connection[Any]
) -> None:
    owner.execute(
        "INSERT INTO webhook_endpoints (id, brand_id, url, description, topics, enabled, disabled_reason, created_at) "
        "VALUES (gen_random_uuid(), %s, 'https://example.com', '', '{thread.claimed,thread.taken_over}', true, '', now())",
        [cast.brand.id],
    )
    act(claims.claim, ana(cast), thread.id, utc_now())
    act(claims.take_over, kim(cast), thread.id, "Ana is at lunch", utc_now())

    rows = owner.execute(
        "SELECT topic FROM outcomes WHERE channel = 'webhook' ORDER BY created_at"
    ).fetchall()

    assert rows == [("thread.claimed",), ("thread.taken_over",)]
