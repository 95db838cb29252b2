"""Sign-in, the session's cookies, CSRF, and deny by default for every page."""

from collections.abc import Callable
from typing import Any

import pytest
from flask import Flask

from bridge.roles import PERMISSIONS, Permission, Role
from bridge.settings import settings
from tests.cast import PASSWORD, Cast, Member
from tests.pages.browser import Browser
from web import cookies
from web.sessions import PUBLIC, SIGNED_IN

As = Callable[[Member], Browser]
ANY_ID = "01900000-0000-7000-8000-000000000000"
ROLE_OF = {
    "ana": Role.SENIOR_AGENT,
    "kim": Role.LEAD,
    "ivy": Role.INTERN,
    "sam": Role.STORE_MANAGER,
    "lee": Role.STORE_ASSOCIATE,
    "hana": Role.HQ,
    "ada": Role.ADMIN,
}
FIRST_PAGE = {"ana": "/queue", "kim": "/queue", "sam": "/counter", "lee": "/counter", "ada": "/setup"}


def routes(app: Flask) -> list[tuple[str, str, Any]]:
    """(method, address, declared permission) of every page."""
    found = []
    with app.test_request_context():
        for rule in app.url_map.iter_rules():
            if not rule.endpoint.startswith(("page_", "static_files")):
                continue
            values = dict.fromkeys(rule.arguments, ANY_ID) | {"version": "x", "filename": "icon.svg"}
            built = app.url_map.bind("localhost").build(
                rule.endpoint, {n: values[n] for n in rule.arguments}, method=next(iter(rule.methods or ()))
            )
            permission = getattr(app.view_functions[rule.endpoint], "bridge_permission", None)
            found += [
                (method, built, permission) for method in sorted((rule.methods or set()) & {"GET", "POST"})
            ]
    return found


def test_every_page_declares_a_permission(app: Flask) -> None:
    undeclared = [path for _, path, permission in routes(app) if permission is None]

    assert not undeclared
    assert len(routes(app)) > 25


def test_nobody_is_sent_to_sign_in_from_every_page(app: Flask) -> None:
    client = app.test_client()
    for method, path, permission in routes(app):
        if permission == PUBLIC:
            continue
        answer = client.open(path, method=method)
        assert answer.status_code == 303, path
        assert answer.headers["Location"].startswith("/sign-in"), path


@pytest.mark.parametrize("name", list(ROLE_OF))
def test_each_role_is_refused_what_its_table_does_not_give(
    app: Flask, people: Cast, as_: As, name: str
) -> None:
    browser = as_(people.members[name])
    for method, path, permission in routes(app):
        if permission in {PUBLIC, SIGNED_IN} or permission in PERMISSIONS[ROLE_OF[name]]:
            continue
        answer = browser.client.open(path, method=method)
        assert answer.status_code == 403, (name, method, path)
        assert "Your role does not include this page" in answer.get_data(as_text=True)


def test_a_page_that_declares_nothing_is_refused(app: Flask, people: Cast, as_: As) -> None:
    browser = as_(people.kim)
    view: Any = app.view_functions["page_intake.queue"]

    del view.bridge_permission
    try:
        answer = browser.client.get("/queue")
    finally:
        view.bridge_permission = Permission.INTAKE_READ

    assert answer.status_code == 403


@pytest.mark.parametrize(("name", "path"), FIRST_PAGE.items())
def test_each_role_lands_on_its_first_page(people: Cast, nobody: Browser, name: str, path: str) -> None:
    page = nobody.sign_in(people.members[name])

    assert page.path == path
    assert people.members[name].person.display_name in page.text


def test_wrong_password_and_unknown_person_read_the_same(people: Cast, nobody: Browser) -> None:
    form = nobody.open("/sign-in")
    wrong = form.press("Sign in", email="ana@northlight.example", password="not this one")
    unknown = form.press("Sign in", email="who@northlight.example", password="not this one")

    assert wrong.status == unknown.status == 422
    assert "The e-mail address or the password is not right." in wrong.text
    assert wrong.text == unknown.text
    assert "not this one" not in wrong.html


@pytest.mark.usefixtures("one_window")
def test_too_many_tries_say_how_long(people: Cast, nobody: Browser) -> None:
    for _ in range(settings().sign_in_tries_per_15_minutes + 1):
        page = nobody.open("/sign-in").press("Sign in", email="ana@northlight.example", password="no")

    assert "Too many tries. Wait" in page.text


def test_signing_out_ends_the_session_on_the_server(people: Cast, as_: As) -> None:
    ana = as_(people.ana)
    token = ana.client.get_cookie(cookies.SESSION)
    assert token is not None

    ana.open("/queue").press("Sign out")
    ana.client.set_cookie(cookies.SESSION, token.value)

    assert ana.open("/queue").path.startswith("/sign-in")


def test_the_cookies_are_closed(app: Flask, people: Cast) -> None:
    client = app.test_client()
    page = Browser(client).open("/sign-in").form("Sign in").values
    answer = client.post(
        "/sign-in",
        data={**page.to_dict(), "email": people.sam.person.email, "password": PASSWORD},
    )

    set_by = {value.partition("=")[0]: value for value in answer.headers.getlist("Set-Cookie")}
    assert {cookies.SESSION, cookies.DEVICE} <= set(set_by)
    for value in set_by.values():
        if "Expires=Thu, 01 Jan 1970" not in value:
            assert "HttpOnly" in value
            assert "SameSite=Lax" in value
    assert answer.headers["Cache-Control"] == "no-store"


def test_over_https_the_names_are_bound_to_the_host() -> None:
    config = settings().model_copy(update={"base_url": "https://bridge.example"})

    assert cookies.name_of(cookies.SESSION, config) == "__Host-bridge_session"
    assert cookies.session_options(config)["SESSION_COOKIE_SECURE"] is True


def test_the_device_has_a_name_that_stays(people: Cast, app: Flask) -> None:
    browser = Browser(app.test_client())
    browser.sign_in(people.sam)
    first = browser.client.get_cookie(cookies.DEVICE)
    browser.open("/counter").press("Sign out")
    browser.sign_in(people.lee)

    second = browser.client.get_cookie(cookies.DEVICE)
    assert first is not None
    assert second is not None
    assert first.value == second.value


def test_a_form_without_its_token_is_refused(people: Cast, as_: As) -> None:
    ana = as_(people.ana)

    answer = ana.client.post("/queue/capture", data={"permalink": "https://x.com/a/status/1"})

    assert answer.status_code == 400
    assert "This form is too old" in answer.get_data(as_text=True)


def test_a_form_of_another_site_is_refused(people: Cast, as_: As) -> None:
    ana = as_(people.ana)
    values = ana.open("/queue").form("Sign out").values

    answer = ana.client.post("/sign-out", data=values, headers={"Sec-Fetch-Site": "cross-site"})

    assert answer.status_code == 400
    assert ana.open("/queue").status == 200


@pytest.mark.parametrize(
    "target",
    ["https://evil.example/", "//evil.example/", "/\\evil.example", "/%09/evil", "/api/v1/me", "x", ""],
)
def test_next_never_leads_away(people: Cast, nobody: Browser, target: str) -> None:
    page = nobody.open("/sign-in").press(
        "Sign in", email="ana@northlight.example", password=PASSWORD, next=target
    )

    assert page.path == "/queue"


def test_next_leads_back_to_the_page(people: Cast, nobody: Browser) -> None:
    asked = nobody.open("/queue?show=mine")

    page = asked.press("Sign in", email="ana@northlight.example", password=PASSWORD)

    assert page.path == "/queue?show=mine"


def test_the_api_keeps_its_own_errors(app: Flask) -> None:
    answer = app.test_client().get("/api/v1/nothing")

    assert (answer.status_code, answer.content_type) == (404, "application/problem+json")


def test_whoever_delivers_is_answered_as_a_program(app: Flask) -> None:
    client, unknown = app.test_client(), "00000000-0000-7000-8000-000000000001"

    answers = [
        client.post(f"/hooks/zammad/{unknown}", json={}),
        client.post(f"/hooks/nosuch/{unknown}", json={}),
        client.post("/hooks/nosuch/nothing", json={}),
        client.get(f"/hooks/zammad/{unknown}"),
        client.put(f"/hooks/zammad/{unknown}", json={}),
    ]

    assert {one.content_type for one in answers} == {"application/problem+json"}
    assert [(one.status_code, one.json["code"]) for one in answers] == [
        (404, "not_found"),
        (404, "not_found"),
        (404, "not_found"),
        (404, "not_found"),
        (405, "method_not_allowed"),
    ]
    assert "POST" in answers[-1].headers["Allow"]


def test_errors_are_pages_in_plain_words(people: Cast, as_: As) -> None:
    ana = as_(people.ana)
    missing, wrong_method = ana.open("/nothing"), ana.open("/counter/check")
    foreign = ana.open(f"/escalations/{ANY_ID}")

    assert (missing.status, "Page not found" in missing.text) == (404, True)
    assert wrong_method.status == 405
    assert foreign.status == 404
    for page in (missing, wrong_method, foreign):
        assert "For support: number" in page.text
        assert "default-src 'self'" in page.headers["Content-Security-Policy"]
        assert "unsafe" not in page.headers["Content-Security-Policy"]


def test_a_failing_database_is_said_in_words(app: Flask, people: Cast, as_: As, monkeypatch: Any) -> None:
    from bridge.errors import DatabaseUnavailable

    ana = as_(people.ana)

    def fail(*_given: object, **_named: object) -> None:
        raise DatabaseUnavailable("the database does not answer", retry_after_seconds=2)

    monkeypatch.setattr("web.sessions.identify", fail)
    page = ana.open("/queue")

    assert page.status == 503
    assert page.headers["Retry-After"] == "2"
    assert "The service cannot answer right now" in page.text


def test_static_files_are_kept_by_their_hash(app: Flask, nobody: Browser) -> None:
    html = nobody.open("/sign-in").html
    address = html.partition('href="/static/')[2].partition('"')[0]

    fresh = nobody.client.get(f"/static/{address}")
    old = nobody.client.get("/static/0123456789ab/style.css")

    assert "immutable" in fresh.headers["Cache-Control"]
    assert old.headers["Cache-Control"] == "no-cache"
    assert nobody.client.get("/static/x/..%2f__init__.py").status_code == 404
    fresh.close()
    old.close()


def test_no_page_has_inline_script_or_style(people: Cast, as_: As) -> None:
    ana, sam = as_(people.ana), as_(people.sam)
    for page in (ana.open("/queue"), ana.open("/queue/capture"), sam.open("/counter"), sam.open("/inbox")):
        assert " style=" not in page.html
        assert "<style" not in page.html
        assert " onclick" not in page.html
        assert "<script>" not in page.html
