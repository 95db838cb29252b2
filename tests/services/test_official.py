"""Our official accounts: who is told that they are ours, their links looked at, and what looks like them."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread
from typing import Any
from uuid import uuid4

import pytest

from bridge import db
from bridge.channels.calling import Answered, Request
from bridge.channels.webhook import Failed
from bridge.clock import utc_now
from bridge.errors import Conflict, IllegalAction, NotFound, UnsafeAddress
from bridge.look_alikes import Why
from bridge.models import OfficialHandle
from bridge.models.base import new_id
from bridge.services import capturing, directory, official, official_checks
from bridge.services.capturing import Captured
from bridge.settings import read_settings, settings
from tests.cast import Cast, acting
from tests.channels.answers import answer
from tests.clockwork import rows

SITE = "https://northlight.example/contact"
HANDLE = "northlight@social.example"
LINKED = b'<html><a rel="me" href="https://social.example/@northlight">Mastodon</a></html>'
VERIFIED = {"id": "9", "fields": [{"value": SITE, "verified_at": "2026-11-01T00:00:00Z"}]}


class World:
    """The networks and our pages, by the beginning of an address; what is not there is not found."""

    def __init__(self, **pages: Any) -> None:
        self.pages = pages
        self.asked: list[str] = []

    def __call__(self, request: Request) -> Answered | Failed:
        self.asked.append(request.url)
        assert request.method == "GET"
        site = self.pages.get("site", answer(404))
        found: Answered | Failed = site if request.url == SITE else self.pages.get("network", answer(404))
        return self.pages.get("domain", answer(404)) if request.url.endswith("atproto-did") else found


def enter(cast: Cast, **more: Any) -> OfficialHandle:
    with db.transaction() as session:
        return directory.add_handle(
            session,
            **{
                "brand_id": cast.brand.id,
                "network": "mastodon",
                "handle": HANDLE,
                "external_id": "9",
                "site_url": SITE,
                "actor": acting(cast.ada),
                "now": utc_now(),
                **more,
            },
        )


def asked(network: str, handle: str, external_id: str = "", *, now: datetime | None = None) -> bool:
    with db.statement() as connection:
        return official.is_ours(connection, network, handle, external_id=external_id, now=now or utc_now())


def check(world: World, now: datetime | None = None) -> dict[str, int]:
    moment = now or utc_now()
    return dict(official_checks.check_due(settings(), ask=world, clock=lambda: moment))


def stored(one: OfficialHandle) -> tuple[str, str, datetime | None]:
    row = rows(
        "SELECT check_result, check_reason, last_checked_at FROM official_handles WHERE id = %(id)s",
        id=one.id,
    )
    return row[0].check_result, row[0].check_reason, row[0].last_checked_at


@pytest.fixture(autouse=True)
def only_ours(cast: Cast) -> None:
    """The account of the cast is not due: these tests enter their own."""
    with db.transaction() as session:
        session.get_one(OfficialHandle, cast.handle.id).check_at = None


# Is it ours?


def test_an_account_is_ours_by_handle_and_by_the_network_s_id(cast: Cast) -> None:
    enter(cast)

    assert asked("mastodon", f"@{HANDLE.upper()}")
    assert asked("mastodon", HANDLE, "9")
    assert asked("mastodon", "renamed@social.example", "9")
    assert not asked("mastodon", HANDLE, "10")
    assert not asked("x", HANDLE)
    assert not asked("mastodon", "northlight_care@social.example")
    assert not asked("mastodon", HANDLE, now=utc_now() - timedelta(days=1))


@pytest.mark.parametrize(
    "handle", ["", "a b", "\0", "\ud800", "x" * 5_000, "'; DROP TABLE posts; --", "%", "_"]
)
def test_an_odd_name_is_simply_not_known(cast: Cast, handle: str) -> None:
    enter(cast)

    assert not asked("mastodon", handle)
    assert not asked("\0", HANDLE)


@pytest.mark.parametrize("act", [directory.suspend_handle, directory.retire_handle])
def test_an_account_that_does_not_speak_for_us_is_not_known(cast: Cast, act: Any) -> None:
    one = enter(cast)
    with db.transaction() as session:
        act(session, session.get_one(OfficialHandle, one.id), actor=acting(cast.ada), now=utc_now())

    assert not asked("mastodon", HANDLE)
    assert HANDLE not in str(shown())


def test_one_id_of_a_network_is_one_account_of_ours(cast: Cast) -> None:
    enter(cast)
    other = enter(cast, handle="care@social.example", external_id=None)

    with pytest.raises(Conflict):
        enter(cast, handle="third@social.example")
    with db.transaction() as session, pytest.raises(Conflict):
        bind(session, other, external_id="9", actor=acting(cast.ada))
    assert enter(cast, network="bluesky", handle="northlight.example").external_id == "9"


def bind(session: Any, one: OfficialHandle, **values: Any) -> None:
    directory.bind_handle(
        session,
        session.get_one(OfficialHandle, one.id),
        **{"external_id": None, "site_url": "", "now": utc_now(), **values},
    )


def shown(now: datetime | None = None) -> list[official.Account]:
    with db.statement() as connection:
        return official.listed(connection, now=now or utc_now())


# Both links.


def test_both_directions_are_seen_and_told_while_they_are_fresh(cast: Cast) -> None:
    one, now = enter(cast), utc_now()

    assert check(World(site=answer(200, LINKED), network=answer(200, VERIFIED)), now) == {"both": 1}

    assert stored(one) == ("both", "", now)
    told = next(it for it in shown(now + timedelta(hours=71)) if it.handle == HANDLE)
    stale = next(it for it in shown(now + timedelta(hours=73)) if it.handle == HANDLE)
    assert told.checked_at == now
    assert stale.checked_at is None


def test_a_check_is_made_once_a_day(cast: Cast) -> None:
    enter(cast)
    now, world = utc_now(), World(site=answer(200, LINKED), network=answer(200, VERIFIED))

    assert check(world, now) == {"both": 1}
    assert check(world, now + timedelta(hours=23)) == {}
    assert check(world, now + timedelta(hours=25)) == {"both": 1}


@pytest.mark.parametrize(
    ("site", "network", "result", "reason"),
    [
        (answer(200, LINKED), answer(200, {"id": "9", "fields": []}), "page_only", "no_verified_field"),
        (answer(200, b"<html>"), answer(200, VERIFIED), "account_only", "page_without_link"),
        (answer(200, b"<html>"), answer(200, {"id": "9"}), "neither", "page_without_link"),
        (answer(200, LINKED), answer(200, {**VERIFIED, "id": "10"}), "other_id", "handle_belongs_to_another"),
        (answer(200, LINKED), answer(404), "page_only", "account_not_found"),
        (answer(301, b"", location="https://x.example"), answer(200, VERIFIED), "", "status_301"),
        (Failed("timeout", 1.0), answer(200, VERIFIED), "", "timeout"),
        (answer(200, LINKED), answer(503), "", "status_503"),
        (Failed("unsafe_address", 0.0), answer(200, VERIFIED), "", "unsafe_address"),
    ],
)
def test_what_is_seen_is_written_down(
    cast: Cast, site: Answered | Failed, network: Answered | Failed, result: str, reason: str
) -> None:
    one = enter(cast)

    check(World(site=site, network=network))

    assert stored(one)[:2] == (result, reason)
    assert [it.checked_at for it in shown() if it.handle == HANDLE] in ([None], [])


def test_what_cannot_be_asked_is_tried_again_soon_and_the_last_answer_grows_old(cast: Cast) -> None:
    one, now = enter(cast), utc_now()
    check(World(site=answer(200, LINKED), network=answer(200, VERIFIED)), now)
    later = now + timedelta(hours=25)

    assert check(World(site=Failed("timeout", 1.0)), later) == {"unknown": 1}
    assert stored(one) == ("both", "timeout", now)
    assert check(World(site=Failed("timeout", 1.0)), later + timedelta(hours=1)) == {}
    assert check(World(site=Failed("timeout", 1.0)), later + timedelta(hours=3)) == {"unknown": 1}


def test_a_handle_that_somebody_else_took_is_not_told_as_ours(cast: Cast) -> None:
    one = enter(cast)

    check(World(site=answer(200, LINKED), network=answer(200, {**VERIFIED, "id": "10"})))

    assert not asked("mastodon", HANDLE)
    assert not asked("mastodon", HANDLE, "10")
    assert HANDLE not in str(shown())
    with db.transaction() as session:
        assert directory.handle_status(session, "mastodon", HANDLE, at=utc_now()).status == "unknown"
        bind(session, one, external_id="10", site_url=SITE, actor=acting(cast.ada))
    assert asked("mastodon", HANDLE, "10")


def test_a_bluesky_account_under_our_own_domain_is_proven_by_it(cast: Cast) -> None:
    enter(cast, network="bluesky", handle="northlight.example", external_id="did:plc:ours")
    page = b'<a rel="me" href="https://bsky.app/profile/northlight.example">'
    world = World(
        site=answer(200, page),
        network=answer(200, {"did": "did:plc:ours"}),
        domain=answer(200, b"did:plc:ours\n"),
    )

    assert check(world) == {"both": 1}
    assert "https://northlight.example/.well-known/atproto-did" in world.asked


def test_a_network_that_tells_nothing_is_not_asked(cast: Cast) -> None:
    one = enter(cast, network="x", handle="NorthlightHelp")
    world = World(site=answer(200, b'<a rel="me" href="https://x.com/northlighthelp">'))

    check(world)

    assert world.asked == [SITE]
    assert stored(one)[:2] == ("page_only", "network_does_not_tell")


def test_a_changed_account_is_looked_at_anew_and_a_look_that_ran_meanwhile_counts_not(cast: Cast) -> None:
    one, now = enter(cast), utc_now()

    class Meanwhile(World):
        def __call__(self, request: Request) -> Answered | Failed:
            if not self.asked:
                with db.transaction() as session:
                    bind(session, one, external_id="9", site_url=f"{SITE}/new", actor=acting(cast.ada))
            return super().__call__(request)

    check(Meanwhile(site=answer(200, LINKED), network=answer(200, VERIFIED)), now)

    assert stored(one) == ("", "", None)
    assert rows("SELECT check_at FROM official_handles WHERE id = %(id)s", id=one.id)[0].check_at <= utc_now()


@pytest.mark.parametrize(
    "url", ["http://northlight.example/", "https://127.0.0.1/", "https://intranet/", "x"]
)
def test_a_page_that_we_would_not_call_is_refused(cast: Cast, url: str) -> None:
    with pytest.raises(UnsafeAddress):
        enter(cast, site_url=url)


def test_a_retired_account_is_bound_no_more(cast: Cast) -> None:
    one = enter(cast)
    with db.transaction() as session:
        handle = session.get_one(OfficialHandle, one.id)
        directory.retire_handle(session, handle, actor=acting(cast.ada), now=utc_now())
        with pytest.raises(IllegalAction):
            bind(session, one, external_id="1", actor=acting(cast.ada))
    assert check(World()) == {}


@contextmanager
def web_server(body: bytes) -> Iterator[int]:
    class Page(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self.send_response(200)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_args: object) -> None:
            pass

    with ThreadingHTTPServer(("127.0.0.1", 0), Page) as server:
        thread = Thread(target=server.serve_forever, args=(0.01,), daemon=True)
        thread.start()
        yield server.server_port
        server.shutdown()
        thread.join()


def test_the_page_is_fetched_through_the_guard(cast: Cast) -> None:
    """By real sockets: loopback is refused as the setting stands in production, and read when it is open."""
    with web_server(b'<a rel="me" href="https://x.com/NorthlightHelp">') as port:
        row = rows(
            "SELECT 'x' AS network, 'NorthlightHelp' AS handle, NULL AS external_id, %(url)s::text AS site_url",
            url=f"http://127.0.0.1:{port}/",
        )[0]
        closed = official_checks.look(
            row, official_checks.caller(read_settings(webhook_allow_private_addresses=False))
        )
        opened = official_checks.look(
            row, official_checks.caller(read_settings(webhook_allow_private_addresses=True))
        )

    assert closed == ("unknown", "unsafe_address")
    assert opened == ("page_only", "network_does_not_tell")


# What looks like them.


def write(cast: Cast, handle: str, *, kind: str = "customer", thread: str = "t-1") -> Any:
    with db.transaction() as session:
        return capturing.capture(
            session,
            acting(cast.ana),
            Captured(
                network="x",
                handle=handle,
                text=f"Hello from {handle}",
                posted_at=utc_now(),
                external_id=thread,
                post_external_id=str(uuid4()),
                author_kind=kind,
                customer_handle="maya.reyes",
            ),
            utc_now(),
        )


def test_who_looks_like_us_is_noticed_once_and_forgotten_when_found_harmless(cast: Cast) -> None:
    write(cast, "maya.reyes")
    write(cast, "Northlight_Care1", kind="other")
    write(cast, "NorthlightCare", kind="brand")

    noticed = [official_checks.notice_look_alikes(now=utc_now()) for _ in range(2)]

    assert noticed[0].alike == 1
    [seen] = rows("SELECT id, handle, why FROM look_alikes")
    assert (seen.handle, seen.why) == ("Northlight_Care1", Why.SIGNS_ADDED)
    with db.transaction() as session:
        official.dismiss(session, seen.id, actor=acting(cast.ada), now=utc_now())
        with pytest.raises(NotFound):
            official.dismiss(session, seen.id, actor=acting(cast.ada), now=utc_now())
        with pytest.raises(NotFound):
            official.dismiss(session, new_id(), actor=acting(cast.ada), now=utc_now())
    with db.statement() as connection:
        assert official.flags(connection, cast.brand.id, {("x", "northlight_care1"): None}) == {}
        assert official.flags(connection, cast.brand.id, {("x", "northlight_care2"): None}) != {}


def test_the_documents_for_machines_hold_the_accounts_and_nothing_else(cast: Cast) -> None:
    enter(cast)
    accounts = shown()

    document = official.document(accounts, base_url="https://bridge.example/")

    assert document["page"] == "https://bridge.example/accounts/official"
    [brand] = document["brands"]
    assert {one["handle"] for one in brand["accounts"]} == {HANDLE, "NorthlightCare"}
    assert all(one["links_verified_at"] is None for one in brand["accounts"])
    assert official.trust_text(accounts).splitlines()[1:] == [
        "social=https://social.example/@northlight",
        "social=https://x.com/NorthlightCare",
    ]
