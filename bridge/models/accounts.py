"""People, their roles, and what proves who is calling: sessions, API keys, devices."""

from datetime import datetime
from uuid import UUID

import sqlalchemy as sa
from sqlmodel import Field

from bridge.clock import utc_now
from bridge.models.base import Table, new_id, one_word, word_list, words
from bridge.roles import Role


class Person(Table, table=True):
    """A member of staff. Left or suspended people keep their rows: history names them."""

    __tablename__ = "people"
    __table_args__ = (
        one_word("status", "invited", "active", "suspended", "left"),
        sa.Index("uq_people_email", sa.text("lower(email)"), unique=True),
    )

    id: UUID = Field(default_factory=new_id, primary_key=True)
    brand_id: UUID = Field(foreign_key="brands.id")
    display_name: str = Field(max_length=80)
    email: str | None = Field(default=None, max_length=254)
    password_hash: str | None = Field(default=None, max_length=200)
    locale: str = Field(default="en", max_length=8)
    status: str = Field(default="active", max_length=16)
    training_valid_until: datetime | None = None
    created_at: datetime = Field(default_factory=utc_now)


class RoleAssignment(Table, table=True):
    """A role held at a unit, from when until when, and who gave it."""

    __tablename__ = "role_assignments"

    id: UUID = Field(default_factory=new_id, primary_key=True)
    person_id: UUID = Field(foreign_key="people.id", index=True)
    role: Role = Field(sa_column=sa.Column(words(Role), nullable=False))
    org_unit_id: UUID = Field(foreign_key="org_units.id")
    valid_from: datetime = Field(default_factory=utc_now)
    valid_to: datetime | None = None
    granted_by: UUID | None = Field(default=None, foreign_key="people.id")


class Device(Table, table=True):
    """A browser, tablet or till at a store. Decisions name it; wrong guesses are counted on it."""

    __tablename__ = "devices"
    __table_args__ = (sa.UniqueConstraint("store_id", "name"),)

    id: UUID = Field(default_factory=new_id, primary_key=True)
    store_id: UUID = Field(foreign_key="stores.id")
    name: str = Field(max_length=80)
    created_at: datetime = Field(default_factory=utc_now)
    revoked_at: datetime | None = None


class Credential(Table, table=True):
    """A session or an API key: 256 random bits, of which only the SHA-256 is stored.

    `scopes` is null for a person's session. `store_id` is where the holder works, if at a store;
    `unit_id` is the place that a key without a person counts for.
    """

    __tablename__ = "credentials"
    __table_args__ = (
        one_word("kind", "page_session", "api_session", "api_key"),
        sa.CheckConstraint("(kind = 'api_key') = (scopes IS NOT NULL)", name="scopes"),
        sa.CheckConstraint("(kind = 'api_key') OR person_id IS NOT NULL", name="person"),
    )

    id: UUID = Field(default_factory=new_id, primary_key=True)
    kind: str = Field(max_length=16)
    name: str = Field(default="", max_length=80)
    prefix: str = Field(default="", max_length=24)
    secret_hash: bytes = Field(unique=True)
    brand_id: UUID = Field(foreign_key="brands.id")
    person_id: UUID | None = Field(default=None, foreign_key="people.id", index=True)
    device_id: UUID | None = Field(default=None, foreign_key="devices.id")
    store_id: UUID | None = Field(default=None, foreign_key="stores.id")
    unit_id: UUID | None = Field(default=None, foreign_key="org_units.id")
    scopes: list[str] | None = Field(default=None, sa_column=sa.Column(word_list(), nullable=True))
    created_at: datetime = Field(default_factory=utc_now)
    created_by: UUID | None = Field(default=None, foreign_key="people.id")
    last_seen_at: datetime = Field(default_factory=utc_now)
    expires_at: datetime
    revoked_at: datetime | None = None


class GuessCount(Table, table=True):
    """Wrong but well-formed codes per device, person, store or brand and window; a budget, not a record."""

    __tablename__ = "guess_counts"
    __table_args__ = (one_word("counted_on", "device", "person", "store", "brand", "sign_in"),)

    counted_on: str = Field(max_length=16, primary_key=True)
    subject: str = Field(max_length=80, primary_key=True)
    window_start: datetime = Field(primary_key=True)
    window_seconds: int = Field(primary_key=True)
    guesses: int = 0


class GuessLock(Table, table=True):
    """Until when typed look-ups are paused for a device, person, store or brand."""

    __tablename__ = "guess_locks"
    __table_args__ = (one_word("counted_on", "device", "person", "store", "brand"),)

    counted_on: str = Field(max_length=16, primary_key=True)
    subject: str = Field(max_length=80, primary_key=True)
    until: datetime
    times: int = 1
