"""Policies and ladders: which version is in force, and how the next one takes its place.

A version is never changed. Publishing retires the one in force and adds the next; cases that
have begun keep theirs. Definitions are checked by `bridge/sla.py` and `bridge/ladders.py`.
"""

from datetime import datetime
from typing import Any
from uuid import UUID

from bridge import ladders, sla
from bridge.db import Act
from bridge.queries import policies as queries
from bridge.sla import Policy


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
