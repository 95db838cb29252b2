"""The right to answer a thread: one winner, a lease that its holder renews, and a way to take over.

There is one claim, in one of two strengths, and whoever holds it may promise:

* *soft*: taken by starting to write, for two minutes, renewed by typing. Anybody who may claim
  takes it over with one press, and then holds it softly.
* *firm*: taken by pressing Claim, for the lease's fifteen minutes. While it runs only a lead takes
  it over, and says why.

Whoever loses a claim is told, on their board and on the page that they have open. The database's
partial unique index decides who wins. Nothing commits.
Source: docs/decisions/0014-one-claim-two-strengths.md.
"""

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Final
from uuid import UUID

from sqlmodel import Session

from bridge.errors import BridgeError, ClaimTaken, Conflict, NotFound, NotPermitted
from bridge.models.intake import ThreadClaim
from bridge.models.outcomes import Outcome
from bridge.names import plain_name
from bridge.queries import claims as queries
from bridge.queries.owing import owe_receivers
from bridge.roles import Actor, Permission, can
from bridge.services import audit
from bridge.settings import settings
from bridge.telling import thread_payload
from bridge.threads import REASON_MAX_CHARACTERS

_TOPICS: Final = {"claim.taken": "thread.claimed", "claim.taken_over": "thread.taken_over"}


def claim(session: Session, actor: Actor, thread_id: UUID, now: datetime) -> ThreadClaim:
    """Claim a thread, or renew the claim that the caller holds already.

    The partial unique index gives one winner however many try. A claim whose lease ran out is
    released first. Raises ClaimTaken with the holder's name, since when and until when.
    """
    person_id = _claimer(session, actor, thread_id)
    held = queries.renew_claim(session, thread_id=thread_id, person_id=person_id, lease_until=_lease(now))
    if held is not None:
        return held
    _end_lapsed(session, actor, thread_id, now)
    return _insert_claim(session, actor, thread_id, person_id, now, action="claim.taken", facts={})


def begin(session: Session, actor: Actor, thread_id: UUID, now: datetime) -> ThreadClaim:
    """Start to write, or go on: a soft claim, renewed. A firm one that the caller holds stays as it is.

    Raises ClaimTaken when a colleague holds the thread, softly or firmly.
    """
    person_id = _claimer(session, actor, thread_id)
    soon = now + timedelta(seconds=settings().soft_claim_seconds)
    held = queries.renew_claim(
        session, thread_id=thread_id, person_id=person_id, lease_until=soon, is_soft=True
    )
    if held is not None:
        return held
    _end_lapsed(session, actor, thread_id, now)
    return _insert_claim(
        session, actor, thread_id, person_id, now, action="claim.taken", facts={}, soft_until=soon
    )


def renew(session: Session, actor: Actor, thread_id: UUID, now: datetime) -> ThreadClaim:
    """Lengthen the caller's lease, also one that ran out and that nobody else took.

    Raises ClaimTaken when somebody else holds the thread, Conflict when nobody does.
    """
    person_id = _claimer(session, actor, thread_id)
    held = queries.renew_claim(session, thread_id=thread_id, person_id=person_id, lease_until=_lease(now))
    if held is None:
        raise _not_held(session, thread_id)
    return held


def release(session: Session, actor: Actor, thread_id: UUID, reason: str, now: datetime) -> ThreadClaim:
    """Give the caller's claim back. Raises ClaimTaken or Conflict when they hold none."""
    person_id = _claimer(session, actor, thread_id)
    held = queries.release_claim(
        session, thread_id=thread_id, person_id=person_id, reason=_reason(reason, shortest=0), now=now
    )
    if held is None:
        raise _not_held(session, thread_id)
    _record(session, "claim.released", actor, thread_id, facts={"claim_id": str(held.id)}, now=now)
    return held


def take_over(session: Session, actor: Actor, thread_id: UUID, reason: str, now: datetime) -> ThreadClaim:
    """Take a thread from whoever holds it; they are told on their board.

    A soft claim goes to anybody who may claim, and needs no reason; so does one whose lease ran out.
    Raises NotPermitted for a firm one that runs, without the permission; InvalidInput for a firm one
    without a reason; ClaimTaken when somebody else took it over in the same moment. Locks the claim.
    """
    person_id = _claimer(session, actor, thread_id)
    holder = queries.live_claim_for_update(session, thread_id)
    reason = _reason(reason, shortest=0 if holder is None or holder.is_soft else 1)
    if holder is None:
        return _insert_claim(session, actor, thread_id, person_id, now, action="claim.taken", facts={})
    if holder.person_id == person_id:
        return renew(session, actor, thread_id, now)
    if holder.lease_until > now and not holder.is_soft and not can(actor, Permission.INTAKE_TAKE_OVER):
        raise NotPermitted(f"Only a lead may take a conversation from {holder.holder_name}.")
    queries.release_claim(
        session, thread_id=thread_id, person_id=holder.person_id, reason=f"taken_over: {reason}", now=now
    )
    _tell_former_holder(session, holder.person_id, actor, thread_id, reason, now=now)
    facts = {"from": str(holder.person_id), "from_claim_id": str(holder.id)}
    return _insert_claim(
        session,
        actor,
        thread_id,
        person_id,
        now,
        action="claim.taken_over",
        facts=facts,
        soft_until=now + timedelta(seconds=settings().soft_claim_seconds) if holder.is_soft else None,
    )


def _claimer(session: Session, actor: Actor, thread_id: UUID) -> UUID:
    """The caller as active staff of the thread's brand. Raises NotFound or NotPermitted."""
    is_thread, is_person = queries.thread_and_person(session, actor.brand_id, thread_id, actor.id)
    if not is_thread:
        raise NotFound("There is no such conversation.")
    if not is_person or actor.id is None:
        raise NotPermitted("Only active staff can hold a conversation.")
    return actor.id


def _end_lapsed(session: Session, actor: Actor, thread_id: UUID, now: datetime) -> None:
    lapsed = queries.release_expired_claim(session, thread_id, now)
    if lapsed is not None:
        _record(session, "claim.lapsed", actor, thread_id, facts={"held_by": str(lapsed)}, now=now)


def _insert_claim(
    session: Session,
    actor: Actor,
    thread_id: UUID,
    person_id: UUID,
    now: datetime,
    *,
    action: str,
    facts: Mapping[str, object],
    soft_until: datetime | None = None,
) -> ThreadClaim:
    is_soft, until = soft_until is not None, soft_until or _lease(now)
    won = queries.try_insert_claim(
        session, thread_id=thread_id, person_id=person_id, now=now, lease_until=until, is_soft=is_soft
    )
    if won is None:
        # The same person in two windows, and then anybody else.
        won = queries.renew_claim(
            session, thread_id=thread_id, person_id=person_id, lease_until=until, is_soft=is_soft
        )
        if won is None:
            raise _not_held(session, thread_id)
        return won
    noted = {**facts, "claim_id": str(won.id), "soft": is_soft}
    _record(session, action, actor, thread_id, facts=noted, now=now)
    owe_receivers(
        session,
        brand_id=actor.brand_id,
        topic=_TOPICS[action],
        payload=thread_payload(
            thread_id, network=queries.network_of(session, thread_id), person_id=person_id, now=now
        ),
        now=now,
    )
    return won


def _tell_former_holder(
    session: Session, person_id: UUID, actor: Actor, thread_id: UUID, reason: str, *, now: datetime
) -> None:
    session.add(
        Outcome(
            channel="board",
            topic="thread.taken_over",
            person_id=person_id,
            payload={"thread_id": str(thread_id), "by": actor.name, "reason": reason},
            state="sent",
            next_at=now,
            created_at=now,
            settled_at=now,
        )
    )


def _lease(now: datetime) -> datetime:
    return now + timedelta(seconds=settings().claim_lease_seconds)


def _not_held(session: Session, thread_id: UUID) -> BridgeError:
    holder = queries.live_claim(session, thread_id)
    if holder is None:
        return Conflict("Nobody holds this conversation. Claim it again.")
    return ClaimTaken(
        f"{holder.holder_name} is on this conversation.",
        holder=holder.holder_name,
        since=holder.claimed_at.isoformat(),
        until=holder.lease_until.isoformat(),
    )


def _reason(reason: str, *, shortest: int) -> str:
    return plain_name(reason, field_name="reason", longest=REASON_MAX_CHARACTERS, shortest=shortest)


def _record(
    session: Session,
    action: str,
    actor: Actor,
    thread_id: UUID,
    *,
    facts: Mapping[str, object],
    now: datetime,
) -> None:
    session.flush()  # The chain's own statement must come after what it tells.
    audit.record(session, stream=f"thread:{thread_id}", action=action, actor=actor, facts=facts, now=now)
