"""Link two cases about the same thing, and cut the link again. Nothing is merged and nothing is lost."""

from datetime import datetime
from uuid import UUID

from bridge.db import Act
from bridge.errors import Conflict, InvalidInput, NotFound
from bridge.idempotency import Once, Replayed
from bridge.queries import duplicates as queries
from bridge.roles import Actor, Permission, can
from bridge.services import acting
from bridge.services.acting import Acted


def link(
    act: Act,
    actor: Actor,
    escalation_id: UUID,
    *,
    duplicate_of_id: UUID,
    reason: str,
    once: Once[Acted],
    now: datetime,
    request_id: str = "",
) -> Acted | Replayed:
    """Say that this case is a duplicate of another; both go on as they are. Commits.

    Links are one deep: the other must be the first one. Raises NotPermitted, NotFound when either is
    out of reach, InvalidInput for itself, Conflict when one of them is linked already.
    """
    acting.require_person(actor, Permission.PROMISES_LINK)
    if duplicate_of_id == escalation_id:
        raise InvalidInput("a case is no duplicate of itself", fields={"duplicate_of_id": ["another one"]})
    queries.lock_both(act, escalation_id, duplicate_of_id)
    ground = acting.lock(act, actor, escalation_id, once)
    if isinstance(ground, Replayed):
        return ground
    acting.require_reach(ground, actor, Permission.PROMISES_LINK)
    other = queries.original(act, duplicate_of_id, of=escalation_id)
    in_reach = other is not None and can(actor, Permission.PROMISES_LINK, at=tuple(other.place))
    if not in_reach or other.brand_id != actor.brand_id:
        raise NotFound("there is no such other escalation")
    if other.is_duplicate:
        raise Conflict("the other one is a duplicate itself; link to the first case")
    if other.linked_before or other.has_duplicates:
        raise Conflict("this case is linked already; cut that link first")
    assert actor.id is not None
    link_id = queries.add(
        act,
        escalation_id=escalation_id,
        duplicate_of_id=duplicate_of_id,
        reason=reason,
        person_id=actor.id,
        now=now,
    )
    entry = ground.escalation.note(
        "duplicate.linked",
        actor=actor,
        now=now,
        facts={"link": str(link_id), "of": str(duplicate_of_id)},
        request_id=request_id,
    )
    return acting.finish(
        act,
        ground,
        actor,
        entry,
        topic="escalation.duplicate_linked",
        once=once,
        now=now,
        request_id=request_id,
        subject_id=link_id,
    )


def cut(
    act: Act,
    actor: Actor,
    link_id: UUID,
    *,
    reason: str,
    once: Once[Acted],
    now: datetime,
    request_id: str = "",
) -> Acted | Replayed:
    """Cut a link, with the reason; the row stays. Commits. Raises NotFound, Conflict when it is cut."""
    acting.require_person(actor, Permission.PROMISES_LINK)
    found = queries.linked(act, link_id)
    ground = acting.lock(act, actor, found.escalation_id if found else None, once)
    if isinstance(ground, Replayed):
        return ground
    acting.require_reach(ground, actor, Permission.PROMISES_LINK)
    if queries.linked(act, link_id).cut_at is not None:
        raise Conflict("this link was cut before")
    assert actor.id is not None
    queries.cut(act, link_id, reason=reason, person_id=actor.id, now=now)
    entry = ground.escalation.note(
        "duplicate.cut",
        actor=actor,
        now=now,
        facts={"link": str(link_id), "of": str(found.duplicate_of_id)},
        request_id=request_id,
    )
    return acting.finish(
        act,
        ground,
        actor,
        entry,
        topic="escalation.duplicate_cut",
        once=once,
        now=now,
        request_id=request_id,
        subject_id=link_id,
    )
