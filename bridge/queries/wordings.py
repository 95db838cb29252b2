"""The stored versions of a brand's own words: messages to customers, and the reasons it offers."""

from typing import Any
from uuid import UUID

import sqlalchemy as sa
from sqlmodel import Session, col, select

from bridge.models import Wording
from bridge.queries.causes import Ask

_IN_FORCE = """
SELECT version, definition FROM wordings
WHERE brand_id = %(brand_id)s AND kind = %(kind)s AND retired_at IS NULL
"""

_VERSIONS = """
SELECT w.version, w.definition, w.note, w.created_at, w.retired_at, p.display_name AS created_by
FROM wordings w LEFT JOIN people p ON p.id = w.created_by
WHERE w.brand_id = %(brand_id)s AND w.kind = %(kind)s
ORDER BY w.version DESC
"""


def in_force(ask: Ask, brand_id: UUID, kind: str) -> Any:
    """The row in force, or None while the brand has no words of its own."""
    return ask(_IN_FORCE, {"brand_id": brand_id, "kind": kind}).fetchone()


def versions(ask: Ask, brand_id: UUID, kind: str) -> list[Any]:
    """All rows, newest first."""
    found: list[Any] = ask(_VERSIONS, {"brand_id": brand_id, "kind": kind}).fetchall()
    return found


def newest(session: Session, brand_id: UUID, kind: str) -> Wording | None:
    """The newest version, which is the one in force."""
    return session.exec(
        select(Wording)
        .where(col(Wording.brand_id) == brand_id, col(Wording.kind) == kind)
        .order_by(sa.desc(col(Wording.version)))
        .limit(1)
    ).first()
