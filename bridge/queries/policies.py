"""Policies and ladders as rows: the versions in force, and the retiring of one for the next."""

from collections.abc import Collection
from datetime import datetime
from typing import Any
from uuid import UUID

from psycopg.types.json import Jsonb

from bridge.db import Act, Connection

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


def start_brand(
    act: Act, brand_id: UUID, *, policy: dict[str, Any], ladder: dict[str, Any], now: datetime
) -> None:
    """Give a brand the policy and the ladder that everybody starts with; nothing when it has its own."""
    act.ask(_FIRST_POLICY, {"brand_id": brand_id, "definition": Jsonb(policy), "now": now})
    act.ask(_FIRST_LADDER, {"brand_id": brand_id, "definition": Jsonb(ladder), "now": now})


def _ask(source: Act | Connection, sql: str, values: dict[str, Any]) -> list[Any]:
    asked = source.ask(sql, values) if isinstance(source, Act) else source.execute(sql, values)
    return asked.fetchall()
