"""The toy channel is a folder beside the real ones: putting it on the path is all that it takes."""

from collections.abc import Iterator
from pathlib import Path

import pytest

import bridge.channels
from bridge.channels.registry import channels

TOY = str(Path(__file__).parent / "more")


@pytest.fixture
def toy() -> Iterator[None]:
    bridge.channels.__path__.append(TOY)
    channels.cache_clear()
    try:
        yield
    finally:
        bridge.channels.__path__.remove(TOY)
        channels.cache_clear()
