"""What follows after one try at sending a message, or after one look for an earlier try. Pure.

`unknown` is the state that keeps one message from becoming two: the try had no clear end, so the
next thing is a look, never another try. A look that finds nothing allows the next try.
What waits for a person, and what that person may do, stands here as well.
Source: decisions 7; channels.md 0.5.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from bridge.retries import next_try

BACK_OFF: Final = (
    timedelta(0),
    timedelta(seconds=10),
    timedelta(minutes=1),
    timedelta(minutes=5),
    timedelta(minutes=15),
    timedelta(hours=1),
    timedelta(hours=4),
    timedelta(hours=12),
)
"""`BACK_OFF[n]` lies between try n and try n + 1; an answer of the day before yesterday helps nobody."""

LOOK_AFTER: Final = (
    timedelta(seconds=5),
    timedelta(seconds=20),
    timedelta(minutes=1),
    timedelta(minutes=5),
    timedelta(minutes=30),
    timedelta(hours=2),
)
"""A network shows a new post a moment after it took it, so the first look waits a little."""

RELEASE: Final = "release"
MARK_SENT: Final = "mark_sent"
SEND_AGAIN: Final = "send_again"
GIVE_UP: Final = "give_up"

PERSONS_ACTS: Final[Mapping[str, tuple[str, ...]]] = {
    "waiting": (RELEASE, MARK_SENT, GIVE_UP),
    "queued": (GIVE_UP,),
    "unknown": (MARK_SENT, SEND_AGAIN, GIVE_UP),
    "handed_off": (MARK_SENT, SEND_AGAIN, GIVE_UP),
    "failed_final": (MARK_SENT, SEND_AGAIN, GIVE_UP),
}
WAITS_FOR_A_PERSON: Final = ("waiting", "handed_off", "unknown", "failed_final")


@dataclass(frozen=True, slots=True)
class Next:
    """The message's next state. Without `at` nothing happens by itself any more."""

    state: str
    at: datetime | None


def after(
    result: str,
    *,
    attempts: int,
    looks: int,
    can_look: bool,
    now: datetime,
    jitter: float,
    retry_after_seconds: float | None = None,
) -> Next:
    """The state after a try or a look with this `result` (`channels.going_out.Result`).

    `attempts` counts the tries, this one too, and `looks` the looks. Where the channel `can_look` not,
    an uncertain message waits for a person at once.
    """
    match result:
        case "sent":
            return Next("sent", None)
        case "final":
            return Next("failed_final", None)
        case "hand_off":
            return Next("handed_off", None)
        case "unknown":
            if not can_look or looks >= len(LOOK_AFTER):
                return Next("unknown", None)
            wait = LOOK_AFTER[looks]
            if retry_after_seconds:
                wait = max(wait, timedelta(seconds=min(retry_after_seconds, 24 * 3600)))
            return Next("unknown", now + wait)
        case "signed_out":
            # Taken up again as soon as somebody signs in; the account is stopped meanwhile.
            return Next("queued", now)
        case "not_there" | "retry":
            at = next_try(attempts, now, jitter, retry_after_seconds=retry_after_seconds, back_off=BACK_OFF)
            return Next("failed_final", None) if at is None else Next("queued", at)
        case _:
            raise ValueError(f"unknown result {result}")


def acts_for(state: str, *, is_looked_for: bool) -> tuple[str, ...]:
    """What a person may do with a message in this state. While it is looked for, nobody sends it again."""
    return tuple(act for act in PERSONS_ACTS.get(state, ()) if not (is_looked_for and act == SEND_AGAIN))
