"""Approve, reject or cancel a promise that was over its author's right.

The approver's own right must cover the promise, and the approver is never the author: the
rule is checked here and again by the database. What is frozen is the approver's grant.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from bridge import ledger
from bridge.authority import CARRIED_BY_APPROVAL, Answer, Asked, check
from bridge.db import Act
from bridge.errors import FourEyes, NotFound, NotPermitted, VersionMismatch
from bridge.escalation import Escalation
from bridge.idempotency import Once, Replayed
from bridge.lifecycle import Action, Status, next_status
from bridge.promises import PromiseLine, StoreScope
from bridge.queries import counter as counter_queries
from bridge.queries import promises as queries
from bridge.queries.callers import actor_of, caller_values, nobody
from bridge.queries.escalations import Owed, Saved, filled, save
from bridge.roles import Actor, Permission, can
from bridge.services.coding import new_code
from bridge.services.issuing import amounts_by_grant, issued_payload, line_of
from bridge.services.promises import CUSTOMER_WINDOW, assignments_of, spending
from bridge.settings import Settings
from bridge.timeline import moment
from bridge.vault import Vault


@dataclass(frozen=True, slots=True)
class Settled:
    """A request for approval that was settled. `code` is set when it was approved."""

    id: UUID
    number: int
    status: Status
    version: int
    code: str | None


@dataclass(frozen=True, slots=True)
class _Ground:
    row: Any
    actor: Actor
    escalation: Escalation


def approve(
    act: Act,
    secret: str,
    escalation_id: UUID,
    *,
    reason: str,
    if_version: int | None,
    once: Once[Settled],
    now: datetime,
    settings: Settings,
    vault: Vault,
    request_id: str = "",
) -> Settled | Replayed:
    """Issue the promise under the approver's own right; commits.

    Raises NotSignedIn, NotPermitted, NotFound, FourEyes (the author, or a right that does not cover
    the promise), IllegalAction when nothing waits for approval, and VersionMismatch.
    """
    needed = Permission.PROMISES_APPROVE
    ground = _ground(act, secret, escalation_id, needed, once=once, now=now, settings=settings)
    if isinstance(ground, Replayed):
        return ground
    row, actor, escalation = ground.row, ground.actor, ground.escalation
    _require_approver(ground, if_version)
    next_status(escalation.status, Action.APPROVE, before=escalation.status_before)
    lines = [line_of(values) for values in row.lines]
    answer = _check_right(ground, lines, now=now)
    uses = spending(lines, answer.line_grants, now=now)
    assert actor.id is not None
    if uses and not queries.spend(act, actor.id, uses):
        raise FourEyes("your own budget does not cover this promise", reasons=["budget"])
    code, code_hmac = new_code(act, escalation.id, now=now, settings=settings, vault=vault)
    escalation.code_hmac = code_hmac
    escalation.remaining_minor = escalation.authorised_minor
    escalation.issued_at = now
    escalation.authority = _with_approver(escalation.authority or {}, actor, row, answer, now=now)
    link = escalation.apply(
        Action.APPROVE,
        actor=actor,
        now=now,
        facts={"grants": [str(grant.id) if grant else None for grant in answer.line_grants]},
        request_id=request_id,
    )
    queries.settle_approval(
        act, escalation.id, state="approved", approver_id=actor.id, reason=reason, now=now
    )
    settled = Settled(escalation.id, escalation.number, escalation.status, escalation.version, code)
    saved = Saved(
        link=link,
        transfers=ledger.issue(escalation.id, amounts_by_grant(lines, answer.line_grants)),
        owed=Owed(
            "escalation.approved", issued_payload(escalation, row.place_number, now=now), escalation.agent_id
        ),
        kept=once.keep(row.credential_id, settled),
        request_id=request_id,
    )
    save(act, escalation, saved)
    return settled


def reject(
    act: Act,
    secret: str,
    escalation_id: UUID,
    *,
    reason: str,
    if_version: int | None,
    once: Once[Settled],
    now: datetime,
    settings: Settings,
    request_id: str = "",
) -> Settled | Replayed:
    """Refuse the request, with the reason for the author; commits. Raises as `approve` does."""
    needed = Permission.PROMISES_APPROVE
    ground = _ground(act, secret, escalation_id, needed, once=once, now=now, settings=settings)
    if isinstance(ground, Replayed):
        return ground
    _require_approver(ground, if_version)
    return _end(
        act, ground, Action.REJECT, state="rejected", reason=reason, once=once, now=now, request_id=request_id
    )


def cancel(
    act: Act,
    secret: str,
    escalation_id: UUID,
    *,
    reason: str,
    if_version: int | None,
    once: Once[Settled],
    now: datetime,
    settings: Settings,
    request_id: str = "",
) -> Settled | Replayed:
    """Take a promise back before it was issued; only its author may; commits."""
    needed = Permission.PROMISES_WRITE
    ground = _ground(act, secret, escalation_id, needed, once=once, now=now, settings=settings)
    if isinstance(ground, Replayed):
        return ground
    if ground.escalation.agent_id != ground.actor.id:
        raise NotPermitted("only its author can cancel it", permission=Permission.PROMISES_WRITE.value)
    _require_version(ground, if_version)
    return _end(
        act,
        ground,
        Action.CANCEL,
        state="withdrawn",
        reason=reason,
        once=once,
        now=now,
        request_id=request_id,
    )


def _ground(
    act: Act,
    secret: str,
    escalation_id: UUID,
    needed: Permission,
    *,
    once: Once[Settled],
    now: datetime,
    settings: Settings,
) -> _Ground | Replayed:
    row = queries.lock_for_approval(
        act,
        {
            **caller_values(secret, now=now, settings=settings),
            "id": escalation_id,
            "customer_since": now - CUSTOMER_WINDOW,
            "route": once.route,
            "key": once.key,
        },
    )
    if row is None:
        raise nobody(act.ask, secret, now=now, settings=settings)
    if (replayed := once.replay(row)) is not None:
        return replayed
    actor = actor_of(row, tuple(assignments_of(row)))
    # The first request with this key may have finished while we waited for the lock.
    kept = {"principal": row.credential_id, "route": once.route, "key": once.key}
    finished = counter_queries.kept_answer(act, kept)
    if finished is not None and (replayed := once.replay(finished)) is not None:
        return replayed
    # Before the record: whether an id exists is not for callers without the right.
    if actor.kind != "person" or not can(actor, needed):
        raise NotPermitted("your role does not allow that", permission=needed.value)
    if row.id is None:
        raise NotFound("there is no such escalation")
    return _Ground(row, actor, filled(row))


def _require_approver(ground: _Ground, if_version: int | None) -> None:
    place = ground.row.place_path or ()
    if not can(ground.actor, Permission.PROMISES_APPROVE, at=place):
        raise NotPermitted(
            "your role does not approve promises", permission=Permission.PROMISES_APPROVE.value
        )
    if ground.escalation.agent_id == ground.actor.id:
        raise FourEyes("nobody approves their own promise")
    _require_version(ground, if_version)


def _require_version(ground: _Ground, if_version: int | None) -> None:
    if if_version is not None and if_version != ground.escalation.version:
        raise VersionMismatch("the escalation changed since you read it", version=ground.escalation.version)


def _check_right(ground: _Ground, lines: Sequence[PromiseLine], *, now: datetime) -> Answer:
    row = ground.row
    place = row.place_path or ([row.scope_unit_id] if row.scope_unit_id else [])
    answer = check(
        Asked(
            lines=lines,
            currency=ground.escalation.currency,
            store_scope=StoreScope(row.store_scope),
            place=frozenset(place),
            valid_until=ground.escalation.valid_until,
            person_active=row.person_status == "active",
            trained_until=row.training_valid_until,
            handle_official=True,
            store_can=row.place_can,
            customer_30d_minor=int(row.customer_30d_minor),
            live_promises=0,
            second_promise_reason=None,
        ),
        map(queries.grant_of, row.grants),
        now=now,
    )
    if answer.reasons:
        covered = set(answer.reasons) <= CARRIED_BY_APPROVAL
        message = (
            "your own right does not cover this promise" if covered else "this promise cannot be approved"
        )
        raise FourEyes(message, reasons=[reason.value for reason in answer.reasons])
    return answer


def _end(
    act: Act,
    ground: _Ground,
    action: Action,
    *,
    state: str,
    reason: str,
    once: Once[Settled],
    now: datetime,
    request_id: str,
) -> Settled:
    escalation, actor = ground.escalation, ground.actor
    link = escalation.apply(action, actor=actor, now=now, facts={}, request_id=request_id)
    approver = actor.id if action is Action.REJECT else None
    queries.settle_approval(act, escalation.id, state=state, approver_id=approver, reason=reason, now=now)
    settled = Settled(escalation.id, escalation.number, escalation.status, escalation.version, None)
    board = escalation.agent_id if action is Action.REJECT else None
    topic = f"escalation.{escalation.status}"
    saved = Saved(
        link=link,
        owed=Owed(topic, issued_payload(escalation, ground.row.place_number, now=now), board),
        kept=once.keep(ground.row.credential_id, settled),
        request_id=request_id,
    )
    save(act, escalation, saved)
    return settled


def _with_approver(
    authority: dict[str, Any], actor: Actor, row: Any, answer: Answer, *, now: datetime
) -> dict[str, Any]:
    role = row.assignments[0].split("@", 3)[0] if row.assignments else ""
    return {
        **authority,
        "result": "approved",
        "approved_by": {"id": str(actor.id), "name": actor.name, "role": role, "at": moment(now)},
        "lines": [
            {**line, "grant": grant.frozen() if grant else None}
            for line, grant in zip(authority.get("lines", []), answer.line_grants, strict=True)
        ],
    }
