"""Why a decision is not taken: the record, the customer or the amount; and the attempt is kept.

An expected refusal is returned, so that the attempt is stored; a caller without the right is
raised, because nobody should learn more than that.
"""

from collections.abc import Callable
from dataclasses import replace
from datetime import datetime
from typing import Any

from bridge import second_fact
from bridge.db import Act
from bridge.decision import Asked, Refusal
from bridge.errors import InvalidInput, NotPermitted
from bridge.lifecycle import Action, Status, allowed_actions
from bridge.models.base import new_id
from bridge.promises import DeclineReason, SecondFact
from bridge.queries import counter as queries
from bridge.queries.escalations import Owed, Saved, filled, save
from bridge.roles import Actor, Permission, can
from bridge.settings import Settings
from bridge.telling import payload_of
from bridge.verdicts import MAY_HONOUR, Verdict

_NEEDED = {
    Action.HONOUR: Permission.COUNTER_DECIDE,
    Action.DECLINE: Permission.COUNTER_DECIDE,
    Action.UNDO: Permission.COUNTER_DECIDE,
    Action.ACKNOWLEDGE: Permission.COUNTER_ACKNOWLEDGE,
}
_OPEN_FOR_DECLINE = MAY_HONOUR | {Verdict.NEEDS_APPROVAL, Verdict.NOT_YET}


def require_right(actor: Actor, action: Action, *, has_second_person: bool = False) -> None:
    """Raise NotPermitted unless the actor's role at the actor's store, and a named device, allow it.

    With a manager's yes the right to check codes is enough; what it covers is judged by `why_not`.
    """
    needed = _NEEDED.get(action)
    if needed is None:
        raise InvalidInput("a store cannot do that", fields={"action": ["honour, decline or acknowledge"]})
    if has_second_person:
        needed = Permission.COUNTER_LOOK_UP
    if actor.store_id is None or actor.kind != "person" or not can(actor, needed, at=actor.store_path):
        raise NotPermitted("your role at this store does not allow that", permission=needed.value)
    if actor.device_id is None:
        raise NotPermitted("decisions need a named device", permission=needed.value)


def why_not(row: Any, asked: Asked, *, now: datetime, settings: Settings) -> Refusal | None:
    """The refusal that the record, the customer or the amount calls for; None when it may go on."""
    verdict = Verdict(row.verdict)

    def because(why: str, message: str, *, instead: Verdict = verdict) -> Refusal:
        return Refusal(instead, why, message, row if row.id else None, now)

    if verdict is Verdict.LOCKED_TRIES:  # says nothing about the code, not even whether it exists
        return Refusal(verdict, verdict.value, "Typing codes is paused on this screen.", None, now)
    if row.id is None:
        return because("unknown", "No promise has this code.", instead=Verdict.UNKNOWN)
    if asked.if_version is not None and asked.if_version != row.version:
        return because("changed", "The promise changed a moment ago; look again.")
    if asked.step_up_id is not None and (uncovered := _not_covered(row, asked)) is not None:
        return because("step_up_over", uncovered)
    if asked.action is Action.ACKNOWLEDGE:
        if verdict is Verdict.OTHER_STORE:
            return because(verdict.value, "This promise is for another store.")
        if Action.ACKNOWLEDGE not in allowed_actions(Status(row.status)):
            return because("illegal_action", f"The promise is {row.status}; it cannot be acknowledged.")
        return None
    if asked.action is Action.DECLINE:
        if verdict not in _OPEN_FOR_DECLINE and not (asked.step_up_id and verdict is Verdict.NO_PERMISSION):
            return because(verdict.value, "There is nothing left to decline.")
        if asked.reason is None:
            raise InvalidInput("a decline needs a reason", fields={"reason": ["choose a reason"]})
        if asked.reason is DeclineReason.OTHER and not asked.reason_text.strip():
            raise InvalidInput("say what the reason is", fields={"reason_text": ["say what the reason is"]})
        return None
    if asked.escalation_id is not None:
        raise InvalidInput("honouring needs the customer's code", fields={"code": ["present the code"]})
    wanted = row.remaining_minor if asked.amount_minor is None else asked.amount_minor
    given_before = row.authorised_minor - row.remaining_minor
    within_own_limit = verdict is Verdict.NEEDS_APPROVAL and given_before + wanted <= row.own_limit_minor
    if verdict not in MAY_HONOUR and not within_own_limit and not _carried(row, wanted):
        return because(verdict.value, "This code cannot be honoured now.")
    if wanted > row.remaining_minor:
        return because("over_remaining", "That is more than what is left of the promise.")
    if asked.amount_minor == 0 and row.authorised_minor:
        raise InvalidInput("an amount of nothing is a decline", fields={"amount_minor": ["must be positive"]})
    return _wrong_fact(row, asked, because, settings)


def _not_covered(row: Any, asked: Asked) -> str | None:
    """Why the manager's yes does not count for what is asked; None when it does."""
    if row.step_up_id is None:
        return "The manager's yes was used, or is older than a minute; ask again."
    wanted = row.remaining_minor if asked.amount_minor is None else asked.amount_minor
    bound = (row.step_up_action, row.step_up_amount, row.step_up_keep_rest, row.step_up_version)
    if bound != (asked.action.value, wanted, asked.keep_rest, row.version):
        return "The manager said yes to something else; ask again."
    if not row.approver_may or row.approver_id == row.agent_id:
        return "This manager may not say yes to it; ask another one."
    return None


def _carried(row: Any, wanted: int) -> bool:
    """Whether a manager's yes, which fits what is asked, carries the amount."""
    if row.step_up_id is None or Verdict(row.verdict) not in {
        Verdict.NO_PERMISSION,
        Verdict.NEEDS_APPROVAL,
    }:
        return False
    given_before = row.authorised_minor - row.remaining_minor
    return row.level != "recommend" or bool(given_before + wanted <= row.approver_limit_minor)


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


def keep_refusal(
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
    payload = payload_of(escalation, row.caller_store_number, amount_minor=0, now=refusal.at)
    owed = Owed("escalation.frozen", payload, escalation.agent_id)
    save(act, escalation, Saved(link=link, owed=owed, request_id=request_id))
    return replace(refusal, verdict=Verdict.LOCKED_CODE, why="second_fact_frozen")
