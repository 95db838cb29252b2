"""One person's in-app notices, by the index made for them."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any, Final
from uuid import UUID

import sqlalchemy as sa
from sqlmodel import Session, col, select

from bridge.db import Connection
from bridge.models.directory import Store
from bridge.models.escalation import EscalationRow
from bridge.models.notices import Notice
from bridge.notices import Channel

COUNTED_DAYS: Final = 30
COUNTED_MAX: Final = 100

_UNSEEN: Final = """
SELECT count(*) AS unseen FROM (
    SELECT FROM notices
    WHERE channel = 'inbox' AND person_id = %(person_id)s AND created_at > %(since)s AND seen_at IS NULL
    LIMIT %(most)s
) counted
"""


def inbox_page(
    session: Session,
    person_id: UUID,
    *,
    unseen: bool,
    before: tuple[datetime, UUID] | None,
    limit: int,
) -> Sequence[Any]:
    """Notice, case number, store number and store name, newest first."""
    query = (
        select(Notice, col(EscalationRow.number), col(Store.number), col(Store.name))
        .outerjoin(EscalationRow, col(EscalationRow.id) == col(Notice.escalation_id))
        .outerjoin(
            Store, col(Store.id) == sa.func.coalesce(col(Notice.store_id), col(EscalationRow.store_id))
        )
        .where(col(Notice.channel) == Channel.INBOX.value, col(Notice.person_id) == person_id)
    )
    if unseen:
        query = query.where(col(Notice.seen_at).is_(None))
    if before is not None:
        query = query.where(sa.tuple_(col(Notice.created_at), col(Notice.id)) < sa.tuple_(*before))
    return session.exec(
        query.order_by(col(Notice.created_at).desc(), col(Notice.id).desc()).limit(limit)
    ).all()


def in_inbox(session: Session, person_id: UUID, notice_id: UUID) -> Notice | None:
    """A notice of the person's inbox."""
    return session.exec(
        select(Notice).where(
            col(Notice.id) == notice_id,
            col(Notice.channel) == Channel.INBOX.value,
            col(Notice.person_id) == person_id,
        )
    ).first()


def count_unseen(connection: Connection, person_id: UUID, now: datetime) -> int:
    """How many of the last thirty days are unseen, counted to a hundred at most."""
    values = {"person_id": person_id, "since": now - timedelta(days=COUNTED_DAYS), "most": COUNTED_MAX}
    row = connection.execute(_UNSEEN, values).fetchone()
    return int(row.unseen) if row is not None else 0
