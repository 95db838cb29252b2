"""Fill an empty database with the made-up retailer, through the same services as everybody else.

In this order: the retailer as it has been for months, sixty posts, Ana's first three promises
(the documents speak of them by number), and a code for each verdict, played as it came about.
Twelve weeks of history come after the start (`history.py`). Deterministic but for ids and codes;
moments are relative to `now`, so that the demo never ages.
"""

import secrets
from collections.abc import Sequence
from datetime import datetime, timedelta
from uuid import UUID

from sqlmodel import Session, select

from bridge import db
from bridge.demo.past import Past
from bridge.demo.people import BRAND, CARE
from bridge.demo.places import STORES
from bridge.demo.posts import ANSWERED, BETWEEN, FIRST_AGE, MADE_A_PROMISE, POSTS, Written, name_of
from bridge.demo.showcase import FACT, Showcase
from bridge.demo.staff import OPERATOR, Hands, at_work, hire
from bridge.models import Brand, Thread
from bridge.promises import Level, PriorChannel, PromiseLine, PromiseType, Proof, SecondFact, StoreScope
from bridge.queries import directory as directory_queries
from bridge.roles import Actor
from bridge.services import (
    capturing,
    claims,
    directory,
    grants,
    promise_templates,
    store_import,
    turns,
)
from bridge.services.issuing import Wanted
from bridge.settings import Settings
from bridge.simulation.deeds import Deeds

OPENED_AGO = timedelta(days=120)
"""Since when the retailer uses the bridge: before the first day of its history."""
HANDLE = "NorthlightCare"
HANDLES = {
    "x": HANDLE,
    "bluesky": "care.northlight.example",
    "facebook": "northlight.care",
    "instagram": "northlight.care",
}


def is_empty(session: Session) -> bool:
    """Whether there is no brand yet."""
    return session.exec(select(Brand.id)).first() is None


def seed(*, now: datetime, settings: Settings) -> None:
    """Store the retailer, its people and posts, three promises and the showcase; commits as it goes."""
    with turns.unsealed(), turns.past():
        _fill(now, settings)


def _fill(now: datetime, settings: Settings) -> None:
    brand = _retailer(now - OPENED_AGO, settings)
    deeds = Deeds(settings, handle=HANDLE, run=f"{secrets.token_hex(6)}-")
    with at_work(brand.id, now=now, settings=settings) as hands:
        with db.transaction() as session:
            promise_templates.add_starting(
                session, hands["Ada"].member.actor, currency=brand.currency, now=now - OPENED_AGO
            )
            threads = [
                _post(session, hands["Ana"].member.actor, post, at, now) for at, post in enumerate(POSTS)
            ]
            _colleagues(session, hands, threads, now)
        _promises(deeds, hands, now)
        past = Past(settings, now)
        Showcase(past, deeds, hands).plan()
        with past.ids():
            past.play()


def _retailer(opened: datetime, settings: Settings) -> Brand:
    """The brand with its rights, stores, official handles and staff."""
    with db.transaction() as session:
        brand = directory.get_or_create_brand(session, BRAND, actor=OPERATOR, now=opened)
        brand.care_phone = "+1 555 0100"
        session.add(brand)
        actor = Actor(kind="operator", id=None, name=OPERATOR.name, brand_id=brand.id)
        care = directory.get_or_create_unit(
            session,
            parent_id=directory_queries.hq_of(session, brand.id).id,
            kind="care_team",
            name=CARE,
            actor=actor,
            now=opened,
        )
        store_import.import_stores(session, brand, STORES, now=opened, actor=actor, source="demo")
        for network, handle in HANDLES.items():
            directory.add_handle(
                session,
                brand_id=brand.id,
                network=network,
                handle=handle,
                owner_unit_id=care.id,
                actor=actor,
                now=opened,
                official_since=opened - timedelta(days=900),
            )
        session.add_all(grants.starting_matrix(brand.id, brand.currency, now=opened))
        hire(session, brand, actor, now=opened, settings=settings)
    return brand


def _post(session: Session, actor: Actor, post: Written, at: int, now: datetime) -> Thread:
    captured = capturing.Captured(
        network=post.network,
        external_id=name_of(post.handle),
        handle=post.handle,
        text=post.text,
        posted_at=now - FIRST_AGE - at * BETWEEN,
        language=post.language,
        mention_type=post.mention,
        matched_on=post.matched_on,
        visibility="private" if post.mention == "dm" else "public",
        addressed_to=HANDLES.get(post.network, "") if post.mention != "untagged" else "",
    )
    return capturing.capture(session, actor, captured, now).thread


def _colleagues(session: Session, hands: Hands, threads: Sequence[Thread], now: datetime) -> None:
    """Two conversations that a colleague holds, who has already written something."""
    for post, thread in zip(POSTS, threads, strict=True):
        if post.handle not in ANSWERED:
            continue
        name, text = ANSWERED[post.handle]
        actor = hands[name].member.actor
        claims.claim(session, actor, thread.id, now)
        answer = capturing.Captured(
            network=post.network,
            external_id=thread.external_id,
            post_external_id=f"{thread.external_id}-answer",
            handle=HANDLES[post.network],
            customer_handle=post.handle,
            text=text,
            posted_at=now - timedelta(minutes=2),
            language=post.language,
            author_kind="brand",
        )
        capturing.capture(session, actor, answer, now)


def _promises(deeds: Deeds, hands: Hands, now: datetime) -> None:
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
    ana = hands["Ana"].member
    promised = (
        (exchange, "10", (SecondFact.ORDER_DIGITS, FACT)),
        (goodwill, "12", None),
        (advice, "12", None),
    )
    for name, (line, store_number, fact) in zip(MADE_A_PROMISE, promised, strict=True):
        thread_id = _thread_of(name)
        assert deeds.claim(ana, thread_id, now), name
        wanted = Wanted(
            thread_id=thread_id,
            lines=[line],
            store_scope=StoreScope.ONE,
            store_number=store_number,
            second_fact=fact,
            prior_contacts=[(PriorChannel.PHONE, 3, "nobody answered")],
            note_for_store="Please be kind: the customer was sent away once.",
        )
        assert deeds.promise(ana, wanted, now), name


def _thread_of(handle: str) -> UUID:
    with db.transaction() as session:
        return session.exec(select(Thread).where(Thread.external_id == f"demo-{handle}")).one().id
