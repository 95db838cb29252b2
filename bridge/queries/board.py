"""Whose complaint an entry of the board is about."""

from collections.abc import Sequence
from uuid import UUID

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
