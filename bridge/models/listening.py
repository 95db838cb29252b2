"""What we look for where nobody mentions us: saved searches of a brand."""

from datetime import datetime
from uuid import UUID

import sqlalchemy as sa
from sqlmodel import Field

from bridge.clock import utc_now
from bridge.models.base import Table, new_id, word_list


class SavedSearch(Table, table=True):
    """Words by which complaints are found that do not mention us, on one network or all of them.

    A post matches when it holds one of `any_words`, if given one of `also_words`, and none of `not_words`.
    """

    __tablename__ = "saved_searches"
    __table_args__ = (sa.Index("uq_saved_searches_name", "brand_id", sa.text("lower(name)"), unique=True),)

    id: UUID = Field(default_factory=new_id, primary_key=True)
    brand_id: UUID = Field(foreign_key="brands.id")
    name: str = Field(max_length=60)
    network: str = Field(default="", max_length=20)
    language: str = Field(default="", max_length=8)
    any_words: list[str] = Field(sa_column=sa.Column(word_list(), nullable=False))
    also_words: list[str] = Field(sa_column=sa.Column(word_list(), nullable=False))
    not_words: list[str] = Field(sa_column=sa.Column(word_list(), nullable=False))
    enabled: bool = True
    created_by: UUID | None = Field(default=None, foreign_key="people.id")
    created_at: datetime = Field(default_factory=utc_now)
    updated_at: datetime = Field(default_factory=utc_now)
