"""The one verdict enum: what a look-up at the counter answers. Page, JSON, log and tests use it.

The order in which verdicts are tried stands in `queries/verdict.py`, because the
database decides them inside the statement that reads, or locks, the record.
Source of the keys and families: the counter wording in docs/counter.md.
"""

from enum import StrEnum


class Family(StrEnum):
    """How a verdict looks and sounds; colour is the last cue."""

    GO = "go"
    CARE = "care"
    STOP = "stop"
    WAIT = "wait"
    LOCK = "lock"
    FIX = "fix"


class Verdict(StrEnum):
    """What the counter is told about a code. Stored by value, never renamed."""

    GENUINE = "genuine"
    GENUINE_PART_LEFT = "genuine_part_left"
    GENUINE_SET_ASIDE = "genuine_set_aside"
    CHECK_FIRST = "check_first"
    NEEDS_APPROVAL = "needs_approval"
    ALREADY_USED = "already_used"
    JUST_DONE = "just_done"
    OTHER_STORE = "other_store"
    NOT_YET = "not_yet"
    REPLACED = "replaced"
    ON_HOLD = "on_hold"
    DECLINED_BEFORE = "declined_before"
    EXPIRED = "expired"
    WITHDRAWN = "withdrawn"
    UNKNOWN = "unknown"
    TYPO = "typo"
    PRODUCT_CODE = "product_code"
    TOO_SHORT = "too_short"
    LOCKED_TRIES = "locked_tries"
    LOCKED_CODE = "locked_code"
    NO_PERMISSION = "no_permission"
    # Said by the device alone; the server never answers these.
    NEAR_MISS = "near_miss"
    NOT_OURS = "not_ours"
    SLOW = "slow"
    OFFLINE_LISTED = "offline_listed"
    OFFLINE_SIGNED = "offline_signed"
    OFFLINE_UNKNOWN = "offline_unknown"
    SERVER_ERROR = "server_error"
    SESSION_LOCKED = "session_locked"

    @property
    def family(self) -> Family:
        """The family that gives the verdict its colour, shape and sound."""
        return _FAMILIES[self]

    @property
    def may_honour(self) -> bool:
        """True when a person with the right may honour now, without anybody else."""
        return self in MAY_HONOUR


MAY_HONOUR = frozenset(
    {Verdict.GENUINE, Verdict.GENUINE_PART_LEFT, Verdict.GENUINE_SET_ASIDE, Verdict.CHECK_FIRST}
)

_FAMILIES = {
    **dict.fromkeys(MAY_HONOUR - {Verdict.CHECK_FIRST} | {Verdict.JUST_DONE}, Family.GO),
    **dict.fromkeys(
        (
            Verdict.CHECK_FIRST,
            Verdict.NEEDS_APPROVAL,
            Verdict.ALREADY_USED,
            Verdict.OTHER_STORE,
            Verdict.NOT_YET,
            Verdict.REPLACED,
            Verdict.ON_HOLD,
            Verdict.DECLINED_BEFORE,
        ),
        Family.CARE,
    ),
    **dict.fromkeys((Verdict.EXPIRED, Verdict.WITHDRAWN, Verdict.UNKNOWN, Verdict.NOT_OURS), Family.STOP),
    **dict.fromkeys((Verdict.TYPO, Verdict.NEAR_MISS, Verdict.PRODUCT_CODE, Verdict.TOO_SHORT), Family.FIX),
    **dict.fromkeys(
        (Verdict.LOCKED_TRIES, Verdict.LOCKED_CODE, Verdict.SESSION_LOCKED, Verdict.NO_PERMISSION),
        Family.LOCK,
    ),
    **dict.fromkeys(
        (
            Verdict.SLOW,
            Verdict.OFFLINE_LISTED,
            Verdict.OFFLINE_SIGNED,
            Verdict.OFFLINE_UNKNOWN,
            Verdict.SERVER_ERROR,
        ),
        Family.WAIT,
    ),
}
