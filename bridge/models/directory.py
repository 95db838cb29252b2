"""The retailer: brands, the organisation tree, stores and official handles."""

from datetime import datetime
from typing import Any
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.dialects import postgresql as pg
from sqlmodel import Field

from bridge.clock import utc_now
from bridge.models.base import Table, ids, new_id, one_word, word_list
from bridge.mutual_links import Result


class Brand(Table, table=True):
    """One retailer has one or more brands; every record belongs to one."""

    __tablename__ = "brands"

    id: UUID = Field(default_factory=new_id, primary_key=True)
    name: str = Field(max_length=80, unique=True)
    default_locale: str = Field(default="en", max_length=8)
    currency: str = Field(default="USD", min_length=3, max_length=3)
    care_phone: str = Field(default="", max_length=40)
    created_at: datetime = Field(default_factory=utc_now)


class OrgUnit(Table, table=True):
    """A node of the tree store -> district -> region -> HQ; care teams hang beneath HQ."""

    __tablename__ = "org_units"
    __table_args__ = (
        one_word("kind", "hq", "region", "district", "store", "care_team"),
        sa.UniqueConstraint("brand_id", "kind", "name"),
    )

    id: UUID = Field(default_factory=new_id, primary_key=True)
    brand_id: UUID = Field(foreign_key="brands.id", index=True)
    kind: str = Field(max_length=16)
    name: str = Field(max_length=120)
    parent_id: UUID | None = Field(default=None, foreign_key="org_units.id", index=True)
    valid_from: datetime = Field(default_factory=utc_now)
    valid_to: datetime | None = None


class Store(Table, table=True):
    """A shop. `unit_path` is its own unit and every unit above it, nearest first."""

    __tablename__ = "stores"
    __table_args__ = (
        sa.UniqueConstraint("brand_id", "number"),
        sa.CheckConstraint("lat BETWEEN -90 AND 90 AND lon BETWEEN -180 AND 180", name="position"),
        sa.Index("ix_stores_unit_path", "unit_path", postgresql_using="gin"),
    )

    id: UUID = Field(default_factory=new_id, primary_key=True)
    brand_id: UUID = Field(foreign_key="brands.id")
    org_unit_id: UUID = Field(foreign_key="org_units.id", unique=True)
    unit_path: list[UUID] = Field(sa_column=sa.Column(ids(), nullable=False))
    number: str = Field(max_length=12)
    name: str = Field(max_length=120)
    kind: str = Field(default="", max_length=40)
    address: str = Field(default="", max_length=200)
    address2: str = Field(default="", max_length=200)
    city: str = Field(default="", max_length=120)
    state: str = Field(default="", max_length=40)
    postcode: str = Field(default="", max_length=20)
    country: str = Field(default="US", max_length=2)
    lat: float
    lon: float
    zone: str = Field(max_length=64)
    hours: dict[str, Any] = Field(sa_column=sa.Column(pg.JSONB, nullable=False))
    hours_text: str = Field(default="", max_length=400)
    services: list[str] = Field(sa_column=sa.Column(word_list(), nullable=False))
    phone: str = Field(default="", max_length=40)
    has_counter: bool = True
    accepts_escalations: bool = True
    observes_holidays: bool = Field(default=False, sa_column_kwargs={"server_default": "false"})
    imported_from: str = Field(default="", max_length=80)
    created_at: datetime = Field(default_factory=utc_now)
    updated_at: datetime = Field(default_factory=utc_now)


class OfficialHandle(Table, table=True):
    """An account of ours on a network, bound by the network's own id where it is known.

    `site_url` is a page of ours that links to the account. `check_at` is when both directions are looked
    at next, `last_checked_at` when that last gave an answer, `check_result` and `check_reason` what it was
    (`bridge/mutual_links.py`).
    """

    __tablename__ = "official_handles"
    __table_args__ = (
        one_word("kind", "team", "person"),
        one_word("status", "active", "suspended", "retired"),
        one_word("check_result", "", *Result),
        sa.Index("uq_official_handles_network_handle", "network", sa.text("lower(handle)"), unique=True),
        sa.Index(
            "uq_official_handles_network_external_id",
            "network",
            "external_id",
            unique=True,
            postgresql_where=sa.text("external_id IS NOT NULL"),
        ),
    )

    id: UUID = Field(default_factory=new_id, primary_key=True)
    brand_id: UUID = Field(foreign_key="brands.id")
    network: str = Field(max_length=20)
    handle: str = Field(max_length=80)
    external_id: str | None = Field(default=None, max_length=80)
    kind: str = Field(default="team", max_length=16)
    status: str = Field(default="active", max_length=16)
    owner_unit_id: UUID | None = Field(default=None, foreign_key="org_units.id")
    official_since: datetime = Field(default_factory=utc_now)
    site_url: str = Field(default="", max_length=300, sa_column_kwargs={"server_default": ""})
    check_at: datetime | None = Field(
        default_factory=utc_now, sa_column_kwargs={"server_default": sa.func.now()}
    )
    last_checked_at: datetime | None = None
    check_result: str = Field(default="", max_length=16, sa_column_kwargs={"server_default": ""})
    check_reason: str = Field(default="", max_length=60, sa_column_kwargs={"server_default": ""})


class LookAlike(Table, table=True):
    """An account that could be taken for one of ours, seen in a conversation.

    `why` is a word of `bridge/look_alikes.py`. Once somebody has looked and found it harmless it is told no
    more.
    """

    __tablename__ = "look_alikes"
    __table_args__ = (
        sa.Index("uq_look_alikes_handle", "brand_id", "network", sa.text("lower(handle)"), unique=True),
    )

    id: UUID = Field(default_factory=new_id, primary_key=True)
    brand_id: UUID = Field(foreign_key="brands.id")
    network: str = Field(max_length=20)
    handle: str = Field(max_length=80)
    official_handle_id: UUID = Field(foreign_key="official_handles.id")
    why: str = Field(max_length=20)
    first_seen_at: datetime = Field(default_factory=utc_now)
    last_seen_at: datetime = Field(default_factory=utc_now)
    dismissed_at: datetime | None = None
    dismissed_by: UUID | None = Field(default=None, foreign_key="people.id")
