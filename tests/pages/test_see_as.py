"""The demo's menu: another part with one press, the same case on the screen, and nothing of it elsewhere."""

from collections.abc import Callable

import pytest
from flask import Flask

from bridge.demo.people import member
from bridge.roles import Role
from bridge.settings import settings
from tests.cast import Cast, promise
from tests.pages.browser import Browser
from web import cookies

As = Callable[..., Browser]


@pytest.fixture
def production(monkeypatch: pytest.MonkeyPatch) -> None:
    real = settings().model_copy(update={"environment": "production"})
    for module in ("web.demo", "web.panes", "web.see_as"):
        monkeypatch.setattr(f"{module}.settings", lambda: real)


def test_one_press_makes_somebody_else(played: Cast, nobody: Browser) -> None:
    page = nobody.open("/sign-in").press("Dana, care agent")
    assert page.path == "/queue"

    page = page.press("Priya, manager of store 10")

    assert (page.status, page.path) == (200, "/counter")
    assert "Priya, store 12" in page.text


def test_the_case_stays_on_the_screen(played: Cast, nobody: Browser) -> None:
    made = promise(played)
    nobody.open("/sign-in").press("Dana, care agent")

    page = nobody.open(f"/escalations/{made.id}").press("Priya, manager of store 10")
    assert (page.status, page.path) == (200, f"/counter/cases/{made.id}")

    page = page.press("Hana, headquarters")
    assert (page.status, page.path) == (200, f"/escalations/{made.id}")


def test_a_case_of_another_store_does_not(played: Cast, nobody: Browser) -> None:
    made = promise(played, store_number="40")
    nobody.open("/sign-in").press("Dana, care agent")

    page = nobody.open(f"/escalations/{made.id}").press("Priya, manager of store 10")

    assert (page.status, page.path) == (200, "/counter")


def test_it_is_a_real_session_and_the_old_one_is_left(played: Cast, nobody: Browser) -> None:
    nobody.open("/sign-in").press("Dana, care agent")
    first = nobody.client.get_cookie(cookies.SESSION)
    nobody.open("/queue").press("Cory, cashier at store 10")
    second = nobody.client.get_cookie(cookies.SESSION)

    assert first is not None
    assert second is not None
    assert first.value != second.value
    assert nobody.open("/queue").status == 403


def test_nobody_else_can_be_chosen(played: Cast, nobody: Browser) -> None:
    form = nobody.open("/sign-in").form("Dana, care agent")

    for name in ("Ada", "Kim", "Nobody", ""):
        answer = nobody.client.post("/demo/see-as", data={**form.values.to_dict(), "person": name})
        assert answer.status_code == 404, name


def test_it_needs_the_token_of_our_own_page(played: Cast, app: Flask) -> None:
    assert app.test_client().post("/demo/see-as", data={"person": "Dana"}).status_code == 400


def test_people_with_other_passwords_are_not_played(people: Cast, nobody: Browser) -> None:
    page = nobody.open("/sign-in").press("Dana, care agent")

    assert page.path == "/sign-in"
    assert "Dana is not in this database, or has another password." in page.text


def test_people_who_are_not_made_up_see_no_menu(people: Cast, as_: As) -> None:
    assert "demo-menu" not in as_(people.ana).open("/queue").html


def test_outside_the_demo_there_is_nothing_of_it(
    played: Cast, app: Flask, nobody: Browser, production: None
) -> None:
    token = nobody.open("/sign-in").form("Sign in").values["csrf_token"]

    assert "demo-menu" not in nobody.open("/sign-in").html
    assert nobody.open("/demo/two-screens").status == 404
    for path in ("/demo/see-as", "/demo/two-screens"):
        answer = nobody.client.post(path, data={"csrf_token": token, "person": "Dana"})
        assert answer.status_code == 404, path


def test_roles_of_the_parts_are_what_they_say() -> None:
    found = [one.role if (one := member(name)) else None for name in ("Dana", "Priya", "Cory", "Hana")]

    assert found == [Role.AGENT, Role.STORE_MANAGER, Role.STORE_ASSOCIATE, Role.HQ]
