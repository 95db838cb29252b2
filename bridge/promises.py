"""The words of a promise: its types, binding levels, proofs and scopes. Pure vocabulary.

A promise without a type, a level, a store scope and an end cannot be issued, and
free text alone is refused: "they should be able to assist" is not a promise.
"""

from dataclasses import dataclass
from enum import StrEnum


class PromiseType(StrEnum):
    """What is promised."""

    EXCHANGE = "exchange"
    RETURN_WITH_RECEIPT = "return_with_receipt"
    RETURN_WITHOUT_RECEIPT = "return_without_receipt"
    REFUND = "refund"
    PARTIAL_REFUND = "partial_refund"
    REPAIR = "repair"
    REPLACEMENT_PART = "replacement_part"
    PRICE_MATCH = "price_match"
    DISCOUNT_AMOUNT = "discount_amount"
    DISCOUNT_PERCENT = "discount_percent"
    GIFT_CARD_OR_CREDIT = "gift_card_or_credit"
    FREE_SERVICE = "free_service"
    LOAN_DEVICE = "loan_device"
    HOLD_ITEM = "hold_item"
    RESTOCKING_FEE_WAIVER = "restocking_fee_waiver"
    RETURN_WINDOW_EXTENSION = "return_window_extension"
    DELIVERY_FEE_WAIVER = "delivery_fee_waiver"
    WARRANTY_EXCEPTION = "warranty_exception"
    GOODWILL_GESTURE = "goodwill_gesture"
    CALL_BACK = "call_back"
    INFORMATION = "information"
    APOLOGY_IN_PERSON = "apology_in_person"
    CAMPAIGN_OFFER = "campaign_offer"


WITHOUT_VALUE = frozenset(
    {
        PromiseType.CALL_BACK,
        PromiseType.INFORMATION,
        PromiseType.APOLOGY_IN_PERSON,
        PromiseType.HOLD_ITEM,
        PromiseType.RETURN_WINDOW_EXTENSION,
    }
)
"""Types that move no money; every other type names the most it may cost."""


class Level(StrEnum):
    """How much a promise binds the store."""

    INFORM = "inform"
    RECOMMEND = "recommend"
    AUTHORISE = "authorise"
    INSTRUCT = "instruct"


class Proof(StrEnum):
    """What a store would ask for, and a promise may waive."""

    RECEIPT = "receipt"
    RETURN_WINDOW = "return_window"
    PACKAGING = "packaging"
    SERIAL_NUMBER = "serial_number"


class StoreScope(StrEnum):
    """At which stores a promise counts."""

    ONE = "one"
    GROUP = "group"
    ANY = "any"


class SecondFact(StrEnum):
    """What the customer can say at the counter beside the code."""

    PHONE_DIGITS = "phone_digits"
    ORDER_DIGITS = "order_digits"
    NAME_INITIAL = "name_initial"
    AGREED_WORD = "agreed_word"


class PriorChannel(StrEnum):
    """Where the customer tried before."""

    PHONE = "phone"
    EMAIL = "email"
    CHAT = "chat"
    STORE = "store"
    WEB = "web"
    OTHER = "other"


class DeclineReason(StrEnum):
    """Why a store declines. Codes are stable, labels are translated."""

    CODE_NOT_GENUINE = "D01"
    CODE_ALREADY_USED = "D02"
    EXPIRED = "D03"
    WRONG_STORE = "D04"
    ITEM_DOES_NOT_MATCH = "D05"
    OUT_OF_STOCK = "D06"
    OWNERSHIP_MISMATCH = "D07"
    DAMAGED_BEYOND_TERMS = "D08"
    SAFETY_OR_LEGAL_BAR = "D09"
    ABOVE_MY_LIMIT = "D10"
    SECOND_FACT_FAILED = "D11"
    SUSPECTED_FRAUD = "D12"
    TILL_CANNOT = "D13"
    CONTRADICTS_LAW_OR_CONTRACT = "D14"
    CUSTOMER_REFUSED_CONDITIONS = "D15"
    MANAGER_DISAGREES = "D16"
    OTHER = "D99"


@dataclass(frozen=True, slots=True)
class PromiseLine:
    """One line of what is promised. `amount_minor` is the most it may cost, in minor units.

    `percent_hundredths` is a percentage times 100 (10 % is 1000) and needs `amount_minor` as its cap,
    so that the books always know what is at stake.
    """

    type: PromiseType
    level: Level
    item: str
    amount_minor: int = 0
    percent_hundredths: int | None = None
    quantity: int = 1
    waives: frozenset[Proof] = frozenset()
    conditions: str = ""
