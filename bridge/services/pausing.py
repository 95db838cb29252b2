"""Let the clocks of a case stand still, for a listed reason and up to its limit, and let them go on.

An agent may say that the customer's turn has come; a lead, a district manager or HQ that a
disaster keeps the store from acting. Which clocks stand still follows from the reason
(`bridge/following.py`); the policy says how long at most. Waiting for the agent is a pause of
its own and comes with the store's question, a store that shuts comes with its calendar.
"""

from datetime import datetime
from typing import Final
from uuid import UUID

from bridge.db import Act
from bridge.errors import IllegalAction, InvalidInput
from bridge.following import PAUSED, RESUMED
from bridge.idempotency import Once, Replayed
from bridge.lifecycle import LIVE, allowed_actions
from bridge.reasons import PauseReason
from bridge.roles import Actor, Permission
from bridge.services import acting
from bridge.services.acting import Acted

BY_HAND: Final = {
    PauseReason.AWAITING_CUSTOMER: Permission.PROMISES_EXTEND,
    PauseReason.DISASTER: Permission.PROMISES_REVOKE,
}
"""The reasons that somebody gives, and the right that each needs."""


def pause(
    act: Act,
    actor: Actor,
    escalation_id: UUID,
    *,
    reason: PauseReason,
    once: Once[Acted],
    now: datetime,
    request_id: str = "",
) -> Acted | Replayed:
    """Stop the clocks that this reason stops; commits.

    Pausing what stands still already changes nothing more. Raises InvalidInput for a reason that
    nobody gives by hand, NotPermitted, NotFound, and IllegalAction when the promise does not stand.
    """
    return _note(act, actor, escalation_id, PAUSED, reason=reason, once=once, now=now, request_id=request_id)


def resume(
    act: Act,
    actor: Actor,
    escalation_id: UUID,
    *,
    reason: PauseReason,
    once: Once[Acted],
    now: datetime,
    request_id: str = "",
) -> Acted | Replayed:
    """Let the clocks go on that stand still for this reason; commits. Raises as `pause`."""
    return _note(act, actor, escalation_id, RESUMED, reason=reason, once=once, now=now, request_id=request_id)


def _note(
    act: Act,
    actor: Actor,
    escalation_id: UUID,
    what: str,
    *,
    reason: PauseReason,
    once: Once[Acted],
    now: datetime,
    request_id: str,
) -> Acted | Replayed:
    permission = BY_HAND.get(reason)
    if permission is None:
        listed = ", ".join(BY_HAND)
        raise InvalidInput("nobody gives this reason by hand", fields={"reason": [f"one of {listed}"]})
    acting.require_person(actor, permission)
    ground = acting.lock(act, actor, escalation_id, once)
    if isinstance(ground, Replayed):
        return ground
    acting.require_own_or_lead(ground, actor, permission)
    status = ground.escalation.status
    if status not in LIVE:
        raise IllegalAction(
            f"no clock can be stopped while the escalation is {status}",
            status=status.value,
            action=what,
            allowed=[allowed.value for allowed in allowed_actions(status)],
        )
    facts = {"reason": reason.value}
    link = ground.escalation.note(what, actor=actor, now=now, facts=facts, request_id=request_id)
    return acting.finish(
        act,
        ground,
        actor,
        link,
        topic=f"escalation.{what.replace('.', '_')}",
        once=once,
        now=now,
        request_id=request_id,
        reason=reason.value,
    )
