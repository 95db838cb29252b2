"""What a store decides: honour, honour part, decline, acknowledge, and undo; exactly once.

Two round trips: the first locks the escalation and judges it with the caller, the second
writes everything and commits. A refusal is returned, not raised, so that the attempt is stored.
"""

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from psycopg.errors import UniqueViolation

from bridge import codes, ledger, second_fact
from bridge.db import Act
from bridge.errors import Conflict, InvalidInput, NotFound, NotPermitted, NotSignedIn
from bridge.escalation import Escalation
from bridge.idempotency import Once, Replayed
from bridge.lifecycle import Action, Status, allowed_actions
from bridge.models.base import new_id
from bridge.promises import DeclineReason, SecondFact
from bridge.queries import counter as queries
from bridge.queries import decisions as decision_queries
from bridge.queries.callers import actor_of, caller_values
from bridge.queries.escalations import DecisionRecord, Owed, Saved, filled, save
from bridge.roles import Actor, Permission, can
from bridge.settings import Settings
from bridge.timeline import moment
from bridge.verdicts import MAY_HONOUR, Verdict

LOOK_UP_GOOD_FOR = timedelta(minutes=30)
_NEEDED = {
    Action.HONOUR: Permission.COUNTER_DECIDE,
    Action.DECLINE: Permission.COUNTER_DECIDE,
    Action.UNDO: Permission.COUNTER_DECIDE,
    Action.ACKNOWLEDGE: Permission.COUNTER_ACKNOWLEDGE,
}
_OPEN_FOR_DECLINE = MAY_HONOUR | {Verdict.NEEDS_APPROVAL, Verdict.NOT_YET}


@dataclass(frozen=True, slots=True)
class Asked:
    """What a store wants to do. Exactly one of `code`, `look_up_id` and `escalation_id` names the record.

    `action` is HONOUR (also for a part), DECLINE or ACKNOWLEDGE. Honouring needs a code or the
    look-up of one: the customer has to present it. `amount_minor` of None means all that remains;
    `keep_rest` says whether an unused rest stays alive. `nonce` is the device's own id of this
    decision, unique on the device for ever.
    """

    action: Action
    nonce: str
    code: str | None = None
    look_up_id: UUID | None = None
    escalation_id: UUID | None = None
    amount_minor: int | None = None
    keep_rest: bool = True
    second_fact: str | None = None
    reason: DeclineReason | None = None
    reason_text: str = ""
    customer_text: str = ""
    receipt_ref: str = ""
    set_aside_note: str = ""
    if_version: int | None = None


@dataclass(frozen=True, slots=True)
class Decided:
    """A decision that was taken and stored. `decision_id` is None for an acknowledgement."""

    decision_id: UUID | None
    escalation: Escalation
    action: Action
    at: datetime
    amount_minor: int
    undo_until: datetime | None


@dataclass(frozen=True, slots=True)
class Refusal:
    """A decision that was not taken, and why. The attempt is stored; nothing else changed."""

    verdict: Verdict
    why: str
    message: str
    row: Any
    at: datetime


@dataclass(frozen=True, slots=True)
class _Change:
    """What a decision does to the escalation, worked out before anything is written."""

    action: Action
    amount_minor: int = 0
    gave_up_minor: int = 0
    outcome: str | None = None
    topic: str = ""


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
        "typed": False,
        "undo_since": now - timedelta(seconds=settings.undo_window_seconds),
        "route": once.route,
        "key": once.key,
    }
    row = queries.lock_for_decision(act, values)
    if row is None:
        raise NotSignedIn("sign in first")
    actor = actor_of(row)
    if (replayed := once.replay(row)) is not None:
        return replayed
    _require_right(actor, asked.action)

    def answered_meanwhile() -> Replayed | None:
        # The first request with this key may have finished while we waited for the lock.
        finished = queries.kept_answer(act, {**values, "principal": actor.credential_id})
        return None if finished is None else once.replay(finished)

    refusal = _why_not(row, asked, now=now, settings=settings)
    if refusal is not None:
        if (replayed := answered_meanwhile()) is not None:
            return replayed
        return _store_refusal(act, row, actor, refusal, code_hmac=code_hmac, request_id=request_id)

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
        raise Conflict("this device already sent a decision with this id", nonce=asked.nonce) from error
    return decided


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
    _require_right(actor, Action.UNDO)
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
            owed=_owed(escalation, "escalation.undone", found.store_number, found.amount_minor, now=now),
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


def _hmac(code: str | None, settings: Settings) -> bytes | None:
    parsed = codes.parse(code) if code is not None else None
    return codes.hmac_of(parsed.code, settings.code_pepper.encode()) if parsed and parsed.code else None


def _require_right(actor: Actor, action: Action) -> None:
    needed = _NEEDED.get(action)
    if needed is None:
        raise InvalidInput("a store cannot do that", fields={"action": ["honour, decline or acknowledge"]})
    if actor.store_id is None or actor.kind != "person" or not can(actor, needed, at=actor.store_path):
        raise NotPermitted("your role at this store does not allow that", permission=needed.value)
    if actor.device_id is None:
        raise NotPermitted("decisions need a named device", permission=needed.value)


def _why_not(row: Any, asked: Asked, *, now: datetime, settings: Settings) -> Refusal | None:
    """The refusal that the record, the customer or the amount calls for; None when it may go on."""
    verdict = Verdict(row.verdict)

    def because(why: str, message: str, *, instead: Verdict = verdict) -> Refusal:
        return Refusal(instead, why, message, row if row.id else None, now)

    if row.id is None:
        return because("unknown", "No promise has this code.", instead=Verdict.UNKNOWN)
    if asked.if_version is not None and asked.if_version != row.version:
        return because("changed", "The promise changed a moment ago; look again.")
    if asked.action is Action.ACKNOWLEDGE:
        if verdict is Verdict.OTHER_STORE:
            return because(verdict.value, "This promise is for another store.")
        if Action.ACKNOWLEDGE not in allowed_actions(Status(row.status)):
            return because("illegal_action", f"The promise is {row.status}; it cannot be acknowledged.")
        return None
    if asked.action is Action.DECLINE:
        if verdict not in _OPEN_FOR_DECLINE:
            return because(verdict.value, "There is nothing left to decline.")
        if asked.reason is None:
            raise InvalidInput("a decline needs a reason", fields={"reason": ["choose a reason"]})
        if asked.reason is DeclineReason.OTHER and not asked.reason_text.strip():
            raise InvalidInput("say what the reason is", fields={"reason_text": ["say what the reason is"]})
        return None
    if asked.escalation_id is not None:
        raise InvalidInput("honouring needs the customer's code", fields={"code": ["present the code"]})
    wanted = row.remaining_minor if asked.amount_minor is None else asked.amount_minor
    within_own_limit = verdict is Verdict.NEEDS_APPROVAL and wanted <= row.own_limit_minor
    if verdict not in MAY_HONOUR and not within_own_limit:
        return because(verdict.value, "This code cannot be honoured now.")
    if wanted > row.remaining_minor:
        return because("over_remaining", "That is more than what is left of the promise.")
    if asked.amount_minor == 0 and row.authorised_minor:
        raise InvalidInput("an amount of nothing is a decline", fields={"amount_minor": ["must be positive"]})
    return _wrong_fact(row, asked, because, settings)


def _wrong_fact(
    row: Any, asked: Asked, because: Callable[[str, str], Refusal], settings: Settings
) -> Refusal | None:
    if row.second_fact is None:
        return None
    if not asked.second_fact:
        return because("second_fact_missing", "Ask the customer for the second fact.")
    right = second_fact.matches(
        SecondFact(row.second_fact),
        asked.second_fact,
        escalation_id=row.id,
        pepper=settings.code_pepper,
        expected=bytes(row.second_fact_hmac),
    )
    return None if right else because("second_fact_wrong", "That is not what the agent noted.")


def _store_refusal(
    act: Act, row: Any, actor: Actor, refusal: Refusal, *, code_hmac: bytes | None, request_id: str
) -> Refusal:
    """Keep the attempt and commit. The third wrong second fact freezes the record, not the store."""
    attempt = {
        "id": new_id(),
        "now": refusal.at,
        "escalation_id": row.id,
        "typed_hmac": code_hmac if row.id is None else None,
        "verdict": refusal.verdict.value,
        "person_id": actor.id,
        "credential_id": actor.credential_id,
        "device_id": actor.device_id,
        "store_id": actor.store_id,
    }
    if refusal.why != "second_fact_wrong":
        queries.note_refusal(act, attempt)
        return refusal
    escalation = filled(row)
    escalation.second_fact_failures += 1
    if escalation.second_fact_failures < second_fact.WRONG_UNTIL_FROZEN:
        queries.count_wrong_fact(act, attempt)
        return refusal
    escalation.frozen_at = refusal.at
    link = escalation.apply(
        Action.FREEZE,
        actor=actor,
        now=refusal.at,
        facts={"wrong_facts": escalation.second_fact_failures},
        request_id=request_id,
    )
    queries.note_refusal_in(act, attempt)
    owed = _owed(escalation, "escalation.frozen", row.caller_store_number, 0, now=refusal.at)
    save(act, escalation, Saved(link=link, owed=owed, request_id=request_id))
    return replace(refusal, verdict=Verdict.LOCKED_CODE, why="second_fact_frozen")


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
        owed = _owed(escalation, change.topic, row.caller_store_number, 0, now=now)
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
        },
        request_id=request_id,
    )
    saved = Saved(
        link=link,
        request_id=request_id,
        owed=_owed(
            escalation, change.topic, row.caller_store_number, change.amount_minor, now=now, reason=reason
        ),
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
    escalation: Escalation,
    topic: str,
    store_number: str,
    amount_minor: int,
    *,
    now: datetime,
    reason: str | None = None,
) -> Owed:
    """What the agent's board and the receivers are told: thin, and without personal data."""
    return Owed(
        topic=topic,
        board_of=escalation.agent_id,
        payload={
            "escalation_id": str(escalation.id),
            "number": escalation.number,
            "status": escalation.status.value,
            "outcome": escalation.outcome,
            "amount_minor": amount_minor,
            "remaining_minor": escalation.remaining_minor,
            "currency": escalation.currency,
            "store_number": store_number,
            "reason": reason,
            "happened_at": moment(now),
        },
    )
