"""People, their roles, and what proves who is calling: sessions, API keys, devices."""

from datetime import datetime
from uuid import UUID

import sqlalchemy as sa
from sqlmodel import Field

from bridge.clock import utc_now
from bridge.locking import LONGEST_LOCK, SHORTEST_LOCK, USUAL_LOCK
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
    password_is_start: bool = Field(default=False, sa_column_kwargs={"server_default": sa.false()})
    """Somebody else chose the password, so it only opens the form for one of one's own."""
    pin_hash: str | None = Field(default=None, max_length=200)
    pin_start_until: datetime | None = None
    """Set while the PIN is a start code, which only opens the form for a PIN of one's own."""
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
    """A browser, tablet or till at a store. Decisions name it; wrong guesses are counted on it.

    A `browser` is made by whoever signs in with a password. A `counter` is made by a manager and
    paired with a one-time token, of which only the SHA-256 is stored.
    """

    __tablename__ = "devices"
    __table_args__ = (
        sa.UniqueConstraint("store_id", "name"),
        one_word("kind", "browser", "counter"),
        sa.CheckConstraint(f"lock_minutes BETWEEN {SHORTEST_LOCK} AND {LONGEST_LOCK}", name="lock_minutes"),
        sa.Index(
            "uq_devices_pairing_hash",
            "pairing_hash",
            unique=True,
            postgresql_where=sa.text("pairing_hash IS NOT NULL"),
        ),
    )

    id: UUID = Field(default_factory=new_id, primary_key=True)
    store_id: UUID = Field(foreign_key="stores.id")
    name: str = Field(max_length=80)
    kind: str = Field(default="browser", max_length=16, sa_column_kwargs={"server_default": "browser"})
    lock_minutes: int = Field(default=USUAL_LOCK, sa_column_kwargs={"server_default": str(USUAL_LOCK)})
    software: str = Field(default="", max_length=200, sa_column_kwargs={"server_default": ""})
    pairing_hash: bytes | None = None
    pairing_until: datetime | None = None
    paired_at: datetime | None = None
    created_by: UUID | None = Field(default=None, foreign_key="people.id")
    created_at: datetime = Field(default_factory=utc_now)
    revoked_at: datetime | None = None


class Credential(Table, table=True):
    """A session, an API key or a paired device: 256 random bits, of which only the SHA-256 is stored.

    `scopes` is null for a person's session, but on a paired device it lists what a counter needs.
    `store_id` is where the holder works, if at a store; `unit_id` is the place that a key without
    a person counts for. A `device` alone calls nothing: it only lets its store's people sign in.
    """

    __tablename__ = "credentials"
    __table_args__ = (
        one_word("kind", "page_session", "api_session", "api_key", "device"),
        sa.CheckConstraint(
            "CASE kind WHEN 'api_key' THEN scopes IS NOT NULL WHEN 'device' THEN scopes IS NULL "
            "ELSE true END",
            name="scopes",
        ),
        sa.CheckConstraint("kind IN ('api_key', 'device') OR person_id IS NOT NULL", name="person"),
        sa.CheckConstraint(
            "kind <> 'device' OR (device_id IS NOT NULL AND person_id IS NULL)", name="device"
        ),
        sa.Index("ix_credentials_device", "device_id", postgresql_where=sa.text("device_id IS NOT NULL")),
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
    locked_at: datetime | None = None
    expires_at: datetime
    revoked_at: datetime | None = None


class GuessCount(Table, table=True):
    """Wrong but well-formed codes per device, person, store or brand and window; a budget, not a record."""

    __tablename__ = "guess_counts"
    __table_args__ = (one_word("counted_on", "device", "person", "store", "brand", "sign_in", "pin"),)

    counted_on: str = Field(max_length=16, primary_key=True)
    subject: str = Field(max_length=80, primary_key=True)
    window_start: datetime = Field(primary_key=True)
    window_seconds: int = Field(primary_key=True)
    guesses: int = 0


class GuessLock(Table, table=True):
    """Until when typed look-ups are paused for a device, person, store or brand, or a person's PIN there."""

    __tablename__ = "guess_locks"
    __table_args__ = (one_word("counted_on", "device", "person", "store", "brand", "pin"),)

    counted_on: str = Field(max_length=16, primary_key=True)
    subject: str = Field(max_length=80, primary_key=True)
    until: datetime
    times: int = 1
