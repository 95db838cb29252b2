"""A file of stores in two steps: sent and looked at, then applied exactly as it was shown, or refused.

The file waits in the database, because a page without a script cannot send it twice. Whoever sends
another one throws the first away, and after a day the upkeep does. The rules of the import are in
`store_import`. Nothing commits.
"""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

import sqlalchemy as sa
from sqlmodel import Session, col, select

from bridge.errors import Conflict, NotFound
from bridge.models import Brand, StoreFile
from bridge.names import holdable
from bridge.roles import Actor
from bridge.services import store_import
from bridge.services.store_import import ImportReport
from bridge.store_files import records_of


@dataclass(frozen=True, slots=True)
class Looked:
    """A file that waits, and what applying it would do now; `has_moved` when that is not as when it came."""

    file: StoreFile
    report: ImportReport
    has_moved: bool = False


def receive(session: Session, actor: Actor, name: str, content: bytes, *, now: datetime) -> Looked:
    """Keep a file and say what it would change. Raises MalformedRequest for a file that cannot be read,
    and Conflict while another import of the brand runs.
    """
    assert actor.brand_id is not None
    assert actor.id is not None
    report = _run(session, actor, name, content, now=now)
    session.execute(
        sa.delete(StoreFile).where(col(StoreFile.applied_at).is_(None), col(StoreFile.person_id) == actor.id)
    )
    file = StoreFile(
        brand_id=actor.brand_id,
        person_id=actor.id,
        name=_short(name),
        content=content,
        plan=report.plan,
        created_at=now,
    )
    session.add(file)
    return Looked(file, report)


def look(session: Session, actor: Actor, file_id: UUID, *, now: datetime) -> Looked:
    """What a waiting file would change now. Raises NotFound, also for one that was applied."""
    file = _waiting(session, actor, file_id)
    report = _run(session, actor, file.name, file.content, now=now)
    return Looked(file, report, report.plan != file.plan)


def apply(session: Session, actor: Actor, file_id: UUID, *, plan: bytes, now: datetime) -> ImportReport:
    """Do what was shown as `plan`. Locks the file.

    Raises NotFound for a file that is gone, and Conflict when it would do something else by now.
    """
    file = _waiting(session, actor, file_id, for_update=True)
    report = _run(session, actor, file.name, file.content, now=now, only_plan=plan)
    file.content, file.applied_at = b"", now
    session.add(file)
    return report


def _run(
    session: Session,
    actor: Actor,
    name: str,
    content: bytes,
    *,
    now: datetime,
    only_plan: bytes | None = None,
) -> ImportReport:
    brand = session.get_one(Brand, actor.brand_id)
    return store_import.import_stores(
        session,
        brand,
        records_of(content, name=name),
        dry_run=only_plan is None,
        now=now,
        actor=actor,
        source=_short(name),
        only_plan=only_plan,
    )


def _waiting(session: Session, actor: Actor, file_id: UUID, *, for_update: bool = False) -> StoreFile:
    query = select(StoreFile).where(col(StoreFile.id) == file_id, col(StoreFile.brand_id) == actor.brand_id)
    file = session.exec(query.with_for_update() if for_update else query).first()
    if file is None:
        raise NotFound("there is no such file; send it again")
    if file.applied_at is not None:
        raise Conflict("this file was applied already")
    return file


def _short(name: str) -> str:
    """The file's own name without folders, as far as the column holds; the ending says how to read it."""
    last = holdable(name).replace("\\", "/").rpartition("/")[2]
    plain = "".join(sign for sign in last if sign.isprintable())
    return plain[-80:] or "stores.json"
