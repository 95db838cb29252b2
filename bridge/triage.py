"""What can be done with a conversation, by its state and who holds it. Pure; one function for page and API.

A conversation is open (it needs an agent), or it was set aside: only a reply was needed, it is
not ours, it sleeps until a moment, or it repeats another one. A snoozed one is open again when
its time has come; nothing has to run for that. A new post of the customer opens what was
replied to or sleeps.
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from bridge.roles import Permission


class Triage(StrEnum):
    """Where a conversation stands in the queue. Stored by value."""

    OPEN = "open"
    REPLIED = "replied"
    NOT_OURS = "not_ours"
    SNOOZED = "snoozed"
    DUPLICATE = "duplicate"


class Move(StrEnum):
    """What an agent can do with a conversation."""

    ESCALATE = "escalate"
    REPLY_ONLY = "reply_only"
    NOT_OURS = "not_ours"
    SNOOZE = "snooze"
    DUPLICATE = "duplicate"
    BACK = "back"
    CLAIM = "claim"
    RELEASE = "release"
    TAKE_OVER = "take_over"


SETS = {
    Move.REPLY_ONLY: Triage.REPLIED,
    Move.NOT_OURS: Triage.NOT_OURS,
    Move.SNOOZE: Triage.SNOOZED,
    Move.DUPLICATE: Triage.DUPLICATE,
    Move.BACK: Triage.OPEN,
}
"""The moves of triage and where each leads; the others are made elsewhere."""


class Holder(StrEnum):
    """Who holds the claim, seen from the one who asks."""

    NOBODY = "nobody"
    ME = "me"
    OTHER = "other"


@dataclass(frozen=True, slots=True, kw_only=True)
class Item:
    """A conversation as far as triage needs it. `has_promise`: a promise of it is still open."""

    triage: Triage
    snoozed_until: datetime | None
    holder: Holder
    is_soft: bool
    has_promise: bool


def stands(triage: Triage, snoozed_until: datetime | None, now: datetime) -> Triage:
    """The state that counts now: who has slept long enough is open."""
    awake = triage is Triage.SNOOZED and (snoozed_until is None or snoozed_until <= now)
    return Triage.OPEN if awake else triage


def moves(item: Item, may: Callable[[Permission], bool], now: datetime) -> tuple[Move, ...]:
    """Everything that is possible now, in the order in which pages show it.

    Who writes a promise holds the conversation: while a colleague does, there is only taking over,
    which a soft claim leaves to everybody and a firm one to leads.
    """
    if not may(Permission.INTAKE_CLAIM):
        return ()
    if item.holder is Holder.OTHER:
        return (Move.TAKE_OVER,) if item.is_soft or may(Permission.INTAKE_TAKE_OVER) else ()
    if stands(item.triage, item.snoozed_until, now) is not Triage.OPEN:
        return (Move.BACK,)
    found = [Move.ESCALATE] if may(Permission.PROMISES_WRITE) else []
    found.append(Move.REPLY_ONLY)
    if not item.has_promise:
        found.append(Move.NOT_OURS)
    found.append(Move.SNOOZE)
    if not item.has_promise:
        found.append(Move.DUPLICATE)
    if item.holder is Holder.NOBODY or item.is_soft:
        found.append(Move.CLAIM)
    if item.holder is Holder.ME:
        found.append(Move.RELEASE)
    return tuple(found)
