"""Clocks of a case: which exist, and in which state each can be. Pure vocabulary.

`bridge/following.py` starts and ends them from what happened; `bridge/sla.py` sets their targets.
"""

from enum import StrEnum


class MilestoneType(StrEnum):
    """What has to happen in time. The first three belong to a thread, the others to an escalation."""

    FIRST_RESPONSE = "first_response"
    NEXT_RESPONSE = "next_response"
    PROMISE_ISSUED = "promise_issued"
    APPROVAL = "approval"
    STORE_ACK = "store_ack"
    COUNTER_DECISION = "counter_decision"
    AGENT_ANSWER = "agent_answer"
    TRANSFER_ACCEPT = "transfer_accept"
    CUSTOMER_NEED = "customer_need"
    OUTCOME_TO_CUSTOMER = "outcome_to_customer"
    RESOLUTION = "resolution"
    HQ_REVIEW = "hq_review"
    CAUSE_CODED = "cause_coded"


class MilestoneState(StrEnum):
    """Where a clock stands. A breach stays a fact: from `missed_open` there is no way back to `met`."""

    PENDING = "pending"
    RUNNING = "running"
    PAUSED = "paused"
    MET = "met"
    MISSED_OPEN = "missed_open"
    MET_LATE = "met_late"
    MISSED_FINAL = "missed_final"
    CANCELLED = "cancelled"


OPEN = frozenset(
    {MilestoneState.PENDING, MilestoneState.RUNNING, MilestoneState.PAUSED, MilestoneState.MISSED_OPEN}
)


class CalendarSource(StrEnum):
    """Whose opening hours a clock counts."""

    STORE = "store"
    TARGET_STORE = "target_store"
    CARE = "care"
    HQ = "hq"
    ALWAYS = "always"
