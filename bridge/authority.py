"""Whether somebody may promise this, and by which right. Pure; the caller brings the grants.

The check order is fixed, the first failure decides and every reason is kept. A failure that
somebody with a larger right could carry leads to approval; one that nobody should carry
(an inactive agent, a foreign handle, a date in the past) is a refusal.
Source: docs/decisions/0005-authority.md.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any
from uuid import UUID

from bridge.promises import Level, PromiseLine, PromiseType, Proof, StoreScope
from bridge.roles import Role


class Reason(StrEnum):
    """Why a promise is not simply within somebody's right, in the order of the checks."""

    AGENT_NOT_ACTIVE = "agent_not_active"
    TRAINING_EXPIRED = "training_expired"
    HANDLE_NOT_OFFICIAL = "handle_not_official"
    STORE_CANNOT = "store_cannot"
    NO_GRANT = "no_grant"
    CURRENCY = "currency"
    STORE_OUT_OF_SCOPE = "store_out_of_scope"
    AMOUNT = "amount"
    PERCENT = "percent"
    CUSTOMER_CAP = "customer_cap"
    BUDGET = "budget"
    PROOF = "proof"
    DATES = "dates"
    SECOND_PROMISE = "second_promise"


CARRIED_BY_APPROVAL = frozenset(
    {
        Reason.NO_GRANT,
        Reason.STORE_OUT_OF_SCOPE,
        Reason.AMOUNT,
        Reason.PERCENT,
        Reason.CUSTOMER_CAP,
        Reason.BUDGET,
        Reason.PROOF,
    }
)
"""Reasons that somebody whose own right covers the promise may take upon themselves."""


@dataclass(frozen=True, slots=True)
class Grant:
    """A right to promise. A limit of None is no limit. Money is in minor units of `currency`."""

    id: UUID
    name: str
    role: Role | None
    person_id: UUID | None
    types: frozenset[PromiseType] | None
    levels: frozenset[Level]
    waives: frozenset[Proof]
    currency: str
    max_amount_minor: int | None
    max_percent_hundredths: int | None
    max_customer_30d_minor: int | None
    budget_day_minor: int | None
    budget_month_minor: int | None
    scope_unit_id: UUID | None
    any_store: bool
    cost_bearer: str
    policy_version: int

    def frozen(self) -> dict[str, Any]:
        """The grant as it is written into an escalation at issue: plain JSON values."""
        return {
            "id": str(self.id),
            "name": self.name,
            "max_amount_minor": self.max_amount_minor,
            "currency": self.currency,
            "max_percent_hundredths": self.max_percent_hundredths,
            "waives": sorted(self.waives),
            "cost_bearer": self.cost_bearer,
            "policy_version": self.policy_version,
        }


@dataclass(frozen=True, slots=True)
class Asked:
    """The promise as asked for, and what is known about who asks and where."""

    lines: Sequence[PromiseLine]
    currency: str
    store_scope: StoreScope
    place: frozenset[UUID]
    """The store's or group's unit and every unit above it; empty for any store."""
    valid_until: datetime
    person_active: bool
    trained_until: datetime | None
    handle_official: bool
    store_can: bool
    customer_30d_minor: int
    live_promises: int
    second_promise_reason: str | None


@dataclass(frozen=True, slots=True)
class Answer:
    """The result of the check. `line_grants` holds the grant of each line, where one covers it."""

    reasons: tuple[Reason, ...]
    line_grants: tuple[Grant | None, ...]

    @property
    def within(self) -> bool:
        """The promise is inside the right and may be issued now."""
        return not self.reasons

    @property
    def refused(self) -> bool:
        """Nobody may approve this."""
        return bool(set(self.reasons) - CARRIED_BY_APPROVAL)


def check(asked: Asked, grants: Iterable[Grant], *, now: datetime) -> Answer:
    """Check a promise against the caller's own grants. Budgets are spent later, atomically."""
    held = list(grants)
    chosen = tuple(_best(line, held, asked) for line in asked.lines)
    reasons = dict.fromkeys(
        [
            *_of_the_caller(asked, now),
            *(
                reason
                for line, grant in zip(asked.lines, chosen, strict=True)
                for reason in _of_a_line(asked, line, grant)
            ),
            *_of_the_sum(asked, chosen),
            *_of_the_promise(asked, now),
        ]
    )
    return Answer(tuple(sorted(reasons, key=list(Reason).index)), chosen)


def _best(line: PromiseLine, grants: Iterable[Grant], asked: Asked) -> Grant | None:
    """The widest grant for the line's type and level; one in the right currency and place goes first."""
    fitting = [g for g in grants if line.level in g.levels and (g.types is None or line.type in g.types)]
    return max(
        fitting,
        key=lambda g: (
            g.currency == asked.currency,
            g.scope_unit_id is None or g.scope_unit_id in asked.place,
            g.max_amount_minor is None,
            g.max_amount_minor or 0,
            len(g.waives),
        ),
        default=None,
    )


def _of_the_caller(asked: Asked, now: datetime) -> Iterable[Reason]:
    if not asked.person_active:
        yield Reason.AGENT_NOT_ACTIVE
    if asked.trained_until is not None and asked.trained_until <= now:
        yield Reason.TRAINING_EXPIRED
    if not asked.handle_official:
        yield Reason.HANDLE_NOT_OFFICIAL
    if not asked.store_can:
        yield Reason.STORE_CANNOT


def _of_a_line(asked: Asked, line: PromiseLine, grant: Grant | None) -> Iterable[Reason]:
    if grant is None:
        yield Reason.NO_GRANT
        return
    if line.amount_minor and grant.currency != asked.currency:
        yield Reason.CURRENCY
    if asked.store_scope is StoreScope.ANY and not grant.any_store:
        yield Reason.STORE_OUT_OF_SCOPE
    if grant.scope_unit_id is not None and grant.scope_unit_id not in asked.place:
        yield Reason.STORE_OUT_OF_SCOPE
    if (
        grant.max_percent_hundredths is not None
        and (line.percent_hundredths or 0) > grant.max_percent_hundredths
    ):
        yield Reason.PERCENT
    if line.waives - grant.waives:
        yield Reason.PROOF


def _of_the_sum(asked: Asked, chosen: Sequence[Grant | None]) -> Iterable[Reason]:
    """Several lines under one grant count together, so that a promise cannot be cut into small ones."""
    for grant in {g.id: g for g in chosen if g is not None}.values():
        total = sum(line.amount_minor for line, g in zip(asked.lines, chosen, strict=True) if g is grant)
        if grant.max_amount_minor is not None and total > grant.max_amount_minor:
            yield Reason.AMOUNT
        cap = grant.max_customer_30d_minor
        if cap is not None and total and asked.customer_30d_minor + total > cap:
            yield Reason.CUSTOMER_CAP


def _of_the_promise(asked: Asked, now: datetime) -> Iterable[Reason]:
    if asked.valid_until <= now:
        yield Reason.DATES
    if asked.live_promises and not asked.second_promise_reason:
        yield Reason.SECOND_PROMISE
