"""Take a decision back with a row of its own: undone within a minute on the device, or annulled.

Both leave the decision where it is and add its reversal; the value stands on the promise again.
Undoing is for a slip of the finger, annulling for a manager who finds the mistake later.
"""

from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from psycopg.errors import UniqueViolation

from bridge import ledger
from bridge.db import Act
from bridge.decision import Decided
from bridge.errors import Conflict, NotFound, NotPermitted
from bridge.idempotency import Once, Replayed
from bridge.lifecycle import Action, next_status
from bridge.models.base import new_id
from bridge.queries import counter as queries
from bridge.queries import decisions as decision_queries
from bridge.queries.escalations import DecisionRecord, Owed, Saved, filled, save
from bridge.roles import Actor, Permission
from bridge.services.refusals import require_right
from bridge.services.reissuing import was_issued_again_since
from bridge.settings import Settings
from bridge.telling import payload_of

_TOPICS = {Action.UNDO: "escalation.undone", Action.ANNUL: "escalation.annulled"}


def undo(
    act: Act,
    actor: Actor,
    decision_id: UUID,
    *,
    reason_text: str,
    once: Once[Decided],
    now: datetime,
    settings: Settings,
    request_id: str = "",
) -> Decided | Replayed:
    """Take a decision back with a reversal row, within the window, on the device that made it; commits.

    Raises NotFound outside the actor's store, NotPermitted on another device, and Conflict when the
    window is over, it was undone before, or something happened since.
    """
    found = _found(act, actor, decision_id, once)
    if isinstance(found, Replayed):
        return found
    if found.device_id != actor.device_id:
        raise NotPermitted(
            "only the device that decided can undo it", permission=Permission.COUNTER_DECIDE.value
        )
    window = settings.undo_window_seconds
    if now - found.happened_at > timedelta(seconds=window):
        _require_standing(found, decision_id)
        raise Conflict("the time to undo is over; a manager can annul it", window_seconds=window)
    return _reverse(
        act,
        actor,
        found,
        decision_id,
        Action.UNDO,
        reason_text=reason_text,
        once=once,
        now=now,
        request_id=request_id,
    )


def annul(
    act: Act,
    actor: Actor,
    decision_id: UUID,
    *,
    reason_text: str,
    once: Once[Decided],
    now: datetime,
    settings: Settings,
    request_id: str = "",
) -> Decided | Replayed:
    """Take a decision of the own store back, on any device, within the longer window; commits.

    Raises NotPermitted for who is no manager, NotFound outside the actor's store, IllegalAction when
    the case has moved on, and Conflict as `undo` does.
    """
    found = _found(act, actor, decision_id, once)
    if isinstance(found, Replayed):
        return found
    escalation = filled(found)
    next_status(escalation.status, Action.ANNUL, before=escalation.status_before)
    window = settings.annul_window_seconds
    if now - found.happened_at > timedelta(seconds=window):
        raise Conflict("the time to annul is over; ask the care team", window_seconds=window)
    return _reverse(
        act,
        actor,
        found,
        decision_id,
        Action.ANNUL,
        reason_text=reason_text,
        once=once,
        now=now,
        request_id=request_id,
    )


def _found(act: Act, actor: Actor, decision_id: UUID, once: Once[Decided]) -> Any:
    """The locked decision of the actor's own store, or the stored answer of the same key."""
    require_right(actor, Action.UNDO)
    found = decision_queries.lock_decision(act, decision_id)
    kept_values = {"principal": actor.credential_id, "route": once.route, "key": once.key}
    before = queries.kept_answer(act, kept_values)
    if before is not None and (replayed := once.replay(before)) is not None:
        return replayed
    if found is None or found.store_id != actor.store_id:
        raise NotFound("there is no such decision at this store")
    return found


def _require_standing(found: Any, decision_id: UUID) -> None:
    undone_before = found.reversed_by is not None or found.decision_action == Action.UNDO
    if undone_before or (found.last_decision or {}).get("id") != str(decision_id):
        raise Conflict("this decision was undone, or something else was decided since")
    if was_issued_again_since(found.issued_at, found.happened_at):
        raise Conflict("the promise was given again since; this decision stands")


def _reverse(
    act: Act,
    actor: Actor,
    found: Any,
    decision_id: UUID,
    action: Action,
    *,
    reason_text: str,
    once: Once[Decided],
    now: datetime,
    request_id: str,
) -> Decided:
    _require_standing(found, decision_id)
    escalation = filled(found)
    escalation.remaining_minor += found.amount_minor + found.gave_up_minor
    escalation.last_decision = found.earlier_decision
    escalation.outcome = None
    reversal = new_id()
    link = escalation.apply(
        action,
        actor=actor,
        now=now,
        facts={"decision": str(decision_id), "reversal": str(reversal), "amount_minor": found.amount_minor},
        request_id=request_id,
    )
    assert actor.id is not None
    assert actor.device_id is not None
    assert actor.store_id is not None
    assert actor.credential_id is not None
    undone = Decided(reversal, escalation, action, now, found.amount_minor, None)
    saved = Saved(
        link=link,
        request_id=request_id,
        kept=once.keep(actor.credential_id, undone),
        owed=Owed(
            _TOPICS[action],
            payload_of(escalation, found.store_number, amount_minor=found.amount_minor, now=now),
            escalation.agent_id,
        ),
        decision=DecisionRecord(
            id=reversal,
            action=Action.UNDO.value,  # the reversal's row; the timeline says how it came about
            amount_minor=found.amount_minor,
            gave_up_minor=found.gave_up_minor,
            reason=None,
            reason_text=reason_text,
            customer_text="",
            receipt_ref="",
            person_id=actor.id,
            device_id=actor.device_id,
            store_id=actor.store_id,
            nonce=f"{action}:{decision_id}",
            reverses_id=decision_id,
        ),
        transfers=ledger.undo(
            escalation.id,
            store_number=found.store_number,
            amount_minor=found.amount_minor,
            gave_up_minor=found.gave_up_minor,
        ),
    )
    try:
        save(act, escalation, saved)
    except UniqueViolation as error:
        if error.diag.constraint_name != "uq_escalations_live_thread":
            raise
        raise Conflict("this thread has got another live promise since; this decision stands") from error
    return undone
