"""Policies and ladders: which version is in force, and how the next one takes its place.

A version is never changed. Publishing retires the one in force and adds the next; cases that
have begun keep theirs. Definitions are checked by `bridge/sla.py` and `bridge/ladders.py`.
Two administrators who publish at once follow each other under the brand's lock, and the second
is refused, because the version that he read is not in force any more. Nothing commits.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final
from uuid import UUID

from sqlmodel import Session

from bridge import ladders, sla
from bridge.db import Act, Connection
from bridge.errors import Conflict, InvalidInput, NotFound, VersionMismatch
from bridge.ladders import Rungs
from bridge.models import Ladder, LadderVersion, SLAPolicy
from bridge.names import plain_name
from bridge.queries import directory
from bridge.queries import policies as queries
from bridge.roles import Actor
from bridge.services import audit
from bridge.sla import Policy

NAME_PATTERN: Final = r"^[a-z][a-z0-9_-]{0,39}$"
NOTE_MAX_CHARACTERS: Final = 200
STANDARD: Final = "standard"


@dataclass(frozen=True, slots=True)
class Version:
    """One version as administrators see it. A brand that nobody has changed has version 1, without a date."""

    name: str
    version: int
    definition: Mapping[str, Any]
    note: str = "what a brand starts with"
    created_by: str | None = None
    created_at: datetime | None = None
    retired_at: datetime | None = None

    @property
    def in_force(self) -> bool:
        """Whether new cases take it."""
        return self.retired_at is None


def in_force(act: Act, brand_id: UUID, *, now: datetime) -> tuple[UUID, Policy]:
    """The brand's policy; a brand without one gets what everybody starts with."""
    found = _of(act, brand_id)
    if found is None:
        queries.start_brand(act, brand_id, policy=sla.STARTING, ladder=ladders.STARTING, now=now)
        found = _of(act, brand_id)
    assert found is not None
    return found.id, sla.read(found.definition, version=found.version)


def _of(act: Act, brand_id: UUID) -> Any:
    rows = [row for row in queries.policies(act, [brand_id]) if row.in_force]
    return rows[0] if rows else None


def policy_versions(connection: Connection, brand_id: UUID) -> list[Version]:
    """The brand's policy in all its versions, newest first; the first is in force."""
    rows = queries.policy_versions(connection, brand_id)
    return [_version("", row) for row in rows] or [Version("", 1, sla.STARTING)]


def policy_version(connection: Connection, brand_id: UUID, version: int) -> Version:
    """One version of the policy. Raises NotFound."""
    rows = queries.policy_versions(connection, brand_id, version=version)
    if rows:
        return _version("", rows[0])
    if version == 1:
        return Version("", 1, sla.STARTING)
    raise NotFound("there is no such version of the policy")


def ladder_versions(connection: Connection, brand_id: UUID, name: str) -> list[Version]:
    """A ladder in all its versions, newest first; the first is in force. Raises NotFound."""
    rows = queries.ladder_versions(connection, brand_id, name=name)
    if rows:
        return [_version(row.name, row) for row in rows]
    if name == STANDARD:
        return [Version(STANDARD, 1, ladders.STARTING)]
    raise NotFound("no ladder has this name")


def ladders_in_force(connection: Connection, brand_id: UUID) -> list[Version]:
    """The version in force of every ladder, by name."""
    rows = queries.ladder_versions(connection, brand_id)
    found = [_version(row.name, row) for row in rows if row.retired_at is None]
    return found or [Version(STANDARD, 1, ladders.STARTING)]


def _version(name: str, row: Any) -> Version:
    return Version(
        name, row.version, row.definition, row.note, row.created_by, row.created_at, row.retired_at
    )


def publish_policy(
    session: Session,
    actor: Actor,
    definition: Mapping[str, Any],
    *,
    note: str,
    if_version: int,
    now: datetime,
) -> Version:
    """Put the next version of the brand's policy in force. Locks the brand.

    Raises InvalidInput that names each wrong place, and VersionMismatch when `if_version` is not
    in force any more.
    """
    sla.read(definition, version=if_version + 1)
    note = _note(note)
    brand_id = _start(session, actor, now)
    before = queries.newest_policy(session, brand_id)
    assert before is not None
    _require_version(before.version, if_version)
    before.retired_at = now
    session.add(before)
    session.flush()  # only one row may be in force when the next is inserted
    row = SLAPolicy(
        brand_id=brand_id,
        version=before.version + 1,
        definition=dict(definition),
        note=note,
        created_by=_person(actor),
        created_at=now,
    )
    session.add(row)
    facts = {"brand": str(brand_id), "policy": str(row.id), "version": row.version}
    audit.record(
        session, stream="configuration", action="policy_published", actor=actor, facts=facts, now=now
    )
    return Version("", row.version, row.definition, note, actor.name, now)


def add_ladder(
    session: Session, actor: Actor, name: str, definition: Mapping[str, Any], *, note: str, now: datetime
) -> Version:
    """Give the brand one more ladder. Locks the brand. Raises InvalidInput, Conflict for a used name."""
    _require_name(name)
    ladders.read(definition)
    note = _note(note)
    brand_id = _start(session, actor, now)
    if queries.ladder_named(session, brand_id, name) is not None:
        raise Conflict("there is a ladder of this name already; publish its next version")
    ladder = Ladder(brand_id=brand_id, name=name, created_at=now)
    session.add(ladder)
    session.flush()  # the version refers to it
    return _add_version(session, actor, ladder, 1, definition, note=note, now=now)


def publish_ladder(
    session: Session,
    actor: Actor,
    name: str,
    definition: Mapping[str, Any],
    *,
    note: str,
    if_version: int,
    now: datetime,
) -> Version:
    """Put the next version of a ladder in force; cases that climb keep theirs. Locks the brand.

    Raises InvalidInput that names each wrong place, NotFound, and VersionMismatch when
    `if_version` is not in force any more.
    """
    ladders.read(definition)
    note = _note(note)
    brand_id = _start(session, actor, now)
    ladder = queries.ladder_named(session, brand_id, name)
    if ladder is None:
        raise NotFound("no ladder has this name")
    before = queries.newest_ladder_version(session, ladder.id)
    _require_version(before.version, if_version)
    before.retired_at = now
    session.add(before)
    session.flush()  # only one row may be in force when the next is inserted
    return _add_version(session, actor, ladder, before.version + 1, definition, note=note, now=now)


def _add_version(
    session: Session,
    actor: Actor,
    ladder: Ladder,
    version: int,
    definition: Mapping[str, Any],
    *,
    note: str,
    now: datetime,
) -> Version:
    row = LadderVersion(
        ladder_id=ladder.id,
        version=version,
        definition=dict(definition),
        note=note,
        created_by=_person(actor),
        created_at=now,
    )
    session.add(row)
    facts = {"ladder": str(ladder.id), "ladder_version": str(row.id), "version": version}
    audit.record(
        session, stream="configuration", action="ladder_published", actor=actor, facts=facts, now=now
    )
    return Version(ladder.name, version, row.definition, note, actor.name, now)


def faults_of(rungs: Mapping[str, Rungs]) -> list[tuple[str, str]]:
    """What is wrong with the ladders in force together and each by itself: (ladder or "", sentence)."""
    found = [(name, fault) for name, one in rungs.items() for fault in one.faults]
    return found + ladders.gaps(rungs)


def _start(session: Session, actor: Actor, now: datetime) -> UUID:
    """Lock the actor's brand, and make its first versions rows when the clock has not."""
    if actor.brand_id is None or not directory.lock_brand(session, actor.brand_id):
        raise NotFound("there is no such brand")
    queries.start_brand(session, actor.brand_id, policy=sla.STARTING, ladder=ladders.STARTING, now=now)
    return actor.brand_id


def _require_version(in_force_now: int, read_version: int) -> None:
    if in_force_now != read_version:
        raise VersionMismatch(
            f"version {in_force_now} is in force by now; read it and publish again", version=in_force_now
        )


def _require_name(name: str) -> None:
    if not re.fullmatch(NAME_PATTERN, name, re.ASCII):
        raise InvalidInput(
            "The name is not valid.",
            fields={"name": ["up to 40 small letters, digits, - and _, beginning with a letter"]},
        )


def _note(note: str) -> str:
    return plain_name(note, field_name="note", longest=NOTE_MAX_CHARACTERS) if note.strip() else ""


def _person(actor: Actor) -> UUID | None:
    return actor.id if actor.kind == "person" else None
