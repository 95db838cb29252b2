"""Who has a conversation open: one row for each person and thread, written every few seconds."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from typing import Final
from uuid import UUID

import sqlalchemy as sa
from sqlmodel import Session


@dataclass(frozen=True, slots=True)
class Present:
    """Somebody on a thread. `since` is when they began to do what they do."""

    thread_id: UUID
    person_id: UUID
    name: str
    doing: str
    since: datetime


_SEEN: Final = sa.text(
    """
    INSERT INTO thread_presence AS seen (thread_id, person_id, doing, since, seen_at)
    SELECT t.id, p.id, :doing, :now, :now
    FROM threads t JOIN people p ON p.id = :person_id AND p.brand_id = t.brand_id
    WHERE t.id = :thread_id AND t.brand_id = :brand_id
    ON CONFLICT (thread_id, person_id) DO UPDATE SET
        since = CASE WHEN seen.doing = excluded.doing AND seen.seen_at >= :fresh THEN seen.since
                     ELSE excluded.since END,
        doing = excluded.doing, seen_at = greatest(seen.seen_at, excluded.seen_at)
    RETURNING thread_id
    """
)


def see(
    session: Session,
    *,
    brand_id: UUID | None,
    thread_id: UUID,
    person_id: UUID | None,
    doing: str,
    now: datetime,
    fresh: datetime,
) -> bool:
    """Note that the person is there; false when the brand has no such thread. Safe to race."""
    values = {
        "brand_id": brand_id,
        "thread_id": thread_id,
        "person_id": person_id,
        "doing": doing,
        "now": now,
        "fresh": fresh,
    }
    return session.connection().execute(_SEEN, values).first() is not None


_GONE: Final = sa.text("DELETE FROM thread_presence WHERE thread_id = :thread_id AND person_id = :person_id")


def gone(session: Session, *, thread_id: UUID, person_id: UUID | None) -> None:
    """Forget that the person is there."""
    session.connection().execute(_GONE, {"thread_id": thread_id, "person_id": person_id})


_ON: Final = sa.text(
    """
    SELECT s.thread_id, s.person_id, p.display_name AS name, s.doing, s.since
    FROM thread_presence s JOIN people p ON p.id = s.person_id
    WHERE s.thread_id = ANY (:thread_ids) AND s.seen_at >= :fresh AND p.brand_id = :brand_id
    ORDER BY s.doing DESC, s.since, p.display_name
    """
)


def on(
    session: Session, *, brand_id: UUID | None, thread_ids: Collection[UUID], fresh: datetime
) -> list[Present]:
    """Everybody who was there since `fresh`; who replies first, then who came first."""
    values = {"brand_id": brand_id, "thread_ids": list(thread_ids), "fresh": fresh}
    rows = session.connection().execute(_ON, values).mappings()
    return [Present(**row) for row in rows]
