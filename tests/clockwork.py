"""Short ways to let time pass and to see what the clock did; the day is a plain Tuesday in Chicago."""

from collections import Counter
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

from bridge import db
from bridge.clock import utc_now
from bridge.lifecycle import Action
from bridge.queries.callers import identify
from bridge.queries.escalations import Saved, lock, save
from bridge.reasons import EntryReason
from bridge.roles import Actor
from bridge.services.attending import Sweeper
from bridge.settings import settings
from tests.cast import Member

MONDAY_NOON = datetime(2026, 6, 1, 17, 0, tzinfo=UTC)
"""12:00 on the wall of store 12, which is open from 10 to 21:30."""


def minutes(amount: float) -> timedelta:
    return timedelta(minutes=amount)


def sweep(now: datetime) -> Counter[str]:
    """One sweep of the clock over everything that is due."""
    return Sweeper(settings()).sweep(now)


def sweep_until(start: datetime, end: datetime, *, step: timedelta = timedelta(minutes=10)) -> None:
    """Let time pass in steps."""
    sweeper, now = Sweeper(settings()), start
    while now <= end:
        sweeper.sweep(now)
        now += step


def rows(sql: str, **values: object) -> list[Any]:
    """Rows of a question about the database."""
    with db.statement() as connection:
        return connection.execute(sql, values).fetchall()


def clocks_of(escalation_id: UUID) -> dict[str, Any]:
    """The newest round of each clock of a case."""
    found = rows("SELECT * FROM milestones WHERE escalation_id = %(id)s ORDER BY round", id=escalation_id)
    return {row.type: row for row in found}


def case(escalation_id: UUID) -> Any:
    """The record as it stands."""
    return rows("SELECT * FROM escalations WHERE id = %(id)s", id=escalation_id)[0]


def steps_of(escalation_id: UUID) -> list[tuple[str, str]]:
    """What its ladder did, but for the waits."""
    found = rows(
        "SELECT t.kind, t.result FROM ladder_steps_taken t JOIN ladder_runs r ON r.id = t.run_id "
        "WHERE r.escalation_id = %(id)s AND t.kind <> 'wait' ORDER BY r.started_at, t.round, t.step",
        id=escalation_id,
    )
    return [(row.kind, row.result) for row in found]


def notices_of(escalation_id: UUID) -> list[tuple[str, str, str]]:
    """Template, channel and person of every notice of a case, oldest first."""
    found = rows(
        "SELECT n.template, n.channel, p.display_name FROM notices n LEFT JOIN people p ON p.id = n.person_id "
        "WHERE n.escalation_id = %(id)s ORDER BY n.next_at, n.id",
        id=escalation_id,
    )
    return [(row.template, row.channel, row.display_name) for row in found]


def reviews_of(escalation_id: UUID) -> dict[str, str]:
    """Entry reason and state of its reviews, but for the random sample: one case in a hundred is drawn."""
    found = rows("SELECT entry_reason, state FROM reviews WHERE escalation_id = %(id)s", id=escalation_id)
    return {row.entry_reason: row.state for row in found if row.entry_reason != EntryReason.RANDOM_SAMPLE}


def stay_signed_in() -> None:
    """Nobody's session is idle, however far a test's clock goes."""
    with db.statement() as connection:
        connection.execute("UPDATE credentials SET last_seen_at = '2099-01-01'")


def actor_of(member: Member) -> Actor:
    """The member as their session's requests see them."""
    with db.statement() as connection:
        known = identify(connection, member.token, now=utc_now(), settings=settings())
    assert known is not None
    return known[0]


def act_as(member: Member, escalation_id: UUID, action: Action, *, now: datetime, **facts: object) -> None:
    """Carry out one action of the life in a transaction of its own, as its service would."""
    actor = Actor(kind="person", id=member.person.id, name=member.person.display_name)
    with db.act() as act:
        locked = lock(act, escalation_id)
        assert locked is not None
        escalation, _row = locked
        if action is Action.ACKNOWLEDGE:
            escalation.acknowledged_at, escalation.acknowledged_by = now, member.person.id
        save(act, escalation, Saved(link=escalation.apply(action, actor=actor, now=now, facts=facts)))
