"""Wrong PINs pause one person in one place: a quarter of an hour, then longer each time.

The place is a device, so that nobody can shut a colleague out from another tablet; for a manager's
yes it is also the colleague who asks, and for an own PIN without a device the person. A right PIN,
or a manager, forgets all of it.
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


def paused_for(session: Session, person_id: UUID, place_id: UUID, *, now: datetime) -> int | None:
    """Seconds to wait, or None when a PIN may be tried.

    Tries of one person in one place queue up here until the transaction ends, so that fifty at
    once are still five.
    """
    subject = _subject(person_id, place_id)
    session.execute(sa.select(sa.func.pg_advisory_xact_lock(sa.func.hashtextextended(subject, 0))))
    until = session.execute(
        sa.select(col(GuessLock.until)).where(
            col(GuessLock.counted_on) == PIN, col(GuessLock.subject) == subject
        )
    ).scalar_one_or_none()
    return None if until is None or until <= now else max(1, int((until - now).total_seconds()))


def count_wrong(session: Session, person_id: UUID, place_id: UUID, *, now: datetime) -> int | None:
    """Count a wrong PIN. The fifth pauses the person there; returns the seconds then, else None."""
    subject = _subject(person_id, place_id)
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


def forget(session: Session, person_id: UUID, place_id: UUID) -> None:
    """Forget the wrong PINs of a person in a place, after a right one."""
    subject = _subject(person_id, place_id)
    _forget_counts(session, [subject])
    session.execute(
        sa.delete(GuessLock).where(col(GuessLock.counted_on) == PIN, col(GuessLock.subject) == subject)
    )


def forget_everywhere(session: Session, person_id: UUID) -> None:
    """Forget the wrong PINs of a person everywhere."""
    for table in (GuessCount, GuessLock):
        session.execute(
            sa.delete(table).where(
                col(table.counted_on) == PIN, col(table.subject).startswith(f"{person_id}:")
            )
        )


def paused_people(session: Session, people: list[UUID], *, now: datetime) -> set[UUID]:
    """Which of these people are paused somewhere."""
    rows = session.execute(
        sa.select(col(GuessLock.subject)).where(
            col(GuessLock.counted_on) == PIN,
            col(GuessLock.until) > now,
            sa.func.split_part(col(GuessLock.subject), ":", 1).in_([str(person) for person in people]),
        )
    )
    return {UUID(subject.partition(":")[0]) for (subject,) in rows}


def _subject(person_id: UUID, place_id: UUID) -> str:
    return f"{person_id}:{place_id}"


def _forget_counts(session: Session, subjects: list[str]) -> None:
    session.execute(
        sa.delete(GuessCount).where(col(GuessCount.counted_on) == PIN, col(GuessCount.subject).in_(subjects))
    )
