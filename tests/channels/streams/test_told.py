"""What a search looks for is here as it is said, and no post is lost where a line breaks."""

from typing import Any

import pytest

from bridge import db
from bridge.channels.webhook import Failed
from bridge.channels.x import searching
from bridge.clock import utc_now
from bridge.errors import DatabaseUnavailable
from bridge.models import ChannelAccount
from bridge.services import channel_accounts, receiving
from bridge.services.streaming import Lines
from tests.cast import Cast, acting
from tests.channels.stage import connect, threads
from tests.channels.streams.stage import (
    HEELS,
    comes,
    connected,
    kept,
    look,
    open_at,
    poll,
    read,
    search_for,
    searches_asked,
    stream_of,
)
from tests.peers.servers.x import CLIENT_ID, Network
from tests.peers.servers.x_query import OTHER, US


def test_a_complaint_is_here_as_it_is_said_though_nobody_asks(
    account: ChannelAccount, network: Network, held: Lines
) -> None:
    open_at(held, network)

    network.post(HEELS)
    comes(kept)

    assert read() == [HEELS]
    (thread,) = threads()
    assert (thread.mention_type, thread.matched_on) == ("untagged", "Heels")
    assert searches_asked(network) == 0


def test_our_own_words_mentions_and_what_is_excluded_are_not_kept(
    account: ChannelAccount, network: Network, held: Lines
) -> None:
    open_at(held, network)
    (line,) = network.lines

    network.post("Our heels are never broken", US)
    network.post(f"@northlight {HEELS}")
    network.post("Win heels in our giveaway")
    line.tell(b"{no json")
    network.post(HEELS, OTHER)
    comes(kept)

    assert (kept(), read()) == (1, [HEELS])


@pytest.mark.parametrize("end", ["cut", "disconnect"])
@pytest.mark.usefixtures("hasty")
def test_a_line_that_ends_is_opened_again_and_the_next_poll_brings_what_was_said_meanwhile(
    account: ChannelAccount, network: Network, held: Lines, end: str
) -> None:
    open_at(held, network)
    poll()
    first = stream_of().since

    network.post("heels 1")
    comes(lambda: kept() == 1)
    (line,) = network.lines
    getattr(line, end)()
    comes(lambda: line not in network.lines)
    network.post("heels 2")
    comes(lambda: (look(held), stream_of().since not in {None, first})[1])
    network.post("heels 3")
    comes(lambda: kept() == 2)

    poll()
    assert read() == ["heels 1", "heels 2", "heels 3"]
    assert kept() == 3, "what came by both is one delivery"


@pytest.mark.usefixtures("hasty")
def test_without_that_search_what_was_said_meanwhile_would_be_lost(
    account: ChannelAccount, network: Network, held: Lines, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The negative control."""
    open_at(held, network)
    poll()
    (line,) = network.lines
    line.cut()
    comes(lambda: line not in network.lines)
    network.post(HEELS)
    open_at(held, network)

    monkeypatch.setattr(searching, "searched", lambda *_given: [])
    monkeypatch.setattr("bridge.channels.x.asking.searched", lambda *_given: [])
    poll()
    assert read() == []


def test_while_a_line_is_open_searches_rest_and_when_nobody_holds_it_they_are_asked_at_each_poll(
    account: ChannelAccount, network: Network, held: Lines
) -> None:
    open_at(held, network)
    for _ in range(4):
        poll()
    assert searches_asked(network) == 2, "for what was said before, and once more"

    held.close()  # as when it dies: nobody says that no line is open
    assert stream_of().since is not None
    with db.statement() as connection:
        connection.execute("UPDATE channel_accounts SET stream_seen_at = now() - interval '61 s'")
    for _ in range(3):
        poll()
    assert searches_asked(network) == 5


@pytest.mark.usefixtures("hasty")
def test_the_database_away_while_somebody_complains_costs_no_complaint(
    account: ChannelAccount, network: Network, held: Lines, monkeypatch: pytest.MonkeyPatch
) -> None:
    keep = receiving.keep
    fails = [DatabaseUnavailable("away")]

    def sometimes(*given: Any, **more: Any) -> Any:
        if fails:
            raise fails.pop()
        return keep(*given, **more)

    open_at(held, network)
    poll()
    first = stream_of().since
    monkeypatch.setattr(receiving, "keep", sometimes)
    network.post(HEELS)
    comes(lambda: (look(held), stream_of().since not in {None, first})[1])
    assert kept() == 0

    poll()
    assert read() == [HEELS]


def test_a_new_search_is_asked_too_for_what_was_said_before(
    cast: Cast, account: ChannelAccount, network: Network, held: Lines
) -> None:
    network.post("My shoes fell apart")
    open_at(held, network)
    poll()
    poll()
    search_for(cast, "Shoes", "shoes")
    poll()
    assert read() == ["My shoes fell apart"]


def test_a_search_that_fails_after_the_line_was_opened_is_asked_again(
    account: ChannelAccount, network: Network, held: Lines, monkeypatch: pytest.MonkeyPatch
) -> None:
    network.post(HEELS)
    open_at(held, network)
    search = searching.search
    with monkeypatch.context() as patch:
        patch.setattr(searching, "search", lambda *_given: Failed("timeout", 1))
        for _ in range(3):
            poll()
    assert searching.search is search
    poll()
    assert read() == [HEELS]


def test_an_account_without_the_app_s_token_is_only_asked(
    cast: Cast, address: str, network: Network, held: Lines
) -> None:
    search_for(cast)
    made = connected(cast, address)
    with db.transaction() as session:
        channel_accounts.disconnect(session, acting(cast.ada), made.id, now=utc_now())
    connect(
        cast,
        "x",
        values={"client_id": CLIENT_ID, "access_token": "local-access-token"},
        is_bare=True,
        external_id=US,
        base_url=address,
    )
    look(held)
    network.post(HEELS)
    poll()
    assert read() == [HEELS]
    assert not network.lines
