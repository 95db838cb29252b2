"""What the tests of streams share: an account with a saved search, looking, waiting, and what came of it."""

import time
from collections.abc import Callable
from datetime import timedelta
from typing import Any

from bridge import db
from bridge.clock import utc_now
from bridge.models import ChannelAccount, SavedSearch
from bridge.services import polling, reading_in
from bridge.services.streaming import Lines
from bridge.settings import settings
from tests.cast import Cast
from tests.channels.stage import connect, texts, threads
from tests.peers.servers.x import APP_TOKEN, CLIENT_ID, CLIENT_SECRET, Network
from tests.peers.servers.x_query import US

HEELS = "My heels are broken"
PATIENCE_SECONDS = 20


def connected(cast: Cast, address: str, name: str = "Northlight", own_id: str = US) -> ChannelAccount:
    values = {
        "client_id": CLIENT_ID,
        "client_secret": CLIENT_SECRET,
        "access_token": "local-access-token",
        "app_token": APP_TOKEN,
    }
    return connect(cast, "x", name=name, values=values, is_bare=True, external_id=own_id, base_url=address)


def search_for(cast: Cast, name: str = "Heels", *words: str) -> None:
    with db.transaction() as session:
        session.add(
            SavedSearch(
                brand_id=cast.brand.id,
                name=name,
                any_words=list(words or ("heels",)),
                also_words=[],
                not_words=["giveaway"],
            )
        )


def look(held: Lines) -> None:
    with db.statement() as connection:
        held.look(connection)


def comes(what: Callable[[], object]) -> None:
    """Wait until it is so."""
    deadline = time.monotonic() + PATIENCE_SECONDS
    while not what():
        assert time.monotonic() < deadline
        time.sleep(0.02)


def open_at(held: Lines, network: Network) -> None:
    """Look until the line is open, and said to be."""
    comes(lambda: (look(held), network.lines)[1])
    comes(lambda: (look(held), stream_of().since)[1])


def stream_of() -> Any:
    """What is written down of the stream."""
    sql = "SELECT stream_since AS since, stream_seen_at AS seen_at, last_error FROM channel_accounts ORDER BY created_at"
    with db.statement() as connection:
        return connection.execute(sql).fetchall()[0]


def kept() -> int:
    with db.statement() as connection:
        return int(connection.execute("SELECT count(*) FROM inbound_deliveries").fetchone()[0])  # type: ignore[index]


def read() -> list[str]:
    """Read what came; the customers' words, in the order in which they said them."""
    reading_in.read_due(settings(), clock=lambda: utc_now() + timedelta(seconds=1))
    return [text for thread in threads() for _, text in texts(thread)]


def poll() -> None:
    """Ask the network now, whether or not it is its turn."""
    with db.statement() as connection:
        connection.execute("UPDATE channel_accounts SET poll_at = now() - interval '1 s'")
    assert not polling.poll_due(settings())["failed"]


def opened(network: Network) -> int:
    """How often somebody asked for the line."""
    return [path for _, path in network.asked].count("tweets/search/stream")


def searches_asked(network: Network) -> int:
    return [path for _, path in network.asked].count("tweets/search/recent")
