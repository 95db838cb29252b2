"""Let another store do it: offered, then accepted, refused or withdrawn. The code stays the same.

A manager of the present store or the agent offers; a manager of the other store decides. Until
then the case stands still and nobody can act on it.
"""

from datetime import datetime
from typing import Any
from uuid import UUID

from bridge.db import Act
from bridge.errors import Conflict, InvalidInput, NotFound, NotPermitted
from bridge.idempotency import Once, Replayed
from bridge.lifecycle import Action
from bridge.notices import Channel, Template
from bridge.queries import life
from bridge.queries import notices as notice_queries
from bridge.queries import transfers as queries
from bridge.reasons import TransferReason
from bridge.roles import Actor, Permission, can
from bridge.services import acting
from bridge.services.acting import Acted, Ground

_STATES = {
    Action.ACCEPT_TRANSFER: "accepted",
    Action.REFUSE_TRANSFER: "refused",
    Action.WITHDRAW_TRANSFER: "withdrawn",
}


def offer(
    act: Act,
    actor: Actor,
    escalation_id: UUID,
    *,
    by_store: bool,
    to_number: str,
    reason: TransferReason,
    note: str,
    once: Once[Acted],
    now: datetime,
    request_id: str = "",
) -> Acted | Replayed:
    """Offer the case to the store `to_number`; commits.

    With `by_store` the actor manages the store that has it, else it is its agent or a lead. Raises
    NotPermitted, NotFound, IllegalAction, InvalidInput (no such store, the same one, one without a
    counter) and Conflict (it counts at several stores, or the right behind it does not reach there).
    """
    needed = Permission.COUNTER_TRANSFER if by_store else Permission.PROMISES_WRITE
    if by_store:
        acting.require_store_staff(actor, needed)
    else:
        acting.require_person(actor, needed)
    ground = acting.lock(act, actor, escalation_id, once)
    if isinstance(ground, Replayed):
        return ground
    if by_store:
        acting.require_in_store(ground, actor)
    else:
        acting.require_own_or_lead(ground, actor, needed)
    acting.require_possible(ground, Action.OFFER_TRANSFER)
    if ground.row.store_scope != "one":
        raise Conflict("it counts at several stores already; the customer can go there")
    to = _target(act, ground, to_number)
    transfer_id = queries.add(
        act,
        escalation_id=escalation_id,
        from_store_id=ground.row.store_id,
        to_store_id=to.id,
        reason=reason.value,
        note=note,
        offered_by=actor.id,
        now=now,
    )
    facts = {
        "transfer": str(transfer_id),
        "to_store_id": str(to.id),
        "to_store": to.number,
        "reason": reason.value,
    }
    link = ground.escalation.apply(
        Action.OFFER_TRANSFER, actor=actor, now=now, facts=facts, request_id=request_id
    )
    notices = acting.notices_to(
        ground,
        queries.managers_of(act, to.id, now=now),
        Template.TRANSFER_OFFERED,
        channels=(Channel.INBOX, Channel.EMAIL),
        subject_id=transfer_id,
        facts={"from_number": ground.row.place_number, "to_number": to.number},
        now=now,
        store_id=to.id,
    )
    notice_queries.put(act, notices)
    return acting.finish(
        act,
        ground,
        actor,
        link,
        topic="escalation.transfer_offered",
        once=once,
        now=now,
        request_id=request_id,
        subject_id=transfer_id,
        reason=reason.value,
    )


def decide(
    act: Act,
    actor: Actor,
    transfer_id: UUID,
    action: Action,
    *,
    note: str,
    once: Once[Acted],
    now: datetime,
    request_id: str = "",
) -> Acted | Replayed:
    """Accept or refuse, as a manager of the store that was asked; commits.

    Accepting makes the case the other store's: new, unseen, with the same code and end. Raises
    NotPermitted, NotFound for any other store, IllegalAction when it was settled meanwhile.
    """
    acting.require_store_staff(actor, Permission.COUNTER_TRANSFER)
    escalation_id = queries.escalation_of(act, transfer_id)
    ground = acting.lock(act, actor, escalation_id, once)
    if isinstance(ground, Replayed):
        return ground
    found = queries.one(act, transfer_id)
    if found.to_store_id != actor.store_id:
        raise NotFound("nobody offered this to your store")
    _require_offered(ground, found, action)
    if action is Action.ACCEPT_TRANSFER:
        _require_takeable(ground, found, now=now)
    return _settle(act, ground, actor, found, action, note=note, once=once, now=now, request_id=request_id)


def withdraw(
    act: Act,
    actor: Actor,
    transfer_id: UUID,
    *,
    note: str,
    once: Once[Acted],
    now: datetime,
    request_id: str = "",
) -> Acted | Replayed:
    """Take the offer back: whoever made it, a manager of the store that has the case, or a lead. Commits."""
    of_store = actor.store_id is not None and can(actor, Permission.COUNTER_TRANSFER, at=actor.store_path)
    if actor.kind != "person" or not (of_store or can(actor, Permission.PROMISES_WRITE)):
        raise NotPermitted("your role does not allow that", permission=Permission.COUNTER_TRANSFER.value)
    escalation_id = queries.escalation_of(act, transfer_id)
    ground = acting.lock(act, actor, escalation_id, once)
    if isinstance(ground, Replayed):
        return ground
    found = queries.one(act, transfer_id)
    manages = of_store and actor.store_id == found.from_store_id
    if not manages:
        acting.require_reach(ground, actor, Permission.PROMISES_WRITE)
        leads = can(actor, Permission.PROMISES_APPROVE, at=ground.place)
        if actor.id != found.offered_by and not leads:
            raise NotPermitted(
                "whoever offered it, or a lead, can take it back",
                permission=Permission.PROMISES_APPROVE.value,
            )
    _require_offered(ground, found, Action.WITHDRAW_TRANSFER)
    return _settle(
        act,
        ground,
        actor,
        found,
        Action.WITHDRAW_TRANSFER,
        note=note,
        once=once,
        now=now,
        request_id=request_id,
    )


def _target(act: Act, ground: Ground, number: str) -> Any:
    lines = (ground.escalation.authority or {}).get("lines", [])
    grants = [UUID(line["grant"]["id"]) for line in lines if line.get("grant")]
    to = queries.target(act, brand_id=ground.escalation.brand_id, number=number, grants=grants)
    if to is None:
        raise InvalidInput("no store has this number", fields={"to_store": ["no store has this number"]})
    if to.id == ground.row.store_id:
        raise InvalidInput("it is there already", fields={"to_store": ["it is there already"]})
    if not to.can:
        raise InvalidInput("this store takes no cases", fields={"to_store": ["this store takes no cases"]})
    if to.outside_the_right:
        raise Conflict("the right behind this promise does not reach that store")
    return to


def _require_offered(ground: Ground, found: Any, action: Action) -> None:
    """The case may be moving by a later offer; then this one is over all the same."""
    acting.require_possible(ground, action)
    if found.state != "offered":
        raise Conflict("this offer was settled before", state=found.state)


def _require_takeable(ground: Ground, found: Any, *, now: datetime) -> None:
    if not found.can:
        raise Conflict("this store takes no cases at present")
    if ground.escalation.valid_until <= now:
        raise Conflict("the promise has ended meanwhile")


def _settle(
    act: Act,
    ground: Ground,
    actor: Actor,
    found: Any,
    action: Action,
    *,
    note: str,
    once: Once[Acted],
    now: datetime,
    request_id: str,
) -> Acted:
    escalation, state = ground.escalation, _STATES[action]
    accepted = action is Action.ACCEPT_TRANSFER
    queries.settle(act, found.id, state=state, note=note, person_id=actor.id, now=now)
    if accepted:
        escalation.acknowledged_at = escalation.acknowledged_by = None
        escalation.set_aside_note = ""
        life.move(act, escalation.id, found.to_store_id)
    store_after = found.to_store_id if accepted else found.from_store_id
    link = escalation.apply(
        action,
        actor=actor,
        now=now,
        facts={"transfer": str(found.id), "store_id": str(store_after)},
        request_id=request_id,
    )
    people = [*queries.managers_of(act, found.from_store_id, now=now), ground.owner_id]
    notices = acting.notices_to(
        ground,
        [person for person in people if person != actor.id],
        Template.TRANSFER_DECIDED,
        channels=(Channel.INBOX, Channel.EMAIL),
        subject_id=found.id,
        facts={"state": state, "to_number": found.to_number},
        now=now,
        store_id=found.from_store_id,
    )
    notice_queries.put(act, notices)
    return acting.finish(
        act,
        ground,
        actor,
        link,
        topic=f"escalation.transfer_{state}",
        once=once,
        now=now,
        request_id=request_id,
        subject_id=found.id,
        store_number=found.to_number if accepted else found.from_number,
    )
