"""What a customer is told about their own case: one state, the safe moments of its history. Pure.

Nobody is named in here: no staff, no handle, no reason in the store's words. Internal doings
(reviews, deadlines, the ladder, notes) never become a customer's news.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from types import MappingProxyType
from typing import Any, Final

from bridge.following import PAUSED, RESUMED
from bridge.lifecycle import LIVE, Action, Status
from bridge.reasons import PauseReason


class State(StrEnum):
    """How the case stands for the customer."""

    READY = "ready"
    LATER = "later"
    WITH_STORE = "with_store"
    NEEDED = "needed"
    MOVED = "moved"
    PART_LEFT = "part_left"
    PART_USED = "part_used"
    USED = "used"
    NOT_POSSIBLE = "not_possible"
    ENDED = "ended"
    CHANGED = "changed"


SHOWS_CODE: Final = frozenset({State.READY, State.WITH_STORE, State.MOVED, State.PART_LEFT})
"""The states in which the code counts at a counter, so that showing it makes sense."""


@dataclass(frozen=True, slots=True)
class Case:
    """What the state follows from. Money is in minor units; `code_counts` is false for a replaced code."""

    status: Status
    outcome: str | None
    valid_from: datetime
    valid_until: datetime
    authorised_minor: int
    remaining_minor: int
    code_counts: bool
    is_frozen: bool
    was_moved: bool
    names_a_store: bool
    waits_for_customer: bool


_BY_OUTCOME: Final = MappingProxyType(
    {
        "honoured_full": State.USED,
        "answered": State.USED,
        "honoured_part": State.PART_USED,
        "declined": State.NOT_POSSIBLE,
        "too_late": State.ENDED,
        "customer_no_show": State.ENDED,
        "expired_unused": State.ENDED,
    }
)
_BY_STATUS: Final = MappingProxyType(
    {
        Status.HONOURED: State.USED,
        Status.PART_HONOURED: State.PART_USED,
        Status.DECLINED: State.NOT_POSSIBLE,
        Status.EXPIRED: State.ENDED,
    }
)


def state_of(case: Case, *, now: datetime) -> State:
    """The one state that the customer reads. What HQ looks at again reads as it ended."""
    if not case.code_counts:
        return State.CHANGED
    if case.status not in LIVE:
        found = _BY_STATUS.get(case.status) or _BY_OUTCOME.get(case.outcome or "")
        return found or State.CHANGED
    if now >= case.valid_until:
        return State.ENDED
    if case.is_frozen or case.waits_for_customer:
        return State.NEEDED
    if now < case.valid_from:
        return State.LATER
    if case.status in {Status.AWAITING_AGENT, Status.TRANSFERRING}:
        return State.WITH_STORE
    if case.remaining_minor < case.authorised_minor:
        return State.PART_LEFT
    if case.status is Status.ACKNOWLEDGED or not case.names_a_store:
        return State.READY
    return State.MOVED if case.was_moved else State.WITH_STORE


@dataclass(frozen=True, slots=True)
class Moment:
    """One entry of the customer's history. `store` is the shop's name; money is in minor units.

    `text` is a note that was written for the customer; such an entry has no action.
    """

    at: datetime
    action: Action | None
    store: str | None = None
    amount_minor: int = 0
    valid_until: datetime | None = None
    text: str = ""


_TOLD: Final = frozenset(
    {
        Action.SUBMIT,
        Action.APPROVE,
        Action.ACKNOWLEDGE,
        Action.HONOUR,
        Action.HONOUR_PART,
        Action.GIVE_UP_REST,
        Action.DECLINE,
        Action.UNDO,
        Action.ANNUL,
        Action.ASK_AGENT,
        Action.ANSWER,
        Action.OFFER_TRANSFER,
        Action.ACCEPT_TRANSFER,
        Action.REVOKE,
        Action.SUPERSEDE,
        Action.EXPIRE,
        Action.EXTEND,
        Action.APPEAL,
        Action.OVERTURN,
        Action.REOPEN,
    }
)


def moments(links: Iterable[tuple[Any, Mapping[str, Any]]], notes: Iterable[Any] = ()) -> list[Moment]:
    """What the customer may read of a case, newest first.

    `links` are the timeline's rows with their facts, `notes` those that were written for the customer.
    """
    told = [Moment(at=note.created_at, action=None, text=note.text) for note in notes]
    for link, facts in links:
        if link.action not in _TOLD:
            continue
        until = facts.get("valid_until")
        told.append(
            Moment(
                at=link.at,
                action=Action(link.action),
                store=link.store_name,
                amount_minor=int(facts.get("amount_minor") or 0),
                valid_until=datetime.fromisoformat(until) if until else None,
            )
        )
    return sorted(told, key=lambda moment: moment.at)[::-1]


def waits_for_customer(links: Iterable[tuple[Any, Mapping[str, Any]]]) -> bool:
    """Whether an agent said that the customer's turn has come, and nobody took it back."""
    waits = False
    for link, facts in links:
        if facts.get("reason") == PauseReason.AWAITING_CUSTOMER and link.action in {PAUSED, RESUMED}:
            waits = link.action == PAUSED
    return waits


def decline_reason(links: Iterable[tuple[Any, Mapping[str, Any]]]) -> str | None:
    """The code of the last refusal's reason, to be worded safely; None when nothing was refused."""
    reasons = [facts.get("reason") for link, facts in links if link.action == Action.DECLINE]
    return reasons[-1] if reasons else None
