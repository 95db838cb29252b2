"""Open a locked session again: its own person types their PIN, or password, and gets a new token."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlmodel import Session

from bridge.models import Device
from bridge.roles import Actor
from bridge.services import audit, pin_tries, pins, proofs, sessions
from bridge.services.proofs import Proof
from bridge.settings import Settings


@dataclass(frozen=True, slots=True)
class Unlocked:
    """An open session again. `token` is told only now."""

    token: str
    expires_at: datetime


@dataclass(frozen=True, slots=True)
class StillLocked:
    """It stays locked. `retry_after_seconds` is set while too many wrong PINs pause the person."""

    retry_after_seconds: int | None = None


def unlock(
    session: Session, locked: Any, typed: str, *, now: datetime, settings: Settings
) -> Unlocked | StillLocked:
    """Prove the person of a locked session (`queries.callers.locked_session`) and open it.

    Returns a refusal rather than raising, so that the failure is counted.
    """
    person_id: UUID = locked.person_id
    wait = pin_tries.paused_for(session, person_id, locked.device_id, now=now)
    if wait is not None:
        return StillLocked(wait)
    if proofs.prove(locked, person_id, typed, settings=settings) not in {Proof.PIN, Proof.PASSWORD}:
        wait = pin_tries.count_wrong(session, person_id, locked.device_id, now=now)
        if wait is not None:
            pins.note_pause(session, session.get_one(Device, locked.device_id), person_id, now=now)
        return StillLocked(wait)
    pin_tries.forget(session, person_id, locked.device_id)
    token, expires_at = sessions.renew(session, locked.credential_id, now=now)
    actor = Actor(
        kind="person",
        id=person_id,
        name=locked.display_name,
        brand_id=locked.brand_id,
        credential_id=locked.credential_id,
        device_id=locked.device_id,
        store_id=locked.store_id,
    )
    audit.record(session, stream="accounts", action="unlocked", actor=actor, facts={}, now=now)
    return Unlocked(token, expires_at)
