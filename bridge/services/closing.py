"""The end of a case: close it with its cause, code the cause alone, tell the customer, open it again."""

from datetime import datetime, timedelta
from uuid import UUID

from bridge.db import Act
from bridge.errors import Conflict, InvalidInput, NotPermitted
from bridge.idempotency import Once, Replayed
from bridge.lifecycle import Action
from bridge.queries import causes as cause_queries
from bridge.queries import life
from bridge.queries.escalations import Owed, Saved, filled, save
from bridge.roles import THE_CLOCK, Actor, Permission, can
from bridge.services import acting, causes, reissuing
from bridge.services.acting import Acted, Ground
from bridge.settings import Settings
from bridge.telling import payload_of
from bridge.vault import Vault


def close(
    act: Act,
    actor: Actor,
    escalation_id: UUID,
    *,
    cause: str | None,
    if_version: int | None,
    once: Once[Acted],
    now: datetime,
    settings: Settings,
    request_id: str = "",
) -> Acted | Replayed:
    """Close an ended case; its agent or a lead may. Commits.

    Raises NotPermitted, NotFound, IllegalAction, VersionMismatch, InvalidInput for an unknown cause,
    and Conflict while the store can still take its decision back.
    """
    acting.require_person(actor, Permission.PROMISES_WRITE)
    ground = acting.lock(act, actor, escalation_id, once)
    if isinstance(ground, Replayed):
        return ground
    acting.require_own_or_lead(ground, actor, Permission.PROMISES_WRITE)
    acting.require_version(ground, if_version)
    acting.require_possible(ground, Action.CLOSE)
    last = ground.escalation.last_decision
    undo_window = timedelta(seconds=settings.undo_window_seconds)
    if last is not None and now - datetime.fromisoformat(last["at"]) < undo_window:
        raise Conflict("the store can still take its decision back; try again in a minute")
    if cause is not None:
        _code(act, ground, cause, now=now)
    link = ground.escalation.apply(
        Action.CLOSE, actor=actor, now=now, facts={"cause": cause}, request_id=request_id
    )
    return acting.finish(
        act,
        ground,
        actor,
        link,
        topic="escalation.closed",
        once=once,
        now=now,
        request_id=request_id,
        reason=cause,
    )


def code_cause(
    act: Act,
    actor: Actor,
    escalation_id: UUID,
    *,
    cause: str,
    once: Once[Acted],
    now: datetime,
    request_id: str = "",
) -> Acted | Replayed:
    """Note the root cause without closing; the latest one counts. Commits. Raises as `close` does."""
    acting.require_person(actor, Permission.PROMISES_WRITE)
    ground = acting.lock(act, actor, escalation_id, once)
    if isinstance(ground, Replayed):
        return ground
    acting.require_own_or_lead(ground, actor, Permission.PROMISES_WRITE)
    if ground.escalation.issued_at is None:
        raise Conflict("a promise that was never made has no cause to code")
    _code(act, ground, cause, now=now)
    link = ground.escalation.note(
        "cause.coded", actor=actor, now=now, facts={"cause": cause}, request_id=request_id
    )
    return acting.finish(
        act,
        ground,
        actor,
        link,
        topic="escalation.cause_coded",
        once=once,
        now=now,
        request_id=request_id,
        reason=cause,
    )


def reopen(
    act: Act,
    actor: Actor,
    escalation_id: UUID,
    *,
    reason: str,
    valid_until: datetime | None,
    if_version: int | None,
    once: Once[Acted],
    now: datetime,
    settings: Settings,
    vault: Vault,
    request_id: str = "",
) -> Acted | Replayed:
    """Give a closed case a second life with a new code, under the actor's own right. Commits.

    Its agent or a lead may, within the window; what HQ upheld only HQ opens again. `reason` becomes
    an internal note. Raises NotPermitted, NotFound, IllegalAction, VersionMismatch, Conflict when the
    window is over, and FourEyes, Conflict or InvalidInput as `reissuing.reissue` does.
    """
    acting.require_person(actor, Permission.PROMISES_WRITE)
    reissuing.lock_customer(act, escalation_id)
    ground = acting.lock(act, actor, escalation_id, once)
    if isinstance(ground, Replayed):
        return ground
    acting.require_own_or_lead(ground, actor, Permission.PROMISES_WRITE)
    acting.require_version(ground, if_version)
    acting.require_possible(ground, Action.REOPEN)
    _require_reopenable(act, ground, actor, now=now, settings=settings)
    again = reissuing.reissue(
        act,
        ground.escalation,
        actor,
        valid_until=valid_until or now + timedelta(days=settings.promise_validity_days),
        four_eyes=False,
        now=now,
        settings=settings,
        vault=vault,
    )
    times = life.count_reopening(act, escalation_id)
    assert actor.id is not None
    life.add_note(act, escalation_id, author_id=actor.id, visibility="internal", text=reason, now=now)
    link = ground.escalation.apply(
        Action.REOPEN, actor=actor, now=now, facts={"times": times, **again.facts}, request_id=request_id
    )
    return acting.finish(
        act,
        ground,
        actor,
        link,
        topic="escalation.reopened",
        once=once,
        now=now,
        request_id=request_id,
        code=again.code,
        amount_minor=again.amount_minor,
        transfers=again.transfers,
    )


def tell_customer(
    act: Act,
    actor: Actor,
    escalation_id: UUID,
    *,
    channel: str,
    post: str | None = None,
    once: Once[Acted],
    now: datetime,
    request_id: str = "",
) -> Acted | Replayed:
    """Note that the customer was told how it ended, and by which channel; anybody on duty may. Commits.

    `post` is the network and id of the post or message that tells it, where it has an address.
    """
    acting.require_person(actor, Permission.PROMISES_WRITE)
    ground = acting.lock(act, actor, escalation_id, once)
    if isinstance(ground, Replayed):
        return ground
    acting.require_reach(ground, actor, Permission.PROMISES_WRITE)
    acting.require_possible(ground, Action.TELL_CUSTOMER)
    life.set_told(act, escalation_id, now=now)
    link = ground.escalation.apply(
        Action.TELL_CUSTOMER,
        actor=actor,
        now=now,
        facts={"channel": channel, **({"post": post} if post else {})},
        request_id=request_id,
    )
    return acting.finish(
        act,
        ground,
        actor,
        link,
        topic="escalation.customer_told",
        once=once,
        now=now,
        request_id=request_id,
    )


def note_told(act: Act, escalation_id: UUID, *, channel: str, post: str | None = None, now: datetime) -> bool:
    """Note that our own message told the customer how it ended; `tell_customer`'s rule. Commits.

    False when somebody noted it before, or the case lives again.
    """
    row = life.lock(act, escalation_id)
    if row is None or row.told_at is not None or row.ended_at is None:
        return False
    escalation = filled(row)
    life.set_told(act, escalation_id, now=now)
    facts = {"channel": channel, **({"post": post} if post else {})}
    link = escalation.apply(Action.TELL_CUSTOMER, actor=THE_CLOCK, now=now, facts=facts)
    payload = payload_of(escalation, row.place_number, amount_minor=0, now=now)
    owed = Owed("escalation.customer_told", payload, row.owner_id or escalation.agent_id)
    save(act, escalation, Saved(link=link, owed=owed))
    return True


def _code(act: Act, ground: Ground, cause: str, *, now: datetime) -> None:
    """Note the cause, of any level: an agent may know less than HQ will. Raises InvalidInput."""
    brand_id = ground.escalation.brand_id
    known = causes.in_force(act.ask, brand_id)
    if cause not in known.all:
        raise InvalidInput("no cause has this code", fields={"cause": ["choose one of the causes"]})
    cause_queries.keep(act, brand_id, version=known.version, definition=dict(known.definition), now=now)
    life.set_cause(act, ground.escalation.id, cause)


def _require_reopenable(act: Act, ground: Ground, actor: Actor, *, now: datetime, settings: Settings) -> None:
    closed_at = ground.row.closed_at
    if closed_at is None or now - closed_at > timedelta(days=settings.reopen_window_days):
        raise Conflict("it was closed too long ago; make a new promise", days=settings.reopen_window_days)
    if life.was_upheld(act, ground.escalation.id) and not can(
        actor, Permission.REVIEW_DECIDE, at=ground.place
    ):
        raise NotPermitted("headquarters let this result stand", permission=Permission.REVIEW_DECIDE.value)
