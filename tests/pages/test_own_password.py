"""A start password leads to the form for one's own, and to nothing else."""

from collections.abc import Callable

import pytest
from flask import Flask
from flask.testing import FlaskClient

from bridge import db
from bridge.clock import utc_now
from bridge.models import Person
from bridge.services import accounts, proofs, start_passwords
from bridge.services.proofs import Proof
from bridge.settings import settings
from tests.cast import PASSWORD, Cast, Member, acting
from tests.pages.browser import Browser, Page
from tests.pages.walk import FIXED, NOBODYS_ID, address, routes_of
from tests.pins import PINS, give_pins
from web import cookies
from web.sessions import PUBLIC

As = Callable[[Member], Browser]
OWN = "four words of my own"
OPEN = {
    "page_own_password.form",
    "page_own_password.choose",
    "page_accounts.sign_out_everywhere",
    "page_lock.lock",
    "page_lock.still_here",
}


@pytest.fixture
def start(people: Cast) -> str:
    """The start password that Ada made for Sam."""
    password = start_passwords.drawn()
    with db.transaction() as session:
        sam = session.get_one(Person, people.sam.person.id)
        accounts.set_password(session, acting(people.ada), sam, password, now=utc_now(), settings=settings())
    return password


def signed_in(browser: Browser, people: Cast, password: str, **more: str) -> Page:
    return browser.open("/sign-in").press(
        "Sign in", email=people.sam.person.email or "", password=password, **more
    )


def test_the_own_password_opens_what_the_start_password_did_not(
    people: Cast, nobody: Browser, start: str
) -> None:
    form = signed_in(nobody, people, start, next="/inbox")
    assert (form.path, form.status) == ("/password?next=/inbox", 200)
    assert nobody.open("/counter").path == "/password?next=/counter"

    page = form.press("Keep this password", password=OWN, again=OWN)

    assert (page.path, page.status) == ("/inbox", 200)
    assert "This is your password from now on." in page.text
    assert nobody.open("/counter").status == 200
    assert nobody.open("/password").path == "/counter"


def test_no_page_but_the_form_opens_and_no_form_acts(
    app: Flask, people: Cast, nobody: Browser, start: str
) -> None:
    token = signed_in(nobody, people, start).form("Keep this password").values["csrf_token"]
    led = {}
    for route in routes_of(app):
        if route.permission == PUBLIC or route.endpoint in OPEN or route.has_secret:
            continue
        ids = {name: FIXED.get(name, NOBODYS_ID) for name in route.arguments}
        sent = {"csrf_token": token} if route.method == "POST" else None
        answer = nobody.client.open(address(app, route, ids), method=route.method, data=sent)
        led[str(route)] = (answer.status_code, str(answer.headers.get("Location", "")).partition("?")[0])

    assert len(led) > 100
    assert set(led.values()) == {(303, "/password")}, led


def test_a_password_that_is_no_choice_is_refused_in_words(people: Cast, nobody: Browser, start: str) -> None:
    form = signed_in(nobody, people, start)

    short = form.press("Keep this password", password="short", again="short")
    unlike = form.press("Keep this password", password=OWN, again=OWN + "!")
    same = form.press("Keep this password", password=start, again=start)

    assert [page.status for page in (short, unlike, same)] == [422] * 3
    assert "Use 12 to 256 characters." in short.text
    assert "The two passwords are not the same." in unlike.text
    assert "Choose another one than the start password." in same.text


def test_the_choice_ends_every_other_session_and_the_old_token(
    app: Flask, people: Cast, nobody: Browser, start: str
) -> None:
    elsewhere = Browser(app.test_client())
    signed_in(elsewhere, people, start)
    form = signed_in(nobody, people, start)
    known = nobody.client.get_cookie(cookies.SESSION)

    form.press("Keep this password", password=OWN, again=OWN)

    assert elsewhere.open("/password").path.startswith("/sign-in")
    assert nobody.client.get_cookie(cookies.SESSION) != known
    assert signed_in(elsewhere, people, start).status == 422


def test_a_start_password_gives_no_token_to_a_program_and_keys_stay(
    app: Flask, people: Cast, nobody: Browser, start: str
) -> None:
    client: FlaskClient = app.test_client()
    body = {"email": people.sam.person.email, "password": start}

    refused = client.post("/api/v1/session", json=body)
    signed_in(nobody, people, start).press("Keep this password", password=OWN, again=OWN)

    assert (refused.status_code, (refused.json or {})["code"]) == (403, "not_permitted")
    assert client.post("/api/v1/session", json={**body, "password": OWN}).status_code == 201


def test_a_start_password_proves_nobody_at_the_counter(people: Cast, start: str) -> None:
    give_pins(people)
    with db.transaction() as session:
        sam = session.get_one(Person, people.sam.person.id)

        assert proofs.prove(sam, sam.id, start, settings=settings()) is Proof.WRONG
        assert proofs.prove(sam, sam.id, PINS["sam"], settings=settings()) is Proof.PIN
        sam.password_is_start = False  # the negative control: the text itself is the right one
        assert proofs.prove(sam, sam.id, start, settings=settings()) is Proof.PASSWORD


def test_a_password_of_ones_own_is_asked_for_nothing(people: Cast, nobody: Browser) -> None:
    assert signed_in(nobody, people, PASSWORD).path == "/counter"
