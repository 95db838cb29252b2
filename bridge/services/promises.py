"""Make a promise: check the right to it, freeze that right, issue the code; or ask for approval.

The order is: read everything that matters in one statement (the customer's row locked), check
with the pure rule, take from the budgets, write everything with the commit. What is over the
author's right becomes `pending_approval` and has no code until somebody else approves it.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Protocol
from uuid import UUID
from zoneinfo import ZoneInfo

from psycopg.errors import UniqueViolation

from bridge import codes, ledger
from bridge.authority import Answer, Asked, Grant, Reason, check
from bridge.db import Act
from bridge.errors import (
    ClaimTaken,
    Conflict,
    FourEyes,
    InvalidInput,
    NotFound,
    NotPermitted,
    PromiseRefused,
)
from bridge.escalation import Escalation
from bridge.hours import closing_time_on, week_hours
from bridge.idempotency import Once, Replayed
from bridge.lifecycle import Action, Status
from bridge.models.base import new_id
from bridge.promises import (
    WITHOUT_VALUE,
    PromiseLine,
    StoreScope,
)
from bridge.queries import promises as queries
from bridge.queries.callers import actor_of, caller_values, nobody
from bridge.queries.escalations import Owed, Saved, open_with
from bridge.roles import Actor, Assignment, Permission, Role, can
from bridge.services.issuing import (
    Wanted,
    amounts_by_grant,
    frozen_authority,
    issued_payload,
    line_fact,
    row_values,
)
from bridge.settings import Settings
from bridge.timeline import genesis, moment
from bridge.vault import Vault

CUSTOMER_WINDOW = timedelta(days=30)
LONGEST_VALIDITY = timedelta(days=365)


class Replacing(Protocol):
    """An older promise of the same thread that ends together with the making of the new one."""

    @property
    def rest_minor(self) -> int:
        """What was left of it, which no longer counts against the customer's cap."""

    def lock(self, act: Act, actor: Actor, thread_id: UUID) -> None:
        """Lock it, and raise unless it may be replaced by the actor."""

    def end(self, act: Act, *, by: UUID) -> None:
        """End it, before the new one takes its place as the thread's live promise."""

    def point(self, act: Act, *, to: UUID) -> None:
        """Name the new one on it, and commit."""


@dataclass(frozen=True, slots=True)
class Made:
    """A promise that was made. `code` is set when it was issued, `reasons` when it waits for approval."""

    id: UUID
    number: int
    status: Status
    version: int
    code: str | None
    reasons: tuple[Reason, ...]
    valid_until: datetime


def make(
    act: Act,
    secret: str,
    wanted: Wanted,
    *,
    once: Once[Made],
    now: datetime,
    settings: Settings,
    vault: Vault,
    request_id: str = "",
    replacing: Replacing | None = None,
) -> Made | Replayed:
    """Issue the promise, or put it before an approver; commits.

    With `replacing`, another promise of the thread ends in the same transaction; then the author's
    own right has to cover the new one, and FourEyes is raised where it does not.

    Raises NotSignedIn, NotPermitted, NotFound (thread, store, group), ClaimTaken when another agent
    holds the thread, Conflict when nobody does or a live promise exists, InvalidInput, and
    PromiseRefused with every reason when no approval could carry it.
    """
    for budget_is_enough in (True, False):
        act.rollback()
        row = _ground(act, secret, wanted, once=once, now=now, settings=settings)
        if row is None:
            raise nobody(act.ask, secret, now=now, settings=settings)
        if (replayed := once.replay(row)) is not None:
            return replayed
        actor = _author(row)
        _require_ground(row, actor, wanted)
        if replacing is not None:
            replacing.lock(act, actor, row.found_thread_id)
        validity = _validity(row, wanted, now=now, settings=settings)
        answer = check(
            _asked(row, wanted, validity[1], replacing), map(queries.grant_of, row.grants), now=now
        )
        if answer.refused:
            _refuse(answer)
        reasons = answer.reasons if budget_is_enough else (*answer.reasons, Reason.BUDGET)
        if reasons and replacing is not None:
            raise FourEyes(
                "your own right does not cover this promise", reasons=[reason.value for reason in reasons]
            )
        if reasons or _spend(act, actor, wanted.lines, answer.line_grants, now=now):
            break
    return _write(
        act,
        secret,
        row,
        actor,
        wanted=wanted,
        answer=answer,
        reasons=reasons,
        validity=validity,
        once=once,
        now=now,
        settings=settings,
        vault=vault,
        request_id=request_id,
        replacing=replacing,
    )


def _ground(
    act: Act, secret: str, wanted: Wanted, *, once: Once[Made], now: datetime, settings: Settings
) -> Any:
    return queries.ground(
        act,
        {
            **caller_values(secret, now=now, settings=settings),
            "thread_id": wanted.thread_id,
            "store_number": wanted.store_number if wanted.store_scope is StoreScope.ONE else None,
            "group_unit_id": wanted.group_unit_id if wanted.store_scope is StoreScope.GROUP else None,
            "customer_since": now - CUSTOMER_WINDOW,
            "route": once.route,
            "key": once.key,
        },
    )


def _author(row: Any) -> Actor:
    """The actor with every role held, not only those at a store."""
    return actor_of(row, tuple(assignments_of(row)))


def assignments_of(row: Any) -> list[Assignment]:
    """The role assignments in a row's `assignments` column."""
    held = []
    for words in row.assignments:
        role, unit_kind, unit_id, _name = words.split("@", 3)
        held.append(Assignment(Role(role), UUID(unit_id), unit_kind))
    return held


def _require_ground(row: Any, actor: Actor, wanted: Wanted) -> None:
    if actor.kind != "person" or not can(actor, Permission.PROMISES_WRITE):
        raise NotPermitted("your role does not make promises", permission=Permission.PROMISES_WRITE.value)
    if row.found_thread_id is None:
        raise NotFound("there is no such thread")
    if wanted.store_scope is StoreScope.ONE and row.place_store_id is None:
        raise InvalidInput("no store has this number", fields={"store_number": ["no store has this number"]})
    if wanted.store_scope is StoreScope.GROUP and row.place_unit_id is None:
        raise InvalidInput("no such group of stores", fields={"group_unit_id": ["no such group of stores"]})
    if row.claimed_by is None:
        raise Conflict("claim the thread first, so that nobody else answers it", claim="nobody")
    if row.claimed_by != actor.id:
        raise ClaimTaken(
            f"{row.claimed_by_name} is on this thread",
            holder=row.claimed_by_name,
            lease_until=row.lease_until.isoformat(),
        )
    for position, line in enumerate(wanted.lines):
        if line.type not in WITHOUT_VALUE and line.amount_minor <= 0:
            raise InvalidInput(
                "say the most that this may cost",
                fields={"lines": {position: {"amount_minor": ["say the most that this may cost"]}}},
            )
        if line.type in WITHOUT_VALUE and line.amount_minor:
            raise InvalidInput(
                "this kind of promise has no amount",
                fields={"lines": {position: {"amount_minor": ["this kind of promise has no amount"]}}},
            )


def _validity(row: Any, wanted: Wanted, *, now: datetime, settings: Settings) -> tuple[datetime, datetime]:
    """From when until when; by default the policy's days, ending when the store closes."""
    start = wanted.valid_from or now
    end = wanted.valid_until
    if end is None:
        end = start + timedelta(days=settings.promise_validity_days)
        if row.place_hours is not None:
            zone = ZoneInfo(row.place_zone)
            end = closing_time_on(week_hours(row.place_hours), zone, end) or end
    if end <= start or end - now > LONGEST_VALIDITY:
        raise InvalidInput(
            "the end must lie after the start, within a year", fields={"valid_until": ["too far"]}
        )
    return start, end


def _asked(row: Any, wanted: Wanted, valid_until: datetime, replacing: Replacing | None) -> Asked:
    place = row.place_path or ([row.place_unit_id] if row.place_unit_id else [])
    return Asked(
        lines=wanted.lines,
        currency=wanted.currency or row.currency,
        store_scope=wanted.store_scope,
        place=frozenset(place),
        valid_until=valid_until,
        person_active=row.person_status == "active",
        trained_until=row.training_valid_until,
        handle_official=row.official_handle_id is None or row.official_status == "active",
        store_can=row.place_store_id is None or row.place_can,
        customer_30d_minor=int(row.customer_30d_minor) - (replacing.rest_minor if replacing else 0),
        live_promises=row.live_promises - (1 if replacing else 0),
        second_promise_reason=wanted.second_promise_reason,
    )


def _refuse(answer: Answer) -> None:
    reasons = [reason.value for reason in answer.reasons]
    if answer.reasons[0] is Reason.SECOND_PROMISE:
        raise Conflict(
            "this thread has a live promise already; give a reason for a second one", reasons=reasons
        )
    raise PromiseRefused("this promise cannot be made", reasons=reasons)


def spending(
    lines: Sequence[PromiseLine], grants: Sequence[Grant | None], *, now: datetime
) -> list[tuple[UUID, str, Any, int, int]]:
    """What each budget of the grants used would be charged: (grant, period, first day, amount, limit)."""
    uses = []
    for grant in {g.id: g for g in grants if g is not None}.values():
        total = sum(line.amount_minor for line, g in zip(lines, grants, strict=True) if g == grant)
        for period, limit, first in (
            ("day", grant.budget_day_minor, now.date()),
            ("month", grant.budget_month_minor, now.date().replace(day=1)),
        ):
            if limit is not None and total:
                uses.append((grant.id, period, first, total, limit))
    return uses


def _spend(
    act: Act, actor: Actor, lines: Sequence[PromiseLine], grants: Sequence[Grant | None], *, now: datetime
) -> bool:
    uses = spending(lines, grants, now=now)
    assert actor.id is not None
    return not uses or queries.spend(act, actor.id, uses)


def _write(
    act: Act,
    secret: str,
    row: Any,
    actor: Actor,
    *,
    wanted: Wanted,
    answer: Answer,
    reasons: tuple[Reason, ...],
    validity: tuple[datetime, datetime],
    once: Once[Made],
    now: datetime,
    settings: Settings,
    vault: Vault,
    request_id: str,
    replacing: Replacing | None,
) -> Made | Replayed:
    escalation_id = new_id()
    stream = str(escalation_id)
    authorised = sum(line.amount_minor for line in wanted.lines)
    authority = frozen_authority(row, actor, wanted, answer=answer, reasons=reasons, now=now)
    code = None if reasons else codes.draw()
    escalation = Escalation(
        id=escalation_id,
        number=row.number,
        brand_id=row.brand_id,
        status=Status.DRAFT,
        status_before=None,
        agent_id=row.person_id,
        currency=wanted.currency or row.currency,
        authorised_minor=authorised,
        remaining_minor=authorised if code else 0,
        valid_until=validity[1],
        version=0,
        head_seq=0,
        head_hash=genesis(stream),
        issued_at=now if code else None,
        code_hmac=codes.hmac_of(code, settings.code_pepper.encode()) if code else None,
        authority=authority,
    )
    link = escalation.apply(
        Action.SUBMIT if code else Action.REQUEST_APPROVAL,
        actor=actor,
        now=now,
        facts={
            "authorised_minor": authorised,
            "currency": escalation.currency,
            "lines": [line_fact(line) for line in wanted.lines],
            "store": row.place_number,
            "scope": wanted.store_scope.value,
            "valid_until": moment(validity[1]),
            "reasons": [reason.value for reason in reasons],
            "grants": [str(g.id) if g else None for g in answer.line_grants],
        },
        request_id=request_id,
    )
    made = Made(escalation_id, row.number, escalation.status, escalation.version, code, reasons, validity[1])
    kept = once.keep(row.credential_id, made)
    topic = "escalation.issued" if code else "escalation.approval_requested"
    saved = Saved(
        link=link,
        transfers=ledger.issue(escalation_id, amounts_by_grant(wanted.lines, answer.line_grants))
        if code
        else (),
        owed=Owed(topic, issued_payload(escalation, row.place_number, now=now), None),
        kept=kept,
        request_id=request_id,
    )
    values = row_values(
        row,
        wanted,
        escalation,
        validity=validity,
        answer=answer,
        code=code,
        now=now,
        settings=settings,
        vault=vault,
    )
    try:
        if replacing is None:
            open_with(act, values, [link], saved)
        else:
            replacing.end(act, by=escalation_id)
            open_with(act, values, [link], saved, commit=False)
            replacing.point(act, to=escalation_id)
    except UniqueViolation as error:
        act.rollback()
        finished = _ground(act, secret, wanted, once=once, now=now, settings=settings)
        if (replayed := once.replay(finished)) is not None:
            return replayed
        raise Conflict("this thread got a live promise a moment ago", reasons=["second_promise"]) from error
    return made
