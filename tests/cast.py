"""The people and places that every test knows, and the short ways to let them act.

Ana is a senior agent of the care team, Kim her lead, Sam the manager of store 12, Lee an
associate there, Mia the manager of store 40 who must see nothing of store 12's, Hana works
at HQ, Ada is the administrator.
"""

import itertools
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from uuid import UUID

from bridge import db
from bridge.clock import utc_now
from bridge.decision import Asked
from bridge.idempotency import Once
from bridge.lifecycle import Action
from bridge.models import (
    Brand,
    Credential,
    Customer,
    Device,
    OfficialHandle,
    OrgUnit,
    Person,
    RoleAssignment,
    SocialIdentity,
    Store,
    Thread,
    ThreadClaim,
)
from bridge.promises import Level, PromiseLine, PromiseType, StoreScope
from bridge.queries.callers import hash_of_secret, identify
from bridge.roles import Actor, Role
from bridge.services import accounts, decisions, grants, promise_templates, promises
from bridge.settings import settings
from bridge.vault import Vault

PASSWORD = "correct horse battery"
_numbers = itertools.count(1)


@dataclass
class Member:
    """A person with a live session; `token` signs requests."""

    person: Person
    token: str
    credential_id: UUID
    store: Store | None = None
    device: Device | None = None

    @property
    def headers(self) -> dict[str, str]:
        return {"Authorization": f"Bearer {self.token}"}


@dataclass
class Cast:
    """Everybody, and the brand they work for."""

    brand: Brand
    hq: OrgUnit
    care: OrgUnit
    district: OrgUnit
    store_10: Store
    store_12: Store
    store_40: Store
    handle: OfficialHandle
    ana: Member
    kim: Member
    ivy: Member
    sam: Member
    lee: Member
    mia: Member
    hana: Member
    ada: Member
    members: dict[str, Member] = field(default_factory=dict)


def build_cast() -> Cast:
    """Store everybody and everything; takes some 20 ms."""
    now = utc_now() - timedelta(days=30)
    with db.transaction() as session:
        brand = Brand(name="Northlight", currency="USD", care_phone="+1 555 0100")
        session.add(brand)
        session.flush()
        hq = OrgUnit(brand_id=brand.id, kind="hq", name="Northlight HQ")
        session.add(hq)
        session.flush()
        care = OrgUnit(brand_id=brand.id, kind="care_team", name="Social care", parent_id=hq.id)
        region = OrgUnit(brand_id=brand.id, kind="region", name="North", parent_id=hq.id)
        session.add_all([care, region])
        session.flush()
        districts = [
            OrgUnit(brand_id=brand.id, kind="district", name=name, parent_id=region.id)
            for name in ("Lakes", "Hills")
        ]
        session.add_all(districts)
        session.flush()
        path = [region.id, hq.id]
        stores = [
            _store(session, brand, "10", "Maplewood", districts[0], path),
            _store(session, brand, "12", "Lakeside", districts[0], path),
            _store(session, brand, "40", "Hilltop", districts[1], path),
        ]
        handle = OfficialHandle(
            brand_id=brand.id, network="x", handle="NorthlightCare", owner_unit_id=care.id, official_since=now
        )
        session.add(handle)
        session.add_all(grants.starting_matrix(brand.id, "USD", now=now))
        session.add_all(promise_templates.starting(brand.id, "USD", now=now))
        session.flush()

        def member(name: str, role: Role, unit_id: UUID, store: Store | None = None) -> Member:
            return _member(session, brand, name, role, unit_id, store, now=now)

        everybody = {
            "ana": member("Ana", Role.SENIOR_AGENT, care.id),
            "kim": member("Kim", Role.LEAD, care.id),
            "ivy": member("Ivy", Role.INTERN, care.id),
            "sam": member("Sam", Role.STORE_MANAGER, stores[1].org_unit_id, stores[1]),
            "lee": member("Lee", Role.STORE_ASSOCIATE, stores[1].org_unit_id, stores[1]),
            "mia": member("Mia", Role.STORE_MANAGER, stores[2].org_unit_id, stores[2]),
            "hana": member("Hana", Role.HQ, hq.id),
            "ada": member("Ada", Role.ADMIN, hq.id),
        }
        return Cast(brand, hq, care, districts[0], *stores, handle=handle, **everybody, members=everybody)


def able_to_sign_in(cast: Cast) -> Cast:
    """Everybody gets `PASSWORD`."""
    known = accounts.hash_password(PASSWORD, settings=settings())
    with db.transaction() as session:
        for member in cast.members.values():
            session.get_one(Person, member.person.id).password_hash = known
    return cast


def _store(
    session: db.Session, brand: Brand, number: str, name: str, district: OrgUnit, path: list[UUID]
) -> Store:
    unit = OrgUnit(brand_id=brand.id, kind="store", name=f"{number} {name}", parent_id=district.id)
    session.add(unit)
    session.flush()
    store = Store(
        brand_id=brand.id,
        org_unit_id=unit.id,
        unit_path=[unit.id, district.id, *path],
        number=number,
        name=name,
        address="1 Main Street",
        city="Maplewood",
        state="MN",
        postcode="55109",
        lat=45.0,
        lon=-93.0,
        zone="America/Chicago",
        hours={"days": [[[600, 1290]]] * 6 + [[[660, 1140]]]},
        services=["Exchanges"],
    )
    session.add(store)
    session.flush()
    return store


def _member(
    session: db.Session,
    brand: Brand,
    name: str,
    role: Role,
    unit_id: UUID,
    store: Store | None,
    *,
    now: datetime,
) -> Member:
    person = Person(brand_id=brand.id, display_name=name, email=f"{name.lower()}@northlight.example")
    session.add(person)
    session.flush()
    session.add(RoleAssignment(person_id=person.id, role=role, org_unit_id=unit_id, valid_from=now))
    device = None
    if store is not None:
        device = Device(store_id=store.id, name=f"{name}'s tablet")
        session.add(device)
        session.flush()
    token = f"token-of-{name}-{person.id}"
    credential = Credential(
        kind="api_session",
        name=f"{name}'s session",
        secret_hash=hash_of_secret(token),
        brand_id=brand.id,
        person_id=person.id,
        device_id=device.id if device else None,
        store_id=store.id if store else None,
        expires_at=datetime(2099, 1, 1, tzinfo=UTC),
    )
    session.add(credential)
    session.flush()
    return Member(person, token, credential.id, store, device)


def claimed_thread(
    cast: Cast, member: Member | None = None, *, handle: str = "", language: str = "en"
) -> Thread:
    """A customer's thread that `member` (Ana) holds."""
    number = next(_numbers)
    now = utc_now()
    with db.transaction() as session:
        customer = Customer(brand_id=cast.brand.id)
        session.add(customer)
        session.flush()
        identity = SocialIdentity(
            brand_id=cast.brand.id,
            customer_id=customer.id,
            network="x",
            handle=handle or f"customer_{number}",
        )
        session.add(identity)
        session.flush()
        thread = Thread(
            brand_id=cast.brand.id,
            network="x",
            external_id=f"thread-{number}",
            identity_id=identity.id,
            official_handle_id=cast.handle.id,
            language=language,
            first_post_at=now,
            last_post_at=now,
        )
        session.add(thread)
        session.flush()
        session.add(
            ThreadClaim(
                thread_id=thread.id,
                person_id=(member or cast.ana).person.id,
                lease_until=now + timedelta(hours=8),
            )
        )
    return thread


def acting(member: Member) -> Actor:
    """The actor behind a member's session."""
    with db.statement() as connection:
        found = identify(connection, member.token, now=utc_now(), settings=settings())
    assert found is not None
    return found[0]


def vault() -> Vault:
    return Vault(settings().encryption_keys)


def once(route: str, key: str | None = None, *, fingerprint: bytes = b"same") -> Once[object]:
    """An Idempotency-Key whose stored answer is the result's text."""
    return Once(
        key=key or f"key-{next(_numbers)}",
        route=route,
        fingerprint=fingerprint,
        render=lambda result: (200, repr(result).encode()),
        vault=vault(),
    )


def line(amount_minor: int = 4_000, **changes: object) -> PromiseLine:
    values = {
        "type": PromiseType.EXCHANGE,
        "level": Level.AUTHORISE,
        "item": "CD box set",
        "amount_minor": amount_minor,
        **changes,
    }
    return PromiseLine(**values)  # type: ignore[arg-type]  # a test names real fields


def promise(
    cast: Cast, *, by: Member | None = None, amount_minor: int = 4_000, **wanted: object
) -> promises.Made:
    """Ana promises an exchange at store 12."""
    author = by or cast.ana
    thread_id = wanted.pop("thread_id", None) or claimed_thread(cast, author).id
    values = {
        "thread_id": thread_id,
        "lines": [line(amount_minor)],
        "store_scope": StoreScope.ONE,
        "store_number": "12",
        **wanted,
    }
    with db.act() as act:
        made = promises.make(
            act,
            author.token,
            promises.Wanted(**values),  # type: ignore[arg-type]  # a test names real fields
            once=once("promises"),  # type: ignore[arg-type]  # the answer's type does not matter here
            now=utc_now(),
            settings=settings(),
            vault=vault(),
        )
    assert isinstance(made, promises.Made)
    return made


def decide(
    cast: Cast, by: Member, *, key: str | None = None, now: datetime | None = None, **asked: object
) -> object:
    """`by` honours (or as `action` says) what `code` names."""
    kept = once("decisions", key)
    values = {"action": Action.HONOUR, "nonce": kept.key, **asked}
    with db.act() as act:
        return decisions.decide(
            act,
            by.token,
            Asked(**values),  # type: ignore[arg-type]  # a test names real fields
            once=kept,  # type: ignore[arg-type]  # the answer's type does not matter here
            now=now or utc_now(),
            settings=settings(),
        )
