"""Everybody of the made-up retailer, and sessions by which they act while the demo is being filled.

The sessions are of 256 random bits, live in this process alone, and are ended when it is done.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from uuid import UUID

from sqlmodel import Session, col, select

from bridge import db
from bridge.demo.people import ADDRESSES, MEMBERS, PASSWORD, PINS
from bridge.demo.places import MANAGERS
from bridge.models import Brand, Credential, Device, OrgUnit, Person, RoleAssignment, Store
from bridge.queries import demo as queries
from bridge.queries.callers import identify
from bridge.roles import THE_CLOCK, Actor, Role
from bridge.services import accounts, directory, proofs, sessions
from bridge.settings import Settings
from bridge.simulation.world import Member

OPERATOR = replace(THE_CLOCK, kind="operator", name="the demo")
SESSION = "the demo is being filled"
LONGEST = timedelta(hours=2)


@dataclass(frozen=True, slots=True)
class Hand:
    """Somebody who acts, and the store where they work."""

    member: Member
    role: Role
    store_number: str | None
    store_id: UUID | None


Hands = dict[str, Hand]
"""Everybody by name; those who run a store that is not in `people.MEMBERS` too."""


def hire(session: Session, brand: Brand, actor: Actor, *, now: datetime, settings: Settings) -> None:
    """Store everybody with their role and the one password of the demo."""
    stores = {store.number: store for store in session.exec(select(Store).where(Store.brand_id == brand.id))}
    units = {unit.name: unit for unit in session.exec(select(OrgUnit).where(OrgUnit.brand_id == brand.id))}
    headquarters = next(unit for unit in units.values() if unit.kind == "hq")
    shared = accounts.hash_password(PASSWORD, settings=settings)

    def add(name: str, email: str, role: Role, unit_id: UUID, pin: str | None = None) -> None:
        person = directory.create_person(
            session, brand_id=brand.id, display_name=name, email=email, actor=actor, now=now
        )
        person.password_hash = shared
        if pin is not None:
            person.pin_hash = proofs.hash_pin(person.id, pin, settings=settings)
        session.add(person)
        directory.give_role(session, person, role, unit_id, actor=actor, now=now)

    for member in MEMBERS:
        if member.store is not None:
            unit_id = stores[member.store].org_unit_id
        else:
            unit_id = units[member.unit].id if member.unit else headquarters.id
        add(member.name, member.email, member.role, unit_id, PINS.get(member.name))
    for number, name in MANAGERS.items():
        add(name, f"store{number}{ADDRESSES}", Role.STORE_MANAGER, stores[number].org_unit_id)


@contextmanager
def at_work(brand_id: UUID, *, now: datetime, settings: Settings) -> Iterator[Hands]:
    """Sessions of everybody until the block ends; with a till of their own for those in a store."""
    tokens = {}
    with db.transaction() as session:
        rows: list[tuple[Person, Role, Store | None]] = session.exec(  # type: ignore[assignment]  # outer join
            select(Person, RoleAssignment.role, Store)
            .join(RoleAssignment, RoleAssignment.person_id == Person.id)  # type: ignore[arg-type]  # columns
            .outerjoin(Store, Store.org_unit_id == RoleAssignment.org_unit_id)  # type: ignore[arg-type]
            .where(Person.brand_id == brand_id)
            .order_by(Person.display_name, col(RoleAssignment.id))
        ).all()
        for person, role, store in rows:
            token, secret_hash = sessions.new_secret()
            device = _till(session, person, store) if store is not None else None
            session.add(
                Credential(
                    kind="api_session",
                    name=SESSION,
                    secret_hash=secret_hash,
                    brand_id=brand_id,
                    person_id=person.id,
                    device_id=device.id if device else None,
                    store_id=store.id if store is not None else None,
                    # Seen at the end: the past in which it acts is never idle.
                    last_seen_at=now + LONGEST,
                    expires_at=now + LONGEST,
                )
            )
            tokens[person.display_name] = (token, role, store)
    hands = {}
    with db.statement() as connection:
        for name, (token, role, store) in tokens.items():
            known = identify(connection, token, now=now, settings=settings)
            assert known is not None, f"{name} cannot sign in"
            number, store_id = (store.number, store.id) if store is not None else (None, None)
            hands[name] = Hand(Member(known[0], token), Role(role), number, store_id)
    try:
        yield hands
    finally:
        with db.transaction() as session:
            queries.end_sessions(session, brand_id, SESSION, now)


def _till(session: Session, person: Person, store: Store) -> Device:
    name = f"Till of {person.display_name}"[:80]
    found = session.exec(select(Device).where(Device.store_id == store.id, Device.name == name)).one_or_none()
    if found is None:
        found = Device(store_id=store.id, name=name)
        session.add(found)
        session.flush()
    return found
