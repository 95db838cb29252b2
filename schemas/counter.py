"""The counter: what a store sends, and what it is shown."""

from datetime import datetime
from typing import Any

from marshmallow import ValidationError, fields, validate, validates_schema

from bridge.lifecycle import Action
from bridge.promises import DeclineReason
from bridge.roles import Permission, roles_with
from bridge.verdicts import MAY_HONOUR, Family, Verdict
from schemas.base import Answer, Minor, Moment, Request, Text, Truth, Whole

SOURCES = ("typed", "scan", "camera", "api")
_DECIDERS = frozenset(roles_with(Permission.COUNTER_DECIDE))
ACTIONS = (Action.HONOUR, Action.DECLINE, Action.ACKNOWLEDGE)


class LookUpRequest(Request):
    """A code as it was typed or scanned; spaces, dashes, case and O/0, I/L/1 do not matter."""

    code = Text(200, least=1, required=True, metadata={"example": "K7QF-3M9T-2XH2"})
    source = fields.String(load_default="api", validate=validate.OneOf(SOURCES))


class PromisedBy(Answer):
    """Who promised, for whom, by which channel."""

    name = fields.String(required=True)
    role = fields.String(required=True)
    unit = fields.String(required=True)
    brand = fields.String(required=True)
    network = fields.String(required=True, allow_none=True)
    handle = fields.String(required=True, allow_none=True)
    official_since = fields.String(required=True, allow_none=True)
    approved_by = fields.String(required=True, allow_none=True)


class PromiseLineAnswer(Answer):
    """One line of what was promised, with the right it rests on."""

    type = fields.String(required=True)
    level = fields.String(required=True)
    item = fields.String(required=True)
    amount_minor = fields.Integer(required=True)
    percent_hundredths = fields.Integer(required=True, allow_none=True)
    quantity = fields.Integer(required=True)
    waives = fields.List(fields.String(), required=True)
    conditions = fields.String(required=True)
    grant = fields.String(required=True, allow_none=True)
    grant_limit_minor = fields.Integer(required=True, allow_none=True)


class LastDecision(Answer):
    """What was done with the promise before: when, where, who, how much."""

    action = fields.String(required=True)
    at = fields.String(required=True)
    amount_minor = fields.Integer(required=True)
    store_number = fields.String(required=True)
    store_name = fields.String(required=True)
    person = fields.String(required=True)
    device = fields.String(required=True)
    reason = fields.String(required=True, allow_none=True)
    second_person = fields.String(
        required=True, allow_none=True, metadata={"description": "The manager who said yes to it."}
    )


class Shown(Answer):
    """The promise as the counter may see it; never the code."""

    id = fields.UUID(required=True)
    number = fields.Integer(required=True)
    status = fields.String(required=True)
    version = fields.Integer(required=True)
    level = fields.String(required=True)
    currency = fields.String(required=True)
    authorised_minor = fields.Integer(required=True)
    remaining_minor = fields.Integer(required=True)
    valid_from = Moment(required=True)
    valid_until = Moment(required=True)
    needed_by = Moment(required=True, allow_none=True)
    customer_handle = fields.String(required=True, allow_none=True)
    customer_network = fields.String(required=True, allow_none=True)
    note_for_store = fields.String(required=True)
    set_aside_note = fields.String(required=True)
    second_fact = fields.String(required=True, allow_none=True)
    own_limit_minor = fields.Integer(required=True, allow_none=True)
    promised_by = fields.Nested(PromisedBy, required=True)
    lines = fields.List(fields.Nested(PromiseLineAnswer), required=True)
    last_decision = fields.Nested(LastDecision, required=True, allow_none=True)


class StoreAnswer(Answer):
    """Which store a code is for; nothing about the promise."""

    number = fields.String(required=True)
    name = fields.String(required=True)
    city = fields.String(required=True)


class NearAnswer(Answer):
    """The one promise that a mistyped code may have meant; never its code."""

    customer_handle = fields.String(required=True, allow_none=True)
    customer_network = fields.String(required=True, allow_none=True)
    currency = fields.String(required=True)
    remaining_minor = fields.Integer(required=True)
    item = fields.String(required=True)


class VerdictAnswer(Answer):
    """The answer to a look-up. Act on it with `look_up_id`; it is good for 30 minutes on this session."""

    verdict = fields.Enum(Verdict, by_value=True, required=True)
    family = fields.Enum(Family, by_value=True, required=True)
    look_up_id = fields.UUID(required=True, allow_none=True)
    checked_at = Moment(required=True)
    actions = fields.List(fields.String(), required=True, metadata={"description": "What may follow."})
    typed = fields.String(metadata={"description": "A slip of the finger, as it was read."})
    retry_after_seconds = fields.Integer(metadata={"description": "How long typed look-ups are paused."})
    store = fields.Nested(StoreAnswer, metadata={"description": "For `other_store`: where the code counts."})
    near = fields.Nested(
        NearAnswer, metadata={"description": "For `near_miss`: what may be meant. Open it by its look-up."}
    )
    escalation = fields.Nested(Shown)


class DecisionRequest(Request):
    """What the store does. Name the record by `look_up_id`, `code`, or (not to honour) `escalation_id`."""

    action = fields.Enum(Action, by_value=True, required=True, validate=validate.OneOf(ACTIONS))
    look_up_id = fields.UUID()
    code = Text(200, least=1)
    escalation_id = fields.UUID()
    amount_minor = Minor(metadata={"description": "Leave it out to honour all that remains."})
    keep_rest = Truth(load_default=True, metadata={"description": "Whether an unused rest stays alive."})
    second_fact = Text(40)
    reason = fields.Enum(DeclineReason, by_value=True)
    reason_text = Text(500, load_default="")
    customer_text = Text(500, load_default="")
    receipt_ref = Text(60, load_default="", name=True)
    set_aside_note = Text(120, load_default="")
    nonce = Text(64, least=1, metadata={"description": "The device's own id of this decision."})
    version = Whole(1, 2**31 - 1, metadata={"description": "Refuse when the record changed since."})

    @validates_schema
    def name_one_record(self, data: dict[str, Any], **_kwargs: object) -> None:
        """Refuse none or several names of the record."""
        if sum(name in data for name in ("look_up_id", "code", "escalation_id")) != 1:
            raise ValidationError("give exactly one of look_up_id, code and escalation_id", "look_up_id")


class DecisionAnswer(Answer):
    """A decision that was taken."""

    decision_id = fields.UUID(required=True, allow_none=True)
    action = fields.Enum(Action, by_value=True, required=True)
    at = Moment(required=True)
    amount_minor = fields.Integer(required=True)
    escalation_id = fields.UUID(required=True, attribute="escalation.id")
    number = fields.Integer(required=True, attribute="escalation.number")
    status = fields.String(required=True, attribute="escalation.status")
    version = fields.Integer(required=True, attribute="escalation.version")
    currency = fields.String(required=True, attribute="escalation.currency")
    remaining_minor = fields.Integer(required=True, attribute="escalation.remaining_minor")
    undo_until = Moment(required=True, allow_none=True)


class UndoRequest(Request):
    """Take a decision back, on the device that made it, within the window."""

    reason_text = Text(500, least=1, required=True)


class ResumeRequest(Request):
    """Lift the pause of a device at the caller's own store."""

    device_id = fields.UUID(required=True)


class ExpectedAnswer(Answer):
    """A customer whom the store expects. Never a code."""

    id = fields.UUID(required=True)
    number = fields.Integer(required=True)
    status = fields.String(required=True)
    version = fields.Integer(required=True)
    level = fields.String(required=True)
    currency = fields.String(required=True)
    authorised_minor = fields.Integer(required=True)
    remaining_minor = fields.Integer(required=True)
    valid_until = Moment(required=True)
    needed_by = Moment(required=True, allow_none=True)
    issued_at = Moment(required=True, allow_none=True)
    acknowledged_at = Moment(required=True, allow_none=True)
    presented_at = Moment(required=True, allow_none=True)
    customer_handle = fields.String(required=True, allow_none=True)
    customer_network = fields.String(required=True, allow_none=True)
    note_for_store = fields.String(required=True)
    set_aside_note = fields.String(required=True)
    lines = fields.List(fields.Nested(PromiseLineAnswer), required=True)


class InboxAnswer(Answer):
    """A page of the store's inbox, the one who runs out first on top."""

    items = fields.List(fields.Nested(ExpectedAnswer), required=True)
    next_cursor = fields.String(required=True, allow_none=True)


_LAST_DECISION = tuple(LastDecision().fields)
_EXPECTED = tuple(name for name in ExpectedAnswer().fields if name != "lines")


def verdict_body(looked_up: Any) -> dict[str, Any]:
    """VerdictAnswer written by hand, because this is the hottest answer; a test compares the two.

    An unknown code and one of another brand give the same bytes but for the ids and the time.
    """
    verdict, row = looked_up.verdict, looked_up.row
    body: dict[str, Any] = {
        "verdict": verdict.value,
        "family": verdict.family.value,
        "look_up_id": looked_up.look_up_id,
        "checked_at": looked_up.at,
        "actions": [],
    }
    if looked_up.signs:
        body["typed"] = looked_up.signs
    if looked_up.retry_after_seconds is not None:
        body["retry_after_seconds"] = looked_up.retry_after_seconds
    if row is None:
        return body
    if verdict is Verdict.NEAR_MISS:
        body["actions"] = ["open"]
        body["near"] = near(row)
        return body
    if verdict is Verdict.OTHER_STORE:
        if row.store_number is not None:
            body["store"] = {"number": row.store_number, "name": row.store_name, "city": row.store_city}
        return body
    body["actions"] = actions_after(verdict, row.status, frozenset(row.roles_here))
    body["escalation"] = shown(row)
    return body


def actions_after(verdict: Verdict, status: str, roles_here: frozenset[str]) -> list[str]:
    """What the page may offer after a verdict, in the order of the buttons."""
    offered = []
    if roles_here & _DECIDERS and verdict in MAY_HONOUR | {Verdict.NEEDS_APPROVAL}:
        offered += [Action.HONOUR.value, Action.DECLINE.value]
    if status == "issued" and verdict in MAY_HONOUR | {Verdict.NEEDS_APPROVAL, Verdict.NO_PERMISSION}:
        offered.append(Action.ACKNOWLEDGE.value)
    if verdict is Verdict.JUST_DONE:
        offered.append(Action.UNDO.value)
    return offered


def near(row: Any) -> dict[str, Any]:
    """What a near miss offers: enough to recognise it when the customer names it."""
    return {
        "customer_handle": row.customer_handle,
        "customer_network": row.customer_network,
        "currency": row.currency,
        "remaining_minor": row.remaining_minor,
        "item": row.authority["lines"][0]["item"],
    }


def shown(row: Any) -> dict[str, Any]:
    """The promise in a judged row, without anything a store may not see."""
    return {
        "id": row.id,
        "number": row.number,
        "status": row.status,
        "version": row.version,
        "level": row.level,
        "currency": row.currency,
        "authorised_minor": row.authorised_minor,
        "remaining_minor": row.remaining_minor,
        "valid_from": row.valid_from,
        "valid_until": row.valid_until,
        "needed_by": row.needed_by,
        "customer_handle": row.customer_handle,
        "customer_network": row.customer_network,
        "note_for_store": row.note_for_store,
        "set_aside_note": row.set_aside_note,
        "second_fact": row.second_fact,
        "own_limit_minor": row.own_limit_minor,
        "promised_by": promised_by(row.authority),
        "lines": lines(row.authority),
        "last_decision": last_decision(row.last_decision),
    }


def promised_by(authority: dict[str, Any]) -> dict[str, Any]:
    """Who promised, from what was frozen at issue."""
    agent, channel, approver = authority["agent"], authority["channel"], authority.get("approved_by")
    return {
        "name": agent["name"],
        "role": agent["role"],
        "unit": agent["unit"],
        "brand": authority["brand"],
        "network": channel["network"],
        "handle": channel["handle"],
        "official_since": channel["official_since"],
        "approved_by": approver["name"] if approver else None,
    }


def lines(authority: dict[str, Any]) -> list[dict[str, Any]]:
    """The promise lines with the grant that covers each, from what was frozen at issue."""
    return [
        {
            "type": line["type"],
            "level": line["level"],
            "item": line["item"],
            "amount_minor": line["amount_minor"],
            "percent_hundredths": line["percent_hundredths"],
            "quantity": line["quantity"],
            "waives": line["waives"],
            "conditions": line["conditions"],
            "grant": line["grant"]["name"] if line["grant"] else None,
            "grant_limit_minor": line["grant"]["max_amount_minor"] if line["grant"] else None,
        }
        for line in authority["lines"]
    ]


def last_decision(found: dict[str, Any] | None) -> dict[str, Any] | None:
    """What was done before, without internal ids."""
    if found is None:
        return None
    # What was decided before managers could say yes knows no second person.
    return {name: found.get(name) for name in _LAST_DECISION}


def expected_body(row: Any) -> dict[str, Any]:
    """ExpectedAnswer from a row of the inbox."""
    return {**{name: getattr(row, name) for name in _EXPECTED}, "lines": lines(row.authority)}


def inbox_cursor(row: Any) -> tuple[datetime, Any]:
    """The place of a row in the inbox."""
    return row.valid_until, row.id
