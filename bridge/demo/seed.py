"""Fill an empty database with the made-up retailer, through the same services as everybody else.

Deterministic but for ids and codes; moments are relative to `now`, so the demo never ages.
"""

import secrets
from dataclasses import replace
from datetime import datetime, timedelta
from uuid import UUID

import orjson
from sqlmodel import Session, select

from bridge import db
from bridge.demo.people import BRAND, CARE, MEMBERS, PASSWORD
from bridge.demo.places import POSTS, STORES
from bridge.idempotency import Once
from bridge.models import Brand, OrgUnit, Person, RoleAssignment, Store, Thread
from bridge.promises import Level, PriorChannel, PromiseLine, PromiseType, Proof, SecondFact, StoreScope
from bridge.queries import directory as directory_queries
from bridge.roles import THE_CLOCK, Actor, Assignment
from bridge.services import (
    accounts,
    claims,
    directory,
    grants,
    intake,
    issuing,
    promise_templates,
    promises,
    store_import,
)
from bridge.settings import Settings
from bridge.vault import Vault

OPERATOR = replace(THE_CLOCK, kind="operator", name="the demo")


def is_empty(session: Session) -> bool:
    """Whether there is no brand yet."""
    return session.exec(select(Brand.id)).first() is None


def seed(*, now: datetime, settings: Settings) -> None:
    """Store the retailer, its people and posts, then let Ana make three promises; commits."""
    with db.transaction() as session:
        brand = directory.get_or_create_brand(session, BRAND, actor=OPERATOR, now=now)
        brand.care_phone = "+1 555 0100"
        session.add(brand)
        actor = replace(OPERATOR, brand_id=brand.id)
        care = directory.get_or_create_unit(
            session,
            parent_id=directory_queries.hq_of(session, brand.id).id,
            kind="care_team",
            name=CARE,
            actor=actor,
            now=now,
        )
        store_import.import_stores(session, brand, STORES, now=now, actor=actor, source="demo")
        for network, handle in (("x", "NorthlightCare"), ("bluesky", "care.northlight.example")):
            directory.add_handle(
                session,
                brand_id=brand.id,
                network=network,
                handle=handle,
                owner_unit_id=care.id,
                actor=actor,
                now=now,
                official_since=now - timedelta(days=900),
            )
        session.add_all(grants.starting_matrix(brand.id, brand.currency, now=now))
        session.add_all(promise_templates.starting(brand.id, brand.currency, now=now))
        _people(session, brand, actor, now=now, settings=settings)
        _posts(session, actor, now=now)
    _promises(brand, now=now, settings=settings)


def _people(session: Session, brand: Brand, actor: Actor, *, now: datetime, settings: Settings) -> None:
    stores = {store.number: store for store in session.exec(select(Store).where(Store.brand_id == brand.id))}
    units = {unit.name: unit for unit in session.exec(select(OrgUnit).where(OrgUnit.brand_id == brand.id))}
    headquarters = next(unit for unit in units.values() if unit.kind == "hq")
    shared_hash = accounts.hash_password(PASSWORD, settings=settings)
    for member in MEMBERS:
        person = directory.create_person(
            session,
            brand_id=brand.id,
            display_name=member.name,
            email=member.email,
            actor=actor,
            now=now,
        )
        person.password_hash = shared_hash
        session.add(person)
        if member.store is not None:
            unit_id = stores[member.store].org_unit_id
        else:
            unit_id = units[member.unit].id if member.unit else headquarters.id
        directory.give_role(session, person, member.role, unit_id, actor=actor, now=now)


def _posts(session: Session, actor: Actor, *, now: datetime) -> None:
    for age, (network, handle, language, mention, text) in enumerate(reversed(POSTS), 1):
        intake.capture(
            session,
            actor,
            intake.Captured(
                network=network,
                external_id=f"demo-{handle}",
                handle=handle,
                text=text,
                posted_at=now - timedelta(minutes=17 * age),
                language=language,
                mention_type=mention,
                addressed_to="NorthlightCare",
            ),
            now,
        )


def _promises(brand: Brand, *, now: datetime, settings: Settings) -> None:
    """Ana's first promises, so that the stores' inboxes are not empty."""
    exchange = PromiseLine(
        PromiseType.EXCHANGE,
        Level.AUTHORISE,
        "CD box set with a missing disc",
        amount_minor=4_000,
        waives=frozenset({Proof.RECEIPT}),
    )
    goodwill = PromiseLine(
        PromiseType.GOODWILL_GESTURE, Level.AUTHORISE, "HDMI cable, 2 m", amount_minor=1_500
    )
    advice = PromiseLine(PromiseType.REPAIR, Level.RECOMMEND, "Console, part promised", amount_minor=8_000)
    wanted = (
        ("demo-maria_runs", exchange, "10", (SecondFact.ORDER_DIGITS, "417")),
        ("demo-tom_builds", goodwill, "12", None),
        ("demo-pixel_dad", advice, "12", None),
    )
    with db.transaction() as session:
        ana = session.exec(select(Person).where(Person.email == "ana@demo.example")).one()
        signed_in = accounts.sign_in(
            session,
            email="ana@demo.example",
            password=PASSWORD,
            kind="api_session",
            device_name="demo",
            now=now,
            settings=settings,
        )
        assert isinstance(signed_in, accounts.SignedIn)
        threads = _claimed(session, brand, ana, [name for name, *_ in wanted], now=now)
    vault = Vault(settings.encryption_keys)
    for name, line, store_number, fact in wanted:
        once: Once[promises.Made] = Once(
            key=secrets.token_hex(8),
            route="demo",
            fingerprint=b"demo",
            render=lambda made: (201, orjson.dumps(str(made.id))),
            vault=vault,
        )
        with db.act() as act:
            promises.make(
                act,
                signed_in.token,
                issuing.Wanted(
                    thread_id=threads[name],
                    lines=[line],
                    store_scope=StoreScope.ONE,
                    store_number=store_number,
                    second_fact=fact,
                    prior_contacts=[(PriorChannel.PHONE, 3, "nobody answered")],
                    note_for_store="Please be kind: the customer was sent away once.",
                ),
                once=once,
                now=now,
                settings=settings,
                vault=vault,
            )


def _claimed(
    session: Session, brand: Brand, ana: Person, names: list[str], *, now: datetime
) -> dict[str, UUID]:
    assignment, unit = session.exec(
        select(RoleAssignment, OrgUnit).join(OrgUnit).where(RoleAssignment.person_id == ana.id)
    ).one()
    actor = Actor(
        kind="person",
        id=ana.id,
        name=ana.display_name,
        brand_id=brand.id,
        assignments=(Assignment(assignment.role, unit.id, unit.kind),),
    )
    threads = {}
    for name in names:
        thread = session.exec(select(Thread).where(Thread.external_id == name)).one()
        claims.claim(session, actor, thread.id, now)
        threads[name] = thread.id
    return threads
