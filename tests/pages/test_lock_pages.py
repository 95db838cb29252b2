"""A tablet that nobody touches is locked, and opens again for whoever locked it."""

from collections.abc import Callable

from tests.cast import Cast, promise
from tests.pages.browser import Browser
from tests.pages.tablet import pin_in, session_of
from tests.pins import PINS
from web import cookies


def test_a_page_that_nobody_touched_is_locked_by_the_server(
    people: Cast, tablet: Browser, later: Callable[..., None]
) -> None:
    pin_in(tablet, people.lee, PINS["lee"])
    before = session_of(tablet)
    later(minutes=5)
    assert tablet.open("/inbox").status == 200
    later(minutes=6, seconds=40)

    bare = tablet.client.get("/inbox", headers={"X-Fragment": "1"})
    page = tablet.open("/inbox")

    assert bare.status_code == 401
    assert bare.headers["X-Locked"] == "1"
    assert page.path == "/unlock?next=/inbox" or page.path == "/unlock?next=%2Finbox"
    assert "Lee" in page.text
    wrong = page.press("Unlock", proof="999123")
    assert "That is not right." in wrong.text
    opened = wrong.press("Unlock", proof=PINS["lee"])
    assert opened.path == "/inbox"
    after = session_of(tablet)
    assert after.id == before.id
    assert after.secret_hash != before.secret_hash


def test_a_locked_session_answers_nothing_but_unlocking_and_leaving(people: Cast, tablet: Browser) -> None:
    page = pin_in(tablet, people.lee, PINS["lee"])
    locked = page.press("Lock")
    assert locked.path.startswith("/unlock")
    cookie = tablet.client.get_cookie(cookies.SESSION)
    assert cookie is not None

    for path in ("/counter", "/inbox", "/device", "/notices"):
        answer = tablet.client.get(path, headers={"X-Fragment": "1"})
        assert (answer.status_code, answer.headers.get("X-Locked")) == (401, "1"), path
    api = tablet.client.get("/api/v1/me", headers={"Authorization": f"Bearer {cookie.value}"})
    assert (api.status_code, api.headers.get("X-Locked")) == (401, "1")
    assert api.get_json()["code"] == "session_locked"
    assert "Sign in" in tablet.open("/unlock").press("Sign out").text
    assert tablet.open("/unlock").path.startswith("/sign-in")


def test_a_form_sent_while_locked_changes_nothing(people: Cast, tablet: Browser) -> None:
    promise(people)
    pin_in(tablet, people.sam, PINS["sam"])
    form = tablet.open("/counter").form("Check")
    tablet.open("/counter").press("Lock")

    page = tablet.submit(form, "Check", code="7777-7777-7777")

    assert page.path.startswith("/unlock")
    assert "This page was locked. Nothing was changed." in page.text


def test_a_manager_sets_when_it_locks_and_others_read_it(people: Cast, tablet: Browser) -> None:
    pin_in(tablet, people.sam, PINS["sam"])
    wrong = tablet.open("/device").press("Save", lock_minutes="31")
    tablet.open("/device").press("Save", lock_minutes="2")
    pin_in(tablet, people.lee, PINS["lee"])

    page = tablet.open("/device")

    assert "Write a number from 1 to 30." in wrong.text
    assert "Locks after 2 minutes without a touch." in page.text
    assert 'data-minutes="2"' in page.html
