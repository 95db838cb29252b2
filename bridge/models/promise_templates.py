"""Promise templates: what a brand's agents promise often, by a short code."""

from datetime import datetime
from uuid import UUID

import sqlalchemy as sa
from sqlmodel import Field

from bridge.clock import utc_now
from bridge.models.base import Table, money, new_id, word_list, words
from bridge.promises import Level, PromiseType


class PromiseTemplate(Table, table=True):
    """A promise that an agent starts from. Texts may hold variables such as `{item}`.

    A short code belongs to one template that is in use; a retired one keeps its row. Money is in
    minor units of `currency`.
    """

    __tablename__ = "promise_templates"
    __table_args__ = (
        sa.CheckConstraint("amount_minor >= 0", name="amount"),
        sa.CheckConstraint("percent_hundredths BETWEEN 1 AND 10000", name="percent"),
        sa.Index(
            "uq_promise_templates_short_code",
            "brand_id",
            sa.text("lower(short_code)"),
            unique=True,
            postgresql_where=sa.text("retired_at IS NULL"),
        ),
    )

    id: UUID = Field(default_factory=new_id, primary_key=True)
    brand_id: UUID = Field(foreign_key="brands.id")
    short_code: str = Field(max_length=20)
    name: str = Field(max_length=80)
    type: PromiseType = Field(sa_column=sa.Column(words(PromiseType), nullable=False))
    level: Level = Field(sa_column=sa.Column(words(Level), nullable=False))
    item: str = Field(default="", max_length=200)
    conditions: str = Field(default="", max_length=500)
    note_for_store: str = Field(default="", max_length=500)
    waives: list[str] = Field(default_factory=list, sa_column=sa.Column(word_list(), nullable=False))
    amount_minor: int | None = Field(default=None, sa_column=money(nullable=True))
    currency: str = Field(min_length=3, max_length=3)
    percent_hundredths: int | None = None
    version: int = Field(default=1, sa_column_kwargs={"server_default": "1"})
    created_by: UUID | None = Field(default=None, foreign_key="people.id")
    created_at: datetime = Field(default_factory=utc_now)
    updated_at: datetime = Field(default_factory=utc_now)
    retired_at: datetime | None = None
