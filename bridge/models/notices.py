"""What we tell people: the notices outbox, its attempts, and where people can be reached."""

from datetime import datetime
from typing import Any
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.dialects import postgresql as pg
from sqlmodel import Field

from bridge.clock import utc_now
from bridge.models.base import Table, new_id, one_word


class ContactPoint(Table, table=True):
    """Where a person or a unit is reached beside the in-app inbox. The address is sealed: some are secrets.

    A person without an e-mail point is reached at the address of the account.
    """

    __tablename__ = "contact_points"
    __table_args__ = (
        sa.CheckConstraint("(person_id IS NULL) <> (unit_id IS NULL)", name="owner"),
        one_word("channel", "email", "sms", "slack", "teams"),
        one_word("state", "active", "disabled"),
        sa.Index("ix_contact_points_person", "person_id"),
        sa.Index("ix_contact_points_unit", "unit_id"),
    )

    id: UUID = Field(default_factory=new_id, primary_key=True)
    brand_id: UUID = Field(foreign_key="brands.id")
    person_id: UUID | None = Field(default=None, foreign_key="people.id")
    unit_id: UUID | None = Field(default=None, foreign_key="org_units.id")
    channel: str = Field(max_length=16)
    address_cipher: bytes
    address_hint: str = Field(max_length=40)
    state: str = Field(default="active", max_length=16)
    disabled_reason: str = Field(default="", max_length=200)
    created_by: UUID | None = Field(default=None, foreign_key="people.id")
    created_at: datetime = Field(default_factory=utc_now)


class Notice(Table, table=True):
    """One thing to tell one person, or one unit's channel. This table is the queue.

    An in-app notice is delivered by being here. `stops_on` says what makes a waiting one pointless:
    an acknowledgement, an end of the case, or nothing. `dedup_key` is the guard against telling twice.
    `digest_id` names the notice that told this one together with others.
    """

    __tablename__ = "notices"
    __table_args__ = (
        one_word("channel", "inbox", "email", "sms", "slack", "teams"),
        one_word("state", "queued", "sending", "sent", "dead", "cancelled", "digested"),
        one_word("stops_on", "acknowledge", "end", "nothing"),
        sa.CheckConstraint("person_id IS NOT NULL OR contact_point_id IS NOT NULL", name="recipient"),
        sa.UniqueConstraint("dedup_key"),
        sa.Index("ix_notices_due", "next_at", postgresql_where=sa.text("state IN ('queued', 'sending')")),
        sa.Index(
            "ix_notices_inbox", "person_id", "created_at", postgresql_where=sa.text("channel = 'inbox'")
        ),
        sa.Index("ix_notices_escalation", "escalation_id"),
        sa.Index("ix_notices_dead", "brand_id", "settled_at", postgresql_where=sa.text("state = 'dead'")),
        sa.Index(
            "ix_notices_point",
            "contact_point_id",
            "settled_at",
            postgresql_where=sa.text("contact_point_id IS NOT NULL"),
        ),
        sa.Index("ix_notices_digest", "digest_id", postgresql_where=sa.text("digest_id IS NOT NULL")),
    )

    id: UUID = Field(default_factory=new_id, primary_key=True)
    brand_id: UUID = Field(foreign_key="brands.id")
    dedup_key: str = Field(max_length=160)
    channel: str = Field(max_length=16)
    template: str = Field(max_length=40)
    escalation_id: UUID | None = Field(default=None, foreign_key="escalations.id")
    store_id: UUID | None = Field(default=None, foreign_key="stores.id")
    person_id: UUID | None = Field(default=None, foreign_key="people.id")
    contact_point_id: UUID | None = Field(default=None, foreign_key="contact_points.id")
    facts: dict[str, Any] = Field(sa_column=sa.Column(pg.JSONB, nullable=False))
    stops_on: str = Field(default="nothing", max_length=16)
    state: str = Field(default="queued", max_length=16)
    attempts: int = 0
    next_at: datetime
    created_at: datetime = Field(default_factory=utc_now)
    settled_at: datetime | None = None
    seen_at: datetime | None = None
    digest_id: UUID | None = Field(default=None, foreign_key="notices.id")
    last_error: str = Field(default="", max_length=300)


class NoticeAttempt(Table, table=True):
    """One try at delivering a notice. Append-only."""

    __tablename__ = "notice_attempts"
    __table_args__ = (sa.UniqueConstraint("notice_id", "attempt"),)

    id: int | None = Field(
        default=None, sa_column=sa.Column(sa.BigInteger, sa.Identity(always=True), primary_key=True)
    )
    notice_id: UUID = Field(foreign_key="notices.id")
    attempt: int
    started_at: datetime
    duration_seconds: float | None = None
    status_code: int | None = None
    error: str = Field(default="", max_length=300)
    response_excerpt: str = Field(default="", max_length=2048)
