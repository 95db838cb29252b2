"""What the customer holds beside the code: the address of the page about their own case."""

from datetime import datetime
from uuid import UUID

import sqlalchemy as sa
from sqlmodel import Field

from bridge.models.base import Table, new_id


class StatusLink(Table, table=True):
    """An unguessable address, bound to one code: whoever gets a new code gets a new address.

    The token is found by its hash; `cipher` is the sealed token, so that the agent can send the
    same address again. An address whose code was replaced says so and shows no code.
    """

    __tablename__ = "status_links"
    __table_args__ = (
        sa.CheckConstraint("times_shown >= 0", name="times_shown"),
        sa.Index("ix_status_links_escalation", "escalation_id"),
    )

    id: UUID = Field(default_factory=new_id, primary_key=True)
    escalation_id: UUID = Field(foreign_key="escalations.id")
    code_hmac: bytes = Field(foreign_key="reference_codes.hmac", unique=True)
    token_hash: bytes = Field(unique=True)
    cipher: bytes
    made_at: datetime
    times_shown: int = 0
    shown_at: datetime | None = None
