"""When to try a delivery again, and what an answer means. Pure; the sweep asks it after each attempt.

The table and the meanings are those of Standard Webhooks 1.0.0: anything but 2xx is a
failure, 410 means that the receiver is gone for good, and the tries spread over about
three days. After the last one the outcome is dead and waits for a person.
"""

from collections.abc import Sequence
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Final

BACK_OFF: Final = (
    timedelta(0),
    timedelta(seconds=5),
    timedelta(minutes=5),
    timedelta(minutes=30),
    timedelta(hours=2),
    timedelta(hours=5),
    timedelta(hours=10),
    timedelta(hours=14),
    timedelta(hours=20),
    timedelta(hours=24),
)
"""`BACK_OFF[n]` lies between attempt n and attempt n + 1."""

ATTEMPTS_MAX: Final = len(BACK_OFF)

NOTICE_BACK_OFF: Final = (
    timedelta(0),
    timedelta(seconds=20),
    timedelta(minutes=1),
    timedelta(minutes=5),
    timedelta(minutes=15),
    timedelta(hours=1),
    timedelta(hours=2),
    timedelta(hours=4),
)
"""As `BACK_OFF`, for what staff are told: quick at first, and over within a working day.

A notice of yesterday helps nobody; the ladder has long gone to somebody else by then.
"""

NOTICE_ATTEMPTS_MAX: Final = len(NOTICE_BACK_OFF)

UNSURE: Final = frozenset({"interrupted", "timeout", "connection_lost", "bad_answer"})
"""Failures after which nobody knows whether the message got through, as after any 5xx."""
JITTER_SHARE: Final = 0.2
RETRY_AFTER_MAX: Final = timedelta(hours=24)


class Judgement(StrEnum):
    """What an attempt came to."""

    DELIVERED = "delivered"
    RETRY = "retry"
    GONE = "gone"


def judge(status_code: int | None) -> Judgement:
    """Say what an answer means; None stands for no answer at all.

    Redirects and refusals (3xx, 4xx) are retried like outages: a receiver's wrong setting
    is often repaired within the three days, and dropping events silently is worse.
    """
    if status_code is not None and 200 <= status_code < 300:
        return Judgement.DELIVERED
    if status_code == 410:
        return Judgement.GONE
    return Judgement.RETRY


def next_try(
    attempts: int,
    now: datetime,
    jitter: float,
    *,
    retry_after_seconds: float | None = None,
    back_off: Sequence[timedelta] = BACK_OFF,
) -> datetime | None:
    """The time of the next attempt after `attempts` failed ones, or None when it was the last.

    `jitter` is a random number in [0, 1): it lengthens the wait by up to a fifth, so that a
    receiver that comes back is not met by everything at once. `retry_after_seconds` is what the
    receiver asked for; it can lengthen the wait, up to a day, and never shortens it.
    """
    if attempts >= len(back_off):
        return None
    wait = back_off[max(attempts, 0)] * (1 + JITTER_SHARE * jitter)
    if retry_after_seconds is not None and retry_after_seconds > 0:
        asked = min(retry_after_seconds, RETRY_AFTER_MAX.total_seconds())
        wait = max(wait, timedelta(seconds=asked))
    return now + wait
