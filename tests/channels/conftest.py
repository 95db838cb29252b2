"""The toy channel is a folder beside the real ones: putting it on the path is all that it takes; its account."""

from collections.abc import Iterator

import pytest

from bridge.models import ChannelAccount
from bridge.services import reading_in
from tests.cast import Cast
from tests.channels.stage import connect, toy_beside_the_real_ones


@pytest.fixture
def toy() -> Iterator[None]:
    with toy_beside_the_real_ones():
        yield


@pytest.fixture
def account(toy: None, cast: Cast) -> ChannelAccount:
    """An account of the toy's."""
    return connect(cast)


@pytest.fixture
def together(monkeypatch: pytest.MonkeyPatch) -> list[bool]:
    """How each batch ended."""
    ended: list[bool] = []
    read = reading_in._read_together

    def watched(*given: object, **more: object) -> bool:
        ended.append(read(*given, **more))  # type: ignore[arg-type]
        return ended[-1]

    monkeypatch.setattr(reading_in, "_read_together", watched)
    return ended
