"""A brand's causes: read the version in force or an older one, load a new one.

A brand without rows has version 1, which is built in; it becomes a row with the first version
of the brand's own or with the first case coded, so that a later release cannot change it.
"""

from collections.abc import Mapping
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlmodel import Session

from bridge.causes import Causes, parse, starting
from bridge.errors import NotFound
from bridge.models import Taxonomy
from bridge.queries import causes as queries
from bridge.queries import directory
from bridge.queries.causes import Ask
from bridge.roles import Actor
from bridge.services import audit


def in_force(ask: Ask, brand_id: UUID) -> Causes:
    """The version that a case is coded with now."""
    row = queries.in_force(ask, brand_id)
    return starting() if row is None else parse(row.definition, version=row.version)


def of_version(ask: Ask, brand_id: UUID, version: int) -> Causes:
    """An older version, for the labels of what was coded with it. Raises NotFound."""
    row = queries.of_version(ask, brand_id, version)
    if row is not None:
        return parse(row.definition, version=row.version)
    if version == 1:
        return starting()
    raise NotFound("there is no such version of the causes")


def load(session: Session, actor: Actor, definition: Mapping[str, Any], *, now: datetime) -> Causes:
    """Put a new version in force and retire the one before; locks the brand. Raises InvalidInput, NotFound.

    Cases keep the version that they were coded with, so a code may be left out or moved.
    """
    assert actor.brand_id is not None
    parse(definition, version=1)
    if not directory.lock_brand(session, actor.brand_id):
        raise NotFound("there is no such brand")
    before = queries.newest(session, actor.brand_id)
    if before is None:
        before = Taxonomy(
            brand_id=actor.brand_id, version=1, definition=dict(starting().definition), created_at=now
        )
    before.retired_at = now
    session.add(before)
    session.flush()  # only one row may be in force when the next is inserted
    row = Taxonomy(
        brand_id=actor.brand_id,
        version=before.version + 1,
        definition=dict(definition),
        created_by=actor.id if actor.kind == "person" else None,
        created_at=now,
    )
    session.add(row)
    facts = {"brand": str(actor.brand_id), "version": row.version}
    audit.record(session, stream="configuration", action="causes_loaded", actor=actor, facts=facts, now=now)
    return parse(row.definition, version=row.version)
