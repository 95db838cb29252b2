"""When stores and desks are open beyond their weekly hours: dated exceptions, closures, unit calendars."""

from datetime import date, datetime
from typing import Any
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.dialects import postgresql as pg
from sqlmodel import Field

from bridge.clock import utc_now
from bridge.models.base import Table, new_id, one_word


class UnitCalendar(Table, table=True):
    """The hours of a desk: a care team, HQ, a district. A unit without one counts as always open."""

    __tablename__ = "unit_calendars"

    unit_id: UUID = Field(foreign_key="org_units.id", primary_key=True)
    zone: str = Field(max_length=64)
    hours: dict[str, Any] = Field(sa_column=sa.Column(pg.JSONB, nullable=False))
    hours_text: str = Field(default="", max_length=400)
    country: str = Field(default="US", max_length=2)
    state: str = Field(default="", max_length=40)
    observes_holidays: bool = True
    updated_at: datetime = Field(default_factory=utc_now)


class CalendarException(Table, table=True):
    """Other hours on one date, at a unit and everything beneath it; an empty list is closed all day."""

    __tablename__ = "calendar_exceptions"
    __table_args__ = (
        sa.Index("ix_calendar_exceptions_unit", "unit_id", "day"),
        sa.Index(
            "uq_calendar_exceptions_day",
            "unit_id",
            "day",
            unique=True,
            postgresql_where=sa.text("removed_at IS NULL"),
        ),
    )

    id: UUID = Field(default_factory=new_id, primary_key=True)
    brand_id: UUID = Field(foreign_key="brands.id")
    unit_id: UUID = Field(foreign_key="org_units.id")
    day: date
    windows: list[Any] = Field(sa_column=sa.Column(pg.JSONB, nullable=False))
    label: str = Field(max_length=80)
    created_by: UUID | None = Field(default=None, foreign_key="people.id")
    created_at: datetime = Field(default_factory=utc_now)
    removed_at: datetime | None = None


class Closure(Table, table=True):
    """A store shut without plan: a storm, a broken till. Clocks that count its hours stand still."""

    __tablename__ = "closures"
    __table_args__ = (
        one_word("reason", "store_closed_unplanned", "disaster"),
        sa.CheckConstraint("ends_at IS NULL OR ends_at > starts_at", name="span"),
        sa.Index("ix_closures_store", "store_id", "starts_at"),
    )

    id: UUID = Field(default_factory=new_id, primary_key=True)
    store_id: UUID = Field(foreign_key="stores.id")
    reason: str = Field(default="store_closed_unplanned", max_length=32)
    label: str = Field(default="", max_length=80)
    starts_at: datetime
    ends_at: datetime | None = None
    declared_by: UUID | None = Field(default=None, foreign_key="people.id")
    declared_at: datetime = Field(default_factory=utc_now)
