"""The app with its pages, people with passwords, and a browser for each of them."""

from collections.abc import Callable, Iterator
from datetime import datetime, timedelta, tzinfo

import pytest
from flask import Flask

import web
from api import create_app
from bridge import clock as bridge_clock
from bridge import db
from bridge.demo import people as made_up
from bridge.models import Person
from bridge.services import accounts
from bridge.settings import settings
from tests.browser.acts.scene import Stage
from tests.browser.stage import kept_stage
from tests.cast import Cast, Member, able_to_sign_in
from tests.conftest import Servers
from tests.pages.browser import PRESSED, Browser
from tests.pages.jobs import claimed_by, not_done
from tests.pages.tablet import browser_of
from tests.pins import give_pins, paired_tablet


@pytest.fixture(autouse=True)
def does_its_jobs(request: pytest.FixtureRequest) -> Iterator[None]:
    """A test of the table of jobs has pressed their forms, and was taken (`jobs.py`)."""
    PRESSED.clear()
    failed_before = request.session.testsfailed
    yield
    claimed = claimed_by(f"{request.path.name}::{request.function.__name__}")
    if claimed and request.session.testsfailed == failed_before:
        assert not_done(claimed, PRESSED) == set(), "jobs.py says that this test does it"


@pytest.fixture(scope="session")
def made_app(environment: Servers) -> Flask:
    """One app for the whole run: making it and compiling its templates costs more than a test."""
    app = create_app()
    web.register(app)
    app.testing = False
    return app


@pytest.fixture
def app(made_app: Flask, database: Servers) -> Flask:
    """The app on an empty database. A test that changes an app makes one of its own."""
    return made_app


@pytest.fixture
def staged_app(made_app: Flask, stage: Stage) -> Flask:
    """The app on the filled database."""
    return made_app


@pytest.fixture
def people(cast: Cast, one_window: None) -> Cast:
    """The cast, able to sign in."""
    return able_to_sign_in(cast)


@pytest.fixture
def stage(environment: Servers) -> Stage:
    """A brand in the middle of its day. Whatever a test does to it is undone for the next."""
    return kept_stage(environment.database_url)


@pytest.fixture
def nobody(app: Flask) -> Browser:
    """A browser without a session."""
    return Browser(app.test_client())


@pytest.fixture
def as_(app: Flask, people: Cast) -> Callable[[Member], Browser]:
    """A signed-in browser of somebody."""

    def signed_in(member: Member) -> Browser:
        browser = Browser(app.test_client())
        page = browser.sign_in(member)
        assert page.status == 200, page.text
        return browser

    return signed_in


@pytest.fixture
def tablet(app: Flask, people: Cast) -> Browser:
    """A paired tablet of store 12 on which nobody is signed in; its people have PINs."""
    give_pins(people)
    return browser_of(app, paired_tablet(people))


@pytest.fixture
def later(monkeypatch: pytest.MonkeyPatch) -> Callable[..., None]:
    """Let time pass on the server's clock: seconds, or what `timedelta` takes by name."""
    offset = timedelta()

    class Moved(datetime):
        @classmethod
        def now(cls, tz: tzinfo | None = None) -> datetime:  # type: ignore[override]  # plain datetimes, as before
            return datetime.now(tz) + offset

    def pass_by(seconds: float = 0, **span: float) -> None:
        nonlocal offset
        offset += timedelta(seconds=seconds, **span)

    monkeypatch.setattr(bridge_clock, "datetime", Moved)
    return pass_by


@pytest.fixture
def played(people: Cast) -> Cast:
    """The cast as people of the demo: Ana is Dana, Sam is Priya, Lee is Cory, Hana herself."""
    names = {"ana": "Dana", "sam": "Priya", "lee": "Cory", "hana": "Hana"}
    known = accounts.hash_password(made_up.PASSWORD, settings=settings())
    with db.transaction() as session:
        for own, theirs in names.items():
            person = session.get_one(Person, people.members[own].person.id)
            chosen = made_up.member(theirs)
            assert chosen is not None
            person.display_name, person.email, person.password_hash = theirs, chosen.email, known
    return people
