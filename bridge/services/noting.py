"""Write a note into a circle, and read what one's own circle may."""

from datetime import datetime
from typing import Any
from uuid import UUID

from bridge.circles import readable, writable
from bridge.db import Act, Connection
from bridge.errors import NotFound, NotPermitted
from bridge.idempotency import Once, Replayed
from bridge.queries import life, records
from bridge.queries import notes as queries
from bridge.reasons import Visibility
from bridge.roles import Actor, Permission, reach
from bridge.services import acting
from bridge.services.acting import Acted


def note(
    act: Act,
    actor: Actor,
    escalation_id: UUID,
    *,
    text: str,
    visibility: Visibility,
    at_store: bool,
    once: Once[Acted],
    now: datetime,
    request_id: str = "",
) -> Acted | Replayed:
    """Add a note; the timeline says that there is one and for whom, never what it says. Commits.

    Raises NotPermitted for a circle that the actor may not write to, NotFound outside the reach.
    """
    if at_store:
        acting.require_store_staff(actor, Permission.NOTES_WRITE)
    else:
        acting.require_person(actor, Permission.NOTES_WRITE)
    ground = acting.lock(act, actor, escalation_id, once)
    if isinstance(ground, Replayed):
        return ground
    if at_store:
        acting.require_in_store(ground, actor)
    else:
        acting.require_reach(ground, actor, Permission.PROMISES_READ)
    if visibility not in writable(actor):
        raise NotPermitted("your role does not write such notes", permission=Permission.NOTES_WRITE.value)
    assert actor.id is not None
    note_id = life.add_note(
        act, escalation_id, author_id=actor.id, visibility=visibility.value, text=text, now=now
    )
    link = ground.escalation.note(
        "note.added",
        actor=actor,
        now=now,
        facts={"note": str(note_id), "visibility": visibility.value},
        request_id=request_id,
    )
    return acting.finish(
        act,
        ground,
        actor,
        link,
        topic="escalation.noted",
        once=once,
        now=now,
        request_id=request_id,
        subject_id=note_id,
        reason=visibility.value,
    )


def read(connection: Connection, actor: Actor, escalation_id: UUID) -> list[Any]:
    """The notes of a case within the actor's reach and circle. Raises NotFound."""
    row = records.one(
        connection, escalation_id, brand_id=actor.brand_id, reach=reach(actor, Permission.PROMISES_READ)
    )
    if row is None:
        raise NotFound("there is no such escalation")
    return queries.listed(connection, escalation_id, readable(actor))


def store_of(actor: Actor, permission: Permission) -> UUID:
    """The actor's own store. Raises NotPermitted for who works at none."""
    acting.require_store_staff(actor, permission)
    assert actor.store_id is not None
    return actor.store_id


def require_counts(connection: Connection, actor: Actor, escalation_id: UUID) -> None:
    """Raise NotFound unless the case counts at the actor's own store, NotPermitted without one."""
    store_id = store_of(actor, Permission.COUNTER_INBOX)
    if not queries.counts_at(connection, escalation_id, store_id=store_id):
        raise NotFound("there is no such escalation at this store")
