"""Who looks at a conversation and who writes, so that two agents do not answer one customer.

A page says every few seconds that it is open; who has said nothing for a while is gone. Presence
takes no right: the claim does that (`services/claims.py`). Nothing commits.
"""

from collections import defaultdict
from collections.abc import Collection
from datetime import datetime, timedelta
from typing import Final
from uuid import UUID

from sqlmodel import Session

from bridge.errors import InvalidInput, NotFound
from bridge.queries import presence as queries
from bridge.queries.presence import Present
from bridge.roles import Actor

COUNTS_FOR: Final = timedelta(seconds=75)
"""A page at rest speaks once a minute; a little more, and a slow network makes nobody vanish."""

LOOKING: Final = "looking"
REPLYING: Final = "replying"
DOINGS: Final = (LOOKING, REPLYING)


def see(session: Session, actor: Actor, thread_id: UUID, *, doing: str, now: datetime) -> None:
    """Note that the actor is on the thread. Raises NotFound outside the brand."""
    if doing not in DOINGS:
        raise InvalidInput("this is no presence", fields={"doing": ["looking or replying"]})
    known = queries.see(
        session,
        brand_id=actor.brand_id,
        thread_id=thread_id,
        person_id=actor.id,
        doing=doing,
        now=now,
        fresh=now - COUNTS_FOR,
    )
    if not known:
        raise NotFound("There is no such conversation.")


def leave(session: Session, actor: Actor, thread_id: UUID) -> None:
    """The actor closed the page."""
    queries.gone(session, thread_id=thread_id, person_id=actor.id)


def others(
    session: Session, actor: Actor, thread_ids: Collection[UUID], *, now: datetime
) -> dict[UUID, list[Present]]:
    """Who else is on each of these threads; threads with nobody are left out."""
    found: dict[UUID, list[Present]] = defaultdict(list)
    if thread_ids:
        for present in queries.on(
            session, brand_id=actor.brand_id, thread_ids=thread_ids, fresh=now - COUNTS_FOR
        ):
            if present.person_id != actor.id:
                found[present.thread_id].append(present)
    return dict(found)
