"""Pages about what went wrong, and the addresses that machines ask for by themselves."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from flask import Flask

import web
from api import create_app
from bridge.errors import DatabaseUnavailable
from bridge.settings import settings
from tests.cast import Cast, Member
from tests.conftest import Servers
from tests.pages.browser import Browser, Page
from web import languages
from web.error_words import told

As = Callable[[Member], Browser]
JARGON = ("error", "404", "403", "500", "forbidden", "oops", "sorry", "invalid", "exception", "server")


def fail(*_given: object, **_named: object) -> None:
    raise DatabaseUnavailable("the database does not answer", retry_after_seconds=2)


def crash(*_given: object, **_named: object) -> None:
    raise ZeroDivisionError


def test_every_page_says_what_happened_and_what_is_saved_without_jargon() -> None:
    app = Flask("words")
    languages.register(app)
    for status in (400, 403, 404, 405, 409, 413, 429, 500, 503):
        with app.test_request_context():
            said = told(status, "any", "counter.decide")

        whole = f"{said.title} {said.words} {said.ask}".lower()
        assert said.title
        assert said.words
        assert not [word for word in JARGON if word in whole.split()], status


def test_a_forbidden_page_says_who_can_and_whom_to_ask(people: Cast, as_: As) -> None:
    store, care = as_(people.lee).open("/review"), as_(people.ivy).open("/counter")

    assert (store.status, care.status) == (403, 403)
    assert "For: Lead, District manager, Headquarters, or Auditor." in store.text
    assert "Ask your manager to do it" in store.text
    assert "Store associate" in care.text
    assert "Ask your lead to do it" in care.text


def test_a_page_that_takes_only_answers_says_so(people: Cast, as_: As) -> None:
    page = as_(people.sam).open("/counter/check")

    assert page.status == 405
    assert "This page cannot be opened like that" in page.text


def test_too_much_text_is_said(people: Cast, as_: As, app: Flask) -> None:
    sam = as_(people.sam)
    values = sam.open("/counter").form("Check").values.to_dict()

    answer = sam.client.post("/counter/check", data={**values, "code": "x" * 70_000})

    assert answer.status_code == 413
    assert "That is too much text" in answer.get_data(as_text=True)


@pytest.mark.parametrize(("failing", "status"), [(fail, 503), (crash, 500)])
def test_a_failure_of_ours_asks_the_database_nothing(
    people: Cast, as_: As, monkeypatch: pytest.MonkeyPatch, failing: Any, status: int
) -> None:
    sam = as_(people.sam)
    monkeypatch.setattr("web.inbox.service.waiting", failing)
    # The menu's number would be asked from the same database.
    monkeypatch.setattr("web.notices.count_unseen", fail)

    page: Page = sam.open("/inbox")

    assert page.status == status
    assert "Nothing was changed." in page.text
    assert "At the counter: write the code down" in page.text
    assert "For support: number" in page.text
    assert "Sign out" not in page.text


def test_whom_to_ask_is_named_where_the_operator_says_so(
    people: Cast, nobody: Browser, monkeypatch: pytest.MonkeyPatch
) -> None:
    named = settings().model_copy(update={"support_contact": "+1 555 0100 <b>"})
    monkeypatch.setattr("web.error_pages.settings", lambda: named)

    page = nobody.open("/nothing")

    assert "If it stays: +1 555 0100 <b>." in page.text
    assert "If it stays" not in told(404, "not_found").words


def test_addresses_that_are_asked_for_without_a_page(nobody: Browser) -> None:
    unknown, robots, icon = (nobody.client.get(path) for path in ("/api/v1/x", "/robots.txt", "/favicon.ico"))
    page = nobody.open("/offline")

    assert unknown.get_json()["code"] == "not_found"
    assert "Disallow: /" in robots.get_data(as_text=True)
    assert (icon.status_code, icon.mimetype) == (200, "image/svg+xml")
    assert page.status == 200
    assert "No connection" in page.text


def test_where_a_weakness_is_reported(nobody: Browser) -> None:
    for path in ("/.well-known/security.txt", "/security.txt"):
        answer = nobody.client.get(path)
        fields = dict(line.split(": ", 1) for line in answer.get_data(as_text=True).splitlines())
        expires = datetime.fromisoformat(fields["Expires"])
        assert answer.content_type == "text/plain; charset=utf-8"
        assert fields["Contact"].startswith("mailto:")
        assert fields["Canonical"].endswith("/.well-known/security.txt")
        assert timedelta(days=30) < expires - datetime.now(UTC) < timedelta(days=365)


@pytest.mark.parametrize(("contact", "status"), [("", 404), ("https://weakness.example/tell", 200)])
def test_outside_the_demo_the_contact_is_the_operator_s(
    database: Servers, monkeypatch: pytest.MonkeyPatch, contact: str, status: int
) -> None:
    real = settings().model_copy(update={"environment": "production", "security_contact": contact})
    monkeypatch.setattr("web.system_pages.settings", lambda: real)
    app = create_app()
    web.register(app)

    answer = app.test_client().get("/.well-known/security.txt")

    assert answer.status_code == status
    assert (f"Contact: {contact}" in answer.get_data(as_text=True)) == (status == 200)
