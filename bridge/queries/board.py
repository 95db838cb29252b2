"""Whose complaint an entry of the board is about, and whose customer does not know yet how it ended."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

import sqlalchemy as sa
from sqlmodel import Session, col, select

from bridge.models.escalation import EscalationRow
from bridge.models.intake import SocialIdentity


def handles_of(session: Session, escalation_ids: Sequence[UUID]) -> dict[UUID, str]:
    """The customer's handle of each escalation that has one; the caller may see the escalations."""
    found = session.exec(
        select(EscalationRow.id, SocialIdentity.handle)
        .join(SocialIdentity, col(SocialIdentity.id) == col(EscalationRow.identity_id))
        .where(col(EscalationRow.id).in_(escalation_ids))
    )
    return dict(found.all())


_TO_TELL = sa.text(
    """
    SELECT e.id, e.number, e.status, e.ended_at, i.handle AS customer_handle, i.network AS customer_network,
           s.number AS store_number
    FROM escalations e
    LEFT JOIN social_identities i ON i.id = e.identity_id
    LEFT JOIN stores s ON s.id = e.store_id
    WHERE (e.agent_id = :person_id AND e.owner_id IS NULL OR e.owner_id = :person_id)
      AND e.status IN ('honoured', 'part_honoured', 'declined', 'revoked', 'expired', 'under_review', 'closed')
      AND e.issued_at IS NOT NULL AND e.told_at IS NULL AND e.superseded_by_id IS NULL
      AND e.ended_at > :since
    ORDER BY e.ended_at, e.id
    LIMIT :limit
    """
)


def outcomes_to_send(session: Session, person_id: UUID, *, since: datetime, limit: int) -> Sequence[Any]:
    """The person's ended cases whose customer was not told, the longest waiting first."""
    return session.execute(_TO_TELL, {"person_id": person_id, "since": since, "limit": limit}).all()
