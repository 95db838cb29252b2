"""A tablet at a counter: made by a manager, paired once, given a new token, shut out.

The manager's one-time token is shown once and lives ten minutes. Who types it on a tablet gets the
device's own credential, 256 random bits in a cookie. That alone opens nothing: it lets the people
of its store sign in by name and PIN. Rolling or revoking ends it, and every session on it, with
the next request.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from sqlalchemy.exc import IntegrityError
from sqlmodel import Session, select

from bridge.errors import Conflict, IllegalAction, InvalidInput, NotFound, NotPermitted
from bridge.locking import LONGEST_LOCK, SHORTEST_LOCK
from bridge.models import Credential, Device, Store
from bridge.names import holdable, plain_name
from bridge.pairing import TOKEN_LIFE, DeviceState, hash_of_token, new_token, plain_token, state_of
from bridge.queries import devices as queries
from bridge.queries.callers import hash_of_secret
from bridge.roles import Actor, Permission, can, reach
from bridge.services import audit, sessions

STREAM = "devices"
CREDENTIAL_LIFE = timedelta(days=400)
"""As long as browsers keep a cookie."""

BROWSERS_SHOWN = timedelta(days=30)


@dataclass(frozen=True, slots=True)
class Token:
    """A device with its one-time token, which is told only now."""

    device: Device
    store: Store
    token: str
    until: datetime


@dataclass(frozen=True, slots=True)
class Paired:
    """A paired device with its credential, which is told only now."""

    device: Device
    store: Store
    secret: str
    expires_at: datetime


@dataclass(frozen=True, slots=True)
class Listed:
    """A device as managers see it."""

    device: Device
    state: DeviceState
    store_number: str
    store_name: str
    last_seen_at: datetime | None


def create(
    session: Session, actor: Actor, *, name: str, store_number: str | None = None, now: datetime
) -> Token:
    """Make a device of a store (the actor's own without a number) and its one-time token.

    Raises InvalidInput, Conflict when the store has one of this name, NotPermitted outside the
    actor's reach.
    """
    plain = plain_name(name, field_name="name", longest=80)
    store = _store(session, actor, store_number)
    token = new_token()
    device = Device(
        store_id=store.id,
        name=plain,
        kind="counter",
        pairing_hash=hash_of_token(token),
        pairing_until=now + TOKEN_LIFE,
        created_by=actor.id if actor.kind == "person" else None,
        created_at=now,
    )
    try:
        with session.begin_nested():
            session.add(device)
    except IntegrityError as error:
        raise Conflict("this store has a device of that name; roll it, or choose another name") from error
    _record(session, "device_created", actor, device, now=now)
    return Token(device, store, token, now + TOKEN_LIFE)


def roll(session: Session, actor: Actor, device_id: UUID, *, now: datetime) -> Token:
    """Give a device a new one-time token; what it held before, and every session on it, is dead.

    Raises NotFound, and IllegalAction for one that was revoked or is a browser.
    """
    device, store = _managed(session, actor, device_id)
    if device.revoked_at is not None or device.kind != "counter":
        raise IllegalAction("only a paired device can be rolled", status=_state(device), allowed=[])
    token = new_token()
    device.pairing_hash, device.pairing_until = hash_of_token(token), now + TOKEN_LIFE
    device.paired_at = None
    session.add(device)
    ended = sessions.end_on_devices(session, [device.id], now=now)
    _record(session, "device_rolled", actor, device, now=now, ended=ended)
    return Token(device, store, token, now + TOKEN_LIFE)


def revoke(session: Session, actor: Actor, device_id: UUID, *, now: datetime) -> Listed:
    """Shut a device out for good, with every session on it. Safe to repeat. Raises NotFound."""
    device, store = _managed(session, actor, device_id)
    if device.revoked_at is None:
        device.revoked_at = now
        device.pairing_hash = device.pairing_until = None
        session.add(device)
        ended = sessions.end_on_devices(session, [device.id], now=now)
        _record(session, "device_revoked", actor, device, now=now, ended=ended)
    return Listed(device, DeviceState.REVOKED, store.number, store.name, None)


def initialize(session: Session, token: str, *, software: str, now: datetime) -> Paired:
    """Exchange a one-time token for the device's own credential.

    Raises NotFound, the same for a token that never was, was used or ran out.
    """
    plain = plain_token(token)
    device = (
        queries.use_token(session, hash_of_token(plain), software=holdable(software)[:200], now=now)
        if plain
        else None
    )
    if device is None:
        raise NotFound("this token does not count; it may be used or older than ten minutes")
    store = session.get_one(Store, device.store_id)
    secret, secret_hash = sessions.new_secret()
    credential = Credential(
        kind="device",
        name=device.name,
        secret_hash=secret_hash,
        brand_id=store.brand_id,
        device_id=device.id,
        store_id=store.id,
        created_at=now,
        last_seen_at=now,
        expires_at=now + CREDENTIAL_LIFE,
    )
    session.add(credential)
    actor = Actor(
        kind="device",
        id=None,
        name=device.name,
        brand_id=store.brand_id,
        credential_id=credential.id,
        device_id=device.id,
        store_id=store.id,
    )
    _record(session, "device_paired", actor, device, now=now)
    return Paired(device, store, secret, credential.expires_at)


def paired_by(session: Session, secret: str, *, now: datetime) -> Device | None:
    """The device that holds this credential; None when it is not, or not any more, paired."""
    return queries.by_token(session, hash_of_secret(secret), now) if secret else None


def set_lock(session: Session, actor: Actor, device_id: UUID, minutes: int, *, now: datetime) -> None:
    """Say after how many minutes without a touch the device's pages lock. Raises InvalidInput, NotFound."""
    if not SHORTEST_LOCK <= minutes <= LONGEST_LOCK:
        message = f"{SHORTEST_LOCK} to {LONGEST_LOCK} minutes"
        raise InvalidInput(message, fields={"lock_minutes": [message]})
    device, _ = _managed(session, actor, device_id)
    if device.lock_minutes != minutes:
        device.lock_minutes = minutes
        session.add(device)
        _record(session, "device_lock_set", actor, device, now=now, minutes=minutes)


def listed(session: Session, actor: Actor, *, now: datetime, store_number: str | None = None) -> list[Listed]:
    """The devices within the actor's reach, those in use first; of one store with its number.

    Empty for a number that no store has. Raises NotPermitted for a store outside the reach.
    """
    assert actor.brand_id is not None
    units = reach(actor, Permission.DEVICES_MANAGE)
    store_id = _own_store(actor)
    if store_number is not None:
        if _numbered(session, actor, store_number) is None:
            return []
        store_id = _store(session, actor, store_number).id
    rows = queries.listed(
        session, brand_id=actor.brand_id, units=units, store_id=store_id, since=now - BROWSERS_SHOWN
    )
    return [
        Listed(device, _state(device), number, name, last_seen_at)
        for device, number, name, last_seen_at in rows
    ]


def managed_store(session: Session, actor: Actor, number: str) -> Store:
    """A store by its number, if its devices are the actor's to manage. Raises InvalidInput, NotPermitted."""
    return _store(session, actor, number)


def _own_store(actor: Actor) -> UUID | None:
    """The only store that counts for a session or key that is tied to one; a counter manages itself."""
    return actor.store_id if actor.scopes is not None else None


def _store(session: Session, actor: Actor, number: str | None) -> Store:
    if number is None:
        if actor.store_id is None:
            raise InvalidInput("say which store", fields={"store_number": ["Fill this in."]})
        store = session.get_one(Store, actor.store_id)
    else:
        found = _numbered(session, actor, number)
        if found is None:
            raise InvalidInput("no such store", fields={"store_number": ["no store has this number"]})
        store = found
    if not _may(actor, store):
        raise NotPermitted(
            "you do not manage the devices of that store", permission=Permission.DEVICES_MANAGE.value
        )
    return store


def _numbered(session: Session, actor: Actor, number: str) -> Store | None:
    return session.exec(
        select(Store).where(Store.brand_id == actor.brand_id, Store.number == number)
    ).one_or_none()


def _may(actor: Actor, store: Store) -> bool:
    own = _own_store(actor)
    return (
        store.brand_id == actor.brand_id
        and own in {None, store.id}
        and can(actor, Permission.DEVICES_MANAGE, at=store.unit_path)
    )


def _managed(session: Session, actor: Actor, device_id: UUID) -> tuple[Device, Store]:
    found = queries.with_store(session, device_id)
    if found is None or not _may(actor, found[1]):
        raise NotFound("there is no such device")
    return found


def _state(device: Device) -> DeviceState:
    return state_of(device.kind, device.paired_at, device.revoked_at)


def _record(
    session: Session, action: str, actor: Actor, device: Device, *, now: datetime, **more: object
) -> None:
    session.flush()
    facts = {"device": str(device.id), "at_store": str(device.store_id), **more}
    audit.record(session, stream=STREAM, action=action, actor=actor, facts=facts, now=now)
