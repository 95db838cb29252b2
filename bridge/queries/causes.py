"""The stored versions of a brand's causes."""

from collections.abc import Callable
from datetime import datetime
from typing import Any
from uuid import UUID

import sqlalchemy as sa
from psycopg.types.json import Jsonb
from sqlmodel import Session, col, select

from bridge.db import Act
from bridge.models import Taxonomy
from bridge.models.base import new_id

Ask = Callable[[str, dict[str, Any]], Any]
"""How a statement is run: `Act.ask` inside an act, `Connection.execute` alone."""

_IN_FORCE = """
SELECT version, definition FROM taxonomies WHERE brand_id = %(brand_id)s AND retired_at IS NULL
"""

_OF_VERSION = """
SELECT version, definition FROM taxonomies WHERE brand_id = %(brand_id)s AND version = %(version)s
"""

_KEEP = """
INSERT INTO taxonomies (id, brand_id, version, definition, created_at)
VALUES (%(id)s, %(brand_id)s, %(version)s, %(definition)s, %(now)s)
ON CONFLICT DO NOTHING
"""


def in_force(ask: Ask, brand_id: UUID) -> Any:
    """The row in force, or None while the brand has none."""
    return ask(_IN_FORCE, {"brand_id": brand_id}).fetchone()


def of_version(ask: Ask, brand_id: UUID, version: int) -> Any:
    """The row of a version, or None."""
    return ask(_OF_VERSION, {"brand_id": brand_id, "version": version}).fetchone()


def keep(act: Act, brand_id: UUID, *, version: int, definition: dict[str, Any], now: datetime) -> None:
    """Make sure that the version is a row; one that is there stays as it is. Does not commit."""
    act.ask(
        _KEEP,
        {
            "id": new_id(),
            "brand_id": brand_id,
            "version": version,
            "definition": Jsonb(definition),
            "now": now,
        },
    )


def newest(session: Session, brand_id: UUID) -> Taxonomy | None:
    """The newest version, which is the one in force."""
    return session.exec(
        select(Taxonomy)
        .where(col(Taxonomy.brand_id) == brand_id)
        .order_by(sa.desc(col(Taxonomy.version)))
        .limit(1)
    ).first()
