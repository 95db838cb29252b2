"""Who holds a thread: one live claim, each change in one statement that is safe to race.

Nothing commits; what locks says so.
"""

from dataclasses import dataclass
from datetime import datetime
from typing import Final
from uuid import UUID

import sqlalchemy as sa
from sqlmodel import Session, select

from bridge.models.base import new_id
from bridge.models.intake import Thread, ThreadClaim


@dataclass(frozen=True, slots=True)
class LiveClaim:
    """Who holds a thread. The lease may have run out; then anybody may have it."""

    id: UUID
    thread_id: UUID
    person_id: UUID
    holder_name: str
    claimed_at: datetime
    lease_until: datetime
    is_soft: bool


_CALLER: Final = sa.text(
    """
    SELECT t.id AS thread_id, p.id AS person_id
    FROM threads t
    LEFT JOIN people p ON p.id = :person_id AND p.brand_id = t.brand_id AND p.status = 'active'
    WHERE t.id = :thread_id AND t.brand_id = :brand_id
    """
)


def thread_and_person(
    session: Session, brand_id: UUID | None, thread_id: UUID, person_id: UUID | None
) -> tuple[bool, bool]:
    """Whether the brand has the thread, and whether the person is active staff of it."""
    row = (
        session.connection()
        .execute(_CALLER, {"brand_id": brand_id, "thread_id": thread_id, "person_id": person_id})
        .first()
    )
    return row is not None, row is not None and row.person_id is not None


def network_of(session: Session, thread_id: UUID) -> str:
    """The network on which the thread is."""
    return session.exec(select(Thread.network).where(Thread.id == thread_id)).one()


_INSERT_CLAIM: Final = sa.text(
    """
    WITH won AS (
        INSERT INTO thread_claims (id, thread_id, person_id, claimed_at, lease_until, is_soft)
        VALUES (:id, :thread_id, :person_id, :now, :lease_until, :is_soft)
        ON CONFLICT (thread_id) WHERE released_at IS NULL DO NOTHING
        RETURNING id
    ), woken AS (
        UPDATE threads SET attend_at = least(attend_at, :now)
        WHERE id = :thread_id AND EXISTS (SELECT FROM won)
    )
    SELECT id FROM won
    """
)
"""A claim starts the clock of the promise, so the conversation is looked at."""


def try_insert_claim(
    session: Session,
    *,
    thread_id: UUID,
    person_id: UUID,
    now: datetime,
    lease_until: datetime,
    is_soft: bool = False,
) -> ThreadClaim | None:
    """Make the thread's one live claim; None when there is one. Waits for a rival's commit."""
    values = {
        "id": new_id(),
        "thread_id": thread_id,
        "person_id": person_id,
        "now": now,
        "lease_until": lease_until,
        "is_soft": is_soft,
    }
    claim_id = session.connection().execute(_INSERT_CLAIM, values).scalar()
    return None if claim_id is None else session.get_one(ThreadClaim, claim_id)


_RELEASE_EXPIRED: Final = sa.text(
    """
    WITH released AS (
        UPDATE thread_claims SET released_at = :now, release_reason = 'lease_expired'
        WHERE thread_id = :thread_id AND released_at IS NULL AND lease_until <= :now
        RETURNING person_id
    ), woken AS (
        UPDATE threads SET attend_at = least(attend_at, :now)
        WHERE id = :thread_id AND EXISTS (SELECT FROM released)
    )
    SELECT person_id FROM released
    """
)


def release_expired_claim(session: Session, thread_id: UUID, now: datetime) -> UUID | None:
    """End a claim whose lease ran out; returns who held it. Locks the claim."""
    values = {"thread_id": thread_id, "now": now}
    held_by: UUID | None = session.connection().execute(_RELEASE_EXPIRED, values).scalar()
    return held_by


_RENEW: Final = sa.text(
    """
    UPDATE thread_claims SET lease_until = greatest(lease_until, :lease_until), is_soft = is_soft AND :is_soft
    WHERE thread_id = :thread_id AND released_at IS NULL AND person_id = :person_id
    RETURNING id
    """
)


def renew_claim(
    session: Session, *, thread_id: UUID, person_id: UUID, lease_until: datetime, is_soft: bool = False
) -> ThreadClaim | None:
    """Lengthen the person's live claim; None when they hold none. Locks the claim.

    A soft claim becomes firm unless it is renewed as a soft one; a firm one stays firm.
    """
    values = {
        "thread_id": thread_id,
        "person_id": person_id,
        "lease_until": lease_until,
        "is_soft": is_soft,
    }
    claim_id = session.connection().execute(_RENEW, values).scalar()
    return None if claim_id is None else _fresh_claim(session, claim_id)


_RELEASE: Final = sa.text(
    """
    WITH released AS (
        UPDATE thread_claims SET released_at = :now, release_reason = :reason
        WHERE thread_id = :thread_id AND released_at IS NULL AND person_id = :person_id
        RETURNING id
    ), woken AS (
        UPDATE threads SET attend_at = least(attend_at, :now)
        WHERE id = :thread_id AND EXISTS (SELECT FROM released)
    )
    SELECT id FROM released
    """
)


def release_claim(
    session: Session, *, thread_id: UUID, person_id: UUID, reason: str, now: datetime
) -> ThreadClaim | None:
    """End the person's live claim; None when they hold none. Locks the claim."""
    values = {"thread_id": thread_id, "person_id": person_id, "reason": reason, "now": now}
    claim_id = session.connection().execute(_RELEASE, values).scalar()
    return None if claim_id is None else _fresh_claim(session, claim_id)


def _fresh_claim(session: Session, claim_id: UUID) -> ThreadClaim:
    return session.get_one(ThreadClaim, claim_id, populate_existing=True)


_LIVE: Final = """
    SELECT c.id, c.thread_id, c.person_id, p.display_name AS holder_name, c.claimed_at, c.lease_until,
           c.is_soft
    FROM thread_claims c JOIN people p ON p.id = c.person_id
    WHERE c.thread_id = :thread_id AND c.released_at IS NULL
"""


def live_claim(session: Session, thread_id: UUID) -> LiveClaim | None:
    """The thread's claim that was not released, its lease run out or not."""
    row = session.connection().execute(sa.text(_LIVE), {"thread_id": thread_id}).mappings().first()
    return None if row is None else LiveClaim(**row)


def live_claim_for_update(session: Session, thread_id: UUID) -> LiveClaim | None:
    """As `live_claim`, and locks it, so that of two who take over only one finds it."""
    locked = sa.text(f"{_LIVE} FOR UPDATE OF c")
    row = session.connection().execute(locked, {"thread_id": thread_id}).mappings().first()
    return None if row is None else LiveClaim(**row)
