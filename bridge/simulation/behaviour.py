"""How people behave in a simulation: seeded chances, nothing else. Pure.

The chances are made up so that every path of a life is walked often enough to find a fault in a
month of some thousand cases; they are no claim about any retailer.
"""

from dataclasses import dataclass
from datetime import timedelta
from enum import StrEnum
from math import log
from random import Random
from typing import Final

from bridge.promises import Level, PromiseLine, PromiseType, StoreScope
from bridge.reasons import Priority


class Diligence(StrEnum):
    """How a store answers."""

    PROMPT = "prompt"
    SLOW = "slow"
    SILENT = "silent"
    """Acts when a customer stands at the counter, and never before."""
    UNSTAFFED = "unstaffed"
    """Nobody works there who could act."""


@dataclass(frozen=True, slots=True)
class Habits:
    """What a store is like. Chances are from 0 to 1, times in open minutes."""

    diligence: Diligence
    acknowledges: float
    usual_minutes: float
    declines: float
    asks: float
    transfers: float
    has_associate: bool


_MIX: Final = (
    (Diligence.PROMPT, 76, 0.95, 25.0),
    (Diligence.SLOW, 15, 0.70, 260.0),
    (Diligence.SILENT, 8, 0.02, 600.0),
    (Diligence.UNSTAFFED, 1, 0.0, 600.0),
)


def habits_of_store(chance: Random) -> Habits:
    """Draw what a store is like."""
    diligence, _, acknowledges, minutes = chance.choices(_MIX, [one[1] for one in _MIX])[0]
    return Habits(
        diligence=diligence,
        acknowledges=acknowledges,
        usual_minutes=minutes,
        declines=chance.choices((0.04, 0.12, 0.45), (70, 25, 5))[0],
        asks=chance.choices((0.02, 0.10), (70, 30))[0],
        transfers=chance.choices((0.01, 0.06), (70, 30))[0],
        has_associate=chance.random() < 0.9,
    )


def about(chance: Random, median_minutes: float, *, spread: float = 0.8) -> timedelta:
    """A time as people take it: mostly near the median, sometimes many times as long."""
    return timedelta(minutes=min(chance.lognormvariate(log(median_minutes), spread), 60 * 24 * 20))


@dataclass(frozen=True, slots=True)
class Wish:
    """What a customer is promised, and what customer and agent do by themselves."""

    lines: tuple[PromiseLine, ...]
    scope: StoreScope
    priority: Priority
    needed_in: timedelta | None
    comes: bool
    agent_revokes: bool
    agent_extends: bool
    agent_replaces: bool
    agent_offers_elsewhere: bool
    agent_tells: bool
    appeals: bool
    writes_again: bool


_TYPES: Final = (
    PromiseType.EXCHANGE,
    PromiseType.REFUND,
    PromiseType.REPAIR,
    PromiseType.GOODWILL_GESTURE,
    PromiseType.PRICE_MATCH,
    PromiseType.GIFT_CARD_OR_CREDIT,
)


def wish_of_customer(chance: Random) -> Wish:
    """Draw a case: three in four are inside an agent's own right, a few need HQ's."""
    if chance.random() < 0.08:
        kind = chance.choice((PromiseType.INFORMATION, PromiseType.CALL_BACK))
        lines = [PromiseLine(kind, Level.INFORM, "A question about an order")]
    else:
        level = chance.choices((Level.RECOMMEND, Level.AUTHORISE, Level.INSTRUCT), (20, 65, 15))[0]
        most = chance.choices((2_500, 10_000, 30_000, 120_000), (68, 24, 6, 2))[0]
        amount = chance.randrange(most // 5, most + 1)
        lines = [PromiseLine(chance.choice(_TYPES), level, "Headphones", amount_minor=amount)]
        if chance.random() < 0.1:
            lines.append(PromiseLine(PromiseType.GOODWILL_GESTURE, level, "A cable", amount_minor=500))
    return Wish(
        lines=tuple(lines),
        scope=chance.choices((StoreScope.ONE, StoreScope.GROUP, StoreScope.ANY), (93, 4, 3))[0],
        priority=chance.choices((Priority.NORMAL, Priority.HIGH, Priority.URGENT), (85, 9, 6))[0],
        needed_in=timedelta(hours=chance.uniform(6, 90)) if chance.random() < 0.15 else None,
        comes=chance.random() < 0.84,
        agent_revokes=chance.random() < 0.02,
        agent_extends=chance.random() < 0.04,
        agent_replaces=chance.random() < 0.015,
        agent_offers_elsewhere=chance.random() < 0.01,
        agent_tells=chance.random() < 0.93,
        appeals=chance.random() < 0.2,
        writes_again=chance.random() < 0.15,
    )


class Counter(StrEnum):
    """What the manager does with a genuine code."""

    HONOUR = "honour"
    PART_KEEP = "part_keep"
    PART_GIVE_UP = "part_give_up"
    DECLINE = "decline"
    ASK_LIVE = "ask_live"
    SEND_AWAY = "send_away"


def at_the_counter(chance: Random, habits: Habits) -> Counter:
    """Draw what happens when the customer stands there."""
    if chance.random() < habits.declines:
        return Counter.DECLINE
    return chance.choices(
        (Counter.HONOUR, Counter.PART_KEEP, Counter.PART_GIVE_UP, Counter.ASK_LIVE, Counter.SEND_AWAY),
        (88, 5, 3, 2, 2),
    )[0]


_HOURLY: Final = (2, 1, 1, 1, 1, 2, 3, 5, 6, 7, 7, 8, 9, 8, 7, 7, 8, 9, 9, 8, 7, 6, 5, 3)


def moment_of_posting(chance: Random, *, days: int) -> timedelta:
    """When in the simulated time a customer writes; evenings more than nights."""
    hour = chance.choices(range(24), _HOURLY)[0]
    return timedelta(days=chance.randrange(days), hours=hour, seconds=chance.randrange(3600))
