"""The ladder: its immutable versions, the run of each case, and the steps it took."""

from datetime import datetime
from typing import Any
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.dialects import postgresql as pg
from sqlmodel import Field

from bridge.clock import utc_now
from bridge.models.base import Table, new_id, one_word


class Ladder(Table, table=True):
    """A named ladder of a brand; what it does stands in its versions."""

    __tablename__ = "ladders"
    __table_args__ = (sa.UniqueConstraint("brand_id", "name"),)

    id: UUID = Field(default_factory=new_id, primary_key=True)
    brand_id: UUID = Field(foreign_key="brands.id")
    name: str = Field(max_length=80)
    created_at: datetime = Field(default_factory=utc_now)


class LadderVersion(Table, table=True):
    """One immutable version. A case keeps the version that was in force when it was issued."""

    __tablename__ = "ladder_versions"
    __table_args__ = (
        sa.UniqueConstraint("ladder_id", "version"),
        sa.Index(
            "uq_ladder_versions_in_force",
            "ladder_id",
            unique=True,
            postgresql_where=sa.text("retired_at IS NULL"),
        ),
    )

    id: UUID = Field(default_factory=new_id, primary_key=True)
    ladder_id: UUID = Field(foreign_key="ladders.id")
    version: int
    definition: dict[str, Any] = Field(sa_column=sa.Column(pg.JSONB, nullable=False))
    note: str = Field(default="", max_length=200)
    created_by: UUID | None = Field(default=None, foreign_key="people.id")
    created_at: datetime = Field(default_factory=utc_now)
    retired_at: datetime | None = None


class LadderRun(Table, table=True):
    """Where a case stands on its ladder. `step` is the next one to take, `next_at` when.

    `waits_from` is when the wait before that step began; the end follows the store's calendar.
    """

    __tablename__ = "ladder_runs"
    __table_args__ = (
        one_word("state", "running", "stopped", "finished"),
        sa.Index(
            "uq_ladder_runs_live",
            "escalation_id",
            unique=True,
            postgresql_where=sa.text("state = 'running'"),
        ),
        sa.Index("ix_ladder_runs_escalation", "escalation_id"),
        sa.Index("ix_ladder_runs_store", "store_id", "started_at"),
        sa.Index("ix_ladder_runs_next", "next_at", postgresql_where=sa.text("state = 'running'")),
    )

    id: UUID = Field(default_factory=new_id, primary_key=True)
    escalation_id: UUID = Field(foreign_key="escalations.id")
    ladder_version_id: UUID = Field(foreign_key="ladder_versions.id")
    store_id: UUID | None = Field(default=None, foreign_key="stores.id")
    state: str = Field(default="running", max_length=16)
    step: int = 0
    round: int = 1
    next_at: datetime
    waits_from: datetime | None = None
    started_at: datetime
    stopped_at: datetime | None = None
    stop_reason: str = Field(default="", max_length=40)


class LadderStepTaken(Table, table=True):
    """A step that was taken, or skipped and why. Append-only; its key guards against taking it twice."""

    __tablename__ = "ladder_steps_taken"
    __table_args__ = (
        one_word("result", "done", "skipped", "no_recipient", "stopped"),
        sa.Index(
            "ix_ladder_steps_taken_faults",
            "at",
            postgresql_where=sa.text("result = 'no_recipient'"),
        ),
    )

    run_id: UUID = Field(foreign_key="ladder_runs.id", primary_key=True)
    round: int = Field(primary_key=True)
    step: int = Field(primary_key=True)
    kind: str = Field(max_length=32)
    result: str = Field(max_length=16)
    detail: dict[str, Any] = Field(sa_column=sa.Column(pg.JSONB, nullable=False))
    due_at: datetime
    at: datetime


class Heartbeat(Table, table=True):
    """When a piece of clockwork last ran to its end, and what it found; watched by a metric."""

    __tablename__ = "heartbeats"

    name: str = Field(max_length=40, primary_key=True)
    at: datetime
    facts: dict[str, Any] = Field(sa_column=sa.Column(pg.JSONB, nullable=False))
