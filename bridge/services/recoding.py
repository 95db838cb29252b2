"""Put a new code in the place of one that became public; the promise itself stays as it is.

Somebody pasted the private message under a public post, and now anybody can read the code. Terms,
right, value and clocks are untouched, so nobody has to approve anything again. The old code answers
`replaced` from the same moment, and what a store looked up by it cannot be honoured any more.
"""

from datetime import datetime
from uuid import UUID

from bridge.db import Act
from bridge.errors import Gone
from bridge.idempotency import Once, Replayed
from bridge.lifecycle import LIVE
from bridge.queries import promises as queries
from bridge.roles import Actor, Permission
from bridge.services import acting
from bridge.services.acting import Acted
from bridge.services.coding import new_code
from bridge.settings import Settings
from bridge.vault import Vault


def replace_code(
    act: Act,
    actor: Actor,
    escalation_id: UUID,
    *,
    once: Once[Acted],
    now: datetime,
    settings: Settings,
    vault: Vault,
    request_id: str = "",
) -> Acted | Replayed:
    """Draw a new code for a live promise; its agent or a lead may. Commits.

    Raises NotPermitted, NotFound, and Gone when the promise has no code that counts.
    """
    acting.require_person(actor, Permission.PROMISES_CODE)
    ground = acting.lock(act, actor, escalation_id, once)
    if isinstance(ground, Replayed):
        return ground
    acting.require_own_or_lead(ground, actor, Permission.PROMISES_CODE)
    escalation = ground.escalation
    if escalation.status not in LIVE or escalation.code_hmac is None:
        raise Gone("this promise has no code that counts")
    code, code_hmac = new_code(act, escalation_id, now=now, settings=settings, vault=vault)
    queries.retire_codes(act, escalation_id, but=code_hmac, now=now)
    escalation.code_hmac = code_hmac
    escalation.version += 1  # a look-up by the old code is out of date
    link = escalation.note("code.replaced", actor=actor, now=now, facts={}, request_id=request_id)
    return acting.finish(
        act,
        ground,
        actor,
        link,
        topic="escalation.code_replaced",
        once=once,
        now=now,
        request_id=request_id,
        code=code,
    )
