"""HQ's review: the queue's rows and the versioned taxonomy of causes."""

from datetime import datetime
from typing import Any
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.dialects import postgresql as pg
from sqlmodel import Field

from bridge.clock import utc_now
from bridge.models.base import Table, new_id, one_word, words
from bridge.reasons import EntryReason


class Review(Table, table=True):
    """A case that HQ has to look at, and why; one open row for each reason."""

    __tablename__ = "reviews"
    __table_args__ = (
        one_word("state", "open", "assigned", "closed"),
        one_word("finding", "upheld", "overturned", "noted"),
        sa.CheckConstraint("(state = 'closed') = (finding IS NOT NULL)", name="closed"),
        sa.Index(
            "uq_reviews_open",
            "escalation_id",
            "entry_reason",
            unique=True,
            postgresql_where=sa.text("state <> 'closed'"),
        ),
        sa.Index("ix_reviews_escalation", "escalation_id"),
        sa.Index(
            "ix_reviews_queue", "brand_id", "opened_at", "id", postgresql_where=sa.text("state <> 'closed'")
        ),
    )

    id: UUID = Field(default_factory=new_id, primary_key=True)
    brand_id: UUID = Field(foreign_key="brands.id")
    escalation_id: UUID = Field(foreign_key="escalations.id")
    store_id: UUID | None = Field(default=None, foreign_key="stores.id")
    entry_reason: EntryReason = Field(sa_column=sa.Column(words(EntryReason), nullable=False))
    state: str = Field(default="open", max_length=16)
    facts: dict[str, Any] = Field(sa_column=sa.Column(pg.JSONB, nullable=False))
    opened_at: datetime
    opened_by: UUID | None = Field(default=None, foreign_key="people.id")
    assigned_to: UUID | None = Field(default=None, foreign_key="people.id")
    assigned_at: datetime | None = None
    finding: str | None = Field(default=None, max_length=16)
    finding_text: str = Field(default="", max_length=2000)
    cause_code: str | None = Field(default=None, max_length=120)
    bridge_cause: str | None = Field(default=None, max_length=4)
    taxonomy_version: int | None = None
    closed_by: UUID | None = Field(default=None, foreign_key="people.id")
    closed_at: datetime | None = None


class Taxonomy(Table, table=True):
    """One immutable version of the brand's cause codes, three levels deep."""

    __tablename__ = "taxonomies"
    __table_args__ = (
        sa.UniqueConstraint("brand_id", "version"),
        sa.Index(
            "uq_taxonomies_in_force", "brand_id", unique=True, postgresql_where=sa.text("retired_at IS NULL")
        ),
    )

    id: UUID = Field(default_factory=new_id, primary_key=True)
    brand_id: UUID = Field(foreign_key="brands.id")
    version: int
    definition: dict[str, Any] = Field(sa_column=sa.Column(pg.JSONB, nullable=False))
    created_by: UUID | None = Field(default=None, foreign_key="people.id")
    created_at: datetime = Field(default_factory=utc_now)
    retired_at: datetime | None = None
