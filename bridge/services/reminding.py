"""An agent reminds a store that has not answered: its managers get a notice, once in a while.

The ladder does the same by itself, later and higher up; this is for somebody who waits on the line.
"""

from datetime import datetime, timedelta
from uuid import UUID

from bridge.db import Act
from bridge.errors import Conflict, IllegalAction
from bridge.idempotency import Once, Replayed
from bridge.lifecycle import Status, allowed_actions
from bridge.models.base import new_id
from bridge.notices import Channel, Template
from bridge.queries import life, transfers
from bridge.queries import notices as notice_queries
from bridge.roles import Actor, Permission
from bridge.services import acting
from bridge.services.acting import Acted
from bridge.settings import Settings

REMINDED = "store.reminded"


def remind(
    act: Act,
    actor: Actor,
    escalation_id: UUID,
    *,
    once: Once[Acted],
    now: datetime,
    settings: Settings,
    request_id: str = "",
) -> Acted | Replayed:
    """Tell the managers of the store that a promise waits for their OK; its agent or a lead may. Commits.

    Raises NotPermitted, NotFound, IllegalAction when no store has to answer, and Conflict when the
    store was reminded less than the setting's time ago.
    """
    acting.require_person(actor, Permission.PROMISES_WRITE)
    ground = acting.lock(act, actor, escalation_id, once)
    if isinstance(ground, Replayed):
        return ground
    acting.require_own_or_lead(ground, actor, Permission.PROMISES_WRITE)
    status = ground.escalation.status
    if status is not Status.ISSUED or ground.row.store_id is None:
        raise IllegalAction(
            f"no store has to be reminded while the escalation is {status}",
            status=status.value,
            action=REMINDED,
            allowed=[allowed.value for allowed in allowed_actions(status)],
        )
    last = life.last_noted(act, escalation_id, REMINDED)
    pause = timedelta(seconds=settings.remind_every_seconds)
    if last is not None and now - last < pause:
        raise Conflict("the store was reminded a short while ago", again_at=(last + pause).isoformat())
    reminder = new_id()
    managers = transfers.managers_of(act, ground.row.store_id, now=now)
    facts = {"reminder": str(reminder), "people": len(managers)}
    link = ground.escalation.note(REMINDED, actor=actor, now=now, facts=facts, request_id=request_id)
    notices = acting.notices_to(
        ground,
        managers,
        Template.CASE_WAITING,
        channels=(Channel.INBOX, Channel.EMAIL),
        subject_id=reminder,
        facts={"by_hand": True},
        now=now,
    )
    notice_queries.put(act, notices)
    return acting.finish(
        act,
        ground,
        actor,
        link,
        topic="escalation.reminded",
        once=once,
        now=now,
        request_id=request_id,
        subject_id=reminder,
    )
