"""Policies and ladders as rows: the versions in force, all versions, and the next of each."""

from collections.abc import Collection
from datetime import datetime
from typing import Any
from uuid import UUID

import sqlalchemy as sa
from psycopg.types.json import Jsonb
from sqlmodel import Session, col, select

from bridge.db import Act, Connection
from bridge.models import Ladder, LadderVersion, SLAPolicy

_POLICIES = """
SELECT p.id, p.brand_id, p.version, p.definition, p.retired_at IS NULL AS in_force
FROM sla_policies p
WHERE p.brand_id = ANY (%(brands)s) AND (p.retired_at IS NULL OR p.id = ANY (%(ids)s))
"""

_LADDERS = """
SELECT v.id, l.brand_id, l.name, v.version, v.definition, v.retired_at IS NULL AS in_force
FROM ladder_versions v JOIN ladders l ON l.id = v.ladder_id
WHERE l.brand_id = ANY (%(brands)s) AND (v.retired_at IS NULL OR v.id = ANY (%(ids)s))
ORDER BY l.name, v.version
"""

_POLICY_VERSIONS = """
SELECT p.id, p.version, p.definition, p.note, p.created_at, p.retired_at, a.display_name AS created_by
FROM sla_policies p LEFT JOIN people a ON a.id = p.created_by
WHERE p.brand_id = %(brand_id)s AND (%(version)s::int IS NULL OR p.version = %(version)s)
ORDER BY p.version DESC LIMIT 200
"""

_LADDER_VERSIONS = """
SELECT v.id, l.name, v.version, v.definition, v.note, v.created_at, v.retired_at, a.display_name AS created_by
FROM ladder_versions v
JOIN ladders l ON l.id = v.ladder_id
LEFT JOIN people a ON a.id = v.created_by
WHERE l.brand_id = %(brand_id)s AND (%(name)s::text IS NULL OR l.name = %(name)s)
ORDER BY l.name, v.version DESC LIMIT 200
"""

_FIRST_POLICY = """
INSERT INTO sla_policies (id, brand_id, version, definition, note, created_at)
VALUES (gen_random_uuid(), %(brand_id)s, 1, %(definition)s, 'what a brand starts with', %(now)s)
ON CONFLICT DO NOTHING
"""

_FIRST_LADDER = """
WITH made AS (
    INSERT INTO ladders (id, brand_id, name, created_at)
    VALUES (gen_random_uuid(), %(brand_id)s, 'standard', %(now)s)
    ON CONFLICT DO NOTHING RETURNING id
)
INSERT INTO ladder_versions (id, ladder_id, version, definition, note, created_at)
SELECT gen_random_uuid(), id, 1, %(definition)s, 'what a brand starts with', %(now)s FROM made
"""


def policies(source: Act | Connection, brands: Collection[UUID], *, ids: Collection[UUID] = ()) -> list[Any]:
    """The policies in force of these brands, and those named by id."""
    return _ask(source, _POLICIES, {"brands": list(brands), "ids": list(ids)})


def ladders(source: Act | Connection, brands: Collection[UUID], *, ids: Collection[UUID] = ()) -> list[Any]:
    """The ladder versions in force of these brands by name, and those named by id."""
    return _ask(source, _LADDERS, {"brands": list(brands), "ids": list(ids)})


def policy_versions(connection: Connection, brand_id: UUID, *, version: int | None = None) -> list[Any]:
    """The brand's newest 200 versions, newest first, with who published each; or the named one."""
    return connection.execute(_POLICY_VERSIONS, {"brand_id": brand_id, "version": version}).fetchall()


def ladder_versions(connection: Connection, brand_id: UUID, *, name: str | None = None) -> list[Any]:
    """The newest 200 versions of the named ladder, or of all by name, newest first."""
    return connection.execute(_LADDER_VERSIONS, {"brand_id": brand_id, "name": name}).fetchall()


def newest_policy(session: Session, brand_id: UUID) -> SLAPolicy | None:
    """The newest version, which is the one in force. The caller holds the brand's lock."""
    return session.exec(
        select(SLAPolicy)
        .where(SLAPolicy.brand_id == brand_id)
        .order_by(sa.desc(col(SLAPolicy.version)))
        .limit(1)
    ).first()


def ladder_named(session: Session, brand_id: UUID, name: str) -> Ladder | None:
    """The brand's ladder of this name."""
    return session.exec(select(Ladder).where(Ladder.brand_id == brand_id, Ladder.name == name)).first()


def newest_ladder_version(session: Session, ladder_id: UUID) -> LadderVersion:
    """The newest version of a ladder, which is the one in force. The caller holds the brand's lock."""
    return session.exec(
        select(LadderVersion)
        .where(LadderVersion.ladder_id == ladder_id)
        .order_by(sa.desc(col(LadderVersion.version)))
        .limit(1)
    ).one()


def start_brand(
    source: Act | Session, brand_id: UUID, *, policy: dict[str, Any], ladder: dict[str, Any], now: datetime
) -> None:
    """Give a brand the policy and the ladder that everybody starts with; nothing when it has its own."""
    for sql, definition in ((_FIRST_POLICY, policy), (_FIRST_LADDER, ladder)):
        values = {"brand_id": brand_id, "definition": Jsonb(definition), "now": now}
        if isinstance(source, Act):
            source.ask(sql, values)
        else:
            source.connection().exec_driver_sql(sql, values)


def _ask(source: Act | Connection, sql: str, values: dict[str, Any]) -> list[Any]:
    asked = source.ask(sql, values) if isinstance(source, Act) else source.execute(sql, values)
    return asked.fetchall()
