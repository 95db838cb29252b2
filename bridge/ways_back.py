"""By which ways an outcome goes back to where it was promised, and whether a person looks first. Pure.

A private text holds amount, store and reason, so it goes in private or not at all; where there is no
private way, the public text tells nothing and asks the customer to write. Colleagues in a care tool
get the facts as a note of their own. Source: docs/decisions/0021-outcomes-go-back-by-themselves.md.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Final
from uuid import UUID

GOOD_ENDS: Final = frozenset({"honoured", "honoured_part"})


class Sends(StrEnum):
    """What an account lets go by itself. Stored by value."""

    ALL = "all"
    GOOD = "good"
    """Good ends go by themselves; a refusal, a withdrawal and an expiry wait for a person."""
    NONE = "none"


class Which(StrEnum):
    """Which of the texts."""

    PRIVATE = "private"
    PUBLIC = "public"
    NOTE = "note"


@dataclass(frozen=True, slots=True, kw_only=True)
class WayOut:
    """One door of a thread, as far as it can carry an outcome.

    `is_private` says that what we write there only the customer reads; `reply` that the network allows
    one private answer to a public post.
    """

    account_id: UUID
    sends: Sends
    is_private: bool = False
    public: bool = False
    private: bool = False
    reply: bool = False
    note: bool = False


@dataclass(frozen=True, slots=True)
class Step:
    """One message to write: by which account, how, which text, and why it waits; empty when it does not."""

    account_id: UUID
    purpose: str
    which: Which
    waits_because: str = ""


def ways_to_customer(ending: str, ways: Sequence[WayOut]) -> list[Step]:
    """What may be tried, the best first, until one of them is possible; `ways` in order of preference.

    In private before the one private answer, that before the public text. A private conversation has no
    public answer.
    """
    return [
        Step(way.account_id, purpose, which, waits_because(ending, way.sends))
        for purpose, which, able in (
            ("private_message", Which.PRIVATE, [way for way in ways if way.private]),
            ("private_reply", Which.PRIVATE, [way for way in ways if way.reply and not way.is_private]),
            ("public_reply", Which.PUBLIC, [way for way in ways if way.public and not way.is_private]),
        )
        for way in able
    ]


def note_for_colleagues(ways: Sequence[WayOut]) -> Step | None:
    """The note in the care tool; it never waits, for only colleagues read it."""
    way = next((way for way in ways if way.note), None)
    return None if way is None else Step(way.account_id, "note", Which.NOTE)


def waits_because(ending: str, sends: Sends) -> str:
    """Why a person looks at it first, in one word; empty when it goes by itself."""
    if sends is Sends.NONE:
        return "account_asks"
    return "" if sends is Sends.ALL or ending in GOOD_ENDS else "bad_end"
