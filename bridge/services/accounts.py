"""Sign in, sign out, and API keys. Secrets are random, shown once, and stored as SHA-256.

Passwords are argon2id. A wrong e-mail and a wrong password get the same answer after the same
work. Too many failures pause that e-mail address, not the service.
"""

import secrets
import zlib
from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime, timedelta
from hashlib import sha256
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import insert
from sqlmodel import Session, col, select

from bridge.errors import IllegalAction, InvalidInput, NotFound, NotPermitted
from bridge.guesses import window_start
from bridge.models import Credential, Device, GuessCount, OrgUnit, Person, RoleAssignment, Store
from bridge.passwords import LONGEST_PASSWORD, SHORTEST_PASSWORD
from bridge.queries.callers import hash_of_secret
from bridge.roles import Actor, Permission
from bridge.services import audit, proofs, sessions
from bridge.settings import Settings

SignedIn = sessions.SignedIn
SIGN_IN_WINDOW = timedelta(minutes=15)
LONGEST_KEY_LIFE = timedelta(days=730)
_NEVER_FOR_OTHERS = ("promises.", Permission.COUNTER_DECIDE.value, Permission.DEVICES_MANAGE.value)


@dataclass(frozen=True, slots=True)
class SignInRefused:
    """No session. `retry_after_seconds` is set when the address, or the person's PIN here, is paused.

    `is_start_code` is set when the right start code was given where a PIN is wanted, and
    `is_start_password` when the right start password was given for a program.
    """

    retry_after_seconds: int | None = None
    is_start_code: bool = False
    is_start_password: bool = False


def hash_password(password: str, *, settings: Settings) -> str:
    """The argon2id hash. Raises InvalidInput when the password is too short or too long."""
    if not SHORTEST_PASSWORD <= len(password) <= LONGEST_PASSWORD:
        message = f"use {SHORTEST_PASSWORD} to {LONGEST_PASSWORD} characters"
        raise InvalidInput(message, fields={"password": [message]})
    return proofs.hashed(password, settings=settings)


def set_password(
    session: Session, actor: Actor, person: Person, password: str, *, now: datetime, settings: Settings
) -> None:
    """Give a person a new password and end every session of theirs.

    One that somebody else chose is a start password (`start_passwords`). Raises InvalidInput for its
    length, and IllegalAction for somebody who left.
    """
    if person.status == "left":
        raise IllegalAction(f"{person.display_name} has left.", status=person.status, allowed=[])
    person.password_hash = hash_password(password, settings=settings)
    person.password_is_start = actor.id != person.id
    session.add(person)
    facts = {"person": str(person.id)}
    audit.record(session, stream="accounts", action="password_set", actor=actor, facts=facts, now=now)
    sign_out_everywhere(session, actor, person.id, now=now)


def sign_in(
    session: Session,
    *,
    email: str,
    password: str,
    kind: str,
    device_name: str,
    store_number: str | None = None,
    paired: Device | None = None,
    now: datetime,
    settings: Settings,
) -> SignedIn | SignInRefused:
    """Check a password and open a session at the person's store, on a device of that name.

    On a `paired` device its store is the place, and its people alone get in. Returns a refusal
    rather than raising, so that the failure is counted. `kind` is "page_session" or
    "api_session"; a start password opens a page alone, and there it only lets choose one's own.
    Raises InvalidInput for a store that is not the person's.
    """
    subject = sha256(email.strip().casefold().encode()).hexdigest()
    if (wait := _paused_for(session, subject, now=now, settings=settings)) is not None:
        return SignInRefused(wait)
    person = session.exec(
        select(Person).where(sa.func.lower(col(Person.email)) == email.strip().lower())
    ).one_or_none()
    known_hash = person.password_hash if person else None
    right = proofs.is_right(known_hash, password, settings=settings)
    if person is None or person.status != "active" or not right:
        _count_failure(session, subject, now=now)
        return SignInRefused()
    if person.password_is_start and kind == "api_session":
        return SignInRefused(is_start_password=True)
    if paired is not None:
        device_name = paired.name
        store: Store | None = _store_of_device(session, person, paired, now=now)
    else:
        store = _store_of(session, person, store_number, now=now)
    device = paired
    if device is None and store is not None:
        device = _device(session, store, device_name)
    return sessions.open_session(
        session,
        person,
        kind=kind,
        name=device_name,
        store=store,
        device=device,
        by="password",
        now=now,
        settings=settings,
    )


def sign_out(session: Session, actor: Actor, *, now: datetime) -> None:
    """End the actor's own session."""
    sessions.revoke(session, [col(Credential.id) == actor.credential_id], now=now)
    audit.record(session, stream="accounts", action="signed_out", actor=actor, facts={}, now=now)


def sign_out_everywhere(session: Session, actor: Actor, person_id: UUID, *, now: datetime) -> int:
    """End every session of a person; API keys stay. Returns how many there were."""
    ended = sessions.revoke(
        session, [col(Credential.person_id) == person_id, col(Credential.kind) != "api_key"], now=now
    )
    facts = {"person": str(person_id), "sessions": ended}
    audit.record(
        session, stream="accounts", action="signed_out_everywhere", actor=actor, facts=facts, now=now
    )
    return ended


def create_key(
    session: Session,
    actor: Actor,
    *,
    name: str,
    scopes: Collection[str],
    brand_id: UUID,
    expires_at: datetime,
    person_id: UUID | None = None,
    store_number: str | None = None,
    now: datetime,
) -> tuple[Credential, str]:
    """Make an API key and return it with its secret, which is never shown again.

    A key with a person acts as that person, within `scopes`; one without is an integration of
    the whole brand. A key for a store's counter also names a device. Raises InvalidInput, and
    NotPermitted for a key that would promise or approve in somebody else's name: four eyes would
    be two.
    """
    unknown = sorted(set(scopes) - {permission.value for permission in Permission})
    if unknown or not scopes:
        raise InvalidInput(
            "unknown scope", fields={"scopes": [f"unknown: {', '.join(unknown) or 'none given'}"]}
        )
    for_somebody_else = person_id is not None and person_id != actor.id and actor.kind == "person"
    if for_somebody_else and any(scope.startswith(_NEVER_FOR_OTHERS) for scope in scopes):
        raise NotPermitted(
            "nobody makes a key that promises, approves, decides or begins PINs in somebody else's name"
        )
    if not now < expires_at <= now + LONGEST_KEY_LIFE:
        raise InvalidInput("a key ends within two years", fields={"expires_at": ["within two years"]})
    if person_id is not None:
        holder = session.get(Person, person_id)
        if holder is None or holder.brand_id != brand_id or holder.status != "active":
            raise InvalidInput("no such person", fields={"person_id": ["nobody active has this id"]})
    store = None
    if store_number is not None:
        store = session.exec(
            select(Store).where(Store.brand_id == brand_id, Store.number == store_number)
        ).one_or_none()
        if store is None:
            raise InvalidInput("no such store", fields={"store_number": ["no such store"]})
    prefix = f"ssb_live_{secrets.token_hex(4)}"
    token, _ = sessions.new_secret()
    whole = f"{prefix}_{token}"
    whole = f"{whole}{zlib.crc32(whole.encode()):08x}"
    headquarters = select(OrgUnit.id).where(OrgUnit.brand_id == brand_id, OrgUnit.kind == "hq")
    device = _device(session, store, name) if store else None
    key = Credential(
        kind="api_key",
        name=name,
        prefix=prefix,
        secret_hash=hash_of_secret(whole),
        brand_id=brand_id,
        person_id=person_id,
        device_id=device.id if device else None,
        store_id=store.id if store else None,
        unit_id=None if person_id else session.exec(headquarters).first(),
        scopes=sorted(scopes),
        created_at=now,
        created_by=actor.id if actor.kind == "person" else None,
        last_seen_at=now,
        expires_at=expires_at,
    )
    session.add(key)
    facts = {"key": str(key.id), "scopes": sorted(scopes), "person": str(person_id) if person_id else None}
    audit.record(session, stream="accounts", action="key_created", actor=actor, facts=facts, now=now)
    return key, whole


def revoke_key(session: Session, actor: Actor, key_id: UUID, *, now: datetime) -> None:
    """Make an API key useless at once. Raises NotFound."""
    mine = [
        col(Credential.id) == key_id,
        col(Credential.kind) == "api_key",
        col(Credential.brand_id) == actor.brand_id,
    ]
    if not sessions.revoke(session, mine, now=now):
        raise NotFound("there is no such live key")
    facts = {"key": str(key_id)}
    audit.record(session, stream="accounts", action="key_revoked", actor=actor, facts=facts, now=now)


def live_sessions(session: Session, person_id: UUID, *, now: datetime) -> int:
    """How many sessions of a person have neither ended nor run out."""
    query = (
        select(sa.func.count())
        .select_from(Credential)
        .where(
            Credential.person_id == person_id,
            Credential.kind != "api_key",
            col(Credential.revoked_at).is_(None),
            Credential.expires_at > now,
        )
    )
    return session.exec(query).one()


def keys(session: Session, brand_id: UUID) -> list[Credential]:
    """The brand's API keys, newest first; without their secrets, which nobody has."""
    return list(
        session.exec(
            select(Credential)
            .where(Credential.brand_id == brand_id, Credential.kind == "api_key")
            .order_by(col(Credential.created_at).desc(), col(Credential.id).desc())
        )
    )


def _store_of(session: Session, person: Person, store_number: str | None, *, now: datetime) -> Store | None:
    """The store where the person works; with `store_number`, one in the person's district or region."""
    units = select(RoleAssignment.org_unit_id).where(
        RoleAssignment.person_id == person.id,
        RoleAssignment.valid_from <= now,
        sa.or_(col(RoleAssignment.valid_to).is_(None), col(RoleAssignment.valid_to) > now),
    )
    if store_number is None:
        return session.exec(
            select(Store).where(col(Store.org_unit_id).in_(units)).order_by(Store.number)
        ).first()
    held = set(session.exec(units))
    store = session.exec(
        select(Store).where(Store.brand_id == person.brand_id, Store.number == store_number)
    ).one_or_none()
    if store is None or not held & set(store.unit_path):
        raise InvalidInput("you do not work at that store", fields={"store_number": ["not your store"]})
    return store


def _store_of_device(session: Session, person: Person, paired: Device, *, now: datetime) -> Store:
    store = session.get_one(Store, paired.store_id)
    held = select(RoleAssignment.id).where(
        RoleAssignment.person_id == person.id,
        col(RoleAssignment.org_unit_id).in_(store.unit_path),
        RoleAssignment.valid_from <= now,
        sa.or_(col(RoleAssignment.valid_to).is_(None), col(RoleAssignment.valid_to) > now),
    )
    if session.exec(held.limit(1)).first() is None:
        raise InvalidInput("this device is another store's", fields={"email": ["not of this device's store"]})
    return store


def _device(session: Session, store: Store, name: str) -> Device:
    """The store's device of that name, made when it is new."""
    wanted = (name.strip() or "browser")[:80]
    session.execute(
        insert(Device)
        .values(Device(store_id=store.id, name=wanted).model_dump())
        .on_conflict_do_nothing(index_elements=["store_id", "name"])
    )
    found = session.exec(select(Device).where(Device.store_id == store.id, Device.name == wanted)).one()
    if found.revoked_at is not None:  # a session on it would be dead with the next request
        raise InvalidInput("this browser was shut out", fields={"device_name": ["this browser was shut out"]})
    if found.kind != "browser":
        raise InvalidInput("a paired device has this name", fields={"device_name": ["this name is taken"]})
    return found


def _paused_for(session: Session, subject: str, *, now: datetime, settings: Settings) -> int | None:
    start = window_start(now, SIGN_IN_WINDOW)
    seconds = int(SIGN_IN_WINDOW.total_seconds())
    count = session.get(GuessCount, ("sign_in", subject, start, seconds))
    if count is None or count.guesses < settings.sign_in_tries_per_15_minutes:
        return None
    return max(1, int((start + SIGN_IN_WINDOW - now).total_seconds()))


def _count_failure(session: Session, subject: str, *, now: datetime) -> None:
    statement = insert(GuessCount).values(
        counted_on="sign_in",
        subject=subject,
        window_start=window_start(now, SIGN_IN_WINDOW),
        window_seconds=int(SIGN_IN_WINDOW.total_seconds()),
        guesses=1,
    )
    session.execute(
        statement.on_conflict_do_update(
            index_elements=["counted_on", "subject", "window_start", "window_seconds"],
            set_={"guesses": GuessCount.guesses + 1},
        )
    )
