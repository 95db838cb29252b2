"""A retailer to measure with: who may call, and the threads that wait for a promise.

Its promises are loaded by `data.py`; which of their numbers serve what is said there.
"""

import secrets
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

import psycopg

from bridge import db
from bridge.clock import utc_now
from bridge.idempotency import Once
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
    WebhookEndpoint,
)
from bridge.promises import Level, PromiseLine, PromiseType, StoreScope
from bridge.queries.callers import hash_of_secret
from bridge.roles import Role
from bridge.services import grants, promises
from bridge.settings import settings
from bridge.vault import Vault

SECRET = "benchmark-secret-of-more-than-32-characters"
ENVIRONMENT = {
    "BRIDGE_ENVIRONMENT": "demo",
    "BRIDGE_SECRET_KEY": SECRET,
    "BRIDGE_CODE_PEPPER": SECRET,
    "BRIDGE_ENCRYPTION_KEYS": SECRET,
    "BRIDGE_WEBHOOK_ALLOW_PRIVATE_ADDRESSES": "true",
    "BRIDGE_DB_POOL_SIZE": "4",
}
CLIENTS = 8
THREADS_READY = 40_000
LARGE = 200_000
PRICE_MINOR = 4_000


@dataclass
class World:
    """A loaded database: who may call, and which numbers are free for what."""

    url: str
    rows: int
    stores: int
    managers: list[str]
    racers: list[str]
    agents: list[str]
    threads: list[Iterator[UUID]]
    brand_id: UUID

    @property
    def is_large(self) -> bool:
        return self.rows >= LARGE

    def numbers(self, store: int, part: str) -> list[int]:
        """The numbers of live promises of a store that serve one purpose."""
        places = self.rows // self.stores
        first, last = {
            "seen": (0, places // 4),
            "fresh": (places // 4, places // 2),
            "decide": (places // 2, places),
        }[part]
        step = 2 if self.is_large else 1
        return [place * self.stores + store for place in range(first + (first % step), last, step)]


def open_retailer(url: str, rows: int, stores: int = 0) -> World:
    """Brand, stores, people, sessions, threads that wait for a promise, and one promise."""
    now = utc_now() - timedelta(days=120)
    stores = stores or (40 if rows >= LARGE else CLIENTS)
    with db.transaction() as session:
        brand = Brand(name="Northlight", care_phone="+1 555 0100")
        session.add(brand)
        session.flush()
        hq = OrgUnit(brand_id=brand.id, kind="hq", name="HQ")
        session.add(hq)
        session.flush()
        care = OrgUnit(brand_id=brand.id, kind="care_team", name="Care", parent_id=hq.id)
        district = OrgUnit(brand_id=brand.id, kind="district", name="Lakes", parent_id=hq.id)
        session.add_all([care, district])
        session.flush()
        shops = [_store(session, brand, number, district, hq) for number in range(stores)]
        handle = OfficialHandle(
            brand_id=brand.id, network="x", handle="NorthlightCare", owner_unit_id=care.id, official_since=now
        )
        session.add(handle)
        for grant in grants.starting_matrix(brand.id, "USD", now=now):
            # The day's budget is checked and counted, but must last for the whole run.
            grant.budget_day_minor = 10**15 if grant.budget_day_minor else None
            session.add(grant)
        endpoint = WebhookEndpoint(brand_id=brand.id, url="http://127.0.0.1:9/", topics=["*"], created_at=now)
        session.add(endpoint)
        managers = [
            _member(session, brand, f"Sam {at}", Role.STORE_MANAGER, shops[at].org_unit_id, shops[at], now)
            for at in range(CLIENTS)
        ]
        racers = [
            _member(session, brand, f"Racer {at}", Role.STORE_MANAGER, shops[0].org_unit_id, shops[0], now)
            for at in range(CLIENTS)
        ]
        agents = [
            _member(session, brand, f"Ana {at}", Role.SENIOR_AGENT, care.id, None, now)
            for at in range(CLIENTS)
        ]
        session.flush()
        agent_ids = [credential.person_id for _, credential in agents]
        brand_id, handle_id = brand.id, handle.id
    with psycopg.connect(url, autocommit=True) as owner:
        threads = _open_threads(owner, brand_id, handle_id, agent_ids)
    world = World(
        url,
        rows,
        stores,
        [token for token, _ in managers],
        [token for token, _ in racers],
        [token for token, _ in agents],
        [iter(share) for share in threads],
        brand_id,
    )
    with psycopg.connect(url, autocommit=True) as owner:
        owner.execute("SELECT setval('escalations_number_seq', 1000000000)")  # the loaded ones come below
    _promise_once(world)
    return world


def _store(session: Any, brand: Brand, number: int, district: OrgUnit, hq: OrgUnit) -> Store:
    unit = OrgUnit(brand_id=brand.id, kind="store", name=f"Store {number}", parent_id=district.id)
    session.add(unit)
    session.flush()
    store = Store(
        brand_id=brand.id,
        org_unit_id=unit.id,
        unit_path=[unit.id, district.id, hq.id],
        number=str(number),
        name=f"Store {number}",
        city="Maplewood",
        lat=45.0,
        lon=-93.0,
        zone="America/Chicago",
        hours={"days": [[[600, 1290]]] * 7},
        services=[],
    )
    session.add(store)
    session.flush()
    return store


def _member(
    session: Any, brand: Brand, name: str, role: Role, unit_id: UUID, store: Store | None, now: datetime
) -> tuple[str, Credential]:
    person = Person(
        brand_id=brand.id, display_name=name, email=f"{name.replace(' ', '.').lower()}@example.com"
    )
    session.add(person)
    session.flush()
    session.add(RoleAssignment(person_id=person.id, role=role, org_unit_id=unit_id, valid_from=now))
    device = None
    if store is not None:
        device = Device(store_id=store.id, name=f"{name}'s till")
        session.add(device)
        session.flush()
    token = secrets.token_urlsafe(32)
    credential = Credential(
        kind="api_session",
        secret_hash=hash_of_secret(token),
        brand_id=brand.id,
        person_id=person.id,
        device_id=device.id if device else None,
        store_id=store.id if store else None,
        expires_at=datetime(2099, 1, 1, tzinfo=UTC),
    )
    session.add(credential)
    return token, credential


_THREADS = f"""
CREATE TEMP TABLE wanted AS
SELECT n, gen_random_uuid() AS customer, gen_random_uuid() AS identity, gen_random_uuid() AS thread
FROM generate_series(1, {THREADS_READY}) AS n;
INSERT INTO {Customer.__tablename__} (id, brand_id, locale, created_at)
SELECT customer, '{{brand}}', 'en', now() FROM wanted;
INSERT INTO {SocialIdentity.__tablename__} (id, brand_id, customer_id, network, handle, created_at)
SELECT identity, '{{brand}}', customer, 'x', 'customer_' || n, now() FROM wanted;
INSERT INTO {Thread.__tablename__} (id, brand_id, network, external_id, visibility, mention_type, identity_id,
                                    official_handle_id, addressed_to, language, first_post_at, last_post_at,
                                    detected_at)
SELECT thread, '{{brand}}', 'x', 'thread-' || n, 'public', 'tagged', identity, '{{handle}}', '', 'en', now(),
       now(), now() FROM wanted;
INSERT INTO {ThreadClaim.__tablename__} (id, thread_id, person_id, claimed_at, lease_until)
SELECT gen_random_uuid(), thread, ('{{{{{{agents}}}}}}'::uuid[])[1 + n % {CLIENTS}], now(),
       now() + interval '1 day'
FROM wanted;
"""


def _open_threads(
    owner: psycopg.Connection[Any], brand_id: UUID, handle_id: UUID, agents: list[UUID | None]
) -> list[list[UUID]]:
    listed = ",".join(str(agent) for agent in agents)
    owner.execute(_THREADS.format(brand=brand_id, handle=handle_id, agents=listed))
    rows = owner.execute(f"SELECT n % {CLIENTS}, thread FROM wanted ORDER BY n").fetchall()
    shares: list[list[UUID]] = [[] for _ in range(CLIENTS)]
    for share, thread in rows:
        shares[share].append(thread)
    return shares


def _promise_once(world: World) -> None:
    """One promise by the service, so that the loaded ones can repeat its frozen authority."""
    vault = Vault([SECRET])
    with db.act() as act:
        promises.make(
            act,
            world.agents[0],
            promises.Wanted(
                thread_id=next(world.threads[0]),
                lines=[PromiseLine(PromiseType.EXCHANGE, Level.AUTHORISE, "CD box set", PRICE_MINOR)],
                store_scope=StoreScope.ONE,
                store_number="0",
            ),
            once=Once("key", "route", b"", lambda _made: (201, b""), vault),
            now=utc_now(),
            settings=settings(),
            vault=vault,
        )
