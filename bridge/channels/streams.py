"""A stream: a line that a network holds open, on which it tells at once what our saved searches find.

The channel knows what is said on it. Who holds it, when it is opened again, and that nothing is lost in
between is the same for all of them (`bridge/services/streaming.py`).
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

from bridge.channels.calling import Answered, Call, Request
from bridge.channels.coming_in import Item
from bridge.channels.webhook import Failed
from bridge.searches import Search


@dataclass(frozen=True, slots=True)
class Over:
    """The network says on the line that it ends it. `error` is one word."""

    error: str


Trouble = Answered | Failed | Over
"""Why there is no line."""


class Stream(Protocol):
    """What one account can have told as it happens."""

    key: str
    """What may be held once at a time, whoever asks: accounts of one app share it."""

    def tune(self, searches: Sequence[Search], *, call: Call) -> Answered | Failed | None:
        """Let it carry what these searches look for, open or not; None when it does. Raises nothing."""
        ...

    def request(self) -> Request:
        """What opens the line."""
        ...

    def heard(self, line: bytes, searches: Sequence[Search]) -> Item | Over | None:
        """What a line says: a post to keep, the stream's end, or nothing for us. Pure; raises nothing."""
        ...

    def wait_seconds(self, why: Trouble, tries: int) -> float:
        """How long to wait before the line is opened again, after so many tries in a row. Pure."""
        ...
