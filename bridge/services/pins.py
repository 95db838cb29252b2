"""PINs: begun with a one-time code from a manager, chosen by the person, used on a paired device.

A manager never knows a PIN. They hand over a start code, eight digits that the service draws and
shows once; on the tablet it opens nothing but the form for a PIN of one's own. Nobody begins their
own or that of somebody of the same standing: who could would be two people for the four eyes.
"""

import secrets
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlmodel import Session

from bridge.errors import IllegalAction, InvalidInput, NotFound, NotPermitted
from bridge.models import Device, Person, Store
from bridge.pins import (
    LONGEST_PIN,
    SHORTEST_PIN,
    START_CODE_DIGITS,
    START_CODE_LIFE,
    is_pin,
    is_trivial,
    plain_pin,
)
from bridge.queries import counter_people as people
from bridge.roles import Actor, Permission, can
from bridge.services import accounts, audit, pin_tries, proofs, sessions
from bridge.services.proofs import Proof
from bridge.settings import Settings

STREAM = "accounts"


@dataclass(frozen=True, slots=True)
class StartCode:
    """What a manager hands to the person; told only now."""

    person: Person
    code: str
    until: datetime


@dataclass(frozen=True, slots=True)
class Member:
    """One of a store's people, as its managers see them."""

    person: Person
    pin: str
    """"none", "start_code" or "set"."""
    is_paused: bool
    may_begin: bool


def sign_in(
    session: Session, paired: Device, person_id: UUID, typed: str, *, now: datetime, settings: Settings
) -> sessions.SignedIn | accounts.SignInRefused:
    """Check a name and a PIN and open a session on the device.

    Returns a refusal rather than raising, so that the failure is counted. Somebody who does not
    work there and a wrong PIN get the same answer after the same work.
    """
    store, person, refused = _before(session, paired, person_id, now=now)
    if refused is not None:
        return refused
    proof = proofs.prove(person, person_id, typed, settings=settings, with_password=False)
    if person is not None and proof is Proof.PIN:
        pin_tries.forget(session, person_id, paired.id)
        return _open(session, person, store, paired, by="pin", now=now, settings=settings)
    if person is not None and proof is Proof.START_CODE and _still_begins(person, now):
        return accounts.SignInRefused(is_start_code=True)
    return _wrong(session, paired, person_id, now=now)


def choose(
    session: Session,
    paired: Device,
    person_id: UUID,
    start_code: str,
    new_pin: str,
    *,
    now: datetime,
    settings: Settings,
) -> sessions.SignedIn | accounts.SignInRefused:
    """Take the start code, keep the person's own PIN, and sign them in. Raises InvalidInput for the PIN."""
    pin = _acceptable(new_pin)
    store, person, refused = _before(session, paired, person_id, now=now)
    if refused is not None:
        return refused
    proof = proofs.prove(person, person_id, start_code, settings=settings, with_password=False)
    if person is None or proof is not Proof.START_CODE or not _still_begins(person, now):
        return _wrong(session, paired, person_id, now=now)
    if plain_pin(start_code) == pin:
        raise InvalidInput("choose another", fields={"new_pin": ["not the start code"]})
    pin_tries.forget(session, person_id, paired.id)
    _keep(session, person, pin, settings=settings)
    signed_in = _open(session, person, store, paired, by="start_code", now=now, settings=settings)
    _record(session, "pin_set", _self(person, signed_in, paired), person, now=now)
    return signed_in


def change(
    session: Session, actor: Actor, known: str, new_pin: str, *, now: datetime, settings: Settings
) -> int | None:
    """Change one's own PIN, or set the first one with the password.

    Returns None when it is done, 0 for a wrong PIN or password, and the seconds to wait while
    paused. Raises InvalidInput for the new PIN.
    """
    pin = _acceptable(new_pin)
    assert actor.id is not None
    place = actor.device_id or actor.id
    wait = pin_tries.paused_for(session, actor.id, place, now=now)
    if wait is not None:
        return wait
    person = session.get_one(Person, actor.id)
    proof = proofs.prove(person, person.id, known, settings=settings)
    if proof not in {Proof.PIN, Proof.PASSWORD}:
        return pin_tries.count_wrong(session, person.id, place, now=now) or 0
    pin_tries.forget(session, person.id, place)
    _keep(session, person, pin, settings=settings)
    _record(session, "pin_set", actor, person, now=now)
    return None


def start(session: Session, actor: Actor, person_id: UUID, *, now: datetime, settings: Settings) -> StartCode:
    """Draw a start code for one of a store's people. An older PIN, and every session, ends.

    Raises NotFound outside the actor's reach, NotPermitted for oneself and for another manager
    unless the actor manages from above every place that they manage: the PIN is good in all of
    them. IllegalAction for who is not active.
    """
    person = _managed(session, actor, person_id, now=now)
    if person.status != "active":
        raise IllegalAction(f"{person.display_name} is {person.status}.", status=person.status, allowed=[])
    if not _may_begin(actor, person, people.above_managers(session, [person.id], now).get(person.id, [])):
        raise NotPermitted("somebody above has to begin this PIN", permission=Permission.DEVICES_MANAGE.value)
    code = _drawn()
    person.pin_hash = proofs.hash_pin(person.id, code, settings=settings)
    person.pin_start_until = now + START_CODE_LIFE
    session.add(person)
    pin_tries.forget_everywhere(session, person.id)
    _record(session, "pin_started", actor, person, now=now)
    accounts.sign_out_everywhere(session, actor, person.id, now=now)
    return StartCode(person, code, person.pin_start_until)


def unpause(session: Session, actor: Actor, person_id: UUID, *, now: datetime) -> Person:
    """Let a person try their PIN again at once. Raises NotFound, and NotPermitted for oneself."""
    person = _managed(session, actor, person_id, now=now)
    if person.id == actor.id:
        raise NotPermitted("somebody else has to do that", permission=Permission.DEVICES_MANAGE.value)
    pin_tries.forget_everywhere(session, person.id)
    _record(session, "pin_unpaused", actor, person, now=now)
    return person


def members(session: Session, actor: Actor, store: Store, *, now: datetime) -> list[Member]:
    """The store's people with the state of their PINs."""
    found = people.staff(session, store, now)
    ids = [person.id for person in found]
    paused = pin_tries.paused_people(session, ids, now=now)
    above = people.above_managers(session, ids, now)
    return [
        Member(
            person,
            _state(person, now),
            person.id in paused,
            _may_begin(actor, person, above.get(person.id, [])),
        )
        for person in found
    ]


def _before(
    session: Session, paired: Device, person_id: UUID, *, now: datetime
) -> tuple[Store, Person | None, accounts.SignInRefused | None]:
    store = session.get_one(Store, paired.store_id)
    wait = pin_tries.paused_for(session, person_id, paired.id, now=now)
    refused = None if wait is None else accounts.SignInRefused(wait)
    return store, people.member(session, store, person_id, now), refused


def _wrong(session: Session, paired: Device, person_id: UUID, *, now: datetime) -> accounts.SignInRefused:
    wait = pin_tries.count_wrong(session, person_id, paired.id, now=now)
    if wait is not None:
        note_pause(session, paired, person_id, now=now)
    return accounts.SignInRefused(wait)


def note_pause(session: Session, device: Device, person_id: UUID, *, now: datetime) -> None:
    """Record that too many wrong PINs paused somebody; `person` may be an id that nobody has."""
    actor = Actor(kind="device", id=None, name=device.name, device_id=device.id, store_id=device.store_id)
    facts = {"person": str(person_id)}
    audit.record(session, stream=STREAM, action="pin_paused", actor=actor, facts=facts, now=now)


def _open(
    session: Session,
    person: Person,
    store: Store,
    paired: Device,
    *,
    by: str,
    now: datetime,
    settings: Settings,
) -> sessions.SignedIn:
    return sessions.open_session(
        session,
        person,
        kind="page_session",
        name=paired.name,
        store=store,
        device=paired,
        by=by,
        now=now,
        settings=settings,
    )


def _self(person: Person, signed_in: sessions.SignedIn, paired: Device) -> Actor:
    return Actor(
        kind="person",
        id=person.id,
        name=person.display_name,
        brand_id=person.brand_id,
        credential_id=signed_in.credential_id,
        device_id=paired.id,
        store_id=paired.store_id,
    )


def _acceptable(typed: str) -> str:
    pin = plain_pin(typed)
    if not is_pin(pin):
        message = f"use {SHORTEST_PIN} to {LONGEST_PIN} digits"
        raise InvalidInput(message, fields={"new_pin": [message]})
    if is_trivial(pin):
        raise InvalidInput("too easy to guess", fields={"new_pin": ["too easy to guess"]})
    return pin


def _keep(session: Session, person: Person, pin: str, *, settings: Settings) -> None:
    person.pin_hash = proofs.hash_pin(person.id, pin, settings=settings)
    person.pin_start_until = None
    session.add(person)


def _still_begins(person: Person, now: datetime) -> bool:
    return person.pin_start_until is not None and person.pin_start_until > now


def _state(person: Person, now: datetime) -> str:
    if person.pin_hash is None or (person.pin_start_until is not None and person.pin_start_until <= now):
        return "none"
    return "set" if person.pin_start_until is None else "start_code"


def _drawn() -> str:
    while is_trivial(code := "".join(secrets.choice("0123456789") for _ in range(START_CODE_DIGITS))):
        pass
    return code


def _managed(session: Session, actor: Actor, person_id: UUID, *, now: datetime) -> Person:
    """The person, who works at a store that the actor manages. Raises NotFound."""
    person = session.get(Person, person_id)
    if person is not None and person.brand_id == actor.brand_id:
        own = actor.store_id if actor.scopes is not None else None
        for store in people.stores_of(session, person_id, now):
            if own in {None, store.id} and can(actor, Permission.DEVICES_MANAGE, at=store.unit_path):
                return person
    raise NotFound("there is no such person")


def _may_begin(actor: Actor, person: Person, above: Sequence[Sequence[UUID]]) -> bool:
    """`above` has the units above each place where the person manages devices."""
    return person.id != actor.id and all(can(actor, Permission.DEVICES_MANAGE, at=units) for units in above)


def _record(session: Session, action: str, actor: Actor, person: Person, *, now: datetime) -> None:
    session.flush()
    facts = {"person": str(person.id)}
    audit.record(session, stream=STREAM, action=action, actor=actor, facts=facts, now=now)
