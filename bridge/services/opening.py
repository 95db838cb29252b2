"""Open what a look-up pointed at: the promise meant by a slip, or the newer one of a replaced code."""

from datetime import datetime
from uuid import UUID

from bridge.db import Connection
from bridge.decision import LOOK_UP_GOOD_FOR
from bridge.errors import NotFound
from bridge.queries import near_misses as queries
from bridge.roles import Actor
from bridge.services.counter import LookedUp, Source, judged, require_may_look
from bridge.services.guessing import count_guess
from bridge.settings import Settings
from bridge.verdicts import Verdict


def open_shown(
    connection: Connection,
    actor: Actor,
    secret: str,
    look_up_id: UUID,
    *,
    now: datetime,
    settings: Settings,
) -> LookedUp:
    """Judge what the session's own look-up pointed at, as if its code had been typed.

    Opening a near miss counts as a guess, which may pause the next one. Raises NotFound when that
    look-up points at nothing, is another session's, or is older than half an hour; NotPermitted.
    """
    require_may_look(actor)
    found = queries.behind(
        connection,
        look_up_id,
        credential_id=actor.credential_id,
        store_id=actor.store_id,
        since=now - LOOK_UP_GOOD_FOR,
    )
    if found is None:
        raise NotFound("there is nothing to open; check the code again")
    seen = judged(connection, secret, bytes(found.code_hmac), source=Source.TYPED, now=now, settings=settings)
    if found.verdict == Verdict.NEAR_MISS:
        count_guess(connection, actor, now=now, settings=settings)
    return seen


def may_open(connection: Connection, actor: Actor, look_up_id: UUID, *, now: datetime) -> bool:
    """Whether `open_shown` would find something, so that a page offers no dead button."""
    return (
        queries.behind(
            connection,
            look_up_id,
            credential_id=actor.credential_id,
            store_id=actor.store_id,
            since=now - LOOK_UP_GOOD_FOR,
        )
        is not None
    )
