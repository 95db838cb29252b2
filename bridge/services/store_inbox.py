"""What a store sees of its own cases: whom it expects, and what left its list in the last days."""

from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from bridge.db import Connection
from bridge.errors import NotPermitted
from bridge.queries import store_inbox as queries
from bridge.roles import Actor, Permission, can

LEFT_SHOWN = timedelta(days=7)
LONGEST_LIFE = timedelta(days=120)
"""How old a case may be that ended without an act of the store and is still listed as ended."""


def waiting(
    connection: Connection, actor: Actor, *, now: datetime, day_ends_at: datetime, limit: int
) -> list[Any]:
    """Whom the actor's store expects, what is due first on top. Never a code. Raises NotPermitted.

    Each row counts all of them: `all_expected`, of which `all_waiting` for the store's yes, `all_late`, and
    `all_today`, due before `day_ends_at`.
    """
    return queries.waiting(
        connection,
        store_id=_store_of(actor),
        store_path=list(actor.store_path),
        brand_id=actor.brand_id,
        now=now,
        day_ends_at=day_ends_at,
        limit=limit,
    )


def left(connection: Connection, actor: Actor, *, now: datetime, limit: int) -> list[Any]:
    """What was decided, moved or ended in the last week, newest first. Raises NotPermitted."""
    return queries.left(
        connection,
        store_id=_store_of(actor),
        brand_id=actor.brand_id,
        since=now - LEFT_SHOWN,
        created_since=now - LONGEST_LIFE,
        limit=limit,
    )


def offers(connection: Connection, actor: Actor) -> int:
    """How many cases other stores ask this one to take. Raises NotPermitted."""
    return queries.offers(connection, _store_of(actor))


def _store_of(actor: Actor) -> UUID:
    if actor.store_id is None or not can(actor, Permission.COUNTER_INBOX, at=actor.store_path):
        raise NotPermitted("only staff of a store have an inbox", permission=Permission.COUNTER_INBOX.value)
    return actor.store_id
