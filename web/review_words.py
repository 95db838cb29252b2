"""The words that HQ reads for reasons, findings, ages, clocks, and what a silence score is made of.

Every key of the vocabulary has a word here, checked by a test. Lazy, as in `web.words`.
"""

from collections.abc import Callable

from bridge.milestones import MilestoneState, MilestoneType
from bridge.reasons import EntryReason, Question, TransferReason, Visibility
from bridge.reviewing import AgeBand, Finding
from web.languages import say_counted as ngettext
from web.languages import say_lazily as _

REASONS = {
    EntryReason.WRONGFUL_DECLINE: _("Declined though it was authorised"),
    EntryReason.NO_ACK: _("The store did not answer"),
    EntryReason.BREACH: _("Too late"),
    EntryReason.EXPIRED_UNSEEN: _("Expired, never looked up"),
    EntryReason.APPEAL: _("The customer appealed"),
    EntryReason.OFFLINE_CONFLICT: _("Decided offline in two ways"),
    EntryReason.REPEAT_PATTERN: _("It happens again and again"),
    EntryReason.HIGH_VALUE: _("High value"),
    EntryReason.RANDOM_SAMPLE: _("Random sample"),
}

FINDINGS = {
    Finding.UPHELD: _("The store was right: close the case"),
    Finding.OVERTURNED: _("The customer gets it: issue a new code"),
    Finding.NOTED: _("Noted: the case goes on as it is"),
}

FOUND = {
    Finding.UPHELD: _("The store was right"),
    Finding.OVERTURNED: _("The customer gets it"),
    Finding.NOTED: _("Noted"),
}

REVIEW_STATES = {
    "waiting": _("Waiting"),
    "open": _("Nobody has it"),
    "assigned": _("Somebody has it"),
    "closed": _("Closed"),
}

AGES = {
    AgeBand.UNDER_1D: _("Under a day"),
    AgeBand.FROM_1D_TO_3D: _("1 to 3 days"),
    AgeBand.FROM_3D_TO_7D: _("3 to 7 days"),
    AgeBand.OVER_7D: _("Over 7 days"),
}

CLOCKS = {
    MilestoneType.FIRST_RESPONSE: _("First answer"),
    MilestoneType.NEXT_RESPONSE: _("Next answer"),
    MilestoneType.PROMISE_ISSUED: _("Promise issued"),
    MilestoneType.APPROVAL: _("Approval"),
    MilestoneType.STORE_ACK: _("Seen by the store"),
    MilestoneType.COUNTER_DECISION: _("Decision at the counter"),
    MilestoneType.AGENT_ANSWER: _("Answer of the agent"),
    MilestoneType.TRANSFER_ACCEPT: _("Taken by the other store"),
    MilestoneType.CUSTOMER_NEED: _("When the customer needs it"),
    MilestoneType.OUTCOME_TO_CUSTOMER: _("Customer told"),
    MilestoneType.RESOLUTION: _("Resolved"),
    MilestoneType.HQ_REVIEW: _("Finding of headquarters"),
    MilestoneType.CAUSE_CODED: _("Cause coded"),
}

CLOCK_STATES = {
    MilestoneState.PENDING: (_("Not begun"), "wait"),
    MilestoneState.RUNNING: (_("Running"), "info"),
    MilestoneState.PAUSED: (_("Stands still"), "wait"),
    MilestoneState.MET: (_("In time"), "go"),
    MilestoneState.MISSED_OPEN: (_("Late, still open"), "stop"),
    MilestoneState.MET_LATE: (_("Done late"), "care"),
    MilestoneState.MISSED_FINAL: (_("Never done"), "stop"),
    MilestoneState.CANCELLED: (_("Not needed any more"), "wait"),
}

QUESTIONS = {
    Question.CONFIRM_AMOUNT: _("Is the amount right?"),
    Question.CONFIRM_ITEM: _("Which item or model?"),
    Question.EQUAL_ITEM: _("May I give an equal item?"),
    Question.WHO_PAYS: _("Who bears the cost?"),
    Question.IDENTITY_UNCLEAR: _("Who is the customer?"),
    Question.EXTEND_VALIDITY: _("Can it be longer?"),
    Question.WHAT_WAS_SAID: _("What was said exactly?"),
    Question.CUSTOMER_ASKS_MORE: _("The customer asks for more"),
    Question.WHICH_PROOF: _("Which proof instead of a receipt?"),
    Question.WHICH_TILL_CODE: _("Which till code?"),
}

MOVES = {
    TransferReason.NO_STOCK: _("Not in stock"),
    TransferReason.NO_SKILL: _("Cannot be done there"),
    TransferReason.CLOSER_STORE: _("Another store is closer"),
    TransferReason.CUSTOMER_WISH: _("The customer wishes it"),
    TransferReason.STORE_CLOSED: _("Store closed"),
}

CIRCLES = {
    Visibility.INTERNAL: _("Care and headquarters"),
    Visibility.STORE: _("Care, headquarters and the store"),
    Visibility.CUSTOMER: _("Everybody, the customer too"),
}

SILENCE: dict[str, Callable[[int], str]] = {
    "missed_acknowledgements": lambda count: ngettext(
        "%(num)s promise answered late or never", "%(num)s promises answered late or never", count
    ),
    "silent_cases": lambda count: ngettext(
        "%(num)s promise nobody looked at", "%(num)s promises nobody looked at", count
    ),
    "lapses": lambda count: ngettext(
        "%(num)s answer without an act", "%(num)s answers without an act", count
    ),
    "transfers_not_taken": lambda count: ngettext("%(num)s move not taken", "%(num)s moves not taken", count),
    "calls_reported": lambda count: ngettext(
        "%(num)s call or visit in vain", "%(num)s calls and visits in vain", count
    ),
    "quiet_days": lambda count: ngettext(
        "%(num)s day without a sign of life", "%(num)s days without a sign of life", count
    ),
}
