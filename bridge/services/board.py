"""The board: what happened to a person's own promises and claims, until they have seen it.

Called by api and web. The acts themselves write the rows (channel "board"); nothing is sent.
"""

from collections.abc import Sequence
from datetime import datetime
from typing import Final
from uuid import UUID

import sqlalchemy as sa
from sqlmodel import Session, col, select

from bridge.errors import NotFound
from bridge.models.outcomes import Outcome
from bridge.roles import Actor

BOARD: Final = "board"


def page(
    session: Session,
    actor: Actor,
    *,
    unseen: bool = False,
    before: tuple[datetime, UUID] | None = None,
    limit: int,
) -> Sequence[Outcome]:
    """The actor's outcomes, newest first; `before` is the (created_at, id) of the last one already shown."""
    query = select(Outcome).where(Outcome.channel == BOARD, col(Outcome.person_id) == actor.id)
    if unseen:
        query = query.where(col(Outcome.seen_at).is_(None))
    place = sa.tuple_(col(Outcome.created_at), col(Outcome.id))
    if before is not None:
        query = query.where(place < sa.tuple_(*before))
    newest = (col(Outcome.created_at).desc(), col(Outcome.id).desc())
    return session.exec(query.order_by(*newest).limit(limit)).all()


def mark_seen(session: Session, actor: Actor, outcome_id: UUID, *, now: datetime) -> None:
    """Remember that the actor has seen it; the first time counts. Raises NotFound for anybody else's."""
    found = session.exec(
        select(Outcome).where(
            Outcome.id == outcome_id, Outcome.channel == BOARD, col(Outcome.person_id) == actor.id
        )
    ).first()
    if found is None:
        raise NotFound("there is no such outcome on your board")
    if found.seen_at is None:
        found.seen_at = now
        session.add(found)
