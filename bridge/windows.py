"""How long after a customer's words we may write to them in private, and who may. Pure.

Some networks shut a private conversation some hours after the customer last spoke, leave a door for a
named person a while longer, and allow one private answer to a public post. Which hours, a channel's
record says; what they mean is the same for all of them. Asked when something is written and again
in the moment before it is sent. Source: channels.md 2, "Outcome timing consequence".
"""

from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum


class Way(StrEnum):
    """What may be done now."""

    FREE = "free"
    """It may go out by itself."""
    PERSON = "person"
    """Only a named person may let it go."""
    CLOSED = "closed"
    """Nobody may; `Window.why` says why."""


@dataclass(frozen=True, slots=True)
class Window:
    """What may be done, and until when; without `until` it stays so until the customer writes again.

    `why` is one word: `late`, `over`, `never_wrote` or `post_too_old`; empty while it is free.
    """

    way: Way
    until: datetime | None = None
    why: str = ""


def for_message(
    now: datetime, *, last_private_at: datetime | None, free_hours: int | None, person_hours: int | None
) -> Window:
    """The window for a private message. Without `free_hours` the network has none and it is always free.

    `last_private_at` is when the customer last wrote in private: a public comment opens nothing. The hours
    count from then, and the last moment of each no longer belongs to it.
    """
    if free_hours is None:
        return Window(Way.FREE)
    if last_private_at is None:
        return Window(Way.CLOSED, why="never_wrote")
    free_until = last_private_at + timedelta(hours=free_hours)
    if now < free_until:
        return Window(Way.FREE, free_until)
    if person_hours is not None and now < (until := last_private_at + timedelta(hours=person_hours)):
        return Window(Way.PERSON, until, "late")
    return Window(Way.CLOSED, why="over")


def for_reply(now: datetime, *, posted_at: datetime, hours: int | None) -> Window:
    """The window for the one private answer to a public post, which counts from the post."""
    if hours is None:
        return Window(Way.FREE)
    until = posted_at + timedelta(hours=hours)
    return Window(Way.FREE, until) if now < until else Window(Way.CLOSED, why="post_too_old")


def after_refusal(
    now: datetime, *, was_late: bool, last_private_at: datetime | None, person_hours: int | None
) -> Window:
    """What is left after the network itself said that its window is over, whatever our clock says.

    A message that a person had released (`was_late`) has no second chance.
    """
    if not was_late and last_private_at is not None and person_hours is not None:
        until = last_private_at + timedelta(hours=person_hours)
        if now < until:
            return Window(Way.PERSON, until, "late")
    return Window(Way.CLOSED, why="over")
