"""What happens to an escalation between issue and end: questions, transfers, notes, duplicates, appeals."""

from datetime import datetime
from uuid import UUID

import sqlalchemy as sa
from sqlmodel import Field

from bridge.clock import utc_now
from bridge.models.base import Table, new_id, one_word, words
from bridge.reasons import Question, TransferReason, Visibility


class InfoRequest(Table, table=True):
    """A store's question to the agent. A live one, for a customer who waits, ends after ten minutes."""

    __tablename__ = "info_requests"
    __table_args__ = (
        one_word("state", "open", "answered", "lapsed", "withdrawn"),
        sa.Index(
            "uq_info_requests_open",
            "escalation_id",
            unique=True,
            postgresql_where=sa.text("state = 'open'"),
        ),
        sa.Index("ix_info_requests_escalation", "escalation_id"),
    )

    id: UUID = Field(default_factory=new_id, primary_key=True)
    escalation_id: UUID = Field(foreign_key="escalations.id")
    question: Question = Field(sa_column=sa.Column(words(Question), nullable=False))
    text: str = Field(default="", max_length=500)
    is_live: bool = False
    asked_by: UUID = Field(foreign_key="people.id")
    store_id: UUID = Field(foreign_key="stores.id")
    asked_at: datetime
    expires_at: datetime | None = None
    state: str = Field(default="open", max_length=16)
    answer: str = Field(default="", max_length=1000)
    answered_by: UUID | None = Field(default=None, foreign_key="people.id")
    answered_at: datetime | None = None


class Transfer(Table, table=True):
    """An offer to let another store do it. The code stays; the new store must accept."""

    __tablename__ = "transfers"
    __table_args__ = (
        one_word("state", "offered", "accepted", "refused", "withdrawn", "lapsed"),
        sa.CheckConstraint("from_store_id <> to_store_id", name="stores"),
        sa.Index(
            "uq_transfers_open",
            "escalation_id",
            unique=True,
            postgresql_where=sa.text("state = 'offered'"),
        ),
        sa.Index("ix_transfers_escalation", "escalation_id"),
        sa.Index("ix_transfers_from", "from_store_id", "offered_at"),
        sa.Index("ix_transfers_to", "to_store_id", postgresql_where=sa.text("state = 'offered'")),
    )

    id: UUID = Field(default_factory=new_id, primary_key=True)
    escalation_id: UUID = Field(foreign_key="escalations.id")
    from_store_id: UUID = Field(foreign_key="stores.id")
    to_store_id: UUID = Field(foreign_key="stores.id")
    reason: TransferReason = Field(sa_column=sa.Column(words(TransferReason), nullable=False))
    note: str = Field(default="", max_length=500)
    state: str = Field(default="offered", max_length=16)
    offered_by: UUID | None = Field(default=None, foreign_key="people.id")
    offered_at: datetime
    decided_by: UUID | None = Field(default=None, foreign_key="people.id")
    decided_at: datetime | None = None
    decided_note: str = Field(default="", max_length=500)


class Note(Table, table=True):
    """A remark on a case, with the circle that may read it. Append-only."""

    __tablename__ = "notes"
    __table_args__ = (sa.Index("ix_notes_escalation", "escalation_id", "created_at"),)

    id: UUID = Field(default_factory=new_id, primary_key=True)
    escalation_id: UUID = Field(foreign_key="escalations.id")
    author_id: UUID = Field(foreign_key="people.id")
    visibility: Visibility = Field(sa_column=sa.Column(words(Visibility), nullable=False))
    text: str = Field(max_length=2000)
    created_at: datetime = Field(default_factory=utc_now)


class DuplicateLink(Table, table=True):
    """Two cases about the same thing. A link, never a merge; it can be cut."""

    __tablename__ = "duplicate_links"
    __table_args__ = (
        sa.CheckConstraint("escalation_id <> duplicate_of_id", name="two"),
        sa.Index(
            "uq_duplicate_links_live",
            "escalation_id",
            unique=True,
            postgresql_where=sa.text("cut_at IS NULL"),
        ),
        sa.Index("ix_duplicate_links_of", "duplicate_of_id"),
    )

    id: UUID = Field(default_factory=new_id, primary_key=True)
    escalation_id: UUID = Field(foreign_key="escalations.id")
    duplicate_of_id: UUID = Field(foreign_key="escalations.id")
    reason: str = Field(max_length=200)
    linked_by: UUID = Field(foreign_key="people.id")
    linked_at: datetime
    cut_by: UUID | None = Field(default=None, foreign_key="people.id")
    cut_at: datetime | None = None
    cut_reason: str = Field(default="", max_length=200)


class Appeal(Table, table=True):
    """A customer's way to contest a refusal: an unguessable link that works once, for a while."""

    __tablename__ = "appeals"
    __table_args__ = (sa.Index("ix_appeals_escalation", "escalation_id"),)

    id: UUID = Field(default_factory=new_id, primary_key=True)
    escalation_id: UUID = Field(foreign_key="escalations.id")
    token_hash: bytes = Field(unique=True)
    made_by: UUID | None = Field(default=None, foreign_key="people.id")
    made_at: datetime
    expires_at: datetime
    used_at: datetime | None = None
    text: str = Field(default="", max_length=2000)
