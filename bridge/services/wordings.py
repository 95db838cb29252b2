"""A brand's own words as versions: which one is in force, and how the next takes its place.

Version 1 is what every brand starts with and is no row. A version is never changed. Two
administrators who publish at once follow each other under the brand's lock, and the second is
refused, because the version that he read is not in force any more. Nothing commits.
"""

from collections.abc import Mapping
from datetime import datetime
from typing import Any, Final
from uuid import UUID

from sqlmodel import Session

from bridge.errors import NotFound, VersionMismatch
from bridge.models import Wording
from bridge.names import plain_name
from bridge.queries import directory
from bridge.queries import wordings as queries
from bridge.queries.causes import Ask
from bridge.roles import Actor
from bridge.services import audit
from bridge.services.policies import NOTE_MAX_CHARACTERS, Version

FIRST: Final = 1


def versions(ask: Ask, brand_id: UUID, kind: str) -> list[Version]:
    """All versions, newest first; the first is in force, the last is everybody's."""
    rows = queries.versions(ask, brand_id, kind)
    own = [
        Version(kind, row.version, row.definition, row.note, row.created_by, row.created_at, row.retired_at)
        for row in rows
    ]
    first = Version(kind, FIRST, {}, retired_at=rows[-1].created_at if rows else None)
    return [*own, first]


def publish(
    session: Session,
    actor: Actor,
    kind: str,
    definition: Mapping[str, Any],
    *,
    note: str,
    if_version: int,
    now: datetime,
) -> Version:
    """Put the next version in force; `definition` was checked. Locks the brand.

    Raises VersionMismatch when `if_version` is not in force any more, and InvalidInput for the note.
    """
    note = plain_name(note, field_name="note", longest=NOTE_MAX_CHARACTERS) if note.strip() else ""
    if actor.brand_id is None or not directory.lock_brand(session, actor.brand_id):
        raise NotFound("there is no such brand")
    before = queries.newest(session, actor.brand_id, kind)
    version = before.version if before else FIRST
    if version != if_version:
        raise VersionMismatch(
            f"version {version} is in force by now; read it and publish again", version=version
        )
    if before is not None:
        before.retired_at = now
        session.add(before)
        session.flush()  # only one row may be in force when the next is inserted
    row = Wording(
        brand_id=actor.brand_id,
        kind=kind,
        version=version + 1,
        definition=dict(definition),
        note=note,
        created_by=actor.id if actor.kind == "person" else None,
        created_at=now,
    )
    session.add(row)
    facts = {"brand": str(actor.brand_id), "version": row.version}
    audit.record(
        session, stream="configuration", action=f"{kind}_published", actor=actor, facts=facts, now=now
    )
    return Version(kind, row.version, row.definition, note, actor.name, now)
