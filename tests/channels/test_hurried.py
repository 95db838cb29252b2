"""Which door to the database a sender comes through: the one for those who cannot wait, and how long in all."""

import re
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from types import SimpleNamespace

import pytest
from flask.testing import FlaskClient

from api import create_app, hooks
from bridge import db
from bridge.errors import DatabaseUnavailable
from bridge.models import ChannelAccount
from tests.cast import Cast
from tests.channels.cases.listening import mention
from tests.channels.listening_tool import HOOK, INTAKE, tell
from tests.channels.stage import connect_tool


@pytest.fixture
def account(cast: Cast) -> ChannelAccount:
    return connect_tool(cast)


@pytest.fixture
def client(environment: object) -> FlaskClient:
    return create_app().test_client()


@pytest.mark.parametrize("url", [HOOK, INTAKE])
def test_a_sender_is_refused_by_the_door_for_those_who_cannot_wait(
    client: FlaskClient, account: ChannelAccount, monkeypatch: pytest.MonkeyPatch, url: str
) -> None:
    waits: list[float] = []

    @contextmanager
    def away(wait_seconds: float) -> Iterator[db.Connection]:
        waits.append(wait_seconds)
        raise DatabaseUnavailable("the database does not answer", retry_after_seconds=2)
        yield

    monkeypatch.setattr(db, "hurried", away)
    monkeypatch.setattr(db, "statement", pytest.fail)
    monkeypatch.setattr(db, "act", pytest.fail)
    monkeypatch.setattr(db, "transaction", pytest.fail)

    assert tell(client, account, mention(), url=url).status_code == 503
    assert len(waits) == 1
    assert waits[0] <= hooks.WAIT_SECONDS


def test_what_finding_out_took_is_gone_for_writing(
    client: FlaskClient, account: ChannelAccount, monkeypatch: pytest.MonkeyPatch
) -> None:
    waits: list[float] = []
    hurried, now, later = db.hurried, time.monotonic, 0.0

    @contextmanager
    def slow(wait_seconds: float) -> Iterator[db.Connection]:
        nonlocal later
        waits.append(wait_seconds)
        with hurried(10) as connection:
            yield connection
        later += wait_seconds

    monkeypatch.setattr(db, "hurried", slow)
    monkeypatch.setattr("api.mentions.time", SimpleNamespace(monotonic=lambda: now() + later))

    assert tell(client, account, mention()).status_code == 202
    who, write = waits
    assert who + write <= hooks.WAIT_SECONDS


def test_all_in_all_a_sender_is_answered_within_a_second() -> None:
    """As the modules say it, which tests make more patient (`tests/conftest.py`)."""
    said = [constants(name) for name in ("hooks", "mentions")]

    assert said[0]["WAIT_SECONDS"] + said[1]["WRITE_SECONDS"] < 1
    assert said[1]["WHO_SECONDS"] < said[0]["WAIT_SECONDS"]


def constants(module: str) -> dict[str, float]:
    text = (Path(hooks.__file__).with_name(f"{module}.py")).read_text("utf-8")
    return {
        name: float(value)
        for name, value in re.findall(r"^([A-Z_]+_SECONDS) = ([\d.]+)$", text, re.MULTILINE)
    }
