"""Clocks: the policies that set their targets, the milestones of each case, and their pauses."""

from datetime import datetime
from typing import Any
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.dialects import postgresql as pg
from sqlmodel import Field

from bridge.clock import utc_now
from bridge.milestones import MilestoneState, MilestoneType
from bridge.models.base import Table, new_id, one_word, words
from bridge.reasons import PauseReason


class SLAPolicy(Table, table=True):
    """One immutable version of a brand's targets. The newest that is not retired is in force."""

    __tablename__ = "sla_policies"
    __table_args__ = (
        sa.UniqueConstraint("brand_id", "version"),
        sa.Index(
            "uq_sla_policies_in_force",
            "brand_id",
            unique=True,
            postgresql_where=sa.text("retired_at IS NULL"),
        ),
    )

    id: UUID = Field(default_factory=new_id, primary_key=True)
    brand_id: UUID = Field(foreign_key="brands.id")
    version: int
    definition: dict[str, Any] = Field(sa_column=sa.Column(pg.JSONB, nullable=False))
    note: str = Field(default="", max_length=200)
    created_by: UUID | None = Field(default=None, foreign_key="people.id")
    created_at: datetime = Field(default_factory=utc_now)
    retired_at: datetime | None = None


class MilestoneRow(Table, table=True):
    """One clock of an escalation or of a thread. `round` counts restarts: a transfer, a lapse, a reopening.

    `elapsed_seconds` runs from start to end, `stopped_seconds` is the part in pauses, both in the
    milestone's own calendar; actual = elapsed - stopped. `breached_at` is never taken back.
    """

    __tablename__ = "milestones"
    __table_args__ = (
        sa.CheckConstraint("(escalation_id IS NULL) <> (thread_id IS NULL)", name="subject"),
        one_word("calendar", "store", "target_store", "care", "hq", "always"),
        sa.Index(
            "uq_milestones_escalation",
            "escalation_id",
            "type",
            "round",
            unique=True,
            postgresql_where=sa.text("escalation_id IS NOT NULL"),
        ),
        sa.Index(
            "uq_milestones_thread",
            "thread_id",
            "type",
            "round",
            unique=True,
            postgresql_where=sa.text("thread_id IS NOT NULL"),
        ),
        sa.Index(
            "ix_milestones_open_due",
            "due_at",
            postgresql_where=sa.text("state = 'running'"),
        ),
        sa.Index("ix_milestones_missed", "due_at", postgresql_where=sa.text("state = 'missed_open'")),
        sa.Index(
            "ix_milestones_late",
            "escalation_id",
            postgresql_where=sa.text("state = 'missed_open'"),
        ),
    )

    id: UUID = Field(default_factory=new_id, primary_key=True)
    escalation_id: UUID | None = Field(default=None, foreign_key="escalations.id")
    thread_id: UUID | None = Field(default=None, foreign_key="threads.id")
    type: MilestoneType = Field(sa_column=sa.Column(words(MilestoneType), nullable=False))
    round: int = 1
    policy_version: int
    calendar: str = Field(max_length=16)
    store_id: UUID | None = Field(default=None, foreign_key="stores.id")
    target_seconds: int | None = None
    started_at: datetime
    due_at: datetime | None = None
    warnings: list[Any] = Field(sa_column=sa.Column(pg.JSONB, nullable=False))
    warned_percent: int = 0
    state: MilestoneState = Field(sa_column=sa.Column(words(MilestoneState), nullable=False))
    breached_at: datetime | None = None
    completed_at: datetime | None = None
    elapsed_seconds: int | None = None
    stopped_seconds: int = 0
    actual_seconds: int | None = None
    trace: dict[str, Any] = Field(sa_column=sa.Column(pg.JSONB, nullable=False))


class ClockPause(Table, table=True):
    """A stretch in which a milestone stood still, why, and the latest moment at which it goes on."""

    __tablename__ = "clock_pauses"
    __table_args__ = (
        sa.Index(
            "uq_clock_pauses_open",
            "milestone_id",
            unique=True,
            postgresql_where=sa.text("ended_at IS NULL"),
        ),
    )

    id: UUID = Field(default_factory=new_id, primary_key=True)
    milestone_id: UUID = Field(foreign_key="milestones.id", index=True)
    reason: PauseReason = Field(sa_column=sa.Column(words(PauseReason), nullable=False))
    started_at: datetime
    limit_at: datetime
    ended_at: datetime | None = None
    paused_by: UUID | None = Field(default=None, foreign_key="people.id")
