"""The whole life of an escalation as one table. Pure: no database, no clock.

`next_status` is asked before every change; `Escalation.apply` is the only setter.
Lateness is not a status: deadlines and breaches are facts of their own.
Source: docs/life-of-an-escalation.md is drawn from this table by a test.
"""

from enum import StrEnum
from types import MappingProxyType

from bridge.errors import IllegalAction


class Status(StrEnum):
    """Where an escalation is. Stored by value."""

    DRAFT = "draft"
    PENDING_APPROVAL = "pending_approval"
    REJECTED = "rejected"
    CANCELLED = "cancelled"
    ISSUED = "issued"
    ACKNOWLEDGED = "acknowledged"
    AWAITING_AGENT = "awaiting_agent"
    TRANSFERRING = "transferring"
    HONOURED = "honoured"
    PART_HONOURED = "part_honoured"
    DECLINED = "declined"
    REVOKED = "revoked"
    EXPIRED = "expired"
    UNDER_REVIEW = "under_review"
    CLOSED = "closed"


class Action(StrEnum):
    """What somebody, or the clock, does to an escalation."""

    SUBMIT = "submit"
    REQUEST_APPROVAL = "request_approval"
    APPROVE = "approve"
    REJECT = "reject"
    CANCEL = "cancel"
    ACKNOWLEDGE = "acknowledge"
    LAPSE = "lapse"
    HONOUR = "honour"
    HONOUR_PART = "honour_part"
    GIVE_UP_REST = "give_up_rest"
    DECLINE = "decline"
    UNDO = "undo"
    ASK_AGENT = "ask_agent"
    ANSWER = "answer"
    OFFER_TRANSFER = "offer_transfer"
    ACCEPT_TRANSFER = "accept_transfer"
    REFUSE_TRANSFER = "refuse_transfer"
    WITHDRAW_TRANSFER = "withdraw_transfer"
    REVOKE = "revoke"
    EXPIRE = "expire"
    EXTEND = "extend"
    FREEZE = "freeze"
    APPEAL = "appeal"
    REVIEW = "review"
    UPHOLD = "uphold"
    OVERTURN = "overturn"
    CLOSE = "close"
    REOPEN = "reopen"
    ANNUL = "annul"
    SUPERSEDE = "supersede"
    TELL_CUSTOMER = "tell_customer"


class Back(StrEnum):
    """Where an action leads when that depends on where the escalation came from."""

    BEFORE = "before"
    """The status before the last change: an answer, an undo, a refused transfer."""
    SAME = "same"
    """The status stays; something else changed (a part was given, the code was frozen)."""


AT_THE_STORE = (Status.ISSUED, Status.ACKNOWLEDGED)
LIVE = (*AT_THE_STORE, Status.AWAITING_AGENT, Status.TRANSFERRING)
"""The promise stands: a code may be shown, and somebody has to act."""
DECIDED = (Status.HONOURED, Status.PART_HONOURED, Status.DECLINED)
TERMINAL = frozenset({Status.REJECTED, Status.CANCELLED, Status.CLOSED})


def _from(*sources: Status, to: Status | Back, by: Action) -> dict[tuple[Status, Action], Status | Back]:
    return {(source, by): to for source in sources}


TRANSITIONS = MappingProxyType(
    _from(Status.DRAFT, by=Action.SUBMIT, to=Status.ISSUED)
    | _from(Status.DRAFT, by=Action.REQUEST_APPROVAL, to=Status.PENDING_APPROVAL)
    | _from(Status.DRAFT, Status.PENDING_APPROVAL, by=Action.CANCEL, to=Status.CANCELLED)
    | _from(Status.PENDING_APPROVAL, by=Action.APPROVE, to=Status.ISSUED)
    | _from(Status.PENDING_APPROVAL, by=Action.REJECT, to=Status.REJECTED)
    | _from(Status.ISSUED, by=Action.ACKNOWLEDGE, to=Status.ACKNOWLEDGED)
    | _from(Status.ACKNOWLEDGED, by=Action.LAPSE, to=Status.ISSUED)
    | _from(Status.AWAITING_AGENT, Status.TRANSFERRING, by=Action.LAPSE, to=Back.BEFORE)
    | _from(*AT_THE_STORE, by=Action.HONOUR, to=Status.HONOURED)
    | _from(*AT_THE_STORE, by=Action.HONOUR_PART, to=Back.SAME)
    | _from(*AT_THE_STORE, by=Action.GIVE_UP_REST, to=Status.PART_HONOURED)
    | _from(*AT_THE_STORE, by=Action.DECLINE, to=Status.DECLINED)
    | _from(*AT_THE_STORE, by=Action.FREEZE, to=Back.SAME)
    | _from(*AT_THE_STORE, by=Action.ASK_AGENT, to=Status.AWAITING_AGENT)
    | _from(Status.AWAITING_AGENT, by=Action.ANSWER, to=Back.BEFORE)
    | _from(*AT_THE_STORE, by=Action.OFFER_TRANSFER, to=Status.TRANSFERRING)
    | _from(Status.TRANSFERRING, by=Action.ACCEPT_TRANSFER, to=Status.ISSUED)
    | _from(Status.TRANSFERRING, by=Action.REFUSE_TRANSFER, to=Back.BEFORE)
    | _from(Status.TRANSFERRING, by=Action.WITHDRAW_TRANSFER, to=Back.BEFORE)
    | _from(*LIVE, by=Action.REVOKE, to=Status.REVOKED)
    | _from(*LIVE, by=Action.SUPERSEDE, to=Status.REVOKED)
    | _from(*LIVE, by=Action.EXPIRE, to=Status.EXPIRED)
    | _from(*LIVE, by=Action.EXTEND, to=Back.SAME)
    | _from(Status.EXPIRED, by=Action.EXTEND, to=Status.ISSUED)
    | _from(*AT_THE_STORE, by=Action.UNDO, to=Back.SAME)
    | _from(*DECIDED, by=Action.UNDO, to=Back.BEFORE)
    | _from(*AT_THE_STORE, by=Action.ANNUL, to=Back.SAME)
    | _from(*DECIDED, by=Action.ANNUL, to=Back.BEFORE)
    | _from(
        Status.DECLINED,
        Status.EXPIRED,
        Status.PART_HONOURED,
        Status.CLOSED,
        by=Action.APPEAL,
        to=Status.UNDER_REVIEW,
    )
    | _from(Status.UNDER_REVIEW, by=Action.APPEAL, to=Back.SAME)
    | _from(*DECIDED, Status.EXPIRED, by=Action.REVIEW, to=Status.UNDER_REVIEW)
    | _from(Status.UNDER_REVIEW, by=Action.UPHOLD, to=Status.CLOSED)
    | _from(Status.UNDER_REVIEW, by=Action.OVERTURN, to=Status.ISSUED)
    | _from(*DECIDED, Status.REVOKED, Status.EXPIRED, by=Action.CLOSE, to=Status.CLOSED)
    | _from(Status.CLOSED, by=Action.REOPEN, to=Status.ISSUED)
    | _from(
        *DECIDED,
        Status.REVOKED,
        Status.EXPIRED,
        Status.UNDER_REVIEW,
        Status.CLOSED,
        by=Action.TELL_CUSTOMER,
        to=Back.SAME,
    )
)


def next_status(status: Status, action: Action, *, before: Status | None = None) -> Status:
    """The status that `action` leads to from `status`.

    `before` is the status held before the last change; actions that lead back need it.
    Raises IllegalAction with the list of allowed actions when the pair is not in the table.
    """
    to = TRANSITIONS.get((status, action))
    if to is None or (to is Back.BEFORE and before is None):
        raise IllegalAction(
            f"{action} is not possible while the escalation is {status}",
            status=status.value,
            action=action.value,
            allowed=[allowed.value for allowed in allowed_actions(status)],
        )
    if to is Back.SAME:
        return status
    if to is Back.BEFORE:
        assert before is not None
        return before
    assert isinstance(to, Status)
    return to


def allowed_actions(status: Status) -> list[Action]:
    """What the table allows from `status`, in the order of `Action`."""
    return [action for action in Action if (status, action) in TRANSITIONS]
