"""How a connected account fares, from what is written down about it. Pure.

An account that is quiet may be broken in a way that nobody tells us of: a webhook whose secret was
changed is simply not called any more. So silence beyond what the account is used to is a state.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Final

FAILURES_THAT_COUNT: Final = 3
USUAL_QUIET_SECONDS: Final = 24 * 3600


class Health(StrEnum):
    """The first that fits, from the worst."""

    GONE = "gone"
    """Nobody knows its channel any more: the folder was taken away."""
    OFF = "off"
    SIGNED_OUT = "signed_out"
    """The token is not taken: nothing comes in or goes out until somebody signs in again."""
    FAILING = "failing"
    """Asking failed several times in a row."""
    UNREAD = "unread"
    """Something came in that could not be read and waits for a person."""
    TWICE = "twice"
    """An earlier account here is the same one at the network, and is asked instead."""
    QUIET = "quiet"
    """Nothing came for longer than the account may be silent."""
    PAUSED = "paused"
    """The network asked us to wait."""
    FAILED = "failed"
    """Nothing has come yet, and asking failed so far, too seldom to be told."""
    REFUSED = "refused"
    """Nothing has come yet but what was not signed as it has to be."""
    NEW = "new"
    """Nothing has come yet, and it is too early to wonder."""
    WELL = "well"


TROUBLE: Final = frozenset({Health.SIGNED_OUT, Health.FAILING, Health.QUIET})
"""What an administrator is told of."""


@dataclass(frozen=True, slots=True)
class Signs:
    """What is known of an account. `quiet_after_seconds` 0 means that silence says nothing."""

    is_on: bool
    is_signed_out: bool
    created_at: datetime
    last_event_at: datetime | None
    polled_at: datetime | None
    poll_failures: int
    paused_until: datetime | None
    quiet_after_seconds: int
    unread: int
    is_twin: bool = False
    is_gone: bool = False
    refused_at: datetime | None = None


def health_of(signs: Signs, now: datetime) -> Health:
    """The state of an account. Asking in vain counts as a sign of life: there was an answer."""
    if signs.is_gone:
        return Health.GONE
    if not signs.is_on:
        return Health.OFF
    if signs.is_signed_out:
        return Health.SIGNED_OUT
    if signs.poll_failures >= FAILURES_THAT_COUNT:
        return Health.FAILING
    if signs.unread:
        return Health.UNREAD
    if signs.is_twin:
        return Health.TWICE
    heard = max(filter(None, (signs.last_event_at, signs.polled_at)), default=None)
    if signs.quiet_after_seconds and now - (heard or signs.created_at) > timedelta(
        seconds=signs.quiet_after_seconds
    ):
        return Health.QUIET
    if signs.paused_until is not None and signs.paused_until > now:
        return Health.PAUSED
    if heard is not None:
        return Health.WELL
    if signs.poll_failures:
        return Health.FAILED
    return Health.REFUSED if signs.refused_at is not None else Health.NEW
