"""What we owe to boards and receivers: the outbox, delivery attempts, webhook endpoints."""

from datetime import datetime
from typing import Any
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.dialects import postgresql as pg
from sqlmodel import Field

from bridge.clock import utc_now
from bridge.events import Format
from bridge.models.base import Table, new_id, one_word, word_list


class Outcome(Table, table=True):
    """One thing owed to one receiver. This table is the queue; a task only asks what is due.

    A row for the board is delivered by being here. A row for a webhook is claimed with a
    lease, sent outside any transaction, and settled in a second one.
    """

    __tablename__ = "outcomes"
    __table_args__ = (
        one_word("channel", "board", "webhook"),
        one_word("state", "queued", "sending", "sent", "dead", "cancelled"),
        sa.Index("ix_outcomes_due", "next_at", postgresql_where=sa.text("state IN ('queued', 'sending')")),
        sa.Index(
            "ix_outcomes_board", "person_id", "created_at", postgresql_where=sa.text("channel = 'board'")
        ),
        sa.Index(
            "ix_outcomes_endpoint",
            "endpoint_id",
            "created_at",
            postgresql_where=sa.text("channel = 'webhook'"),
        ),
        sa.Index(
            "ix_outcomes_endpoint_due",
            "endpoint_id",
            "next_at",
            postgresql_where=sa.text("channel = 'webhook' AND state = 'queued'"),
        ),
        sa.Index("ix_outcomes_dead", "endpoint_id", "created_at", postgresql_where=sa.text("state = 'dead'")),
        sa.Index(
            "ix_outcomes_cancelled",
            "endpoint_id",
            "created_at",
            postgresql_where=sa.text("state = 'cancelled'"),
        ),
        sa.CheckConstraint("(channel = 'webhook') = (endpoint_id IS NOT NULL)", name="endpoint"),
    )

    id: UUID = Field(default_factory=new_id, primary_key=True)
    channel: str = Field(max_length=16)
    topic: str = Field(max_length=60)
    escalation_id: UUID | None = Field(default=None, foreign_key="escalations.id")
    person_id: UUID | None = Field(default=None, foreign_key="people.id")
    endpoint_id: UUID | None = Field(default=None, foreign_key="webhook_endpoints.id")
    payload: dict[str, Any] = Field(sa_column=sa.Column(pg.JSONB, nullable=False))
    state: str = Field(default="queued", max_length=16)
    attempts: int = 0
    next_at: datetime = Field(default_factory=utc_now)
    created_at: datetime = Field(default_factory=utc_now)
    settled_at: datetime | None = None
    seen_at: datetime | None = None
    last_error: str = Field(default="", max_length=300)
    request_id: str = Field(default="", max_length=64)


class DeliveryAttempt(Table, table=True):
    """One try at delivering an outcome. Append-only."""

    __tablename__ = "delivery_attempts"
    __table_args__ = (sa.UniqueConstraint("outcome_id", "attempt"),)

    id: int | None = Field(
        default=None, sa_column=sa.Column(sa.BigInteger, sa.Identity(always=True), primary_key=True)
    )
    outcome_id: UUID = Field(foreign_key="outcomes.id")
    attempt: int
    started_at: datetime
    duration_seconds: float | None = None
    status_code: int | None = None
    error: str = Field(default="", max_length=300)
    response_excerpt: str = Field(default="", max_length=2048)


class WebhookEndpoint(Table, table=True):
    """Somebody's receiver of our events."""

    __tablename__ = "webhook_endpoints"
    __table_args__ = (one_word("format", *Format),)

    id: UUID = Field(default_factory=new_id, primary_key=True)
    brand_id: UUID = Field(foreign_key="brands.id", index=True)
    url: str = Field(max_length=500)
    description: str = Field(default="", max_length=200)
    topics: list[str] = Field(sa_column=sa.Column(word_list(), nullable=False))
    format: str = Field(
        default=Format.STANDARD, max_length=16, sa_column_kwargs={"server_default": Format.STANDARD.value}
    )
    enabled: bool = True
    disabled_reason: str = Field(default="", max_length=200)
    created_at: datetime = Field(default_factory=utc_now)
    created_by: UUID | None = Field(default=None, foreign_key="people.id")
    deleted_at: datetime | None = None


class WebhookSecret(Table, table=True):
    """A signing secret, encrypted. Two are live while one replaces the other."""

    __tablename__ = "webhook_secrets"

    id: UUID = Field(default_factory=new_id, primary_key=True)
    endpoint_id: UUID = Field(foreign_key="webhook_endpoints.id", index=True)
    cipher: bytes
    created_at: datetime = Field(default_factory=utc_now)
    expires_at: datetime | None = None


class IdempotencyKey(Table, table=True):
    """The stored answer to a request that creates or decides, encrypted because it may hold a code."""

    __tablename__ = "idempotency_keys"
    __table_args__ = (sa.Index("ix_idempotency_keys_created_at", "created_at", postgresql_using="brin"),)

    principal: UUID = Field(primary_key=True)
    route: str = Field(max_length=80, primary_key=True)
    key: str = Field(max_length=255, primary_key=True)
    fingerprint: bytes
    status_code: int
    response_cipher: bytes
    created_at: datetime = Field(default_factory=utc_now)
