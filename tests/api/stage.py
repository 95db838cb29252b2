"""One of everything that the API can act on, and for each write route one request that is taken.

The tests walk the app's URL map; a write route without a request in here fails them.
"""

import itertools
import json
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any
from uuid import UUID, uuid4

from flask import Flask
from flask.testing import FlaskClient
from sqlmodel import col, select
from werkzeug.routing import Rule
from werkzeug.test import TestResponse

from api import create_app
from api.blueprints import Contract
from bridge import db, ladders, sla
from bridge.clock import utc_now
from bridge.models import AuthorityGrant, OrgUnit, Outcome, ThreadClaim
from bridge.notices import Channel, NewNotice, Template
from bridge.queries import notices
from bridge.roles import Actor, Role
from bridge.services import (
    accounts,
    calendar_changes,
    channel_accounts,
    contacts,
    counter,
    devices,
    directory,
    policies,
    saved_searches,
    webhooks,
)
from bridge.services.decisions import Decided
from bridge.settings import settings
from tests.api.life_stage import life_calls, version_of
from tests.before_hq import CAUSE, before_hq
from tests.cast import PASSWORD, Cast, Member, acting, build_cast, claimed_thread, decide, promise
from tests.channels.cases.listening import SECRET, mention, signed
from tests.messages import waiting_message, with_door

PREFIX = "/api/v1"
WRITES = frozenset({"POST", "PUT", "PATCH", "DELETE"})
OWN_CAUSES: dict[str, Any] = {
    "causes": [
        {
            "code": "STORE",
            "label": {"en": "Store"},
            "children": [
                {
                    "code": "phone",
                    "label": {"en": "Phone"},
                    "children": [{"code": "no_answer", "label": {"en": "No answer"}}],
                }
            ],
        }
    ]
}
_numbers = itertools.count(1)


@dataclass
class Call:
    """What a route is sent: by whom, the ids in its address, and the body."""

    who: str | None
    path: dict[str, UUID | str] = field(default_factory=dict)
    json: dict[str, Any] | None = None
    sign: Callable[[bytes], dict[str, str]] | None = None


@dataclass
class Stage:
    """The cast, what they act on, and a request for each write route."""

    cast: Cast
    calls: dict[str, Call]


def _offered(cast: Cast, code: str) -> UUID:
    """A look-up of Sam's with a sign too many, which offers the promise."""
    with db.statement() as connection:
        found = counter.look_up(
            connection,
            cast.sam.token,
            text=f"{code}U",
            source=counter.Source.TYPED,
            now=utc_now(),
            settings=settings(),
        )
    assert found.look_up_id is not None
    return found.look_up_id


def build_stage() -> Stage:
    """Store one of everything, committed."""
    cast = build_cast()
    password = accounts.hash_password(PASSWORD, settings=settings())
    now = utc_now()
    free, held, kims = claimed_thread(cast), claimed_thread(cast), claimed_thread(cast, cast.kim)
    issued, used = promise(cast), promise(cast)
    answerable = claimed_thread(cast)
    with_door(cast, answerable)
    waiting = [promise(cast, by=cast.ivy) for _ in range(3)]
    done = decide(cast, cast.sam, code=used.code, amount_minor=1000)
    assert isinstance(done, Decided)
    assert done.decision_id is not None
    assert cast.sam.device is not None
    ada = Actor(kind="person", id=cast.ada.person.id, name="Ada", brand_id=cast.brand.id)
    with db.transaction() as session:
        session.merge(cast.ana.person).password_hash = password
        nia = directory.create_person(session, brand_id=cast.brand.id, display_name="Nia", actor=ada, now=now)
        role = directory.give_role(session, nia, Role.AGENT, cast.care.id, actor=ada, now=now)
        hook = webhooks.register(
            session, ada, url="https://receiver.example/in", topics=["*"], config=settings(), now=now
        ).endpoint
        key, _ = accounts.create_key(
            session,
            ada,
            name="Stock",
            scopes=["directory.read"],
            brand_id=cast.brand.id,
            expires_at=now + timedelta(days=1),
            now=now,
        )
        dead = Outcome(channel="webhook", topic="webhook.test", endpoint_id=hook.id, payload={}, state="dead")
        told = Outcome(
            channel="board",
            topic="escalation.approved",
            person_id=cast.ana.person.id,
            payload={},
            state="sent",
        )
        session.add_all([dead, told])
        mail = contacts.add(
            session,
            ada,
            channel=Channel.EMAIL,
            address="store12@northlight.example",
            unit_id=cast.store_12.org_unit_id,
            config=settings(),
            now=now,
        )
        inbox = NewNotice(
            brand_id=cast.brand.id,
            dedup_key="stage",
            channel=Channel.INBOX,
            template=Template.CASE_WAITING,
            escalation_id=issued.id,
            store_id=cast.store_12.id,
            person_id=cast.sam.person.id,
            contact_point_id=None,
            next_at=now,
        )
        notices.put_with_session(session, [inbox])
        inbox_id = notices.id_of(session, "stage")
        place, there = session.get_one(OrgUnit, cast.store_10.org_unit_id), session.merge(cast.store_12)
        dated = calendar_changes.set_hours_on(
            session, place, (now + timedelta(days=9)).date(), hours="closed", label="Fair", actor=ada, now=now
        )
        over = calendar_changes.declare_closure(session, there, label="Power cut", actor=ada, now=now)
        calendar_changes.end_closure(session, over, actor=ada, now=now)
        policies.add_ladder(session, ada, "gifts", ladders.STARTING, note="", now=now)
        listener = channel_accounts.connect(
            session,
            ada,
            channel="listening",
            name="Newsroom",
            values={"signing_secret": SECRET},
            config=settings(),
            now=now,
        )
        search = saved_searches.add(
            session, ada, {"name": "Boots", "any_words": ["northlight"], "not_words": ["giveaway"]}, now=now
        )
        grant = session.exec(select(AuthorityGrant).limit(1)).one()
        claim = session.exec(select(ThreadClaim).where(col(ThreadClaim.thread_id) == free.id)).one()
        claim.released_at = now
        sam = acting(cast.sam)
        new_device = devices.create(session, sam, name="Counter 8", now=now)
        tablet = devices.create(session, sam, name="Counter 9", now=now).device
        session.add(claim)
    watched = [before_hq(cast, promise(cast).id) for _ in range(2)]
    reason = {"reason": "within the season's rule"}
    line = {"type": "exchange", "level": "authorise", "item": "CD", "amount_minor": 2000}
    person, webhook = {"person_id": nia.id}, {"webhook_id": hook.id}
    calls = {
        "accounts.sign_in": Call(None, json={"email": "ana@northlight.example", "password": PASSWORD}),
        "accounts.sign_out": Call("lee"),
        "accounts.create_key": Call(
            "ada",
            json={"name": "Till", "scopes": ["directory.read"], "expires_at": _in_days(30)},
        ),
        "accounts.revoke_key": Call("ada", {"key_id": key.id}),
        "intake.capture": Call(
            "ana",
            json={
                "permalink": "https://x.com/someone/status/1234567890",
                "handle": "someone",
                "text": "The store sent me away.",
                "posted_at": (now - timedelta(hours=1)).isoformat(),
            },
        ),
        "searches.add": Call("ada", json={"name": "Soles", "any_words": ["northlight"], "network": "x"}),
        "searches.change": Call("ada", {"search_id": search.id}, {"enabled": False}),
        "searches.try_text": Call("ada", json={"text": "Northlight boots, a broken sole"}),
        "mentions.take": Call(
            None, {"account_id": listener.id}, mention(posted_at=now.isoformat()), sign=_sign
        ),
        "intake.claim": Call("ana", {"thread_id": free.id}),
        "intake.renew": Call("ana", {"thread_id": held.id}),
        "intake.release": Call("ana", {"thread_id": held.id}, {"reason": "lunch"}),
        "intake.take_over": Call("hana", {"thread_id": kims.id}, reason),
        "intake.set_aside": Call("ana", {"thread_id": free.id}, {"move": "reply_only"}),
        "promises.make": Call(
            "ana",
            json={
                "thread_id": str(held.id),
                "store_scope": "one",
                "store_number": "12",
                "lines": [line],
            },
        ),
        "promises.approve": Call("kim", {"escalation_id": waiting[0].id}, reason),
        "promises.reject": Call("kim", {"escalation_id": waiting[1].id}, reason),
        "promises.cancel": Call("ivy", {"escalation_id": waiting[2].id}, reason),
        "counter.look_up": Call("sam", json={"code": issued.code}),
        "counter.open_shown": Call("sam", {"look_up_id": _offered(cast, str(issued.code))}),
        "counter.decide": Call("sam", json={"action": "honour", "code": issued.code}),
        "counter.undo": Call("sam", {"decision_id": done.decision_id}, {"reason_text": "wrong amount"}),
        "counter.resume": Call("sam", json={"device_id": str(cast.sam.device.id)}),
        "directory.add_handle": Call("ada", json={"network": "x", "handle": "NorthlightHelp"}),
        "directory.bind_handle": Call("ada", {"handle_id": cast.handle.id}, {"external_id": "111"}),
        "directory.suspend_handle": Call("ada", {"handle_id": cast.handle.id}),
        "directory.reactivate_handle": Call("ada", {"handle_id": cast.handle.id}),
        "directory.retire_handle": Call("ada", {"handle_id": cast.handle.id}),
        "people.create": Call("ada", json={"display_name": "Max", "email": "max@northlight.example"}),
        "people.give_role": Call("ada", person, {"role": "lead", "unit_id": str(cast.care.id)}),
        "people.end_role": Call("ada", {**person, "assignment_id": role.id}),
        "people.suspend": Call("ada", person),
        "people.reactivate": Call("ada", person),
        "people.leave": Call("ada", person),
        "people.set_password": Call("ada", person, {"password": "a long enough password"}),
        "people.sign_out": Call("ada", person),
        "people.give_grant": Call(
            "ada", json={"name": "Agent: more", "role": "agent", "levels": ["authorise"]}
        ),
        "people.revoke_grant": Call("ada", {"grant_id": grant.id}),
        "devices.create": Call("sam", json={"name": "Counter 2"}),
        "devices.initialize": Call(None, json={"token": new_device.token, "software": "tests"}),
        "devices.roll": Call("sam", {"device_id": tablet.id}),
        "devices.revoke": Call("sam", {"device_id": tablet.id}),
        "devices.start_code": Call("sam", {"person_id": cast.lee.person.id}),
        "devices.unpause": Call("sam", {"person_id": cast.lee.person.id}),
        "calendars.change_store": Call("ada", {"number": "12"}, {"observes_holidays": True}),
        "calendars.change_unit": Call(
            "ada", {"unit_id": cast.care.id}, {"zone": "America/Chicago", "hours": "Mon-Fri: 8am-8pm"}
        ),
        "calendars.add_exception": Call(
            "ada",
            json={"store_number": "12", "on": _in_days(30)[:10], "hours": "10-4", "label": "Stocktaking"},
        ),
        "calendars.remove_exception": Call("ada", {"exception_id": dated.id}),
        "calendars.close_own": Call("sam", json={"label": "Burst pipe"}),
        "calendars.end_own": Call("sam", {"closure_id": over.id}),
        "calendars.close": Call("ada", {"number": "40"}, {"label": "Flood", "reason": "disaster"}),
        "calendars.end": Call("ada", {"number": "12", "closure_id": over.id}),
        "review.assign": Call("hana", {"review_id": watched[0].review}, {}),
        "review.find": Call(
            "hana",
            {"review_id": watched[1].review},
            {"finding": "noted", "text": "The store was closed.", "cause_code": CAUSE},
        ),
        "policies.publish_policy": Call("ada", json={"definition": sla.STARTING, "note": "As before"}),
        "policies.publish_ladder": Call("ada", {"name": "gifts"}, {"definition": ladders.STARTING}),
        "policies.add_ladder": Call("ada", json={"name": "urgent", "definition": ladders.STARTING}),
        "policies.try_ladder": Call("hana", json={"definition": ladders.STARTING, "days": 7}),
        "causes.load": Call("ada", json=OWN_CAUSES),
        "replies.write": Call(
            "ana", {"thread_id": answerable.id}, {"text": "On our way.", "purpose": "public_reply"}
        ),
        "messages.release": Call("ana", {"message_id": waiting_message(cast, "waiting").id}),
        "messages.mark_sent": Call(
            "ana",
            {"message_id": waiting_message(cast).id},
            {"permalink": "https://x.com/northlight/status/1851"},
        ),
        "messages.send_again": Call(
            "ana", {"message_id": waiting_message(cast, "unknown").id}, {"looked": True}
        ),
        "messages.give_up": Call(
            "ana", {"message_id": waiting_message(cast, "failed_final").id}, {"reason": "She phoned."}
        ),
        "notices.seen": Call("sam", {"notice_id": inbox_id}),
        "notices.add_contact": Call(
            "ada",
            json={"channel": "sms", "address": "+15550100123", "person_id": str(cast.sam.person.id)},
        ),
        "notices.change_contact": Call("ada", {"contact_point_id": mail.id}, {"enabled": True}),
        "notices.test_contact": Call("ada", {"contact_point_id": mail.id}),
        "outcomes.seen": Call("ana", {"outcome_id": told.id}),
        "outcomes.register": Call("ada", json={"url": "https://other.example/in", "topics": ["*"]}),
        "outcomes.change": Call("ada", webhook, {"description": "The till's"}),
        "outcomes.delete": Call("ada", webhook),
        "outcomes.rotate_secret": Call("ada", webhook, {"overlap_hours": 1}),
        "outcomes.send_test": Call("ada", webhook),
        "outcomes.replay_all": Call("ada", webhook),
        "outcomes.replay": Call("ada", {"outcome_id": dead.id}),
    }
    for endpoint, (who, path, body) in life_calls(cast).items():
        calls[endpoint] = Call(who, path, body)
    return Stage(cast, calls)


def _sign(body: bytes) -> dict[str, str]:
    """A listening tool's headers, under a fresh name."""
    return signed(body, name=f"stage-{next(_numbers)}", at=utc_now())


def _in_days(days: int) -> str:
    return (utc_now() + timedelta(days=days)).isoformat()


def routes(app: Flask) -> Iterator[tuple[str, Rule]]:
    """Every (method, rule) of the API that somebody must have a right to, or that is public on purpose."""
    for rule in app.url_map.iter_rules():
        if rule.rule.startswith(f"{PREFIX}/") and "." in rule.endpoint and "swagger" not in rule.endpoint:
            for method in sorted((rule.methods or set()) - {"HEAD", "OPTIONS"}):
                yield method, rule


def write_routes(app: Flask) -> list[str]:
    """The endpoints of every route that changes something."""
    return sorted(rule.endpoint for method, rule in routes(app) if method in WRITES)


def endpoints() -> list[str]:
    """As `write_routes`, for parameters of tests, which are made before there is a database."""
    try:
        return write_routes(create_app())
    finally:
        settings.cache_clear()


def key() -> dict[str, str]:
    """A fresh Idempotency-Key."""
    return {"Idempotency-Key": f"stage-{next(_numbers)}"}


def contract_of(app: Flask, endpoint: str) -> Contract:
    return getattr(app.view_functions[endpoint], "bridge_contract", Contract())


def takes_body(app: Flask, endpoint: str) -> bool:
    return getattr(app.view_functions[endpoint], "bridge_takes_body", False) or reads_raw_body(app, endpoint)


def reads_raw_body(app: Flask, endpoint: str) -> bool:
    return getattr(app.view_functions[endpoint], "bridge_raw_body", False)


def address(app: Flask, endpoint: str, ids: Mapping[str, UUID | str]) -> tuple[str, str]:
    """The method and the address of a route; ids that are not given are drawn."""
    rule = next(rule for rule in app.url_map.iter_rules(endpoint))
    method = next(iter((rule.methods or set()) - {"HEAD", "OPTIONS"}))
    values = {name: ids.get(name, uuid4()) for name in rule.arguments}
    built = rule.build(values)
    assert built is not None
    return method, built[1]


def headers_of(app: Flask, endpoint: str, member: Member | None, *, version: int = 1) -> dict[str, str]:
    """What the route needs beside a body: who calls, a fresh key, a version."""
    asks = contract_of(app, endpoint)
    headers = dict(member.headers) if member else {}
    if asks.key:
        headers |= key()
    if asks.version:
        headers["If-Match"] = f'"{version}"'
    return headers


def send(client: FlaskClient, stage: Stage, endpoint: str, **changes: Any) -> TestResponse:
    """The route's own request; `changes` replace the body (`data`, `json`), `headers`, or `who` sends it."""
    app, call = client.application, stage.calls[endpoint]
    method, path = address(app, endpoint, call.path)
    who = changes.pop("who", call.who)
    member = stage.cast.members[who] if who else None
    version = version_of(call.path["escalation_id"]) if "escalation_id" in call.path else 1
    headers = {**headers_of(app, endpoint, member, version=version), **changes.pop("headers", {})}
    if "data" not in changes:
        changes = json_body(changes.pop("json", call.json))
    if call.sign is not None:
        headers |= call.sign(
            changes["data"].encode() if isinstance(changes["data"], str) else changes["data"]
        )
    return client.open(path, method=method, headers=headers, **changes)


def json_body(body: dict[str, Any] | None) -> dict[str, Any]:
    """The body for the client; the standard library writes what the app's own writer refuses to."""
    return {} if body is None else {"data": json.dumps(body), "content_type": "application/json"}
