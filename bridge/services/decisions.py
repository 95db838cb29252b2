"""What a store decides: honour, honour part, decline, acknowledge, and undo; exactly once.

Two round trips: the first locks the escalation and judges it with the caller, the second
writes everything and commits. A refusal is returned, not raised, so that the attempt is stored.
"""

from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from hashlib import sha256
from typing import Any

from psycopg.errors import UniqueViolation

from bridge import codes, ledger
from bridge.db import Act
from bridge.decision import LOOK_UP_GOOD_FOR, Asked, Decided, Refusal
from bridge.errors import Conflict
from bridge.escalation import Escalation
from bridge.idempotency import Once, Replayed
from bridge.lifecycle import Action
from bridge.models.base import new_id
from bridge.queries import counter as queries
from bridge.queries.callers import actor_of, caller_values, nobody
from bridge.queries.escalations import DecisionRecord, Owed, Saved, filled, save
from bridge.roles import Actor
from bridge.services.guessing import count_guess
from bridge.services.refusals import keep_refusal, require_right, why_not
from bridge.settings import Settings
from bridge.telling import payload_of
from bridge.timeline import moment
from bridge.verdicts import Verdict

NONCE_CHARACTERS = 64


@dataclass(frozen=True, slots=True)
class _Change:
    """What a decision does to the escalation, worked out before anything is written."""

    action: Action
    amount_minor: int = 0
    gave_up_minor: int = 0
    outcome: str | None = None
    topic: str = ""


def nonce_of(key: str) -> str:
    """A decision's own id when the device gives none: its Idempotency-Key, in 64 signs at most."""
    return key if len(key) <= NONCE_CHARACTERS else sha256(key.encode()).hexdigest()


def decide(
    act: Act,
    secret: str,
    asked: Asked,
    *,
    once: Once[Decided],
    now: datetime,
    settings: Settings,
    request_id: str = "",
) -> Decided | Refusal | Replayed:
    """Lock, judge, change and record one decision; commits.

    The same Idempotency-Key gives the stored answer again. Raises NotSignedIn, NotPermitted,
    InvalidInput, and Conflict when the device's nonce was used for another decision.
    """
    code_hmac = _hmac(asked.code, settings)
    values = {
        **caller_values(secret, now=now, settings=settings),
        "code_hmac": code_hmac,
        "look_up_id": asked.look_up_id,
        "look_up_since": now - LOOK_UP_GOOD_FOR,
        "escalation_id": asked.escalation_id,
        "step_up_id": asked.step_up_id,
        "typed": asked.code is not None,
        "undo_since": now - timedelta(seconds=settings.undo_window_seconds),
        "ended_before": now - timedelta(seconds=settings.expiry_grace_seconds),
        "route": once.route,
        "key": once.key,
    }
    row = queries.lock_for_decision(act, values)
    if row is None:
        raise nobody(act.ask, secret, now=now, settings=settings)
    actor = actor_of(row)
    if (replayed := once.replay(row)) is not None:
        return replayed
    require_right(actor, asked.action, has_second_person=asked.step_up_id is not None)

    def answered_meanwhile() -> Replayed | None:
        # The first request with this key may have finished while we waited for the lock.
        finished = queries.kept_answer(act, {**values, "principal": actor.credential_id})
        return None if finished is None else once.replay(finished)

    refusal = why_not(row, asked, now=now, settings=settings)
    if refusal is not None:
        if (replayed := answered_meanwhile()) is not None:
            return replayed
        kept = keep_refusal(act, row, actor, refusal, code_hmac=code_hmac, request_id=request_id)
        if kept.verdict is Verdict.UNKNOWN and code_hmac is not None:
            count_guess(act.alone(), actor, now=now, settings=settings)
        return kept

    escalation = filled(row)
    change = _change_for(escalation, asked)
    decided, saved = _carry_out(
        escalation, row, actor, asked, change, now=now, settings=settings, request_id=request_id
    )
    assert actor.credential_id is not None
    try:
        save(act, escalation, replace(saved, kept=once.keep(actor.credential_id, decided)))
    except UniqueViolation as error:
        act.rollback()
        if (replayed := answered_meanwhile()) is not None:
            return replayed
        if error.diag.constraint_name == "uq_decisions_step_up_id":
            raise Conflict("this manager's yes was used; ask again") from error
        raise Conflict("this device already sent a decision with this id", nonce=asked.nonce) from error
    return decided


def _hmac(code: str | None, settings: Settings) -> bytes | None:
    parsed = codes.parse(code) if code is not None else None
    return codes.hmac_of(parsed.code, settings.code_pepper.encode()) if parsed and parsed.code else None


def _change_for(escalation: Escalation, asked: Asked) -> _Change:
    """Which action of the life this is, and what it moves."""
    if asked.action is Action.ACKNOWLEDGE:
        return _Change(Action.ACKNOWLEDGE, topic="escalation.acknowledged")
    rest = escalation.remaining_minor
    if asked.action is Action.DECLINE:
        return _Change(Action.DECLINE, gave_up_minor=rest, outcome="declined", topic="escalation.declined")
    amount = rest if asked.amount_minor is None else asked.amount_minor
    if amount == rest:
        gave_something_before = rest < escalation.authorised_minor
        outcome = "answered" if escalation.authorised_minor == 0 else "honoured_full"
        return _Change(
            Action.HONOUR,
            amount,
            outcome="honoured_full" if gave_something_before else outcome,
            topic="escalation.honoured",
        )
    if asked.keep_rest:
        return _Change(Action.HONOUR_PART, amount, topic="escalation.honoured_part")
    return _Change(
        Action.GIVE_UP_REST, amount, rest - amount, outcome="honoured_part", topic="escalation.honoured_part"
    )


def _carry_out(
    escalation: Escalation,
    row: Any,
    actor: Actor,
    asked: Asked,
    change: _Change,
    *,
    now: datetime,
    settings: Settings,
    request_id: str,
) -> tuple[Decided, Saved]:
    """Change the escalation in memory and say what has to be written."""
    escalation.remaining_minor -= change.amount_minor + change.gave_up_minor
    escalation.outcome = change.outcome
    if change.action is Action.ACKNOWLEDGE:
        escalation.acknowledged_at, escalation.acknowledged_by = now, actor.id
        escalation.set_aside_note = asked.set_aside_note
        link = escalation.apply(change.action, actor=actor, now=now, facts={}, request_id=request_id)
        owed = _owed(escalation, change, row.caller_store_number, now=now)
        decided = Decided(None, escalation, change.action, now, 0, None)
        return decided, Saved(link=link, owed=owed, request_id=request_id)

    decision_id = new_id()
    assert actor.id is not None
    assert actor.device_id is not None
    assert actor.store_id is not None
    reason = asked.reason.value if asked.reason else None
    escalation.last_decision = {
        "id": str(decision_id),
        "action": change.action.value,
        "at": moment(now),
        "amount_minor": change.amount_minor,
        "gave_up_minor": change.gave_up_minor,
        "reason": reason,
        "store_number": row.caller_store_number,
        "store_name": row.caller_store_name,
        "person": row.caller_name,
        "device": row.device_name,
        "device_id": str(actor.device_id),
        "second_person": row.approver_name,
    }
    link = escalation.apply(
        change.action,
        actor=actor,
        now=now,
        facts={
            "decision": str(decision_id),
            "amount_minor": change.amount_minor,
            "gave_up_minor": change.gave_up_minor,
            "reason": reason,
            **({"second_person": str(row.approver_id)} if row.step_up_id else {}),
        },
        request_id=request_id,
    )
    saved = Saved(
        link=link,
        request_id=request_id,
        owed=_owed(escalation, change, row.caller_store_number, now=now, reason=reason),
        decision=DecisionRecord(
            id=decision_id,
            action=_STORED_AS[change.action],
            amount_minor=change.amount_minor,
            gave_up_minor=change.gave_up_minor,
            reason=reason,
            reason_text=asked.reason_text,
            customer_text=asked.customer_text,
            receipt_ref=asked.receipt_ref,
            person_id=actor.id,
            device_id=actor.device_id,
            store_id=actor.store_id,
            nonce=asked.nonce,
            second_person_id=row.approver_id if row.step_up_id else None,
            step_up_id=row.step_up_id,
        ),
        transfers=ledger.redeem(
            escalation.id,
            store_number=row.caller_store_number,
            amount_minor=change.amount_minor,
            gave_up_minor=change.gave_up_minor,
        ),
    )
    undo_until = now + timedelta(seconds=settings.undo_window_seconds)
    return Decided(decision_id, escalation, change.action, now, change.amount_minor, undo_until), saved


_STORED_AS = {
    Action.HONOUR: "honour",
    Action.HONOUR_PART: "honour_part",
    Action.GIVE_UP_REST: "honour_part",
    Action.DECLINE: "decline",
}


def _owed(
    escalation: Escalation, change: _Change, store_number: str, *, now: datetime, reason: str | None = None
) -> Owed:
    payload = payload_of(escalation, store_number, amount_minor=change.amount_minor, now=now, reason=reason)
    return Owed(change.topic, payload, escalation.agent_id)
