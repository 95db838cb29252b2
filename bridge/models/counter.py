"""What happens at the counter: look-ups, decisions, and the ledger that they move."""

from datetime import datetime
from uuid import UUID

import sqlalchemy as sa
from sqlmodel import Field

from bridge.clock import utc_now
from bridge.models.base import Table, money, new_id, one_word
from bridge.verdicts import Verdict


class LookUp(Table, table=True):
    """One check at the counter, or one refused attempt to decide. Append-only.

    `typed_hmac` is kept for codes that do not exist, so that repeated guesses of one code show.
    There are no foreign keys: a log row outlives what it names, and this is the hottest insert.
    """

    __tablename__ = "look_ups"
    __table_args__ = (
        one_word("source", "typed", "scan", "camera", "api", "decision"),
        sa.CheckConstraint(
            "verdict IN (" + ", ".join(f"'{verdict.value}'" for verdict in Verdict) + ")", name="verdict"
        ),
        sa.Index("ix_look_ups_escalation", "escalation_id", "at"),
    )

    id: UUID = Field(default_factory=new_id, primary_key=True)
    at: datetime = Field(default_factory=utc_now)
    escalation_id: UUID | None = None
    typed_hmac: bytes | None = None
    verdict: str = Field(max_length=32)
    source: str = Field(max_length=16)
    person_id: UUID | None = None
    credential_id: UUID | None = None
    device_id: UUID | None = None
    store_id: UUID | None = None


class Decision(Table, table=True):
    """What a store did. One that used value is a redemption. Reversed by a new row, never changed."""

    __tablename__ = "decisions"
    __table_args__ = (
        one_word("action", "honour", "honour_part", "decline", "undo"),
        sa.CheckConstraint("amount_minor >= 0", name="amount"),
        sa.CheckConstraint("(action = 'undo') = (reverses_id IS NOT NULL)", name="reversal"),
        sa.UniqueConstraint("device_id", "nonce"),
        sa.Index(
            "uq_decisions_reverses_id",
            "reverses_id",
            unique=True,
            postgresql_where=sa.text("reverses_id IS NOT NULL"),
        ),
        sa.Index("ix_decisions_escalation", "escalation_id", "happened_at"),
        sa.CheckConstraint("(second_person_id IS NULL) = (step_up_id IS NULL)", name="second_person"),
        sa.CheckConstraint("second_person_id <> person_id", name="four_eyes"),
        # A manager's yes is for one decision: the second one that carries it fails here.
        sa.Index(
            "uq_decisions_step_up_id",
            "step_up_id",
            unique=True,
            postgresql_where=sa.text("step_up_id IS NOT NULL"),
        ),
        sa.Index("ix_decisions_store", "store_id", "happened_at"),
    )

    id: UUID = Field(default_factory=new_id, primary_key=True)
    escalation_id: UUID = Field(foreign_key="escalations.id")
    action: str = Field(max_length=16)
    amount_minor: int = Field(sa_column=money())
    gave_up_minor: int = Field(default=0, sa_column=money())
    currency: str = Field(min_length=3, max_length=3)
    reason: str | None = Field(default=None, max_length=8)
    reason_text: str = Field(default="", max_length=500)
    customer_text: str = Field(default="", max_length=500)
    receipt_ref: str = Field(default="", max_length=60)
    person_id: UUID = Field(foreign_key="people.id")
    device_id: UUID = Field(foreign_key="devices.id")
    store_id: UUID = Field(foreign_key="stores.id")
    nonce: str = Field(max_length=64)
    happened_at: datetime = Field(default_factory=utc_now)
    reverses_id: UUID | None = Field(default=None, foreign_key="decisions.id")
    second_person_id: UUID | None = Field(default=None, foreign_key="people.id")
    step_up_id: UUID | None = Field(default=None, foreign_key="step_ups.id")


class StepUp(Table, table=True):
    """A manager's yes to one decision of somebody else's: this case, this act, this amount, now.

    Append-only. It is used when a decision names it, which one decision can.
    """

    __tablename__ = "step_ups"
    __table_args__ = (
        one_word("action", "honour", "decline"),
        sa.CheckConstraint("amount_minor >= 0", name="amount"),
        sa.CheckConstraint("approver_id <> person_id", name="four_eyes"),
    )

    id: UUID = Field(default_factory=new_id, primary_key=True)
    escalation_id: UUID = Field(foreign_key="escalations.id")
    action: str = Field(max_length=16)
    amount_minor: int = Field(sa_column=money())
    keep_rest: bool = True
    version: int
    person_id: UUID = Field(foreign_key="people.id")
    approver_id: UUID = Field(foreign_key="people.id")
    credential_id: UUID = Field(foreign_key="credentials.id")
    device_id: UUID = Field(foreign_key="devices.id")
    store_id: UUID = Field(foreign_key="stores.id")
    created_at: datetime = Field(default_factory=utc_now)
    expires_at: datetime


class LedgerTransfer(Table, table=True):
    """One movement of value between two accounts; both sides are in one row, so it always balances.

    Append-only. The view `ledger_entries` shows each transfer as its two signed entries.
    """

    __tablename__ = "ledger_transfers"
    __table_args__ = (
        sa.CheckConstraint("amount_minor > 0", name="amount"),
        sa.CheckConstraint("from_account <> to_account", name="accounts"),
        one_word("kind", "issue", "redeem", "give_up", "reverse"),
    )

    id: int | None = Field(
        default=None, sa_column=sa.Column(sa.BigInteger, sa.Identity(always=True), primary_key=True)
    )
    at: datetime = Field(default_factory=utc_now)
    kind: str = Field(max_length=16)
    from_account: str = Field(max_length=80)
    to_account: str = Field(max_length=80)
    amount_minor: int = Field(sa_column=money())
    currency: str = Field(min_length=3, max_length=3)
    escalation_id: UUID = Field(foreign_key="escalations.id", index=True)
    decision_id: UUID | None = Field(default=None, foreign_key="decisions.id")
