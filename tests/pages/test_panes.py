"""Two screens: each half has a session of its own, and only these answers may be framed by us."""

import pytest
from flask import Flask

import web
from api import create_app
from bridge.settings import settings
from tests.cast import Cast, line, promise
from tests.conftest import Servers
from tests.pages.browser import Browser
from web import cookies


def test_each_half_is_somebody_else(played: Cast, nobody: Browser) -> None:
    page = nobody.open("/demo/two-screens").press("Open agent and counter side by side")
    assert 'src="/two/left/"' in page.html

    left, right = nobody.open("/two/left/queue"), nobody.open("/two/right/counter")
    assert (left.status, right.status) == (200, 200)
    assert "Dana" in left.text
    assert "Priya, store 12" in right.text
    assert nobody.open("/queue").path.startswith("/sign-in")


def test_a_form_of_one_half_acts_there_alone(played: Cast, nobody: Browser) -> None:
    nobody.open("/demo/two-screens").press("Open agent and counter side by side")

    answer = nobody.open("/two/right/counter").press("Check", code="ABCD")
    nobody.open("/two/left/queue").press("Sign out")

    assert answer.verdict == "too_short"
    assert nobody.open("/two/left/queue").path.startswith("/two/left/sign-in")
    assert nobody.open("/two/right/counter").status == 200


def test_the_counter_s_half_scans_what_was_promised_last(played: Cast, nobody: Browser) -> None:
    promise(played, lines=[line(item="Kettle")])
    nobody.open("/demo/two-screens").press("Open agent and counter side by side")
    assert "Simulate the scan" not in nobody.open("/two/left/queue").text
    assert "Kettle" in nobody.open("/two/right/counter").press("Simulate the scan").text
    promise(played, lines=[line(item="Blender")])

    first = nobody.open("/two/right/counter").press("Simulate the scan")
    honoured = first.press("Honour $40.00")
    second = honoured.press("Simulate the scan")

    assert (first.verdict, "Blender" in first.text) == ("genuine", True)
    assert second.verdict == "just_done"


def test_without_a_promise_there_is_nothing_to_scan(played: Cast, nobody: Browser) -> None:
    nobody.open("/demo/two-screens").press("Open agent and counter side by side")

    assert "No promise has come yet." in nobody.open("/two/right/counter").press("Simulate the scan").text


def test_a_token_of_one_half_is_nothing_in_the_other(played: Cast, nobody: Browser) -> None:
    nobody.open("/demo/two-screens").press("Open agent and counter side by side")
    values = nobody.open("/two/left/queue").form("Sign out").values

    answer = nobody.client.post("/two/right/sign-out", data=values.to_dict())

    assert answer.status_code == 400


def test_a_stray_goes_back_to_its_half(app: Flask) -> None:
    client = app.test_client()
    sent = {"Referer": "http://localhost/two/right/inbox"}

    got = client.get("/counter?x=1", headers=sent)
    posted = client.post("/counter/check", headers=sent, data={"code": "A"})
    foreign = client.get("/sign-in", headers={"Referer": "http://elsewhere.example/two/right/"})

    assert (got.status_code, got.headers["Location"]) == (307, "/two/right/counter?x=1")
    assert (posted.status_code, posted.headers["Location"]) == (307, "/two/right/counter/check")
    assert foreign.status_code == 200


def test_only_a_half_may_be_framed_and_only_by_us(app: Flask) -> None:
    client = app.test_client()
    framed, plain = client.get("/two/left/sign-in").headers, client.get("/sign-in").headers

    assert framed["X-Frame-Options"] == "SAMEORIGIN"
    assert framed["Content-Security-Policy"] == plain["Content-Security-Policy"].replace(
        "frame-ancestors 'none'", "frame-ancestors 'self'"
    )
    assert "frame-ancestors 'self'" in framed["Content-Security-Policy"]
    assert framed["Referrer-Policy"] == "same-origin"
    assert plain["X-Frame-Options"] == "DENY"
    assert "frame-ancestors 'none'" in plain["Content-Security-Policy"]
    assert plain["Referrer-Policy"] == "no-referrer"


def test_the_cookies_of_a_half_are_sent_there_alone(played: Cast, nobody: Browser) -> None:
    nobody.open("/demo/two-screens").press("Open agent and counter side by side")
    kept = nobody.client.get_cookie(f"{cookies.SESSION}_left", path="/two/left")

    assert kept is not None
    assert kept.http_only
    assert kept.path == "/two/left"


def test_outside_the_demo_there_are_no_halves(database: Servers, monkeypatch: pytest.MonkeyPatch) -> None:
    real = settings().model_copy(update={"environment": "production"})
    for module in ("web.demo", "web.panes"):
        monkeypatch.setattr(f"{module}.settings", lambda: real)
    app = create_app()
    web.register(app)

    for path in ("/two/left/sign-in", "/two/left/", "/two/right/api/v1/me"):
        answer = app.test_client().get(path)
        assert answer.status_code == 404, path
        assert answer.headers["X-Frame-Options"] == "DENY"
    assert (
        app.test_client().get("/sign-in", headers={"Referer": "http://localhost/two/left/"}).status_code
        == 200
    )
