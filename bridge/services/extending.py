"""Let a promise count longer: a live one up to a limit, an expired one by giving it again."""

from datetime import datetime, timedelta
from uuid import UUID

from bridge.db import Act
from bridge.errors import InvalidInput
from bridge.idempotency import Once, Replayed
from bridge.lifecycle import Action, Status
from bridge.roles import Actor, Permission
from bridge.services import acting, reissuing
from bridge.services.acting import Acted, Ground
from bridge.settings import Settings
from bridge.timeline import moment
from bridge.vault import Vault


def extend(
    act: Act,
    actor: Actor,
    escalation_id: UUID,
    *,
    valid_until: datetime,
    if_version: int | None,
    once: Once[Acted],
    now: datetime,
    settings: Settings,
    vault: Vault,
    request_id: str = "",
) -> Acted | Replayed:
    """Move the end; its agent or a lead may. An expired promise gets a new code. Commits.

    Raises NotPermitted, NotFound, IllegalAction, VersionMismatch, InvalidInput (not later, or further
    away than the setting allows), and FourEyes or Conflict as `reissuing.reissue` does.
    """
    acting.require_person(actor, Permission.PROMISES_EXTEND)
    reissuing.lock_customer(act, escalation_id)
    ground = acting.lock(act, actor, escalation_id, once)
    if isinstance(ground, Replayed):
        return ground
    acting.require_own_or_lead(ground, actor, Permission.PROMISES_EXTEND)
    acting.require_version(ground, if_version)
    acting.require_possible(ground, Action.EXTEND)
    require_later(ground, valid_until, now=now, settings=settings)
    again = None
    if ground.escalation.status is Status.EXPIRED:
        again = reissuing.reissue(
            act,
            ground.escalation,
            actor,
            valid_until=valid_until,
            four_eyes=False,
            now=now,
            settings=settings,
            vault=vault,
        )
    ground.escalation.valid_until = valid_until
    link = ground.escalation.apply(
        Action.EXTEND,
        actor=actor,
        now=now,
        facts={"valid_until": moment(valid_until), **(again.facts if again else {})},
        request_id=request_id,
    )
    return acting.finish(
        act,
        ground,
        actor,
        link,
        topic="escalation.extended",
        once=once,
        now=now,
        request_id=request_id,
        code=again.code if again else None,
        amount_minor=again.amount_minor if again else 0,
        transfers=again.transfers if again else (),
    )


def require_later(ground: Ground, valid_until: datetime, *, now: datetime, settings: Settings) -> None:
    """Raise InvalidInput unless the new end is later than the old one and within the setting's days."""
    if valid_until <= max(now, ground.escalation.valid_until):
        raise InvalidInput(
            "the new end must be later", fields={"valid_until": ["later than now and than the present end"]}
        )
    if valid_until > now + timedelta(days=settings.extension_max_days):
        raise InvalidInput(
            "that is too far away",
            fields={"valid_until": [f"at most {settings.extension_max_days} days from now"]},
        )
