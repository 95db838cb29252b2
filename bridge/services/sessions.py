"""A person's session: opened, given a new id, locked and opened again, ended.

Its token is 256 random bits, told only to the caller. It gets a new one whenever the person proves
anew who they are, so that a token seen before is worth nothing afterwards; the session's row, and
with it what the person looked up, stays.
"""

import secrets
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

import sqlalchemy as sa
from sqlmodel import Session, col

from bridge.errors import NotSignedIn
from bridge.models import Credential, Device, Person, Store
from bridge.queries.callers import hash_of_secret
from bridge.roles import COUNTER_PROFILE, Actor
from bridge.services import audit
from bridge.settings import Settings

SECRET_BYTES = 32


@dataclass(frozen=True, slots=True)
class SignedIn:
    """A new session. `token` is shown to nobody but the caller, and only now."""

    token: str
    credential_id: UUID
    person: Person
    store: Store | None
    expires_at: datetime


def new_secret() -> tuple[str, bytes]:
    """A secret of 256 random bits and its hash."""
    token = secrets.token_urlsafe(SECRET_BYTES)
    return token, hash_of_secret(token)


def open_session(
    session: Session,
    person: Person,
    *,
    kind: str,
    name: str,
    store: Store | None,
    device: Device | None,
    by: str,
    now: datetime,
    settings: Settings,
) -> SignedIn:
    """Open a session; on a paired device it may do what a counter needs and nothing else.

    One that a start password opened may do nothing until `let_in`.
    """
    token, secret_hash = new_secret()
    may = [] if by == "password" and person.password_is_start else _rights_on(device)
    credential = Credential(
        kind=kind,
        name=name[:80],
        secret_hash=secret_hash,
        brand_id=person.brand_id,
        person_id=person.id,
        device_id=device.id if device else None,
        store_id=store.id if store else None,
        scopes=may,
        created_at=now,
        last_seen_at=now,
        expires_at=now + timedelta(seconds=settings.session_absolute_seconds),
    )
    session.add(credential)
    actor = Actor(
        kind="person",
        id=person.id,
        name=person.display_name,
        brand_id=person.brand_id,
        credential_id=credential.id,
        device_id=credential.device_id,
        store_id=credential.store_id,
    )
    facts = {"kind": kind, "by": by}
    audit.record(session, stream="accounts", action="signed_in", actor=actor, facts=facts, now=now)
    return SignedIn(token, credential.id, person, store, credential.expires_at)


def renew(session: Session, credential_id: UUID, *, now: datetime) -> tuple[str, datetime]:
    """Give a session a new token and open its lock; the old token is dead.

    Returns the new one and when the session ends. Raises NotSignedIn when it ended meanwhile.
    """
    token, secret_hash = new_secret()
    expires_at = session.execute(
        sa.update(Credential)
        .where(col(Credential.id) == credential_id, col(Credential.revoked_at).is_(None))
        .values(secret_hash=secret_hash, locked_at=None, last_seen_at=now)
        .returning(col(Credential.expires_at))
    ).scalar_one_or_none()
    if expires_at is None:
        raise NotSignedIn("sign in first")
    return token, expires_at


def let_in(session: Session, credential_id: UUID, *, now: datetime) -> tuple[str, datetime]:
    """Give a session its rights, now that its person has a password of their own, and a new token.

    Returns the token and when the session ends. Raises NotSignedIn when it ended meanwhile.
    """
    credential = session.get_one(Credential, credential_id)
    device = session.get(Device, credential.device_id) if credential.device_id else None
    credential.scopes = _rights_on(device)
    session.add(credential)
    session.flush()
    return renew(session, credential_id, now=now)


def _rights_on(device: Device | None) -> list[str] | None:
    """What a session may do at most on a device; None is no limit but the person's own."""
    return sorted(COUNTER_PROFILE) if device is not None and device.kind == "counter" else None


def lock(session: Session, actor: Actor, *, now: datetime) -> None:
    """Lock the actor's own session at a store; anywhere else nothing locks."""
    session.execute(
        sa.update(Credential)
        .where(
            col(Credential.id) == actor.credential_id,
            col(Credential.kind) == "page_session",
            col(Credential.device_id).is_not(None),
            col(Credential.locked_at).is_(None),
        )
        .values(locked_at=now)
    )


def end(session: Session, token: str, *, now: datetime) -> None:
    """End the page's session behind a token, locked or not: another one takes its browser."""
    revoke(
        session,
        [col(Credential.secret_hash) == hash_of_secret(token), col(Credential.kind) == "page_session"],
        now=now,
    )


def revoke(session: Session, conditions: Sequence[sa.ColumnElement[bool]], *, now: datetime) -> int:
    """End every live credential that fits; returns how many there were."""
    result = session.connection().execute(
        sa.update(Credential).where(*conditions, col(Credential.revoked_at).is_(None)).values(revoked_at=now)
    )
    return result.rowcount


def end_on_devices(session: Session, device_ids: Collection[UUID], *, now: datetime) -> int:
    """End everything that was opened on these devices, their own credentials too."""
    return revoke(session, [col(Credential.device_id).in_(device_ids)], now=now)
