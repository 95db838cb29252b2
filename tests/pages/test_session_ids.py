"""A new session id whenever somebody proves who they are: at every sign-in and at every step-up.

Afterwards the old cookie opens nothing, not even the lock, and the new one is the session. The kinds
are all the views that give a session's cookie; one that is added and not tried here is noticed.
"""

import re
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from flask import Flask

from tests.cast import PASSWORD, Cast, Member, promise
from tests.pages.browser import Browser
from tests.pins import PINS
from web import cookies

WEB = Path(__file__).resolve().parents[2] / "web"
GIVES_A_SESSION = re.compile(r"cookies\.keep\([^)]*cookies\.SESSION|(?<!def )(?<!_)\bentered\(")
Later = Callable[[float], None]


def by_pin(tablet: Browser, member: Member, name: str) -> None:
    page = tablet.open("/sign-in").press("Sign in", person=str(member.person.id), pin=PINS[name])
    assert page.path == "/counter"


def password_sign_in(tablet: Browser, people: Cast) -> None:
    page = tablet.open("/sign-in?by=password").press(
        "Sign in", email=people.sam.person.email or "", password=PASSWORD
    )
    assert page.path == "/counter"


def pin_sign_in(tablet: Browser, people: Cast) -> None:
    by_pin(tablet, people.sam, "sam")


def first_pin(tablet: Browser, people: Cast) -> None:
    """Lee takes a start code and chooses a PIN."""
    with_code = Browser(tablet.client.application.test_client())
    with_code.sign_in(people.sam)
    shown = with_code.open("/devices").press("New start code")
    code = re.search(r'id="start-code">([0-9]{4} [0-9]{4})<', shown.html)
    assert code
    form = tablet.open("/sign-in/start")
    page = form.press(
        "Keep this PIN and sign in",
        person=str(people.lee.person.id),
        start_code=code[1],
        new_pin="740582",
        again="740582",
    )
    assert page.path == "/counter"


def unlock_by_pin(tablet: Browser, people: Cast) -> None:
    opened = tablet.open("/counter").press("Lock").press("Unlock", proof=PINS["lee"])
    assert opened.path == "/counter"


def unlock_by_password(tablet: Browser, people: Cast) -> None:
    opened = tablet.open("/counter").press("Lock").press("Unlock", proof=PASSWORD)
    assert opened.path == "/counter"


def manager_s_yes(tablet: Browser, people: Cast) -> None:
    panel = tablet.open("/counter").press("Check", code=str(promise(people).code))
    given = panel.press("Say yes", approver=str(people.sam.person.id), proof=PINS["sam"])
    assert "Sam says yes" in given.text


KINDS: dict[str, tuple[str, Callable[[Browser, Cast], None]]] = {
    "password": ("accounts.py", password_sign_in),
    "PIN": ("pin_sign_in.py", pin_sign_in),
    "start code": ("pin_sign_in.py", first_pin),
    "unlock by PIN": ("lock.py", unlock_by_pin),
    "unlock by password": ("lock.py", unlock_by_password),
    "manager's yes": ("step_up.py", manager_s_yes),
}
"""Where each kind of proof gives the cookie, and how it is given on a tablet that Lee holds."""
ELSEWHERE = {
    "entering.py": "the answer of every sign-in",
    "own_password.py": "test_own_password.py::test_the_choice_ends_every_other_session_and_the_old_token",
    "see_as.py": "the demo's menu: test_see_as.py::test_it_is_a_real_session_and_the_old_one_is_left",
}


def session_of(browser: Browser) -> str:
    kept = browser.client.get_cookie(cookies.SESSION)
    assert kept is not None
    return kept.value


def answers(app: Flask, token: str) -> Iterator[int | str]:
    """What a page, a piece of a page and a form say to whoever has this token and nothing else."""
    client = app.test_client()
    client.set_cookie(cookies.SESSION, token)
    yield client.get("/counter").headers.get("Location", "open").partition("?")[0]
    piece = client.get("/inbox", headers={"X-Fragment": "1"})
    yield piece.status_code
    yield piece.headers.get("X-Locked", "not locked")
    yield client.get("/unlock").headers.get("Location", "open").partition("?")[0]


@pytest.mark.parametrize("kind", list(KINDS))
def test_a_proof_gives_a_new_id_and_the_old_one_is_dead(
    app: Flask, people: Cast, tablet: Browser, kind: str
) -> None:
    by_pin(tablet, people.lee, "lee")
    before = session_of(tablet)
    assert list(answers(app, before))[:2] == ["open", 200]

    KINDS[kind][1](tablet, people)
    after = session_of(tablet)

    assert after != before
    assert len(after) >= 43, "256 random bits"
    assert list(answers(app, before)) == ["/sign-in", 401, "not locked", "/"]
    assert list(answers(app, after))[:2] == ["open", 200]


def places_that_give_a_session() -> set[str]:
    return {file.name for file in WEB.glob("*.py") if GIVES_A_SESSION.search(file.read_text("utf-8"))}


def test_every_way_to_a_session_is_tried() -> None:
    assert places_that_give_a_session() == {place for place, _ in KINDS.values()} | set(ELSEWHERE)


def test_a_yes_that_ran_out_says_so_and_can_be_said_again(
    people: Cast, tablet: Browser, later: Later
) -> None:
    by_pin(tablet, people.lee, "lee")
    panel = tablet.open("/counter").press("Check", code=str(promise(people).code))
    asked = {"approver": str(people.sam.person.id), "proof": PINS["sam"]}
    given = panel.press("Say yes", **asked)
    later(61)

    refused = given.press("Honour $40.00")

    assert refused.status == 409
    assert "The yes has run out" in refused.text
    assert "It counts once, and for one minute. Nothing was done. Ask the manager again." in refused.text
    done = refused.press("Say yes", **asked).press("Honour $40.00")
    assert "Done: $40.00 given" in done.text
