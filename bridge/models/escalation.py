"""The record itself: escalation, promise lines, reference codes, prior contacts, approvals."""

from datetime import datetime
from typing import Any
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.dialects import postgresql as pg
from sqlmodel import Field

from bridge.clock import utc_now
from bridge.lifecycle import Status
from bridge.models.base import Table, money, new_id, one_word, word_list, words
from bridge.promises import Level, PriorChannel, PromiseType, SecondFact, StoreScope
from bridge.reasons import Priority


class EscalationRow(Table, table=True):
    """The row behind `bridge.escalation.Escalation`, which is what services work with.

    `remaining_minor` is a cache that `bridge reconcile` proves against the ledger;
    `code_hmac` is the code that counts now; another one in `reference_codes` was replaced.
    `head_seq` and `head_hash` are the end of the escalation's hash chain. `attend_at` is when the
    clock has to look at the case next: every act sets it to now, the sweep to whatever is due next,
    and null when nothing is. `attended_seq` is the last link that the sweep has seen.
    """

    __tablename__ = "escalations"
    __table_args__ = (
        sa.CheckConstraint("remaining_minor BETWEEN 0 AND authorised_minor", name="remaining"),
        sa.CheckConstraint("valid_from < valid_until", name="validity"),
        sa.CheckConstraint("store_scope <> 'one' OR store_id IS NOT NULL", name="one_store"),
        sa.CheckConstraint("store_scope <> 'group' OR scope_unit_id IS NOT NULL", name="group_unit"),
        one_word("kind", "promise", "question"),
        sa.Index("ix_escalations_agent", "agent_id", "created_at", "id"),
        sa.Index("ix_escalations_created", "brand_id", "created_at", "id"),
        sa.Index(
            "ix_escalations_expected",
            "store_id",
            "valid_until",
            postgresql_where=sa.text("status IN ('issued', 'acknowledged', 'awaiting_agent')"),
        ),
        sa.Index(
            "uq_escalations_live_thread",
            "thread_id",
            unique=True,
            postgresql_where=sa.text(
                "status IN ('draft', 'pending_approval', 'issued', 'acknowledged', 'awaiting_agent', "
                "'transferring') AND second_promise_reason IS NULL"
            ),
        ),
        sa.Index("ix_escalations_thread", "thread_id"),
        sa.Index(
            "ix_escalations_at_store",
            "brand_id",
            "thread_id",
            postgresql_where=sa.text(
                "status IN ('issued', 'acknowledged', 'awaiting_agent', 'transferring')"
            ),
        ),
        sa.Index(
            "ix_escalations_untold",
            "brand_id",
            "thread_id",
            postgresql_where=sa.text(
                "status IN ('honoured', 'part_honoured', 'declined', 'revoked', 'expired') "
                "AND told_at IS NULL"
            ),
        ),
        sa.Index(
            "ix_escalations_attend", "attend_at", "id", postgresql_where=sa.text("attend_at IS NOT NULL")
        ),
        sa.Index(
            "ix_escalations_asleep",
            "id",
            postgresql_where=sa.text(
                "attend_at IS NULL AND status IN ('pending_approval', 'issued', 'acknowledged', "
                "'awaiting_agent', 'transferring')"
            ),
        ),
        sa.Index("ix_escalations_store", "store_id", "created_at"),
        sa.Index(
            "ix_escalations_issued",
            "brand_id",
            "issued_at",
            postgresql_include=["store_id", "outcome", "presented_at", "acknowledged_at", "ended_at"],
        ),
        sa.Index(
            "ix_escalations_ended",
            "brand_id",
            "ended_at",
            postgresql_include=["store_id", "outcome", "cause_code"],
            postgresql_where=sa.text("ended_at IS NOT NULL"),
        ),
        sa.Index("ix_escalations_identity", "identity_id", "created_at"),
    )

    id: UUID = Field(default_factory=new_id, primary_key=True)
    number: int = Field(sa_column=sa.Column(sa.BigInteger, sa.Identity(), unique=True, nullable=False))
    brand_id: UUID = Field(foreign_key="brands.id")
    status: Status = Field(sa_column=sa.Column(words(Status), nullable=False))
    status_before: Status | None = Field(default=None, sa_column=sa.Column(sa.String(32), nullable=True))
    kind: str = Field(default="promise", max_length=16)
    thread_id: UUID | None = Field(default=None, foreign_key="threads.id")
    identity_id: UUID | None = Field(default=None, foreign_key="social_identities.id")
    official_handle_id: UUID | None = Field(default=None, foreign_key="official_handles.id")
    agent_id: UUID = Field(foreign_key="people.id")
    store_scope: StoreScope = Field(sa_column=sa.Column(words(StoreScope), nullable=False))
    store_id: UUID | None = Field(default=None, foreign_key="stores.id")
    scope_unit_id: UUID | None = Field(default=None, foreign_key="org_units.id")
    level: Level = Field(sa_column=sa.Column(words(Level), nullable=False))
    note_for_store: str = Field(default="", max_length=500)
    note_internal: str = Field(default="", max_length=2000)
    locale: str = Field(default="en", max_length=8)
    order_ref: str = Field(default="", max_length=60)
    bought_by_other: bool = False
    needed_by: datetime | None = None
    valid_from: datetime
    valid_until: datetime
    currency: str = Field(min_length=3, max_length=3)
    authorised_minor: int = Field(sa_column=money())
    remaining_minor: int = Field(sa_column=money())
    code_hmac: bytes | None = None
    second_fact: SecondFact | None = Field(
        default=None, sa_column=sa.Column(words(SecondFact), nullable=True)
    )
    second_fact_hmac: bytes | None = None
    second_fact_failures: int = 0
    frozen_at: datetime | None = None
    second_promise_reason: str | None = Field(default=None, max_length=200)
    authority: dict[str, Any] = Field(sa_column=sa.Column(pg.JSONB, nullable=False))
    last_decision: dict[str, Any] | None = Field(default=None, sa_column=sa.Column(pg.JSONB, nullable=True))
    acknowledged_at: datetime | None = None
    acknowledged_by: UUID | None = Field(default=None, foreign_key="people.id")
    set_aside_note: str = Field(default="", max_length=120)
    presented_at: datetime | None = None
    issued_at: datetime | None = None
    outcome: str | None = Field(default=None, max_length=32)
    created_at: datetime = Field(default_factory=utc_now)
    updated_at: datetime = Field(default_factory=utc_now)
    version: int = 1
    head_seq: int = 0
    head_hash: bytes
    priority: Priority = Field(
        default=Priority.NORMAL,
        sa_column=sa.Column(words(Priority), nullable=False, server_default=Priority.NORMAL.value),
    )
    attend_at: datetime | None = Field(default_factory=utc_now)
    attended_seq: int = Field(default=0, sa_column_kwargs={"server_default": "0"})
    attend_failures: int = Field(default=0, sa_column_kwargs={"server_default": "0"})
    policy_id: UUID | None = Field(default=None, foreign_key="sla_policies.id")
    owner_id: UUID | None = Field(default=None, foreign_key="people.id")
    supersedes_id: UUID | None = Field(default=None, foreign_key="escalations.id")
    superseded_by_id: UUID | None = Field(default=None, foreign_key="escalations.id")
    lapses: int = Field(default=0, sa_column_kwargs={"server_default": "0"})
    reopened: int = Field(default=0, sa_column_kwargs={"server_default": "0"})
    cause_code: str | None = Field(default=None, max_length=120)
    told_at: datetime | None = None
    ended_at: datetime | None = None
    closed_at: datetime | None = None


class PromiseRow(Table, table=True):
    """One promise line, as issued; never changed."""

    __tablename__ = "promises"
    __table_args__ = (
        sa.CheckConstraint("amount_minor >= 0", name="amount"),
        sa.CheckConstraint("quantity BETWEEN 1 AND 1000", name="quantity"),
        sa.CheckConstraint("percent_hundredths BETWEEN 1 AND 10000", name="percent"),
    )

    escalation_id: UUID = Field(foreign_key="escalations.id", primary_key=True)
    position: int = Field(primary_key=True)
    type: PromiseType = Field(sa_column=sa.Column(words(PromiseType), nullable=False))
    level: Level = Field(sa_column=sa.Column(words(Level), nullable=False))
    item: str = Field(max_length=200)
    amount_minor: int = Field(sa_column=money())
    percent_hundredths: int | None = None
    quantity: int = 1
    waives: list[str] = Field(sa_column=sa.Column(word_list(), nullable=False))
    conditions: str = Field(default="", max_length=500)
    grant_id: UUID | None = Field(default=None, foreign_key="authority_grants.id")


class ReferenceCode(Table, table=True):
    """A code that was given out: its HMAC for look-up, its ciphertext for the agent to show again.

    `public_at` is when it was seen in the customer's public post, `public_post_id` that post.
    """

    __tablename__ = "reference_codes"

    hmac: bytes = Field(primary_key=True)
    escalation_id: UUID = Field(foreign_key="escalations.id", index=True)
    pepper_version: int = 1
    cipher: bytes | None = None
    hint: str = Field(max_length=2)
    issued_at: datetime = Field(default_factory=utc_now)
    replaced_at: datetime | None = None
    public_at: datetime | None = None
    public_post_id: UUID | None = Field(default=None, foreign_key="posts.id")


class PriorContact(Table, table=True):
    """What the customer tried before coming to social media."""

    __tablename__ = "prior_contacts"
    __table_args__ = (sa.CheckConstraint("tries BETWEEN 1 AND 1000", name="tries"),)

    escalation_id: UUID = Field(foreign_key="escalations.id", primary_key=True)
    channel: PriorChannel = Field(sa_column=sa.Column(words(PriorChannel), primary_key=True))
    tries: int = 1
    result: str = Field(default="", max_length=200)


class Approval(Table, table=True):
    """A request for somebody whose own right covers it. The author can never be the approver."""

    __tablename__ = "approvals"
    __table_args__ = (
        sa.CheckConstraint("approver_id IS NULL OR approver_id <> requested_by", name="four_eyes"),
        one_word("state", "requested", "approved", "rejected", "withdrawn"),
        sa.Index(
            "uq_approvals_open",
            "escalation_id",
            unique=True,
            postgresql_where=sa.text("state = 'requested'"),
        ),
    )

    id: UUID = Field(default_factory=new_id, primary_key=True)
    escalation_id: UUID = Field(foreign_key="escalations.id", index=True)
    requested_by: UUID = Field(foreign_key="people.id")
    requested_at: datetime = Field(default_factory=utc_now)
    approver_id: UUID | None = Field(default=None, foreign_key="people.id")
    state: str = Field(default="requested", max_length=16)
    reason: str = Field(default="", max_length=500)
    decided_at: datetime | None = None
