"""A store's decision as values: what is asked, what was decided, what was refused and why. Pure."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from bridge.escalation import Escalation
from bridge.lifecycle import Action
from bridge.promises import DeclineReason
from bridge.verdicts import Verdict

LOOK_UP_GOOD_FOR = timedelta(minutes=30)
"""How long a look-up stands for the code in the decision that follows."""


@dataclass(frozen=True, slots=True)
class Asked:
    """What a store wants to do. Exactly one of `code`, `look_up_id` and `escalation_id` names the record.

    `action` is HONOUR (also for a part), DECLINE or ACKNOWLEDGE. Honouring needs a code or the
    look-up of one: the customer has to present it. `amount_minor` of None means all that remains;
    `keep_rest` says whether an unused rest stays alive. `nonce` is the device's own id of this
    decision, unique on the device for ever. `step_up_id` is a manager's yes to exactly this.
    """

    action: Action
    nonce: str
    code: str | None = None
    look_up_id: UUID | None = None
    escalation_id: UUID | None = None
    amount_minor: int | None = None
    keep_rest: bool = True
    second_fact: str | None = None
    reason: DeclineReason | None = None
    reason_text: str = ""
    customer_text: str = ""
    receipt_ref: str = ""
    set_aside_note: str = ""
    if_version: int | None = None
    step_up_id: UUID | None = None


@dataclass(frozen=True, slots=True)
class Decided:
    """A decision that was taken and stored. `decision_id` is None for an acknowledgement."""

    decision_id: UUID | None
    escalation: Escalation
    action: Action
    at: datetime
    amount_minor: int
    undo_until: datetime | None


@dataclass(frozen=True, slots=True)
class Refusal:
    """A decision that was not taken, and why. The attempt is stored; nothing else changed."""

    verdict: Verdict
    why: str
    message: str
    row: Any
    at: datetime
