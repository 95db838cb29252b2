"""A manager says yes to one decision of a colleague: this case, this act, this amount, within a minute.

The manager's PIN (or password) is typed on the colleague's screen. What follows is a row that one
decision may name (`services/decisions.py`); a second one, another amount, another case or a case
that changed meanwhile is refused. Whoever promised cannot be the one who says yes.
Source: docs/decisions/0019-a-yes-is-a-row.md.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any
from uuid import UUID

from sqlmodel import Session

from bridge.db import Connection
from bridge.decision import LOOK_UP_GOOD_FOR
from bridge.errors import InvalidInput, NotFound, NotPermitted
from bridge.lifecycle import Action
from bridge.models import Device, Person, StepUp, Store
from bridge.models.base import new_id
from bridge.queries import counter_people as people
from bridge.queries import step_ups as queries
from bridge.roles import Actor, Permission, can
from bridge.services import audit, pin_tries, pins, proofs, sessions
from bridge.services.proofs import Proof
from bridge.settings import Settings
from bridge.verdicts import MAY_HONOUR, Verdict

GOOD_FOR = timedelta(seconds=60)
_DECLINABLE = MAY_HONOUR | {Verdict.NEEDS_APPROVAL, Verdict.NOT_YET}


@dataclass(frozen=True, slots=True)
class Wanted:
    """The decision to say yes to. `amount_minor` of None means all that remains."""

    look_up_id: UUID
    action: Action
    amount_minor: int | None = None
    keep_rest: bool = True


class Why(StrEnum):
    """Why nobody said yes."""

    WRONG = "wrong"
    PAUSED = "paused"
    AUTHOR = "author"
    LIMIT = "limit"
    CHANGED = "changed"


@dataclass(frozen=True, slots=True)
class Refused:
    """No yes. `retry_after_seconds` with PAUSED; `limit_minor` with LIMIT."""

    why: Why
    approver_name: str = ""
    retry_after_seconds: int | None = None
    limit_minor: int = 0
    currency: str = ""


@dataclass(frozen=True, slots=True)
class Given:
    """A yes, and the session's new token: whoever watched the old one learnt nothing."""

    step_up_id: UUID
    approver_name: str
    action: Action
    amount_minor: int
    keep_rest: bool
    currency: str
    version: int
    expires_at: datetime
    token: str
    session_ends_at: datetime


def approvers(session: Session, actor: Actor, *, now: datetime) -> list[tuple[UUID, str]]:
    """Who could say yes at the actor's store, by name; not the actor."""
    store = _store(session, actor)
    return [
        (person.id, person.display_name)
        for person in people.managers(session, store, now)
        if person.id != actor.id
    ]


def judge(
    connection: Connection,
    actor: Actor,
    wanted: Wanted,
    approver_id: UUID,
    *,
    now: datetime,
    settings: Settings,
) -> Any:
    """The case as the approver would be shown it; None without a look-up of this session."""
    return queries.wanted(
        connection,
        {
            "credential_id": actor.credential_id,
            "approver_id": approver_id,
            "look_up_id": wanted.look_up_id,
            "look_up_since": now - LOOK_UP_GOOD_FOR,
            "now": now,
            "typed": False,
            "code_hmac": None,
            "undo_since": now - timedelta(seconds=settings.undo_window_seconds),
            "ended_before": now - timedelta(seconds=settings.expiry_grace_seconds),
        },
    )


def give(
    session: Session,
    actor: Actor,
    wanted: Wanted,
    approver_id: UUID,
    proof: str,
    *,
    case: Any,
    now: datetime,
    settings: Settings,
) -> Given | Refused:
    """Let a manager say yes on the actor's screen. `case` is what `judge` told.

    Returns a refusal rather than raising, so that wrong PINs are counted. A person who may not
    decide here and a wrong PIN get the same answer. Raises NotPermitted, InvalidInput, NotFound.
    """
    store = _store(session, actor)
    if actor.device_id is None or actor.credential_id is None or actor.id is None:
        raise NotPermitted("decisions need a named device", permission=Permission.COUNTER_DECIDE.value)
    if wanted.action not in {Action.HONOUR, Action.DECLINE}:
        raise InvalidInput("nobody has to approve that", fields={"action": ["honour or decline"]})
    known = {person.id: person for person in people.managers(session, store, now) if person.id != actor.id}
    approver = known.get(approver_id)
    refused = _unproved(session, actor, approver, approver_id, proof, now=now, settings=settings)
    if refused is not None:
        return refused
    assert approver is not None
    if case is None:
        raise NotFound("check the code again")
    rest = case.remaining_minor
    amount = rest if wanted.action is Action.DECLINE or wanted.amount_minor is None else wanted.amount_minor
    refused = _not_covered(case, wanted, amount, approver)
    if refused is not None:
        return refused
    step_up = StepUp(
        id=new_id(),
        escalation_id=case.id,
        action=wanted.action.value,
        amount_minor=amount,
        keep_rest=wanted.keep_rest,
        version=case.version,
        person_id=actor.id,
        approver_id=approver.id,
        credential_id=actor.credential_id,
        device_id=actor.device_id,
        store_id=store.id,
        created_at=now,
        expires_at=now + GOOD_FOR,
    )
    session.add(step_up)
    session.flush()
    facts = {
        "step_up": str(step_up.id),
        "approver": str(approver.id),
        "escalation": str(case.id),
        "act": wanted.action.value,
        "amount_minor": amount,
    }
    audit.record(session, stream="accounts", action="step_up_given", actor=actor, facts=facts, now=now)
    token, session_ends_at = sessions.renew(session, actor.credential_id, now=now)
    return Given(
        step_up_id=step_up.id,
        approver_name=approver.display_name,
        action=wanted.action,
        amount_minor=amount,
        keep_rest=wanted.keep_rest,
        currency=case.currency,
        version=case.version,
        expires_at=step_up.expires_at,
        token=token,
        session_ends_at=session_ends_at,
    )


def _unproved(
    session: Session,
    actor: Actor,
    approver: Person | None,
    approver_id: UUID,
    proof: str,
    *,
    now: datetime,
    settings: Settings,
) -> Refused | None:
    assert actor.device_id is not None
    assert actor.id is not None
    # Also for whoever asks: a password opens a session in any browser, and each browser is a device.
    places = (actor.device_id, actor.id)
    waits = [pin_tries.paused_for(session, approver_id, place, now=now) for place in places]
    if longest := max(wait or 0 for wait in waits):
        return Refused(Why.PAUSED, retry_after_seconds=longest)
    if proofs.prove(approver, approver_id, proof, settings=settings) in {Proof.PIN, Proof.PASSWORD}:
        for place in places:
            pin_tries.forget(session, approver_id, place)
        return None
    waits = [pin_tries.count_wrong(session, approver_id, place, now=now) for place in places]
    longest = max(wait or 0 for wait in waits)
    if not longest:
        return Refused(Why.WRONG)
    pins.note_pause(session, session.get_one(Device, actor.device_id), approver_id, now=now)
    return Refused(Why.PAUSED, retry_after_seconds=longest)


def _not_covered(case: Any, wanted: Wanted, amount: int, approver: Person) -> Refused | None:
    """Why the approver's own right does not carry the decision; None when it does."""
    verdict = Verdict(case.verdict)
    possible = _DECLINABLE if wanted.action is Action.DECLINE else MAY_HONOUR | {Verdict.NEEDS_APPROVAL}
    if verdict not in possible or amount > case.remaining_minor or (amount == 0 and case.authorised_minor):
        return Refused(Why.CHANGED)
    if case.agent_id == approver.id:
        return Refused(Why.AUTHOR, approver.display_name)
    given_before = case.authorised_minor - case.remaining_minor
    too_much = verdict is Verdict.NEEDS_APPROVAL and given_before + amount > (case.own_limit_minor or 0)
    if wanted.action is Action.HONOUR and too_much:
        return Refused(
            Why.LIMIT, approver.display_name, limit_minor=case.own_limit_minor or 0, currency=case.currency
        )
    return None


def _store(session: Session, actor: Actor) -> Store:
    if actor.store_id is None or not can(actor, Permission.COUNTER_LOOK_UP, at=actor.store_path):
        raise NotPermitted(
            "only staff of a store can ask for that", permission=Permission.COUNTER_LOOK_UP.value
        )
    return session.get_one(Store, actor.store_id)
