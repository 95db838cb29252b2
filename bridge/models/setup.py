"""What administrators set up beside policies: a brand's own words, and a store file before it is applied."""

from datetime import datetime
from typing import Any
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.dialects import postgresql as pg
from sqlmodel import Field

from bridge.clock import utc_now
from bridge.models.base import Table, new_id, one_word


class Wording(Table, table=True):
    """One immutable version of a brand's own words: its customer messages, or the reasons it offers.

    `definition` holds only what differs from what every brand starts with, so that a later
    release can add a sentence.
    """

    __tablename__ = "wordings"
    __table_args__ = (
        one_word("kind", "messages", "reasons"),
        sa.UniqueConstraint("brand_id", "kind", "version"),
        sa.Index(
            "uq_wordings_in_force",
            "brand_id",
            "kind",
            unique=True,
            postgresql_where=sa.text("retired_at IS NULL"),
        ),
    )

    id: UUID = Field(default_factory=new_id, primary_key=True)
    brand_id: UUID = Field(foreign_key="brands.id")
    kind: str = Field(max_length=16)
    version: int
    definition: dict[str, Any] = Field(sa_column=sa.Column(pg.JSONB, nullable=False))
    note: str = Field(default="", max_length=200)
    created_by: UUID | None = Field(default=None, foreign_key="people.id")
    created_at: datetime = Field(default_factory=utc_now)
    retired_at: datetime | None = None


class StoreFile(Table, table=True):
    """A store file as it was sent, until it is applied or another one takes its place.

    `plan` is a hash of everything that applying it would change: what is applied is what was
    shown, or it is refused. The content is thrown away when it was applied.
    """

    __tablename__ = "store_files"

    id: UUID = Field(default_factory=new_id, primary_key=True)
    brand_id: UUID = Field(foreign_key="brands.id", index=True)
    person_id: UUID = Field(foreign_key="people.id")
    name: str = Field(max_length=80)
    content: bytes
    plan: bytes
    created_at: datetime = Field(default_factory=utc_now)
    applied_at: datetime | None = None
