"""What triage needs to know about a conversation, and what it writes."""

from datetime import datetime
from typing import Any, Final
from uuid import UUID

import sqlalchemy as sa
from sqlmodel import Session

from bridge.lifecycle import Status
from bridge.queries.intake import OPEN

_OPEN_LIST: Final = ", ".join(f"'{status.value}'" for status in OPEN if status is not Status.DRAFT)

_GROUND: Final = f"""
    SELECT t.id, t.identity_id, t.triage, t.snoozed_until, t.duplicate_of_id, t.triaged_at, w.display_name AS triaged_by_name,
           c.person_id AS holder_id, p.display_name AS holder_name, c.claimed_at, c.lease_until,
           coalesce(c.is_soft, false) AS is_soft,
           EXISTS (SELECT FROM thread_claims b WHERE b.thread_id = t.id AND b.person_id = :person_id
                   AND b.released_at >= c.claimed_at AND b.release_reason LIKE 'taken_over:%') AS was_mine,
           EXISTS (SELECT FROM escalations e WHERE e.identity_id = t.identity_id AND e.thread_id = t.id
                   AND e.status IN ({_OPEN_LIST})) AS has_promise
    FROM threads t
    LEFT JOIN people w ON w.id = t.triaged_by
    LEFT JOIN thread_claims c ON c.thread_id = t.id AND c.released_at IS NULL AND c.lease_until > :now
    LEFT JOIN people p ON p.id = c.person_id
    WHERE t.id = :thread_id AND t.brand_id = :brand_id
"""


def ground(
    session: Session,
    brand_id: UUID | None,
    thread_id: UUID,
    *,
    person_id: UUID | None,
    now: datetime,
    lock: bool = False,
) -> Any:
    """The conversation's state and its live claim; None outside the brand. With `lock` the thread is locked.

    `was_mine` says that the claim was taken over from the person.
    """
    statement = f"{_GROUND} FOR NO KEY UPDATE OF t" if lock else _GROUND
    values = {"brand_id": brand_id, "thread_id": thread_id, "person_id": person_id, "now": now}
    return session.connection().execute(sa.text(statement), values).first()


_LOCK_BOTH: Final = sa.text(
    "SELECT id FROM threads WHERE id IN (:one, :other) AND brand_id = :brand_id ORDER BY id FOR NO KEY UPDATE"
)


def lock_both(session: Session, brand_id: UUID | None, one: UUID, other: UUID) -> None:
    """Lock two conversations in the order of their ids, so that no two moves wait crosswise."""
    session.connection().execute(_LOCK_BOTH, {"one": one, "other": other, "brand_id": brand_id}).all()


_SET: Final = sa.text(
    """
    UPDATE threads SET triage = :triage, snoozed_until = :snoozed_until, duplicate_of_id = :duplicate_of_id,
                       triaged_by = :person_id, triaged_at = :now
    WHERE id = :thread_id
    """
)


def put(
    session: Session,
    thread_id: UUID,
    *,
    triage: str,
    snoozed_until: datetime | None,
    duplicate_of_id: UUID | None,
    person_id: UUID | None,
    now: datetime,
) -> None:
    """Write where the conversation stands."""
    values = {
        "thread_id": thread_id,
        "triage": triage,
        "snoozed_until": snoozed_until,
        "duplicate_of_id": duplicate_of_id,
        "person_id": person_id,
        "now": now,
    }
    session.connection().execute(_SET, values)


# An answer sets aside what waits for one; who set it aside before does not answer for this.
ANSWERED: Final = """
    triage = CASE WHEN {waits} THEN 'replied' ELSE triage END,
    triaged_by = CASE WHEN {waits} THEN %(person_id)s::uuid ELSE triaged_by END,
    triaged_at = CASE WHEN {waits} THEN %(now)s::timestamptz ELSE triaged_at END
""".format(waits="(triage = 'open' OR triage = 'snoozed' AND snoozed_until <= %(now)s::timestamptz)")
"""What an answer sets in a thread, by whom and when. Wants `person_id`, null for nobody of ours, and `now`."""


_OTHER: Final = sa.text(
    "SELECT id, duplicate_of_id FROM threads WHERE id = :thread_id AND brand_id = :brand_id FOR KEY SHARE"
)


def other(session: Session, brand_id: UUID | None, thread_id: UUID) -> Any:
    """Another conversation of the brand; None when there is none."""
    return session.connection().execute(_OTHER, {"thread_id": thread_id, "brand_id": brand_id}).first()


_SAME_CUSTOMER: Final = sa.text(
    """
    SELECT t.id, t.network, i.handle, t.last_post_at,
           (SELECT left(p.text, 80) FROM posts p WHERE p.thread_id = t.id
            ORDER BY p.posted_at, p.external_id LIMIT 1) AS text
    FROM social_identities mine
    JOIN social_identities i ON i.customer_id = mine.customer_id
    JOIN threads t ON t.identity_id = i.id
    WHERE mine.id = :identity_id AND t.brand_id = :brand_id AND t.id <> :thread_id AND t.triage <> 'duplicate'
    ORDER BY t.last_post_at DESC, t.id DESC LIMIT :limit
    """
)


def of_the_same_customer(
    session: Session, brand_id: UUID | None, *, identity_id: UUID, thread_id: UUID, limit: int = 10
) -> list[Any]:
    """The customer's other conversations, on whatever network, newest first."""
    values = {"identity_id": identity_id, "brand_id": brand_id, "thread_id": thread_id, "limit": limit}
    return list(session.connection().execute(_SAME_CUSTOMER, values))


_TOLD: Final = sa.text(
    """
    SELECT e.at, e.action, e.body, p.display_name AS actor_name
    FROM timeline e LEFT JOIN people p ON p.id = e.actor_id
    WHERE e.stream = :stream ORDER BY e.seq DESC LIMIT :limit
    """
)


def told(session: Session, thread_id: UUID, *, limit: int = 50) -> list[Any]:
    """What was done with the conversation, newest first. The caller has proven the brand."""
    return list(session.connection().execute(_TOLD, {"stream": f"thread:{thread_id}", "limit": limit}))
