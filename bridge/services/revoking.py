"""Take a promise back before it was used up: the counter says `withdrawn` from the same moment."""

from datetime import datetime
from uuid import UUID

from bridge import ledger
from bridge.db import Act
from bridge.idempotency import Once, Replayed
from bridge.lifecycle import Action
from bridge.queries import life
from bridge.reasons import RevokeReason
from bridge.roles import Actor, Permission
from bridge.services import acting
from bridge.services.acting import Acted

_OUTCOMES = {
    RevokeReason.DUPLICATE: "duplicate",
    RevokeReason.FRAUD: "fraud_stopped",
    RevokeReason.SOLVED_ELSEWHERE: "customer_withdrew",
}


def revoke(
    act: Act,
    actor: Actor,
    escalation_id: UUID,
    *,
    reason: RevokeReason,
    text: str,
    if_version: int | None,
    once: Once[Acted],
    now: datetime,
    request_id: str = "",
) -> Acted | Replayed:
    """End a live promise; what is left of its value is given up. Commits.

    `text` is for colleagues and becomes an internal note. Raises NotPermitted, NotFound outside the
    actor's places, IllegalAction once it has ended, VersionMismatch.
    """
    acting.require_person(actor, Permission.PROMISES_REVOKE)
    ground = acting.lock(act, actor, escalation_id, once)
    if isinstance(ground, Replayed):
        return ground
    acting.require_reach(ground, actor, Permission.PROMISES_REVOKE)
    acting.require_version(ground, if_version)
    acting.require_possible(ground, Action.REVOKE)
    escalation = ground.escalation
    rest, escalation.remaining_minor = escalation.remaining_minor, 0
    escalation.outcome = _OUTCOMES.get(reason, "revoked")
    life.settle_open(act, escalation_id, now=now)
    if text:
        assert actor.id is not None
        life.add_note(act, escalation_id, author_id=actor.id, visibility="internal", text=text, now=now)
    link = escalation.apply(
        Action.REVOKE,
        actor=actor,
        now=now,
        facts={"reason": reason.value, "gave_up_minor": rest},
        request_id=request_id,
    )
    return acting.finish(
        act,
        ground,
        actor,
        link,
        topic="escalation.revoked",
        once=once,
        now=now,
        request_id=request_id,
        reason=reason.value,
        transfers=ledger.give_up(escalation.id, rest),
    )
