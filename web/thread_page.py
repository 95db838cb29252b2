"""The page of one conversation: what was posted, who is on it, what can be done, and the promise form."""

from typing import Any
from uuid import UUID

import orjson
from babel.numbers import get_currency_precision
from flask import render_template, request

from bridge import db
from bridge.bidi import apart
from bridge.clock import utc_now
from bridge.promises import Level, PriorChannel, PromiseType, Proof, SecondFact, StoreScope
from bridge.queries import directory, doors, open_codes, same_person
from bridge.queries import triage as triage_queries
from bridge.queries.presence import Present
from bridge.roles import Permission, can
from bridge.services import care_tools, intake, official, presence, promise_templates, replying, triage
from bridge.services.triage import Standing
from bridge.settings import settings
from bridge.triage import Holder
from web import promise_start, said, words
from web.languages import named
from web.official_words import LOOK_ALIKES
from web.promise_form import LINES, Reading
from web.sessions import visitor
from web.shown import word

_GROUPS = ("district", "region")


def draw(thread_id: UUID, reading: Reading, values: Any) -> str:
    """The page; `values` is what was typed, `reading` what is wrong with it."""
    person, now = visitor(), utc_now()
    actor = person.actor
    assert actor.brand_id is not None
    writes = can(actor, Permission.PROMISES_WRITE)
    with db.transaction() as session:
        found = intake.conversation(session, actor, thread_id)
        stand = triage.standing(session, actor, thread_id, now=now)
        others = presence.others(session, actor, [thread_id], now=now).get(thread_id, [])
        duplicates = intake.duplicates(session, actor, now=now, store_id=None, identity_id=found.identity.id)
        limits = promise_start.own_limits(session, actor, now=now) if writes else []
        approving = promise_start.approvers(session, actor, now=now) if writes else {}
        beginning = promise_start.begin(session, actor, found, now=now)
        templates = promise_templates.in_use(session, actor) if writes else []
        same_customer = triage_queries.of_the_same_customer(
            session, actor.brand_id, identity_id=found.identity.id, thread_id=thread_id
        )
        tools = care_tools.doors_of(session, thread_id)
        told = [(entry, _left_out(entry)) for entry in triage_queries.told(session, thread_id)]
        offers = said.ways(session, found.thread, now=now)
        answers = person.may(Permission.MESSAGES_WRITE) and not offers
        is_heard = answers and replying.is_heard(session, actor, found.thread.network)
        public_codes = open_codes.of_customer(session, actor.brand_id, found.identity.id)
        links = same_person.listed(session, actor.brand_id, found.identity.id)
        door_url = next((door.url for door in doors.doors_of(session, thread_id) if door.url), "")
        groups = [
            (str(unit.id), named(word(unit.kind, words.UNIT_KINDS), apart(unit.name)))
            for unit in directory.units_of(session, actor.brand_id)
            if unit.kind in _GROUPS
        ]
    with db.statement() as connection:
        written = said.of_thread(connection, thread_id)
        alike = official.flags(connection, actor.brand_id, _authors(found))
    own = {level.value: most for level, most, _currency in limits}
    authorise = own.get(Level.AUTHORISE.value, 0)
    return render_template(
        "thread.html",
        found=found,
        stand=stand,
        who_tag=tag(stand, others),
        alike=alike,
        whys=LOOK_ALIKES,
        others=others,
        doors=tools,
        duplicates=duplicates,
        open_duplicates=[duplicate for duplicate in duplicates if duplicate.is_open],
        limits=limits,
        rights={
            "own": own,
            "places": get_currency_precision(person.facts["currency"]),
            "approvers": {
                level: [[one.name, one.most_minor] for one in able] for level, able in approving.items()
            },
        },
        approvers_named=promise_start.names_above(approving.get(Level.AUTHORISE.value, ()), authorise),
        beginning=beginning,
        templates=templates,
        same_customer=same_customer,
        told=told,
        offers=offers,
        is_heard=is_heard,
        said=written,
        public_codes=public_codes,
        links=links,
        may_link=can(actor, Permission.PROMISES_LINK),
        door_url=door_url,
        groups=groups,
        writes=writes,
        may_write=writes and stand.holder is not Holder.OTHER,
        values=values,
        replaces=request.values.get("replaces", ""),
        stores=reading.stores,
        problems=reading.problems.found,
        numbers=LINES,
        types=list(PromiseType),
        levels=list(Level),
        proofs=list(Proof),
        scopes=list(StoreScope),
        facts=list(SecondFact),
        contacts=list(PriorChannel),
        currency=person.facts["currency"],
        validity_days=settings().promise_validity_days,
        now=now,
    )


def _left_out(entry: Any) -> dict[str, str]:
    """Which search left the conversation out, and by which of its words; empty for any other entry."""
    if entry.action != "triage.excluded":
        return {}
    facts: dict[str, str] = orjson.loads(entry.body)["facts"]
    return facts


def _authors(found: Any) -> dict[tuple[str, str], str | None]:
    """Who wrote, with the network's lasting id of the customer; of others we hold none."""
    it = found.identity
    wrote = {(post.network, post.author_handle) for post in found.posts} | {(it.network, it.handle)}
    return {one: it.external_id if one == (it.network, it.handle) else None for one in wrote}


def tag(stand: Standing, others: list[Present]) -> dict[str, object]:
    """What the page asks for every few seconds: it is drawn again when this changed."""
    return {
        "holder": str(stand.holder_id),
        "soft": stand.is_soft,
        "since": stand.held_since.isoformat() if stand.held_since else None,
        "triage": stand.triage.value,
        "others": [[one.name, one.doing] for one in others],
    }
