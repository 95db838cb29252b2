"""Every route as everybody: who may is told by `bridge.roles` alone.

Routes come from the URL map and expectations from `can` and `reach`, so a new route without a
declared permission, or with a wrong one, fails here. Ids in addresses are drawn: whoever may use
the route then gets 404 or a refusal of the body, never 401 or 403.
"""

from collections.abc import Iterator
from datetime import timedelta
from typing import Any
from uuid import UUID

import psycopg
import pytest
from flask import Flask
from flask.testing import FlaskClient

import web
from api import create_app
from api.auth import PUBLIC, SIGNED_IN
from bridge import db
from bridge.clock import utc_now
from bridge.models import Brand, Credential, Device, OrgUnit, Person, RoleAssignment
from bridge.queries.callers import hash_of_secret, identify
from bridge.roles import Actor, Permission, Role, can, reach
from bridge.services import accounts
from bridge.settings import settings
from tests.api.stage import Stage, address, build_stage, headers_of, json_body, routes, send
from tests.cast import Member, promise
from tests.conftest import Servers
from tests.emptying import empty
from tests.pins import give_pins, paired_tablet, signed_in

CAST = ("ana", "kim", "ivy", "sam", "lee", "mia", "hana", "ada")
OTHERS = ("auditor", "district", "store_admin", "key_all", "key_one", "persons_key", "tablet")
NOBODIES = ("expired", "revoked", "idle", "suspended", "lost_device")
AT_THE_STORE = "counter."


@pytest.fixture(scope="module")
def stage(environment: Servers) -> Stage:
    empty(environment.database_url)
    stage = build_stage()
    with db.transaction() as session:
        stage.cast.members |= _more_people(session, stage)
        stage.cast.members |= _keys(session, stage)
    give_pins(stage.cast)
    stage.cast.members["tablet"] = signed_in(stage.cast, paired_tablet(stage.cast), "sam")
    return stage


@pytest.fixture(scope="module")
def client(checked_app: Flask) -> Iterator[FlaskClient]:
    with checked_app.test_client() as client:
        yield client


def _more_people(session: db.Session, stage: Stage) -> dict[str, Member]:
    cast, now = stage.cast, utc_now()
    lost = Device(store_id=cast.store_12.id, name="lost tablet", revoked_at=now)
    tablet = Device(store_id=cast.store_12.id, name="district's tablet")
    session.add_all([lost, tablet])
    session.flush()
    at_store_12 = {"store_id": cast.store_12.id, "device_id": tablet.id}
    found = {}
    for name, role, unit_id, changes in (
        ("auditor", Role.AUDITOR, cast.hq.id, {}),
        ("district", Role.DISTRICT_MANAGER, cast.district.id, at_store_12),
        ("store_admin", Role.ADMIN, cast.store_12.org_unit_id, {}),
        ("expired", Role.ADMIN, cast.hq.id, {"expires_at": now - timedelta(seconds=1)}),
        ("revoked", Role.ADMIN, cast.hq.id, {"revoked_at": now}),
        ("idle", Role.ADMIN, cast.hq.id, {"last_seen_at": now - timedelta(hours=13)}),
        ("suspended", Role.ADMIN, cast.hq.id, {}),
        ("lost_device", Role.ADMIN, cast.hq.id, {"device_id": lost.id}),
    ):
        status = "suspended" if name == "suspended" else "active"
        person = Person(brand_id=cast.brand.id, display_name=name, status=status)
        session.add(person)
        session.flush()
        session.add(RoleAssignment(person_id=person.id, role=role, org_unit_id=unit_id))
        found[name] = _session(session, person, **changes)
    return found


def _session(session: db.Session, person: Person, **changes: Any) -> Member:
    token = f"token-of-{person.display_name}-{person.id}"
    values = {"expires_at": utc_now() + timedelta(days=1), **changes}
    credential = Credential(
        kind="api_session",
        secret_hash=hash_of_secret(token),
        brand_id=person.brand_id,
        person_id=person.id,
        **values,
    )
    session.add(credential)
    session.flush()
    return Member(person, token, credential.id)


def _keys(session: db.Session, stage: Stage) -> dict[str, Member]:
    cast, now = stage.cast, utc_now()
    found = {}
    for name, scopes, person in (
        ("key_all", [permission.value for permission in Permission], None),
        ("key_one", ["directory.read"], None),
        ("persons_key", ["intake.read"], cast.kim.person),
    ):
        key, secret = accounts.create_key(
            session,
            Actor(kind="person", id=cast.ada.person.id, name="Ada", brand_id=cast.brand.id),
            name=name,
            scopes=scopes,
            brand_id=cast.brand.id,
            expires_at=now + timedelta(days=1),
            person_id=person.id if person else None,
            now=now,
        )
        found[name] = Member(person or cast.ada.person, secret, key.id)
    return found


def declared(app: Flask, endpoint: str) -> tuple[Permission | str | None, bool]:
    view = app.view_functions[endpoint]
    return getattr(view, "bridge_permission", None), getattr(view, "bridge_brand_wide", False)


def may(actor: Actor, permission: Permission | str, *, brand_wide: bool) -> bool:
    """What the roles say. The counter's rights count at the caller's own store alone."""
    if not isinstance(permission, Permission):
        return True
    if permission.value.startswith(AT_THE_STORE):
        return actor.store_id is not None and can(actor, permission, at=actor.store_path)
    return can(actor, permission) and not (brand_wide and reach(actor, permission) is not None)


def call(client: FlaskClient, stage: Stage, endpoint: str, member: Member | None, token: str = "") -> int:
    """Send the route's own body to an address with drawn ids."""
    app = client.application
    method, path = address(app, endpoint, {})
    headers = headers_of(app, endpoint, member)
    if token:
        headers["Authorization"] = token
    known = stage.calls.get(endpoint)
    body = {**known.json} if known and known.json else None
    if body and "thread_id" in body:
        body["thread_id"] = str(stage.cast.brand.id)
    if endpoint == "counter.decide":
        body = {"action": "honour", "code": "7777-7777-7777"}
    return client.open(path, method=method, headers=headers, **json_body(body)).status_code


def test_every_route_of_the_api_and_the_pages_declares_a_permission(environment: Servers) -> None:
    app = create_app()
    web.register(app)

    undeclared = [
        rule.rule
        for rule in app.url_map.iter_rules()
        if getattr(app.view_functions[rule.endpoint], "bridge_permission", None) is None
        and not rule.endpoint.endswith("static")
    ]
    assert undeclared == []


def test_only_these_routes_are_public(checked_app: Flask) -> None:
    open_to_all = {
        rule.endpoint for _, rule in routes(checked_app) if declared(checked_app, rule.endpoint)[0] == PUBLIC
    }
    known = {"accounts.sign_in", "devices.initialize", "directory.is_official", "mentions.take"}
    assert open_to_all == known


def test_a_route_without_a_permission_is_refused(
    checked_app: Flask, client: FlaskClient, stage: Stage
) -> None:
    view = checked_app.view_functions["accounts.me"]
    before = view.__dict__.pop("bridge_permission")
    try:
        answer = FlaskClient(checked_app).get("/api/v1/me", headers=stage.cast.ada.headers)
    finally:
        view.__dict__["bridge_permission"] = before

    assert (answer.status_code, answer.json["code"]) == (403, "not_permitted")


@pytest.mark.parametrize("who", [*CAST, *OTHERS])
def test_a_route_is_open_to_whom_the_roles_allow_and_to_nobody_else(
    client: FlaskClient, stage: Stage, who: str, owner: psycopg.Connection[Any]
) -> None:
    member = stage.cast.members[who]
    with db.statement() as connection:
        known = identify(connection, member.token, now=utc_now(), settings=settings())
    assert known is not None
    actor, _ = known
    wrong = []

    for _, rule in routes(client.application):
        permission, brand_wide = declared(client.application, rule.endpoint)
        assert permission is not None
        status = call(client, stage, rule.endpoint, member)
        allowed = may(actor, permission, brand_wide=brand_wide)
        if (status != 403) is not allowed or status == 401 or status >= 500:
            wrong.append((rule.endpoint, status, allowed))
        if permission == SIGNED_IN:
            owner.execute("UPDATE credentials SET revoked_at = NULL WHERE id = %s", [member.credential_id])

    assert not wrong, f"(route, status, allowed by the roles): {wrong}"


@pytest.mark.parametrize("who", [*NOBODIES, "nobody", "wrong token", "a person's id", "basic"])
def test_without_a_live_credential_every_route_answers_401(
    client: FlaskClient, stage: Stage, who: str
) -> None:
    member = stage.cast.members.get(who)
    token = {
        "wrong token": "Bearer no-such-token",
        "a person's id": f"Bearer {stage.cast.ada.person.id}",
        "basic": "Basic YWRhOmFkYQ==",
    }.get(who, "")

    for _, rule in routes(client.application):
        if declared(client.application, rule.endpoint)[0] != PUBLIC:
            assert call(client, stage, rule.endpoint, member, token) == 401, rule.endpoint


# Own and foreign: ids that exist, of another store, district or brand.


@pytest.fixture(scope="module")
def rival(stage: Stage) -> dict[str, Member]:
    """An administrator, a lead and a store's manager of another brand, with every right over there."""
    with db.transaction() as session:
        brand = Brand(name="Rival")
        session.add(brand)
        session.flush()
        hq = OrgUnit(brand_id=brand.id, kind="hq", name="HQ")
        session.add(hq)
        session.flush()
        found = {}
        for role in (Role.ADMIN, Role.LEAD, Role.HQ):
            person = Person(brand_id=brand.id, display_name=f"Rival {role.value}")
            session.add(person)
            session.flush()
            session.add(RoleAssignment(person_id=person.id, role=role, org_unit_id=hq.id))
            found[role.value] = _session(session, person)
    return found


def real_ids(stage: Stage) -> dict[str, UUID]:
    found: dict[str, UUID] = {}
    for call_of in stage.calls.values():
        found |= call_of.path
    return {**found, "escalation_id": stage.calls["promises.approve"].path["escalation_id"]}


def test_another_brand_finds_nothing_of_ours(
    client: FlaskClient, stage: Stage, rival: dict[str, Member], owner: psycopg.Connection[Any]
) -> None:
    ids = real_ids(stage)
    counted = "SELECT count(*), (SELECT count(*) FROM timeline) FROM outcomes"
    before = owner.execute(counted).fetchone()
    reached = []

    for _, rule in routes(client.application):
        known = stage.calls.get(rule.endpoint)
        if not rule.arguments - {"number"} or rule.endpoint.startswith("counter."):
            continue
        if declared(client.application, rule.endpoint)[0] == PUBLIC:
            continue  # a signature counts there, and nobody's token
        for member in rival.values():
            method, path = address(client.application, rule.endpoint, ids)
            headers = headers_of(client.application, rule.endpoint, member, version=2)
            body = json_body(known.json if known else None)
            status = client.open(path, method=method, headers=headers, **body).status_code
            reached.append(status)
            assert status in {403, 404}, (rule.endpoint, status)

    assert 404 in reached
    assert owner.execute(counted).fetchone() == before


def test_another_brand_s_lists_are_empty_of_ours(
    client: FlaskClient, stage: Stage, rival: dict[str, Member]
) -> None:
    for place, role in (
        ("threads?filter=all", "lead"),
        ("escalations", "lead"),
        ("stores", "admin"),
        ("handles", "admin"),
        ("grants", "admin"),
        ("webhooks", "admin"),
        ("outcomes", "admin"),
        ("keys", "admin"),
        ("contact-points", "admin"),
        ("contact-points/faults", "admin"),
        ("notices", "admin"),
        ("board", "lead"),
    ):
        assert client.get(f"/api/v1/{place}", headers=rival[role].headers).json["items"] == [], place


@pytest.mark.parametrize(
    ("endpoint", "change"),
    [
        ("people.give_role", "unit_id"),
        ("people.give_grant", "person_id"),
        ("people.give_grant", "scope_unit_id"),
        ("directory.add_handle", "owner_unit_id"),
        ("accounts.create_key", "person_id"),
        ("notices.add_contact", "person_id"),
        ("promises.make", "thread_id"),
        ("promises.make", "group_unit_id"),
    ],
)
def test_an_id_of_another_brand_in_a_body_is_refused(
    client: FlaskClient, stage: Stage, rival: dict[str, Member], endpoint: str, change: str
) -> None:
    with db.transaction() as session:
        foreign = session.get_one(Person, rival["admin"].person.id)
        unit = OrgUnit(brand_id=foreign.brand_id, kind="care_team", name=f"{endpoint} {change}")
        session.add(unit)
        session.flush()
    body = {**(stage.calls[endpoint].json or {}), change: str(foreign.id if "person" in change else unit.id)}
    if change == "person_id" and endpoint == "people.give_grant":
        del body["role"]
    if change == "group_unit_id":
        del body["store_number"]
        body["store_scope"] = "group"

    answer = send(client, stage, endpoint, json=body)

    assert answer.status_code in {404, 422}, answer.json


def test_mia_of_store_40_neither_sees_nor_changes_what_is_store_12_s(
    client: FlaskClient, stage: Stage
) -> None:
    mia, made = stage.cast.mia, promise(stage.cast)

    seen = client.post("/api/v1/counter/look-up", headers=mia.headers, json={"code": made.code})
    undone = send(client, stage, "counter.undo", who="mia")
    resumed = send(client, stage, "counter.resume", who="mia")
    honoured = send(client, stage, "counter.decide", who="mia", json={"action": "honour", "code": made.code})
    declined = send(
        client,
        stage,
        "counter.decide",
        who="mia",
        json={"action": "decline", "reason": "D01", "escalation_id": str(made.id)},
    )

    assert seen.json["verdict"] == "other_store"
    assert "escalation" not in seen.json
    assert (undone.status_code, resumed.status_code) == (404, 404)
    assert (honoured.status_code, declined.status_code) == (409, 409)
    expected = client.get("/api/v1/counter/inbox", headers=mia.headers).json["items"]
    assert str(made.id) not in {row["id"] for row in expected}


def test_a_district_manager_reads_the_own_district_alone(client: FlaskClient, stage: Stage) -> None:
    here, there = promise(stage.cast), promise(stage.cast, store_number="40")
    headers = stage.cast.members["district"].headers

    listed = client.get("/api/v1/escalations?limit=200", headers=headers).json["items"]

    assert {row["store_number"] for row in listed} == {"12"}
    assert client.get(f"/api/v1/escalations/{here.id}", headers=headers).status_code == 200
    assert client.get(f"/api/v1/escalations/{there.id}", headers=headers).status_code == 404
