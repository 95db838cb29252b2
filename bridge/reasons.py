"""The closed lists of reasons and kinds that the life of an escalation uses. Pure vocabulary.

Codes are stable, labels are translated. Source: the retailer's taxonomies, version 1.
"""

from enum import StrEnum


class Priority(StrEnum):
    """How much a case presses; targets and ladders may differ by it."""

    LOW = "low"
    NORMAL = "normal"
    HIGH = "high"
    URGENT = "urgent"


class Question(StrEnum):
    """What a store asks the agent, ready-made."""

    CONFIRM_AMOUNT = "Q01"
    CONFIRM_ITEM = "Q02"
    EQUAL_ITEM = "Q03"
    WHO_PAYS = "Q04"
    IDENTITY_UNCLEAR = "Q05"
    EXTEND_VALIDITY = "Q06"
    WHAT_WAS_SAID = "Q07"
    CUSTOMER_ASKS_MORE = "Q08"
    WHICH_PROOF = "Q09"
    WHICH_TILL_CODE = "Q10"


class RevokeReason(StrEnum):
    """Why a promise is taken back before it was used."""

    ERROR_IN_PROMISE = "R01"
    DUPLICATE = "R02"
    AGENT_NOT_ENTITLED = "R03"
    AGENT_ACCOUNT_COMPROMISED = "R04"
    FRAUD = "R05"
    SOLVED_ELSEWHERE = "R06"
    PRODUCT_RECALL = "R07"
    CAMPAIGN_ENDED = "R08"


class TransferReason(StrEnum):
    """Why a case goes to another store."""

    NO_STOCK = "no_stock"
    NO_SKILL = "no_skill"
    CLOSER_STORE = "closer_store"
    CUSTOMER_WISH = "customer_wish"
    STORE_CLOSED = "store_closed"


class PauseReason(StrEnum):
    """The only reasons for which a clock may stand still."""

    AWAITING_CUSTOMER = "awaiting_customer"
    AWAITING_AGENT = "awaiting_agent"
    STORE_CLOSED_UNPLANNED = "store_closed_unplanned"
    DISASTER = "disaster"


class EntryReason(StrEnum):
    """Why a case is in HQ's review queue."""

    WRONGFUL_DECLINE = "wrongful_decline"
    NO_ACK = "no_ack"
    BREACH = "breach"
    EXPIRED_UNSEEN = "expired_unseen"
    APPEAL = "appeal"
    OFFLINE_CONFLICT = "offline_conflict"
    REPEAT_PATTERN = "repeat_pattern"
    HIGH_VALUE = "high_value"
    RANDOM_SAMPLE = "random_sample"


CONTESTED = frozenset(
    {
        EntryReason.WRONGFUL_DECLINE,
        EntryReason.EXPIRED_UNSEEN,
        EntryReason.APPEAL,
        EntryReason.OFFLINE_CONFLICT,
    }
)
"""Reasons that put the result itself in question: the case becomes `under_review`.

The others look at a case beside its life: a customer is never refused at the counter because
HQ wants to know why nobody acknowledged. Source: docs/decisions/0011-review-beside-the-life.md.
"""


class Visibility(StrEnum):
    """Who reads a note. It never widens."""

    INTERNAL = "internal"
    STORE = "store"
    CUSTOMER = "customer"
