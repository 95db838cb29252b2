"""Set a conversation aside, or take it back: each move is an entry in its history, and none is final.

What is possible says `bridge/triage.py`, once for pages and API. Nothing commits.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final
from uuid import UUID

from sqlmodel import Session

from bridge.errors import ClaimTaken, Conflict, InvalidInput, NotFound, NotPermitted
from bridge.queries import claims as claim_queries
from bridge.queries import triage as queries
from bridge.roles import Actor, Permission, can
from bridge.services import audit
from bridge.timeline import moment
from bridge.triage import SETS, Holder, Item, Move, Triage, moves, stands

LONGEST_SNOOZE: Final = timedelta(days=30)


@dataclass(frozen=True, slots=True)
class Standing:
    """Where a conversation stands, and what the caller can do with it now.

    `was_mine`: whoever holds it took it over from the caller.
    """

    thread_id: UUID
    triage: Triage
    snoozed_until: datetime | None
    duplicate_of_id: UUID | None
    triaged_at: datetime | None
    triaged_by_name: str | None
    holder: Holder
    holder_id: UUID | None
    holder_name: str | None
    held_since: datetime | None
    lease_until: datetime | None
    is_soft: bool
    was_mine: bool
    moves: tuple[Move, ...]


def standing(session: Session, actor: Actor, thread_id: UUID, *, now: datetime) -> Standing:
    """Where the conversation stands. Raises NotFound outside the brand."""
    row = queries.ground(session, actor.brand_id, thread_id, person_id=actor.id, now=now)
    if row is None:
        raise NotFound("There is no such conversation.")
    return _standing(row, actor, now)


def move(
    session: Session,
    actor: Actor,
    thread_id: UUID,
    to: Move,
    *,
    now: datetime,
    until: datetime | None = None,
    duplicate_of: UUID | None = None,
) -> Standing:
    """Set the conversation aside or take it back; the caller's own claim ends with setting aside.

    Raises NotPermitted, NotFound, ClaimTaken while a colleague holds it, Conflict when the state does
    not allow it (`allowed` lists what it does), and InvalidInput for a snooze without a moment within
    thirty days and for a duplicate of nothing, of itself or of another duplicate. Locks the thread, and
    with it the one that it repeats: else two agents could make two conversations repeat each other.
    """
    if actor.id is None or not can(actor, Permission.INTAKE_CLAIM):
        raise NotPermitted("your role does not allow that", permission=Permission.INTAKE_CLAIM.value)
    if to is Move.DUPLICATE and duplicate_of is not None:
        queries.lock_both(session, actor.brand_id, thread_id, duplicate_of)
    row = queries.ground(session, actor.brand_id, thread_id, person_id=actor.id, now=now, lock=True)
    if row is None:
        raise NotFound("There is no such conversation.")
    before = _standing(row, actor, now)
    if before.holder is Holder.OTHER:
        assert before.held_since is not None
        assert before.lease_until is not None
        raise ClaimTaken(
            f"{before.holder_name} is on this conversation.",
            holder=before.holder_name,
            since=before.held_since.isoformat(),
            until=before.lease_until.isoformat(),
        )
    if to not in before.moves or to not in SETS:
        raise Conflict(
            "this cannot be done with the conversation now",
            allowed=[m.value for m in before.moves if m in SETS],
        )
    until = _until(until, now) if to is Move.SNOOZE else None
    duplicate_of = _original(session, actor, thread_id, duplicate_of) if to is Move.DUPLICATE else None
    if to is not Move.BACK and before.holder is Holder.ME:
        claim_queries.release_claim(
            session, thread_id=thread_id, person_id=actor.id, reason=to.value, now=now
        )
    queries.put(
        session,
        thread_id,
        triage=SETS[to].value,
        snoozed_until=until,
        duplicate_of_id=duplicate_of,
        person_id=actor.id,
        now=now,
    )
    session.flush()
    audit.record(
        session,
        stream=f"thread:{thread_id}",
        action=f"triage.{to.value}",
        actor=actor,
        facts={
            "from": before.triage.value,
            "until": moment(until) if until else None,
            "duplicate_of": str(duplicate_of) if duplicate_of else None,
        },
        now=now,
    )
    return standing(session, actor, thread_id, now=now)


def _standing(row: Any, actor: Actor, now: datetime) -> Standing:
    holder = Holder.NOBODY
    if row.holder_id is not None:
        holder = Holder.ME if row.holder_id == actor.id else Holder.OTHER
    item = Item(
        triage=Triage(row.triage),
        snoozed_until=row.snoozed_until,
        holder=holder,
        is_soft=row.is_soft,
        has_promise=row.has_promise,
    )
    return Standing(
        thread_id=row.id,
        triage=stands(item.triage, item.snoozed_until, now),
        snoozed_until=row.snoozed_until,
        duplicate_of_id=row.duplicate_of_id,
        triaged_at=row.triaged_at,
        triaged_by_name=row.triaged_by_name,
        holder=holder,
        holder_id=row.holder_id,
        holder_name=row.holder_name,
        held_since=row.claimed_at,
        lease_until=row.lease_until,
        is_soft=row.is_soft,
        was_mine=row.was_mine,
        moves=moves(item, lambda permission: can(actor, permission), now),
    )


def _until(until: datetime | None, now: datetime) -> datetime:
    if until is None or not now < until <= now + LONGEST_SNOOZE:
        raise InvalidInput(
            "say until when, within thirty days", fields={"until": ["say until when, within thirty days"]}
        )
    return until


def _original(session: Session, actor: Actor, thread_id: UUID, duplicate_of: UUID | None) -> UUID:
    found = queries.other(session, actor.brand_id, duplicate_of) if duplicate_of else None
    if found is None or duplicate_of == thread_id or found.duplicate_of_id is not None:
        raise InvalidInput(
            "say which conversation it repeats",
            fields={"duplicate_of": ["say which conversation it repeats"]},
        )
    original: UUID = found.id
    return original
