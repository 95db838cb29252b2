"""The right to promise: grants, and the budgets spent under them."""

from datetime import date, datetime
from uuid import UUID

import sqlalchemy as sa
from sqlmodel import Field

from bridge.clock import utc_now
from bridge.models.base import Table, money, new_id, one_word, word_list, words
from bridge.roles import Role


class AuthorityGrant(Table, table=True):
    """What a role or a person may promise. Limits of null mean: no limit of that kind.

    Never edited: a change revokes the grant and makes a new one, so that what was frozen
    into an escalation can always be found.
    """

    __tablename__ = "authority_grants"
    __table_args__ = (
        sa.CheckConstraint("(grantee_role IS NULL) <> (grantee_person_id IS NULL)", name="grantee"),
        sa.CheckConstraint("max_amount_minor >= 0", name="amount"),
        one_word("cost_bearer", "hq", "store", "vendor"),
    )

    id: UUID = Field(default_factory=new_id, primary_key=True)
    brand_id: UUID = Field(foreign_key="brands.id", index=True)
    name: str = Field(max_length=120)
    grantee_role: Role | None = Field(default=None, sa_column=sa.Column(words(Role), nullable=True))
    grantee_person_id: UUID | None = Field(default=None, foreign_key="people.id")
    types: list[str] | None = Field(default=None, sa_column=sa.Column(word_list(), nullable=True))
    levels: list[str] = Field(sa_column=sa.Column(word_list(), nullable=False))
    waives: list[str] = Field(sa_column=sa.Column(word_list(), nullable=False))
    currency: str = Field(default="USD", min_length=3, max_length=3)
    max_amount_minor: int | None = Field(default=None, sa_column=money(nullable=True))
    max_percent_hundredths: int | None = None
    max_customer_30d_minor: int | None = Field(default=None, sa_column=money(nullable=True))
    budget_day_minor: int | None = Field(default=None, sa_column=money(nullable=True))
    budget_month_minor: int | None = Field(default=None, sa_column=money(nullable=True))
    scope_unit_id: UUID | None = Field(default=None, foreign_key="org_units.id")
    any_store: bool = False
    cost_bearer: str = Field(default="hq", max_length=16)
    policy_version: int = 1
    valid_from: datetime = Field(default_factory=utc_now)
    valid_to: datetime | None = None
    granted_by: UUID | None = Field(default=None, foreign_key="people.id")
    revoked_at: datetime | None = None


class BudgetUse(Table, table=True):
    """What a person has promised under a grant in one period; raised only by a conditional statement."""

    __tablename__ = "budget_uses"
    __table_args__ = (one_word("period", "day", "month"), sa.CheckConstraint("used_minor >= 0", name="used"))

    grant_id: UUID = Field(foreign_key="authority_grants.id", primary_key=True)
    person_id: UUID = Field(foreign_key="people.id", primary_key=True)
    period: str = Field(max_length=8, primary_key=True)
    starts_on: date = Field(primary_key=True)
    used_minor: int = Field(sa_column=money())
