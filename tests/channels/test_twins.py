"""The same account of a network, connected twice: one is asked."""

from collections.abc import Mapping
from datetime import timedelta

import pytest

from bridge import db
from bridge.channels.calling import Answered, Request
from bridge.clock import utc_now
from bridge.models import ChannelAccount
from bridge.services import channel_accounts, polling
from bridge.settings import settings
from tests.cast import Cast, acting
from tests.channels.answers import answer
from tests.channels.stage import connect

BLUESKY = {"identifier": "care.example", "app_password": "word"}
NOW = utc_now()


def pair(cast: Cast, channel: str, values: Mapping[str, str], **second: str) -> ChannelAccount:
    """Two accounts that turned out to have one id at the network. Returns the first."""
    first, other = (
        connect(cast, channel, name=name, values=values, base_url="https://one.example", is_bare=True)
        for name in ("First", "Second")
    )
    with db.transaction() as session:
        for one in (first, other):
            row = session.get_one(ChannelAccount, one.id)
            row.external_id, row.poll_at = "id-1", NOW
        for name, value in second.items():
            setattr(session.get_one(ChannelAccount, other.id), name, value)
    return first


def asked(*, minutes: int = 0) -> set[str]:
    """The names of the accounts that are asked at that time."""
    at = NOW + timedelta(minutes=minutes)

    def side(_request: Request) -> Answered:
        return answer(500)

    polling.poll_due(settings(), clock=lambda: at, call=side)
    with db.statement() as connection:
        found = connection.execute(
            "SELECT name FROM channel_accounts WHERE last_error_at = %(at)s", {"at": at}
        )
        return {row.name for row in found}


def test_the_first_one_is_asked_and_the_other_when_it_is_gone(cast: Cast) -> None:
    first = pair(cast, "bluesky", BLUESKY, base_url="https://two.example")
    assert asked() == {"First"}, "a DID is one account, whichever server is asked"
    with db.transaction() as session:
        channel_accounts.disconnect(session, acting(cast.ada), first.id, now=NOW)
    assert asked(minutes=30) == {"Second"}


@pytest.mark.parametrize("change", [{"enabled": False}, {"token_state": "signed_out"}])
def test_one_that_does_not_work_keeps_no_other_from_it(cast: Cast, change: dict[str, object]) -> None:
    first = pair(cast, "bluesky", BLUESKY)
    with db.transaction() as session:
        for name, value in change.items():
            setattr(session.get_one(ChannelAccount, first.id), name, value)
    assert asked() == {"Second"}


def test_the_same_number_on_two_servers_is_two_accounts(cast: Cast) -> None:
    pair(cast, "mastodon", {"access_token": "t"}, base_url="https://two.example")
    assert asked() == {"First", "Second"}


def test_the_same_number_on_one_server_is_one_account(cast: Cast) -> None:
    pair(cast, "mastodon", {"access_token": "t"})
    assert asked() == {"First"}
