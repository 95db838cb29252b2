"""The words that staff read for what the code calls by key: one list for each vocabulary.

Every key of the vocabulary has a word here, checked by a test. Lazy, because the language is
known only while a page is drawn.
"""

from typing import Any

from bridge.authority import Reason
from bridge.channels import registry
from bridge.channels.registry import channels
from bridge.ladders import Do
from bridge.lifecycle import Action, Status
from bridge.nearest import Flag
from bridge.promises import DeclineReason, Level, PriorChannel, PromiseType, Proof, SecondFact, StoreScope
from bridge.reasons import PauseReason, Priority, Question, RevokeReason, TransferReason, Visibility
from bridge.roles import Role
from bridge.sla import Told
from bridge.triage import Triage
from web import review_words
from web.languages import say_lazily as _

NETWORKS = {
    "x": "X",
    "bluesky": "Bluesky",
    "mastodon": "Mastodon",
    "facebook": "Facebook",
    "instagram": "Instagram",
    "whatsapp": "WhatsApp",
    "sms": "SMS",
    "email": _("E-mail"),
    "other": _("Web"),
}


def networks() -> dict[str, Any]:
    """The word of every network, and of those that somebody's own channel adds."""
    return NETWORKS | {key: name for key, name in registry.networks().items() if key not in NETWORKS}


PLACES = {
    channel.capabilities.network: channel.capabilities.name for channel in channels().values()
} | NETWORKS
"""Where a conversation is: a network, or a care tool that has it alone."""

NETWORK_ICONS = {"email": "mail", "sms": "phone", "whatsapp": "phone", "other": "web"}
"""The icon of a network; the others are conversations in public."""

TRIAGE = {
    Triage.OPEN: (_("Open"), "info"),
    Triage.REPLIED: (_("Only needed a reply"), "go"),
    Triage.NOT_OURS: (_("Not ours"), "wait"),
    Triage.SNOOZED: (_("Snoozed until"), "wait"),
    Triage.DUPLICATE: (_("Duplicate"), "wait"),
}
"""Where a conversation stands, and the family of its tag."""

SNOOZES = {
    "1h": _("one hour"),
    "3h": _("three hours"),
    "1d": _("one day"),
    "3d": _("three days"),
    "7d": _("one week"),
}

THREAD_HISTORY = {
    "claim.taken": _("Taken on"),
    "claim.released": _("Given back"),
    "claim.lapsed": _("Nobody was on it any more"),
    "claim.taken_over": _("Taken over"),
    "triage.reply_only": _("Set aside: it only needed a reply"),
    "triage.not_ours": _("Set aside: not ours"),
    "triage.snooze": _("Snoozed"),
    "triage.duplicate": _("Set aside as a duplicate"),
    "triage.excluded": _("Set aside: a saved search leaves it out"),
    "triage.back": _("Back to the queue"),
}
"""What was done with a conversation."""

STATES = {
    Status.DRAFT: (_("Draft"), "wait"),
    Status.PENDING_APPROVAL: (_("Waiting for approval"), "care"),
    Status.REJECTED: (_("Not approved"), "stop"),
    Status.CANCELLED: (_("Cancelled"), "wait"),
    Status.ISSUED: (_("New"), "info"),
    Status.ACKNOWLEDGED: (_("Seen by store"), "info"),
    Status.AWAITING_AGENT: (_("Question"), "care"),
    Status.TRANSFERRING: (_("Moving"), "care"),
    Status.HONOURED: (_("Honoured"), "go"),
    Status.PART_HONOURED: (_("Part given"), "go"),
    Status.DECLINED: (_("Declined"), "stop"),
    Status.REVOKED: (_("Withdrawn"), "stop"),
    Status.EXPIRED: (_("Expired"), "stop"),
    Status.UNDER_REVIEW: (_("Under review"), "lock"),
    Status.CLOSED: (_("Closed"), "wait"),
}
"""A state's word, and the family that gives its tag colour and icon."""

TYPES = {
    PromiseType.EXCHANGE: _("Exchange"),
    PromiseType.RETURN_WITH_RECEIPT: _("Return with receipt"),
    PromiseType.RETURN_WITHOUT_RECEIPT: _("Return without receipt"),
    PromiseType.REFUND: _("Refund"),
    PromiseType.PARTIAL_REFUND: _("Partial refund"),
    PromiseType.REPAIR: _("Repair"),
    PromiseType.REPLACEMENT_PART: _("Replacement part"),
    PromiseType.PRICE_MATCH: _("Price match"),
    PromiseType.DISCOUNT_AMOUNT: _("Discount"),
    PromiseType.DISCOUNT_PERCENT: _("Discount in percent"),
    PromiseType.GIFT_CARD_OR_CREDIT: _("Gift card or credit"),
    PromiseType.FREE_SERVICE: _("Free service"),
    PromiseType.LOAN_DEVICE: _("Loan device"),
    PromiseType.HOLD_ITEM: _("Hold an item"),
    PromiseType.RESTOCKING_FEE_WAIVER: _("No restocking fee"),
    PromiseType.RETURN_WINDOW_EXTENSION: _("Longer time to return"),
    PromiseType.DELIVERY_FEE_WAIVER: _("No delivery fee"),
    PromiseType.WARRANTY_EXCEPTION: _("Warranty exception"),
    PromiseType.GOODWILL_GESTURE: _("Goodwill"),
    PromiseType.CALL_BACK: _("Call back"),
    PromiseType.INFORMATION: _("Information"),
    PromiseType.APOLOGY_IN_PERSON: _("Apology in person"),
    PromiseType.CAMPAIGN_OFFER: _("Campaign offer"),
}

LEVELS = {
    Level.INFORM: _("Inform the store"),
    Level.RECOMMEND: _("Recommend"),
    Level.AUTHORISE: _("Authorise"),
    Level.INSTRUCT: _("Instruct"),
}

LEVEL_HINTS = {
    Level.INFORM: _("The store knows; it owes nothing."),
    Level.RECOMMEND: _("The store manager decides within their own limit."),
    Level.AUTHORISE: _("The store may give it; headquarters stands behind it."),
    Level.INSTRUCT: _("The store has to give it."),
}

PROOFS = {
    Proof.RECEIPT: _("No receipt needed"),
    Proof.RETURN_WINDOW: _("Return time does not matter"),
    Proof.PACKAGING: _("No packaging needed"),
    Proof.SERIAL_NUMBER: _("No serial number needed"),
}

SCOPES = {
    StoreScope.ONE: _("One store"),
    StoreScope.GROUP: _("A group of stores"),
    StoreScope.ANY: _("Any store"),
}

SECOND_FACTS = {
    SecondFact.PHONE_DIGITS: _("last digits of the phone number"),
    SecondFact.ORDER_DIGITS: _("last digits of the order number"),
    SecondFact.NAME_INITIAL: _("first letter of the name"),
    SecondFact.AGREED_WORD: _("the word agreed in the conversation"),
}

PRIOR_CHANNELS = {
    PriorChannel.PHONE: _("Phone"),
    PriorChannel.EMAIL: _("E-mail"),
    PriorChannel.CHAT: _("Chat"),
    PriorChannel.STORE: _("Store"),
    PriorChannel.WEB: _("Web form"),
    PriorChannel.OTHER: _("Somewhere else"),
}

DECLINE_REASONS = {
    DeclineReason.CODE_NOT_GENUINE: _("Code is not genuine"),
    DeclineReason.CODE_ALREADY_USED: _("Code was used before"),
    DeclineReason.EXPIRED: _("Ended"),
    DeclineReason.WRONG_STORE: _("Wrong store"),
    DeclineReason.ITEM_DOES_NOT_MATCH: _("Terms do not fit"),
    DeclineReason.OUT_OF_STOCK: _("Item not in stock"),
    DeclineReason.OWNERSHIP_MISMATCH: _("Needs proof the customer does not have"),
    DeclineReason.DAMAGED_BEYOND_TERMS: _("Damaged beyond the terms"),
    DeclineReason.SAFETY_OR_LEGAL_BAR: _("Safety or law forbids it"),
    DeclineReason.ABOVE_MY_LIMIT: _("Above what we can give"),
    DeclineReason.SECOND_FACT_FAILED: _("Check question answered wrong"),
    DeclineReason.SUSPECTED_FRAUD: _("Looks misused"),
    DeclineReason.TILL_CANNOT: _("The till cannot do it"),
    DeclineReason.CONTRADICTS_LAW_OR_CONTRACT: _("Against law or contract"),
    DeclineReason.CUSTOMER_REFUSED_CONDITIONS: _("Customer chose something else"),
    DeclineReason.MANAGER_DISAGREES: _("Manager disagrees"),
    DeclineReason.OTHER: _("Other"),
}

APPROVAL_REASONS = {
    Reason.AGENT_NOT_ACTIVE: _("Your account is not active."),
    Reason.TRAINING_EXPIRED: _("Your training has to be renewed first."),
    Reason.HANDLE_NOT_OFFICIAL: _("The account it came to is not one of ours."),
    Reason.STORE_CANNOT: _("This store has no staff counter for promises."),
    Reason.NO_GRANT: _("Your role may not promise this."),
    Reason.CURRENCY: _("Your limit is in another currency."),
    Reason.STORE_OUT_OF_SCOPE: _("Your right does not count at these stores."),
    Reason.AMOUNT: _("The amount is above your limit."),
    Reason.PERCENT: _("The percentage is above your limit."),
    Reason.CUSTOMER_CAP: _("This customer has had a lot lately."),
    Reason.BUDGET: _("Your budget for this period is used up."),
    Reason.PROOF: _("You may not waive this proof."),
    Reason.DATES: _("It would end in the past."),
    Reason.SECOND_PROMISE: _("This conversation has a live promise already."),
}

APPROVAL_WHY: dict[Any, Any] = {
    **APPROVAL_REASONS,
    Reason.NO_GRANT: _("The role of the author may not promise this."),
    Reason.CURRENCY: _("The limit of the author is in another currency."),
    Reason.STORE_OUT_OF_SCOPE: _("The right of the author does not count at these stores."),
    Reason.AMOUNT: _("The amount is above the limit of the author."),
    Reason.PERCENT: _("The percentage is above the limit of the author."),
    Reason.BUDGET: _("The budget of the author for this period is used up."),
    Reason.PROOF: _("The author may not waive this proof."),
}
"""The same reasons for whoever is asked to approve."""

ROLES = {
    Role.INTERN: _("Intern"),
    Role.AGENT: _("Agent"),
    Role.SENIOR_AGENT: _("Senior agent"),
    Role.LEAD: _("Lead"),
    Role.STORE_ASSOCIATE: _("Store associate"),
    Role.STORE_MANAGER: _("Store manager"),
    Role.DISTRICT_MANAGER: _("District manager"),
    Role.HQ: _("Headquarters"),
    Role.AUDITOR: _("Auditor"),
    Role.ADMIN: _("Administrator"),
    Role.INTEGRATION: _("Integration"),
}

QUESTIONS = {
    Question.CONFIRM_AMOUNT: _("Is the amount right?"),
    Question.CONFIRM_ITEM: _("Is it this item or model?"),
    Question.EQUAL_ITEM: _("May we give an equal item?"),
    Question.WHO_PAYS: _("Who pays for it?"),
    Question.IDENTITY_UNCLEAR: _("Is this the right person?"),
    Question.EXTEND_VALIDITY: _("May it count longer?"),
    Question.WHAT_WAS_SAID: _("What exactly was said?"),
    Question.CUSTOMER_ASKS_MORE: _("The customer asks for more. What may we do?"),
    Question.WHICH_PROOF: _("There is no receipt. Which proof do you accept?"),
    Question.WHICH_TILL_CODE: _("Which till code do we use?"),
}

TRANSFER_REASONS = {
    TransferReason.NO_STOCK: _("Not in stock here"),
    TransferReason.NO_SKILL: _("We cannot do this here"),
    TransferReason.CLOSER_STORE: _("The other store is closer to the customer"),
    TransferReason.CUSTOMER_WISH: _("The customer asked for it"),
    TransferReason.STORE_CLOSED: _("This store is closed"),
}

REVOKE_REASONS = {
    RevokeReason.ERROR_IN_PROMISE: _("Mistake in the promise"),
    RevokeReason.DUPLICATE: _("Promised twice"),
    RevokeReason.AGENT_NOT_ENTITLED: _("The author had no right to it"),
    RevokeReason.AGENT_ACCOUNT_COMPROMISED: _("The account of the author was taken over"),
    RevokeReason.FRAUD: _("Misuse"),
    RevokeReason.SOLVED_ELSEWHERE: _("Solved in another way"),
    RevokeReason.PRODUCT_RECALL: _("The product was recalled"),
    RevokeReason.CAMPAIGN_ENDED: _("The campaign has ended"),
}

PAUSE_REASONS = {
    PauseReason.AWAITING_CUSTOMER: _("Waiting for the customer"),
    PauseReason.AWAITING_AGENT: _("Waiting for the agent"),
    PauseReason.STORE_CLOSED_UNPLANNED: _("The store had to close"),
    PauseReason.DISASTER: _("Disaster"),
}

REASONS: dict[Any, Any] = {
    **DECLINE_REASONS,
    **QUESTIONS,
    **TRANSFER_REASONS,
    **REVOKE_REASONS,
    **PAUSE_REASONS,
    **review_words.REASONS,
}
"""Whatever a history entry or a board entry may give as its reason."""

PRIORITIES = {
    Priority.LOW: _("Low"),
    Priority.NORMAL: _("Normal"),
    Priority.HIGH: _("High"),
    Priority.URGENT: _("Urgent"),
}
"""How much a case presses; targets and ladders may differ by it."""

CIRCLES = {
    Visibility.INTERNAL: _("Care team and headquarters"),
    Visibility.STORE: _("Also stores"),
    Visibility.CUSTOMER: _("Also the customer"),
}
"""Who reads a note."""

STANDINGS = {
    "open": (_("Waits for an answer"), "care"),
    "answered": (_("Answered"), "go"),
    "lapsed": (_("Nobody answered in time"), "stop"),
    "withdrawn": (_("Taken back"), "wait"),
    "offered": (_("Waits for the other store"), "care"),
    "accepted": (_("Taken"), "go"),
    "refused": (_("Not taken"), "stop"),
}
"""How a question or an offer to another store stands, and the family of its tag."""

FLAGS = {
    Flag.TAKES_NO_CASES: _("takes no cases"),
    Flag.LACKS_SERVICE: _("does not offer this service"),
    Flag.CLOSED_NOW: _("closed now"),
}

HISTORY = {
    Action.SUBMIT: _("Promise made"),
    Action.REQUEST_APPROVAL: _("Approval asked for"),
    Action.APPROVE: _("Approved"),
    Action.REJECT: _("Not approved"),
    Action.CANCEL: _("Cancelled"),
    Action.ACKNOWLEDGE: _("Seen by the store"),
    Action.LAPSE: _("No longer set aside"),
    Action.HONOUR: _("Honoured"),
    Action.HONOUR_PART: _("A part was given; the rest stays open"),
    Action.GIVE_UP_REST: _("A part was given; the rest was given up"),
    Action.DECLINE: _("Declined"),
    Action.UNDO: _("Taken back"),
    Action.ASK_AGENT: _("The store asked the agent"),
    Action.ANSWER: _("The agent answered"),
    Action.OFFER_TRANSFER: _("Offered to another store"),
    Action.ACCEPT_TRANSFER: _("Taken by another store"),
    Action.REFUSE_TRANSFER: _("The other store refused"),
    Action.WITHDRAW_TRANSFER: _("Move withdrawn"),
    Action.REVOKE: _("Withdrawn"),
    Action.EXPIRE: _("Expired"),
    Action.EXTEND: _("Extended"),
    Action.FREEZE: _("Paused after wrong answers"),
    Action.APPEAL: _("Appealed"),
    Action.REVIEW: _("Taken into review"),
    Action.UPHOLD: _("Upheld"),
    Action.OVERTURN: _("Overturned"),
    Action.CLOSE: _("Closed"),
    Action.REOPEN: _("Opened again"),
    Action.ANNUL: _("Decision annulled"),
    Action.SUPERSEDE: _("Replaced by another promise"),
    Action.TELL_CUSTOMER: _("The customer was told"),
}

ACTORS = {
    "person": _("Somebody"),
    "clock": _("The clock"),
    "customer": _("The customer"),
    "operator": _("The operator"),
    "integration": _("Another system"),
}
"""Who acts and has no name."""

TOLD_BY: dict[Any, Any] = {
    "private": _("Private message"),
    "public": _("Public reply"),
    **PRIOR_CHANNELS,
}
"""By which way the customer was told how it ended."""

STEPS = {
    Do.WAIT: _("wait"),
    Do.NOTIFY: _("told"),
    Do.NOTIFY_ROUND_ROBIN: _("told in turn"),
    Do.CONTINUE_IF_OPEN: _("the store is open"),
    Do.CONTINUE_IF_MORE_THAN: _("counted the silent cases of the store"),
    Do.REASSIGN: _("given to somebody else"),
    Do.OFFER_OTHER_STORE: _("another store suggested"),
    Do.WEBHOOK: _("other systems told"),
    Do.OPEN_REVIEW: _("put before headquarters"),
    Do.REPEAT: _("from the start again"),
}
"""What a step of the ladder did."""

CLOCKS = review_words.CLOCKS
"""What a clock waits for."""

CLOCK_STATES = review_words.CLOCK_STATES
"""Where a clock stands, and the family of its tag."""

RUNGS = {
    Told.AGENT: _("the agent"),
    Told.STORE_ASSOCIATE: _("the staff of the store"),
    Told.STORE_MANAGER: _("the manager of the store"),
    Told.DISTRICT_MANAGER: _("the district manager"),
    Told.REGION_MANAGER: _("the manager of the region"),
    Told.LEAD: _("a lead of the care team"),
    Told.HQ: _("headquarters"),
    Told.ADMIN: _("the administrator"),
}
"""Whom a ladder or a clock tells."""

TOLD: dict[Any, Any] = {
    **HISTORY,
    "note.added": _("Note added"),
    "store.reminded": _("The store was reminded"),
    "cause.coded": _("Cause noted"),
    "code.replaced": _("The code was replaced: the old one had become public"),
    "duplicate.linked": _("Linked to another case"),
    "duplicate.cut": _("Link to another case cut"),
    "appeal.link_made": _("Link to appeal made"),
    "ladder.step": _("Waiting for the store’s OK"),  # noqa: RUF001 - people read it
    "clock.missed": _("Deadline missed"),
    "clock.paused": _("Clocks stand still"),
    "clock.resumed": _("Clocks go on"),
    "review.opened": _("Put before headquarters"),
    "review.assigned": _("Somebody at headquarters looks at it"),
    "review.found": _("Headquarters looked at it"),
}
"""Every entry of a history: what was done, and what was only noted."""

NOTICES = {
    "escalation.approved": (_("Approved: the code is ready"), "go"),
    "escalation.rejected": (_("Not approved"), "stop"),
    "escalation.acknowledged": (_("The store is ready: tell the customer"), "go"),
    "escalation.honoured": (_("Honoured"), "go"),
    "escalation.honoured_part": (_("A part was given"), "go"),
    "escalation.declined": (_("Declined"), "stop"),
    "escalation.undone": (_("A decision was taken back"), "care"),
    "escalation.frozen": (_("Paused after wrong answers"), "lock"),
    "escalation.asked": (_("The store asks you"), "care"),
    "escalation.answered": (_("A colleague answered the store"), "info"),
    "escalation.question_withdrawn": (_("The store took its question back"), "info"),
    "escalation.transfer_offered": (_("Offered to another store"), "care"),
    "escalation.transfer_accepted": (_("Taken by another store"), "go"),
    "escalation.transfer_refused": (_("The other store refused"), "stop"),
    "escalation.transfer_withdrawn": (_("Move withdrawn"), "info"),
    "escalation.revoked": (_("Withdrawn"), "stop"),
    "escalation.extended": (_("Extended"), "go"),
    "escalation.superseded": (_("Replaced by another promise"), "care"),
    "escalation.annulled": (_("Decision annulled"), "care"),
    "escalation.appeal_link_made": (_("Link to appeal made"), "info"),
    "escalation.appealed": (_("The customer appealed"), "care"),
    "escalation.closed": (_("Closed"), "wait"),
    "escalation.reopened": (_("Opened again"), "care"),
    "escalation.cause_coded": (_("Cause noted"), "info"),
    "escalation.customer_told": (_("The customer was told"), "go"),
    "escalation.noted": (_("Note added"), "info"),
    "escalation.reminded": (_("A colleague reminded the store"), "info"),
    "escalation.code_public": (_("The code is public"), "stop"),
    "escalation.code_replaced": (_("The code was replaced"), "care"),
    "escalation.duplicate_linked": (_("Linked to another case"), "info"),
    "escalation.duplicate_cut": (_("Link to another case cut"), "info"),
    "escalation.expired": (_("Expired"), "stop"),
    "escalation.cancelled": (_("Cancelled"), "stop"),
    "escalation.question_lapsed": (_("A question was not answered in time"), "care"),
    "escalation.transfer_lapsed": (_("The other store did not answer"), "care"),
    "escalation.upheld": (_("Headquarters stands by the refusal"), "stop"),
    "escalation.overturned": (_("Headquarters gave it again"), "go"),
    "thread.taken_over": (_("A conversation was taken over"), "care"),
}
"""A board entry's word, and the family of its tag."""

MENTIONS = {
    "tagged": _("mentioned us"),
    "untagged": _("did not mention us"),
    "dm": _("private message"),
    "reply": _("reply"),
    "review": _("review"),
}

SOURCES = {
    "typed": _("typed"),
    "scan": _("scanned"),
    "camera": _("camera"),
    "api": _("another system"),
    "decision": _("tried to decide"),
}

UNIT_KINDS = {
    "hq": _("Headquarters"),
    "region": _("Region"),
    "district": _("District"),
    "store": _("Store"),
    "care_team": _("Care team"),
}

BARE = (_("Fill this in."), _("Choose one."))
"""What is said at a field, and says nothing without the field's name."""

FIELDS = {
    "address": _("Address"),
    "annul_reason": _("Why"),
    "answer_text": _("Your answer"),
    "appeal_text": _("What happened"),
    "cut_reason": _("Why it was wrong"),
    "description": _("Description"),
    "display_name": _("Name"),
    "duplicate_reason": _("How one sees that"),
    "email": _("E-mail address"),
    "expires_on": _("Last day"),
    "handle": _("Handle"),
    "hours": _("Hours"),
    "label": _("What happened"),
    "name": _("Name"),
    "note_text": _("Note"),
    "owner": _("Whose"),
    "reopen_reason": _("Why"),
    "short_code": _("Short code"),
    "text": _("Why, in your words"),
    "to_store": _("Which store"),
    "url": _("Address"),
}
"""A field's name as its label says it, where the list of problems at the head of a page has to name it."""
