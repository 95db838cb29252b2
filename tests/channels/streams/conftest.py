"""A local X whose stream can be held, an account of its app, and the lines of this process."""

from collections.abc import Iterator
from typing import Any

import pytest

from bridge.channels.x.streaming import RuleStream
from bridge.models import ChannelAccount
from bridge.services.streaming import Lines
from bridge.settings import settings
from tests.cast import Cast
from tests.channels.streams.stage import connected, search_for
from tests.peers.servers.x import Network, serving


@pytest.fixture
def network() -> Network:
    return Network(heartbeat_seconds=0.1)


@pytest.fixture
def address(network: Network) -> Iterator[str]:
    with serving(network) as url:
        yield url


@pytest.fixture
def account(cast: Cast, address: str) -> ChannelAccount:
    search_for(cast)
    return connected(cast, address)


@pytest.fixture
def hasty(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Lines are opened again at once; why they ended.

    X would ask for a minute's patience while it has not noticed that the other line is gone.
    """
    ended: list[str] = []

    def wait_seconds(_self: RuleStream, why: Any, _tries: int) -> float:
        ended.append(why.error if hasattr(why, "error") else f"status_{why.status_code}")
        return 0.1

    monkeypatch.setattr(RuleStream, "wait_seconds", wait_seconds)
    return ended


@pytest.fixture
def held() -> Iterator[Lines]:
    """The lines of this process, looked at when a test says so."""
    lines = Lines(settings())
    yield lines
    lines.close()
