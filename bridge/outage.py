"""Whether the database was found away a moment ago, so that whoever cannot wait is refused at once.

A sender that gets no answer within a second counts it as a failure, and a hundred of them waiting out
their time keep two cores busy with waiting. So the first who finds nobody says it here, and the others
do not try; every now and then one of them is let through to look.
"""

import time
from collections.abc import Callable
from threading import Lock
from typing import Final

LOOK_AGAIN_SECONDS: Final = 0.25


class Outage:
    """One process's knowledge of an outage. Safe to share between threads."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._lock = Lock()
        self._look_at: float | None = None

    def begin(self) -> None:
        """Somebody found the database away, just now."""
        with self._lock:
            self._look_at = self._clock() + LOOK_AGAIN_SECONDS

    def end(self) -> None:
        """Somebody found it there."""
        with self._lock:
            self._look_at = None

    def refuses(self) -> bool:
        """Whether not to try. False for one caller each quarter of a second, who finds out for the others."""
        with self._lock:
            now = self._clock()
            if self._look_at is None:
                return False
            if now < self._look_at:
                return True
            self._look_at = now + LOOK_AGAIN_SECONDS
            return False
