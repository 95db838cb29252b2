"""Undo: a decision is taken back with a row of its own, within a minute, on the device that made it."""

from datetime import datetime, timedelta
from uuid import UUID

from bridge import ledger
from bridge.db import Act
from bridge.decision import Decided
from bridge.errors import Conflict, NotFound, NotPermitted
from bridge.idempotency import Once, Replayed
from bridge.lifecycle import Action
from bridge.models.base import new_id
from bridge.queries import counter as queries
from bridge.queries import decisions as decision_queries
from bridge.queries.escalations import DecisionRecord, Owed, Saved, filled, save
from bridge.roles import Actor, Permission
from bridge.services.refusals import require_right
from bridge.services.reissuing import was_issued_again_since
from bridge.settings import Settings
from bridge.telling import payload_of


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
    require_right(actor, Action.UNDO)
    found = decision_queries.lock_decision(act, decision_id)
    kept_values = {"principal": actor.credential_id, "route": once.route, "key": once.key}
    before = queries.kept_answer(act, kept_values)
    if before is not None and (replayed := once.replay(before)) is not None:
        return replayed
    if found is None or found.store_id != actor.store_id:
        raise NotFound("there is no such decision at this store")
    if found.device_id != actor.device_id:
        raise NotPermitted(
            "only the device that decided can undo it", permission=Permission.COUNTER_DECIDE.value
        )
    escalation = filled(found)
    undone_before = found.reversed_by is not None or found.decision_action == Action.UNDO
    if undone_before or (escalation.last_decision or {}).get("id") != str(decision_id):
        raise Conflict("this decision was undone, or something else was decided since")
    if was_issued_again_since(escalation.issued_at, found.happened_at):
        raise Conflict("the promise was given again since; this decision stands")
    if now - found.happened_at > timedelta(seconds=settings.undo_window_seconds):
        raise Conflict("the time to undo is over; ask the agent", window_seconds=settings.undo_window_seconds)

    escalation.remaining_minor += found.amount_minor + found.gave_up_minor
    escalation.last_decision = found.earlier_decision
    escalation.outcome = None
    reversal = new_id()
    link = escalation.apply(
        Action.UNDO,
        actor=actor,
        now=now,
        facts={"decision": str(decision_id), "reversal": str(reversal), "amount_minor": found.amount_minor},
        request_id=request_id,
    )
    assert actor.id is not None
    assert actor.device_id is not None
    assert actor.store_id is not None
    assert actor.credential_id is not None
    undone = Decided(reversal, escalation, Action.UNDO, now, found.amount_minor, None)
    save(
        act,
        escalation,
        Saved(
            link=link,
            request_id=request_id,
            kept=once.keep(actor.credential_id, undone),
            owed=Owed(
                "escalation.undone",
                payload_of(escalation, found.store_number, amount_minor=found.amount_minor, now=now),
                escalation.agent_id,
            ),
            decision=DecisionRecord(
                id=reversal,
                action=Action.UNDO.value,
                amount_minor=found.amount_minor,
                gave_up_minor=found.gave_up_minor,
                reason=None,
                reason_text=reason_text,
                customer_text="",
                receipt_ref="",
                person_id=actor.id,
                device_id=actor.device_id,
                store_id=actor.store_id,
                nonce=f"undo:{decision_id}",
                reverses_id=decision_id,
            ),
            transfers=ledger.undo(
                escalation.id,
                store_number=found.store_number,
                amount_minor=found.amount_minor,
                gave_up_minor=found.gave_up_minor,
            ),
        ),
    )
    return undone
