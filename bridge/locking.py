"""When a store's page locks for want of a hand on it, in minutes and seconds. Pure vocabulary.

A browser with our module counts the minutes itself, warns for half a minute and locks. The server
counts too, for one without: it is later by the warning and by how seldom it notes that somebody
was there, so that it never locks a page that is just warning.
Source: docs/decisions on sessions that lock, and WCAG 2.2.1 for the warning.
"""

from datetime import datetime, timedelta
from typing import Final

SHORTEST_LOCK: Final = 1
USUAL_LOCK: Final = 5
LONGEST_LOCK: Final = 30
"""Minutes without a touch before the page warns."""

WARNING_SECONDS: Final = 30
NOTED_EVERY_SECONDS: Final = 60
SERVER_GRACE_SECONDS: Final = WARNING_SECONDS + NOTED_EVERY_SECONDS


def locks_at(last_seen_at: datetime, lock_minutes: int) -> datetime:
    """When the server locks a session of which nothing was heard since."""
    return last_seen_at + timedelta(minutes=lock_minutes, seconds=SERVER_GRACE_SECONDS)
