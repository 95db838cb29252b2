"""A row of any table, inserted unless a unique rule says that it is there: what makes a repeat and a race safe.

Nothing commits.
"""

from collections.abc import Mapping
from functools import lru_cache
from typing import Any

import sqlalchemy as sa
from sqlalchemy.dialects import postgresql as pg
from sqlalchemy.orm import make_transient_to_detached
from sqlmodel import Session

from bridge.models.base import Table


def insert_if_new(session: Session, table: str, row: Mapping[str, Any]) -> bool:
    """Insert one row; False when a unique rule says that there is one already. Waits for a rival's commit."""
    return session.connection().execute(_insert(table), dict(row)).first() is not None


def add_if_new(session: Session, new: Table) -> bool:
    """As `insert_if_new`, with the object's values; when it is new the object is the row from then on."""
    added = insert_if_new(session, str(new.__tablename__), new.model_dump())
    if added:
        make_transient_to_detached(new)
        session.add(new)
    return added


@lru_cache(maxsize=64)
def _insert(table: str) -> sa.Executable:
    """The statement, made once: making it costs as much as running it."""
    target = Table.metadata.tables[table]
    return pg.insert(target).on_conflict_do_nothing().returning(target.c.id)
