"""Wrong PINs pause one person on one device: a quarter of an hour, then longer each time.

Counted for both together, so that nobody can shut a colleague out from another tablet. A right
PIN, or a manager, forgets all of it.
"""

from datetime import UTC, datetime
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import insert
from sqlmodel import Session, col

from bridge.models import GuessCount, GuessLock
from bridge.pins import WRONG_UNTIL_PAUSED, pause_after

PIN = "pin"
# The tries since the last right one count, not those of a window: one row, with one name.
_WINDOW = (datetime(2000, 1, 1, tzinfo=UTC), 0)


def paused_for(session: Session, person_id: UUID, device_id: UUID, *, now: datetime) -> int | None:
    """Seconds to wait, or None when a PIN may be tried.

    Tries of one person on one device queue up here until the transaction ends, so that fifty at
    once are still five.
    """
    subject = _subject(person_id, device_id)
    session.execute(sa.select(sa.func.pg_advisory_xact_lock(sa.func.hashtextextended(subject, 0))))
    until = session.execute(
        sa.select(col(GuessLock.until)).where(
            col(GuessLock.counted_on) == PIN, col(GuessLock.subject) == subject
        )
    ).scalar_one_or_none()
    return None if until is None or until <= now else max(1, int((until - now).total_seconds()))


def count_wrong(session: Session, person_id: UUID, device_id: UUID, *, now: datetime) -> int | None:
    """Count a wrong PIN. The fifth pauses the person there; returns the seconds then, else None."""
    subject = _subject(person_id, device_id)
    start, seconds = _WINDOW
    counted = insert(GuessCount).values(
        counted_on=PIN, subject=subject, window_start=start, window_seconds=seconds, guesses=1
    )
    tries = session.execute(
        counted.on_conflict_do_update(
            index_elements=["counted_on", "subject", "window_start", "window_seconds"],
            set_={"guesses": GuessCount.guesses + 1},
        ).returning(col(GuessCount.guesses))
    ).scalar_one()
    if tries < WRONG_UNTIL_PAUSED:
        return None
    times = session.execute(
        sa.select(col(GuessLock.times)).where(
            col(GuessLock.counted_on) == PIN, col(GuessLock.subject) == subject
        )
    ).scalar_one_or_none()
    pause = pause_after(times or 0)
    paused = insert(GuessLock).values(counted_on=PIN, subject=subject, until=now + pause, times=1)
    session.execute(
        paused.on_conflict_do_update(
            index_elements=["counted_on", "subject"],
            set_={"until": now + pause, "times": GuessLock.times + 1},
        )
    )
    _forget_counts(session, [subject])
    return int(pause.total_seconds())


def forget(session: Session, person_id: UUID, device_id: UUID) -> None:
    """Forget the wrong PINs of a person on a device, after a right one."""
    subject = _subject(person_id, device_id)
    _forget_counts(session, [subject])
    session.execute(
        sa.delete(GuessLock).where(col(GuessLock.counted_on) == PIN, col(GuessLock.subject) == subject)
    )


def forget_everywhere(session: Session, person_id: UUID) -> None:
    """Forget the wrong PINs of a person on every device."""
    for table in (GuessCount, GuessLock):
        session.execute(
            sa.delete(table).where(
                col(table.counted_on) == PIN, col(table.subject).startswith(f"{person_id}:")
            )
        )


def paused_people(session: Session, people: list[UUID], *, now: datetime) -> set[UUID]:
    """Which of these people are paused on some device."""
    rows = session.execute(
        sa.select(col(GuessLock.subject)).where(
            col(GuessLock.counted_on) == PIN,
            col(GuessLock.until) > now,
            sa.func.split_part(col(GuessLock.subject), ":", 1).in_([str(person) for person in people]),
        )
    )
    return {UUID(subject.partition(":")[0]) for (subject,) in rows}


def _subject(person_id: UUID, device_id: UUID) -> str:
    return f"{person_id}:{device_id}"


def _forget_counts(session: Session, subjects: list[str]) -> None:
    session.execute(
        sa.delete(GuessCount).where(col(GuessCount.counted_on) == PIN, col(GuessCount.subject).in_(subjects))
    )
