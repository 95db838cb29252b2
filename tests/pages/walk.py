"""Walking all routes of the pages: every address filled with ids of one store, opened or sent."""

from dataclasses import dataclass
from datetime import timedelta
from typing import Any
from uuid import UUID

from flask import Flask
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from bridge import db
from bridge.clock import utc_now
from bridge.models import OrgUnit, Store
from bridge.reasons import TransferReason
from bridge.services import calendar_changes, transferring
from tests.api.life_stage import acted, actor_of
from tests.browser.acts.scene import Stage
from tests.cast import Cast, Member, decide, promise
from tests.clockwork import rows
from web import cookies

NOBODYS_ID = "01900000-0000-7000-8000-000000000000"
OF_A_STORE = {
    "escalation_id": "SELECT id FROM escalations WHERE store_id = %(store)s ORDER BY number LIMIT 1",
    "decision_id": "SELECT id FROM decisions WHERE store_id = %(store)s ORDER BY id LIMIT 1",
    "device_id": "SELECT id FROM devices WHERE store_id = %(store)s ORDER BY id LIMIT 1",
    "transfer_id": "SELECT id FROM transfers WHERE to_store_id = %(store)s AND state = 'offered' LIMIT 1",
    "exception_id": "SELECT id FROM calendar_exceptions WHERE unit_id = %(unit)s LIMIT 1",
    "closure_id": "SELECT id FROM closures WHERE store_id = %(store)s LIMIT 1",
    "number": "SELECT number AS id FROM stores WHERE id = %(store)s",
}
"""Arguments that name something of one store."""
OF_THE_BRAND = {
    "account_id": "SELECT id FROM channel_accounts LIMIT 1",
    "search_id": "SELECT id FROM saved_searches LIMIT 1",
    "thread_id": "SELECT id FROM threads ORDER BY id LIMIT 1",
    "point_id": "SELECT id FROM contact_points LIMIT 1",
    "link_id": "SELECT id FROM duplicate_links LIMIT 1",
    "webhook_id": "SELECT id FROM webhook_endpoints LIMIT 1",
    "message_id": "SELECT id FROM channel_messages ORDER BY id LIMIT 1",
    "outcome_id": "SELECT id FROM outcomes WHERE endpoint_id IS NOT NULL LIMIT 1",
    "grant_id": "SELECT id FROM authority_grants LIMIT 1",
    "template_id": "SELECT id FROM promise_templates LIMIT 1",
    "assignment_id": "SELECT id FROM role_assignments LIMIT 1",
    "handle_id": "SELECT id FROM official_handles LIMIT 1",
    "look_alike_id": "SELECT id FROM look_alikes LIMIT 1",
    "file_id": "SELECT id FROM store_files LIMIT 1",
    "key_id": "SELECT id FROM credentials WHERE kind = 'api_key' LIMIT 1",
    "person_id": "SELECT id FROM people ORDER BY id LIMIT 1",
}
"""Arguments that name something which no store owns."""
FIXED = {
    "name": "standard",
    "channel": "x",
    "token": "no-such-link",
    "version": "x",
    "filename": "icon.svg",
    "form": "csv",
    "shown_theme": "dark",
}


@dataclass(frozen=True)
class Route:
    """One address as it is called. `has_secret`: who knows it may use it, or it only asks: no token is needed."""

    endpoint: str
    method: str
    path: str
    permission: Any
    arguments: frozenset[str]
    has_secret: bool = False

    def __str__(self) -> str:
        return f"{self.method} {self.endpoint}"


def routes_of(app: Flask) -> list[Route]:
    """Every page and every form of the product, addresses still with their arguments' names."""
    found = []
    for rule in app.url_map.iter_rules():
        if not rule.endpoint.startswith("page_"):
            continue
        view = app.view_functions[rule.endpoint]
        methods = sorted((rule.methods or set()) & {"GET", "POST", "PUT", "PATCH", "DELETE"})
        found += [
            Route(
                rule.endpoint,
                method,
                rule.rule,
                getattr(view, "bridge_permission", None),
                frozenset(rule.arguments),
                getattr(view, "bridge_secret_in_address", False) or getattr(view, "bridge_asks_only", False),
            )
            for method in methods
        ]
    return found


def address(app: Flask, route: Route, ids: dict[str, Any]) -> str:
    """Where the route is, with these ids."""
    adapter = app.url_map.bind("localhost")
    values = {name: ids[name] for name in route.arguments}
    return str(adapter.build(route.endpoint, values, method=route.method))


def ids_of(store: Store) -> dict[str, Any]:
    """An id for each argument that a route can have: of this store where a store owns it."""
    asked = {"store": store.id, "unit": store.org_unit_id}
    found: dict[str, Any] = {**FIXED}
    for name, sql in {**OF_A_STORE, **OF_THE_BRAND}.items():
        of_it = rows(sql, **(asked if "%(" in sql else {}))
        found[name] = of_it[0].id if of_it else UUID(NOBODYS_ID)
    return found


def offer_to_store_10(store: Store) -> UUID:
    """An offer of this store to one that has no part in the walk."""
    sql = """
        SELECT t.id FROM transfers t JOIN stores s ON s.id = t.to_store_id
        WHERE s.number = '10' AND t.from_store_id = %(id)s
    """
    found: UUID = rows(sql, id=store.id)[0].id
    return found


_LIVE_AGAIN = """
    WITH devices AS (UPDATE devices SET revoked_at = NULL WHERE revoked_at IS NOT NULL)
    UPDATE credentials SET revoked_at = NULL, locked_at = NULL
    WHERE id = %(id)s AND (revoked_at IS NOT NULL OR locked_at IS NOT NULL)
"""


class Walker:
    """Somebody's browser that sends every form with a right token, whatever the form holds."""

    def __init__(self, app: Flask, member: Member | None) -> None:
        self.client: FlaskClient = app.test_client()
        self.member = member
        if member is not None:
            self.client.set_cookie(cookies.SESSION, member.token)
        self.token = self.client.get("/sign-in").get_data(as_text=True).split('name="csrf_token" value="')[1]
        self.token = self.token.partition('"')[0]
        forms = self.client.get_cookie(cookies.FORMS)
        assert forms is not None
        self.forms = forms.value

    def call(self, route: Route, path: str, *, with_token: bool = True, **values: str) -> TestResponse:
        """Open or send. A session that the form ended lives again for the next one."""
        if route.method == "GET":
            return self.client.get(path)
        data = {**({"csrf_token": self.token} if with_token else {}), **values}
        answer = self.client.open(path, method=route.method, data=data)
        self._live_again()
        return answer

    def _live_again(self) -> None:
        self.client.set_cookie(cookies.FORMS, self.forms)
        if self.member is None:
            return
        with db.statement() as connection:
            connection.execute(_LIVE_AGAIN, {"id": self.member.credential_id})
        self.client.set_cookie(cookies.SESSION, self.member.token)


def fill_both_stores(stage: Stage) -> None:
    """Store 40 gets what store 12 has: a used code, an offer, a closure, other hours."""
    cast = stage.cast
    for store, manager, other in ((cast.store_12, cast.sam, "40"), (cast.store_40, cast.mia, "12")):
        used, *offered = (promise(cast, store_number=store.number, amount_minor=100) for _ in range(3))
        decide(cast, manager, code=used.code)
        for case, to_number in zip(offered, (other, "10"), strict=True):
            acted(
                transferring.offer,
                manager,
                case.id,
                by_store=True,
                to_number=to_number,
                reason=TransferReason.NO_STOCK,
                note="",
            )
        _close(cast, store)


def _close(cast: Cast, store: Store) -> None:
    now, actor = utc_now(), actor_of(cast.ada)
    with db.transaction() as session:
        unit = session.get_one(OrgUnit, store.org_unit_id)
        day = (now + timedelta(days=9)).date()
        calendar_changes.set_hours_on(
            session, unit, day, hours="closed", label="Stocktaking", actor=actor, now=now
        )
        calendar_changes.declare_closure(
            session, session.get_one(Store, store.id), label="Burst pipe", actor=actor, now=now
        )
