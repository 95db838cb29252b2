"""All routes, as each role, with the own store's ids and another store's: who is let in, and with which headers.

Never a crash, never another store's things, never a form without its token, and on every answer
the headers that keep a browser safe.
"""

import secrets
from collections.abc import Callable, Iterator

import pytest
from flask import Flask
from werkzeug.test import TestResponse

from api.observed import HEADERS
from bridge.models import Store
from bridge.roles import Permission
from tests.browser.acts.scene import Stage
from tests.browser.stage import fill
from tests.cast import able_to_sign_in, build_cast
from tests.clockwork import rows
from tests.conftest import Servers
from tests.keeping import filled
from tests.pages.walk import (
    FIXED,
    NOBODYS_ID,
    OF_A_STORE,
    OF_THE_BRAND,
    Route,
    Walker,
    address,
    fill_both_stores,
    ids_of,
    offer_to_store_10,
    routes_of,
)
from web.sessions import PUBLIC

FILLED_IN = {
    "annul_reason": "the wrong customer",
    "note_text": "Behind the till.",
    "note_visibility": "store",
    "question": "Q03",
    "question_text": "Which one?",
    "to_store": "10",
    "transfer_reason": "no_stock",
    "label": "Burst pipe",
    "reason": "store_closed_unplanned",
}
"""Enough for most forms, so that who may not send them is refused for that alone."""
EVERYBODY = ["", "ana", "kim", "ivy", "sam", "lee", "mia", "hana", "ada"]


@pytest.fixture
def stage(environment: Servers) -> Stage:
    return filled(environment.database_url, "both stores", filled_stage)


def filled_stage() -> Stage:
    stage = fill(able_to_sign_in(build_cast()))
    fill_both_stores(stage)
    return stage


@pytest.fixture
def app(made_app: Flask, stage: Stage) -> Flask:
    return made_app


def header_faults(answer: TestResponse) -> Iterator[str]:
    """What an answer lacks, or says and should not."""
    for name, value in HEADERS.items():
        if name == "X-Frame-Options" and answer.headers.get(name) == "SAMEORIGIN":
            continue  # the demo's two screens
        if answer.headers.get(name) != value:
            yield f"{name}: {answer.headers.get(name)}"
    policy = answer.headers.get("Content-Security-Policy", "")
    for piece in ("default-src 'self'", "object-src 'none'", "base-uri 'none'", "form-action 'self'"):
        if piece not in policy:
            yield f"no {piece} in {policy!r}"
    if "unsafe" in policy or "*" in policy:
        yield f"a hole in {policy!r}"
    kept = answer.headers.get("Cache-Control", "")
    if "no-store" not in kept and not (answer.status_code == 200 and "public" in kept):
        yield f"may be kept: {kept!r}"
    plain = answer.status_code == 304 or not answer.data or answer.content_type == "application/json"
    if not plain and "charset=utf-8" not in answer.content_type:
        yield f"says {answer.content_type}"
    for cookie in answer.headers.getlist("Set-Cookie"):
        if "HttpOnly" not in cookie or "SameSite=Lax" not in cookie or "Path=/" not in cookie:
            yield f"an open cookie: {cookie.partition('=')[0]}"
    for name in ("Server", "X-Powered-By"):
        if name in answer.headers:
            yield f"tells its {name}"


def walked(
    app: Flask,
    stage: Stage,
    who: str,
    ids: dict[str, object],
    *,
    with_token: bool = True,
    but: Callable[[Route], bool] = lambda _: False,
) -> Iterator[tuple[Route, TestResponse]]:
    """Each route once, `but` those of which the test would learn nothing."""
    walker = Walker(app, stage.cast.members[who] if who else None)
    for route in routes_of(app):
        if but(route):
            continue
        path, key = address(app, route, ids), secrets.token_urlsafe(18)
        yield route, walker.call(route, path, with_token=with_token, key=key, **FILLED_IN)


def no_route(route: Route) -> bool:
    return False


def without_ids(route: Route) -> bool:
    """Its address is the same whatever there is."""
    return not route.arguments


def is_opened(route: Route) -> bool:
    return route.method == "GET"


def test_every_argument_of_a_route_is_known_to_the_walk(app: Flask) -> None:
    known = {*OF_A_STORE, *OF_THE_BRAND, *FIXED}

    assert {name for route in routes_of(app) for name in route.arguments} - known == set()


@pytest.mark.parametrize("who", EVERYBODY)
def test_nothing_crashes_and_every_answer_is_closed(app: Flask, stage: Stage, who: str) -> None:
    faults, real = [], ids_of(stage.cast.store_12)
    unreal = dict.fromkeys(real, NOBODYS_ID)
    for ids, but in ((real, no_route), (unreal, without_ids)):
        for route, answer in walked(app, stage, who, ids, but=but):
            faults += [f"{route}: {answer.status_code} {fault}" for fault in header_faults(answer)]
            if answer.status_code >= 500:
                faults.append(f"{route}: {answer.status_code}")

    assert not faults, "\n".join(faults)


@pytest.mark.parametrize(
    ("who", "own", "other"), [("sam", "12", "40"), ("lee", "12", "40"), ("mia", "40", "12")]
)
def test_a_store_reaches_its_own_things_and_no_other_store_s(
    app: Flask, stage: Stage, who: str, own: str, other: str
) -> None:
    stores: dict[str, Store] = {"12": stage.cast.store_12, "40": stage.cast.store_40}
    of_a_store = {route for route in routes_of(app) if route.arguments & set(OF_A_STORE)}
    before = everything_of(stores[other])
    refused, let_in = [], set()
    ids = {**ids_of(stores[own]), **store_ids(stores[other])}
    no_store_s_page = {route for route in routes_of(app) if is_opened(route) and route not in of_a_store}
    for route, answer in walked(app, stage, who, ids, but=no_store_s_page.__contains__):
        if route in of_a_store and route.permission != PUBLIC and answer.status_code not in {403, 404}:
            refused.append(f"{route}: {answer.status_code}")
    after = everything_of(stores[other])
    own_pages = {route for route in of_a_store if is_opened(route)}
    for route, answer in walked(app, stage, who, ids_of(stores[own]), but=lambda r: r not in own_pages):
        if answer.status_code == 200:
            let_in.add(route.endpoint)

    assert not refused, "\n".join(refused)
    assert before == after
    assert "page_store_life.show" in let_in, "the walk would refuse everything"


def store_ids(store: Store) -> dict[str, object]:
    """Things of that store in which no other store of the walk has a part."""
    found = {**ids_of(store), "transfer_id": offer_to_store_10(store)}
    return {name: found[name] for name in OF_A_STORE}


def everything_of(store: Store) -> list[object]:
    """What another store's forms could have changed."""
    return [
        rows(
            "SELECT id, status, version, head_seq FROM escalations WHERE store_id = %(id)s ORDER BY 1",
            id=store.id,
        ),
        rows("SELECT count(*) FROM decisions WHERE store_id = %(id)s", id=store.id),
        rows("SELECT id, state FROM transfers WHERE to_store_id = %(id)s ORDER BY 1", id=store.id),
        rows(
            "SELECT count(*) FROM calendar_exceptions WHERE unit_id = %(id)s AND removed_at IS NULL",
            id=store.org_unit_id,
        ),
        rows("SELECT count(*) FROM closures WHERE store_id = %(id)s AND ends_at IS NULL", id=store.id),
    ]


def test_no_form_counts_without_its_token(app: Flask, stage: Stage) -> None:
    ids, taken = ids_of(stage.cast.store_12), []
    for who in EVERYBODY:
        for route, answer in walked(app, stage, who, ids, with_token=False, but=is_opened):
            signs_in_first = answer.status_code == 303 and "/sign-in" in answer.headers["Location"]
            refused = answer.status_code in {400, 403} or (not who and signs_in_first)
            if not refused and not route.has_secret:
                taken.append(f"{who} {route}: {answer.status_code}")

    assert not taken, "\n".join(taken)


def test_no_page_changes_anything_when_it_is_only_opened(app: Flask, stage: Stage) -> None:
    """No effect on GET: the history is as long afterwards as before, whoever looks at whatever."""
    before, ids = history(), ids_of(stage.cast.store_12)
    for who in EVERYBODY:
        walker = Walker(app, stage.cast.members[who] if who else None)
        for route in routes_of(app):
            if is_opened(route):
                walker.call(route, address(app, route, ids))

    assert history() == before


def history() -> list[object]:
    """Who looked at a code and who took an export is written down, which is no effect on a case."""
    told = """
        SELECT action, count(*) FROM timeline WHERE action <> 'code.shown' AND action NOT LIKE 'export.%%'
        GROUP BY 1 ORDER BY 1
    """
    return rows(told) + rows("SELECT sum(version) FROM escalations")


def test_the_walk_notices_a_page_without_headers(app: Flask, stage: Stage) -> None:
    answer = Walker(app, stage.cast.sam).client.get("/counter")
    assert list(header_faults(answer)) == []

    del answer.headers["X-Content-Type-Options"]
    answer.headers["Cache-Control"] = "private"

    assert len(list(header_faults(answer))) == 2


@pytest.mark.parametrize("name", ["", "start.js", "swagger-ui.css"])
def test_the_api_s_page_to_read_is_closed_as_well(app: Flask, name: str) -> None:
    with app.test_client().get(f"/api/v1/docs/{name}") as answer:
        assert answer.status_code == 200
        assert not list(header_faults(answer))


def test_permissions_of_the_walk_are_those_of_the_pages(app: Flask) -> None:
    assert all(
        isinstance(route.permission, Permission) or route.permission in {"public", "signed_in"}
        for route in routes_of(app)
    )
