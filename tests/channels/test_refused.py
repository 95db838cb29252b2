"""What is not signed as the account's: named for us, answered alike, and cheap whoever sends it."""

from collections.abc import Iterator
from datetime import datetime, timedelta
from time import monotonic
from typing import Any
from unittest.mock import Mock
from uuid import UUID, uuid4

import orjson
import psycopg
import pytest
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from api import create_app
from bridge import db
from bridge.channels.coming_in import NotAuthentic
from bridge.clock import utc_now
from bridge.models import ChannelAccount
from bridge.services import receiving
from bridge.settings import settings
from tests.cast import Cast
from tests.channels import stage
from tests.channels.cases import chatwoot, listening
from tests.clockwork import rows

NOW = utc_now()
LATE = NOW + timedelta(minutes=6)


@pytest.fixture
def client(cast: Cast) -> FlaskClient:
    return create_app().test_client()


@pytest.fixture
def tool(cast: Cast) -> ChannelAccount:
    return stage.connect_tool(cast)


def refuse(account: ChannelAccount, *, signed_with: str = listening.OLDER, now: datetime = NOW) -> None:
    """Let a mention come in that is not this account's, or from another time."""
    body = orjson.dumps(listening.mention())
    headers = listening.signed(body, at=NOW, secrets=(signed_with,)) if signed_with else {}
    with pytest.raises(NotAuthentic):
        stage.come_in(account, listening.Incoming("POST", headers, {}, body), now=now)


def kept(account: ChannelAccount) -> tuple[str, datetime | None]:
    (row,) = rows(f"SELECT refused_why, refused_at FROM channel_accounts WHERE id = '{account.id}'")
    return row.refused_why, row.refused_at


@pytest.mark.parametrize(
    ("signed_with", "now", "why"),
    [
        ("", NOW, "header_missing"),
        (listening.OLDER, NOW, "bad_signature"),
        (listening.OLDER, LATE, "bad_signature"),
        (listening.SECRET, LATE, "stale"),
        (listening.SECRET, NOW - timedelta(minutes=6), "stale"),
    ],
)
def test_a_listening_tool_s_wrong_clock_is_told_apart_from_its_wrong_secret(
    tool: ChannelAccount, signed_with: str, now: datetime, why: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    log = Mock()
    monkeypatch.setattr(receiving, "log", log)
    refuse(tool, signed_with=signed_with, now=now)
    assert kept(tool) == (why, now)
    assert log.warning.call_args.kwargs["reason"] == why


def test_whoever_sends_is_answered_alike(client: FlaskClient, tool: ChannelAccount) -> None:
    def post(*, minutes: int, secret: str) -> TestResponse:
        body, at = orjson.dumps(listening.mention()), utc_now() - timedelta(minutes=minutes)
        return client.post(
            f"/api/v1/intake/mentions/{tool.id}",
            data=body,
            content_type="application/json",
            headers=listening.signed(body, at=at, secrets=(secret,)),
        )

    stale = post(minutes=6, secret=listening.SECRET)
    wrong = post(minutes=0, secret=listening.OLDER)
    assert stale.status_code == wrong.status_code == 401
    assert {**stale.json, "request_id": ""} == {**wrong.json, "request_id": ""}


def test_a_care_tool_s_refusals_are_kept_too_and_a_network_that_is_asked_has_none(cast: Cast) -> None:
    values = {"access_token": "t", "webhook_secret": "tool-secret-of-16-signs", "account_id": "1"}
    tool = stage.connect(cast, "chatwoot", base_url=chatwoot.ACCOUNT.base_url, values=values)
    polled = stage.connect(
        cast, "bluesky", name="Sky", values={"identifier": "a.example", "app_password": "p"}, is_bare=True
    )
    told = chatwoot.delivery(chatwoot.created(), at=NOW)
    for account, now in ((tool, LATE), (polled, NOW)):
        with pytest.raises(NotAuthentic):
            stage.come_in(account, told, now=now)
    assert kept(tool) == ("stale", LATE)
    assert kept(polled) == ("", None)


def test_rubbish_writes_once_in_some_seconds_and_no_row(tool: ChannelAccount) -> None:
    def version() -> Any:
        return rows("SELECT xmin::text AS version FROM channel_accounts")[0].version

    refuse(tool)
    first = version()
    for seconds in range(int(receiving.REFUSAL_EVERY.total_seconds())):
        refuse(tool, signed_with="", now=NOW + timedelta(seconds=seconds))
    assert version() == first, "the row was not touched"
    refuse(tool, signed_with="", now=NOW + receiving.REFUSAL_EVERY)
    assert kept(tool) == ("header_missing", NOW + receiving.REFUSAL_EVERY)
    assert not rows("SELECT 1 FROM inbound_deliveries")
    assert not rows("SELECT 1 FROM notices")


@pytest.fixture
def held(tool: ChannelAccount, owner: psycopg.Connection[tuple[object, ...]]) -> Iterator[None]:
    """Somebody holds the account's row, as a refresh of its token does while it asks the network."""
    with owner.transaction():
        owner.execute("SELECT 1 FROM channel_accounts FOR UPDATE")
        yield


@pytest.mark.usefixtures("held")
def test_a_refusal_waits_for_nobody(tool: ChannelAccount) -> None:
    began = monotonic()
    refuse(tool)
    assert monotonic() - began < 2
    assert kept(tool) == ("", None)


def test_an_address_that_nobody_has_writes_nothing(tool: ChannelAccount) -> None:
    unknown: UUID = uuid4()
    with db.statement() as connection, pytest.raises(Exception, match="no such account"):
        receiving.receive(
            connection,
            "listening",
            unknown,
            listening.delivery(listening.mention(), name="m"),
            config=settings(),
            now=NOW,
        )
    assert kept(tool) == ("", None)
