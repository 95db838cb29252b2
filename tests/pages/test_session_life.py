"""A session's life: a new id at each sign-in, its limits, its ends, its cookies, and where it may lead."""

from collections.abc import Callable, Iterator
from typing import Any

import pytest
from flask import Flask

import web
from api import create_app
from bridge import db
from bridge.clock import utc_now
from bridge.models import Person
from bridge.services import accounts, directory
from bridge.settings import settings
from tests.cast import PASSWORD, Cast, Member, acting
from tests.conftest import Servers
from tests.pages.browser import Browser
from web import cookies

As = Callable[[Member], Browser]
LEADS_AWAY = [
    "https://evil.example/",
    "http:evil.example",
    "https:/evil.example",
    "//evil.example/",
    "///evil.example/",
    "////evil.example",
    "/\\evil.example",
    "\\\\evil.example",
    "\\/evil.example",
    "/\t/evil.example",
    "/\n/evil.example",
    "\t//evil.example",
    " //evil.example",
    "/%09/evil.example",
    "/%5cevil.example",
    "/%2f%2fevil.example",
    "//evil.example/%2e%2e",
    "//user@evil.example",
    "https://localhost@evil.example/",
    "https://localhost.evil.example/",
    "javascript:alert(1)",
    "JaVaScRiPt:alert(1)",
    "data:text/html,x",
    "vbscript:x",
    "//[::1]/",
    "//evil.example:80/queue",
    "/queue/../../evil",
    "/.evil.example",
    "/x:https://evil.example",
    "/queue\u0000",
    "/que\u202eue",
    "/api/v1/me",
    "/static/x/icon.svg",
    "/sign-out",
    "queue",
    "?next=//evil.example",
    "#//evil.example",
]


def session_of(browser: Browser) -> str:
    kept = browser.client.get_cookie(cookies.SESSION)
    return kept.value if kept else ""


def is_in(browser: Browser) -> bool:
    return browser.client.get("/notices").status_code == 200


def test_a_sign_in_gives_a_new_id_whatever_was_there(app: Flask, people: Cast) -> None:
    browser = Browser(app.test_client())
    browser.client.set_cookie(cookies.SESSION, "planted-by-somebody-else")

    browser.sign_in(people.ana)
    first = session_of(browser)
    browser.sign_in(people.ana)
    second = session_of(browser)

    assert "planted-by-somebody-else" not in {first, second}
    assert first != second
    assert len(second) >= 43, "256 random bits"


def test_a_session_ends_when_nobody_uses_it(people: Cast, as_: As, later: Callable[[float], None]) -> None:
    ana = as_(people.ana)

    later(settings().session_idle_seconds - 60)
    assert is_in(ana)
    later(settings().session_idle_seconds - 60)
    assert is_in(ana), "looking keeps it alive"
    later(settings().session_idle_seconds + 60)
    assert not is_in(ana)


def test_a_session_ends_even_when_somebody_always_uses_it(
    people: Cast, as_: As, later: Callable[[float], None]
) -> None:
    ana, step = as_(people.ana), settings().session_idle_seconds - 60

    for _ in range(int(settings().session_absolute_seconds // step)):
        later(step)
        assert is_in(ana)
    later(step)

    assert not is_in(ana)


def test_somebody_who_is_suspended_is_out_at_the_next_press(people: Cast, as_: As) -> None:
    ana = as_(people.ana)
    form = ana.open("/queue/capture")

    with db.transaction() as session:
        person = session.get_one(Person, people.ana.person.id)
        directory.suspend_person(session, person, actor=acting(people.ada), now=utc_now())
    answer = form.press("Open the conversation", permalink="https://x.com/a/status/1", handle="a", text="b")

    assert answer.path.startswith("/sign-in")
    assert not is_in(ana)


def test_signing_out_everywhere_ends_every_session_of_that_person_alone(people: Cast, as_: As) -> None:
    desk, phone, kim = as_(people.ana), as_(people.ana), as_(people.kim)

    with db.transaction() as session:
        accounts.sign_out_everywhere(session, acting(people.ada), people.ana.person.id, now=utc_now())

    assert [is_in(browser) for browser in (desk, phone, kim)] == [False, False, True]


def test_a_new_password_ends_what_the_old_one_opened(people: Cast, as_: As) -> None:
    ana = as_(people.ana)

    with db.transaction() as session:
        person = session.get_one(Person, people.ana.person.id)
        accounts.set_password(
            session, acting(people.ada), person, PASSWORD + "!", now=utc_now(), settings=settings()
        )

    assert not is_in(ana)


@pytest.mark.parametrize("path", ["/sign-in", "/language", "/theme"])
def test_no_form_leads_away(app: Flask, people: Cast, path: str) -> None:
    client = app.test_client()
    form = Browser(client).open("/sign-in").form("English").values.to_dict()
    known = {"email": people.ana.person.email, "password": PASSWORD, "language": "en", "theme": "dark"}
    led = {}

    for target in LEADS_AWAY:
        if path == "/sign-in":  # a sign-in ends what the form belonged to
            form = Browser(client).open("/sign-in").form("Sign in").values.to_dict()
        answer = client.post(path, data={**form, **known, "next": target})
        led[target] = (answer.status_code, answer.headers.get("Location"))

    assert set(led.values()) == {(303, "/")}, led


@pytest.fixture
def over_https(database: Servers, monkeypatch: pytest.MonkeyPatch) -> Iterator[Flask]:
    """The app as production runs it, behind https."""
    monkeypatch.setenv("BRIDGE_BASE_URL", "https://bridge.example")
    settings.cache_clear()
    app = create_app()
    web.register(app)
    yield app
    monkeypatch.undo()
    settings.cache_clear()


def test_over_https_every_cookie_is_bound_and_every_answer_says_so(over_https: Flask, people: Cast) -> None:
    client, where = over_https.test_client(), "https://bridge.example"
    html = client.get("/sign-in", base_url=where).get_data(as_text=True)
    token = html.split('name="csrf_token" value="')[1].partition('"')[0]
    sent: dict[str, Any] = {"csrf_token": token, "email": people.sam.person.email, "password": PASSWORD}

    signed_in = client.post("/sign-in", data=sent, base_url=where)
    answers = [
        signed_in,
        *(client.get(path, base_url=where) for path in ("/counter", "/nothing", "/counter/check")),
    ]

    set_cookies = signed_in.headers.getlist("Set-Cookie")
    assert [cookie.partition("=")[0] for cookie in set_cookies if "Expires=Thu, 01 Jan 1970" not in cookie]
    for cookie in set_cookies:
        assert cookie.startswith("__Host-"), cookie.partition("=")[0]
        for flag in ("Secure", "HttpOnly", "SameSite=Lax", "Path=/"):
            assert flag in cookie
        assert "Domain=" not in cookie
    assert [answer.status_code for answer in answers] == [303, 200, 404, 405]
    for answer in answers:
        assert answer.headers["Strict-Transport-Security"].startswith("max-age=")


def test_over_http_no_cookie_claims_to_be_secure(app: Flask, people: Cast, nobody: Browser) -> None:
    nobody.sign_in(people.sam)

    kept = [nobody.client.get_cookie(name) for name in (cookies.SESSION, cookies.DEVICE)]

    assert all(cookie is not None and not cookie.secure and cookie.http_only for cookie in kept)
