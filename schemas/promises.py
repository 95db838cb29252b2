"""Promises: what an agent asks for, and the record as the care team reads it."""

from typing import Any

import orjson
from marshmallow import ValidationError, fields, validate, validates_schema

from bridge import codes
from bridge.lifecycle import Status, allowed_actions
from bridge.promises import Level, PriorChannel, PromiseType, Proof, SecondFact, StoreScope
from bridge.reasons import Priority
from schemas.base import (
    LOCALES,
    Answer,
    Currency,
    Minor,
    Moment,
    PageQuery,
    QueryTruth,
    Request,
    Text,
    Truth,
    Whole,
)
from schemas.counter import LastDecision, PromisedBy, PromiseLineAnswer, last_decision, lines, promised_by


class LineRequest(Request):
    """One line of a promise. `amount_minor` is the most it may cost; a percentage needs it as its cap."""

    type = fields.Enum(PromiseType, by_value=True, required=True)
    level = fields.Enum(Level, by_value=True, required=True)
    item = Text(200, least=1, required=True, name=True)
    amount_minor = Minor(load_default=0)
    percent_hundredths = Whole(1, 10_000, load_default=None, allow_none=True)
    quantity = Whole(1, 1000, load_default=1)
    waives = fields.List(
        fields.Enum(Proof, by_value=True), load_default=list, validate=validate.Length(max=4)
    )
    conditions = Text(500, load_default="")


class SecondFactRequest(Request):
    """What the customer will say at the counter beside the code. Only its HMAC is kept."""

    kind = fields.Enum(SecondFact, by_value=True, required=True)
    value = Text(40, least=1, required=True)


class PriorContactRequest(Request):
    """Where the customer tried before."""

    channel = fields.Enum(PriorChannel, by_value=True, required=True)
    tries = Whole(1, 1000, load_default=1)
    result = Text(200, load_default="")


class PromiseRequest(Request):
    """A promise for the customer of a thread that you hold."""

    thread_id = fields.UUID(required=True)
    lines = fields.List(fields.Nested(LineRequest), required=True, validate=validate.Length(1, 10))
    store_scope = fields.Enum(StoreScope, by_value=True, required=True)
    store_number = Text(12, least=1, name=True)
    group_unit_id = fields.UUID()
    currency = Currency()
    valid_from = Moment()
    valid_until = Moment()
    needed_by = Moment()
    second_fact = fields.Nested(SecondFactRequest)
    prior_contacts = fields.List(
        fields.Nested(PriorContactRequest), load_default=list, validate=validate.Length(max=6)
    )
    note_for_store = Text(500, load_default="")
    note_internal = Text(2000, load_default="")
    order_ref = Text(60, load_default="", name=True)
    bought_by_other = Truth(load_default=False)
    locale = fields.String(validate=validate.OneOf(LOCALES))
    second_promise_reason = Text(200, least=3)
    priority = fields.Enum(Priority, by_value=True, load_default=Priority.NORMAL)

    @validates_schema
    def name_the_place(self, data: dict[str, Any], **_kwargs: object) -> None:
        """One store needs its number, a group its unit, any store neither."""
        scope = data["store_scope"]
        if (scope is StoreScope.ONE) != ("store_number" in data):
            raise ValidationError("give it for scope one, and only then", "store_number")
        if (scope is StoreScope.GROUP) != ("group_unit_id" in data):
            raise ValidationError("give it for scope group, and only then", "group_unit_id")
        if len({contact["channel"] for contact in data["prior_contacts"]}) < len(data["prior_contacts"]):
            raise ValidationError("each channel once", "prior_contacts")


class PromiseMade(Answer):
    """A promise that was issued, with its code, or that waits for approval, with the reasons."""

    id = fields.UUID(required=True)
    number = fields.Integer(required=True)
    status = fields.Enum(Status, by_value=True, required=True)
    version = fields.Integer(required=True)
    code = fields.Function(
        lambda made: codes.grouped(made.code) if made.code else None,
        required=True,
        metadata={"type": ["string", "null"], "description": "For the customer, in private only."},
    )
    reasons = fields.List(fields.String(), required=True)
    valid_until = Moment(required=True)


class ReasonRequest(Request):
    """Why."""

    reason = Text(500, least=1, required=True)


class SettledAnswer(Answer):
    """A request for approval that was settled; `code` when it was approved."""

    id = fields.UUID(required=True)
    number = fields.Integer(required=True)
    status = fields.Enum(Status, by_value=True, required=True)
    version = fields.Integer(required=True)
    code = fields.Function(
        lambda settled: codes.grouped(settled.code) if settled.code else None,
        required=True,
        metadata={"type": ["string", "null"]},
    )


class EscalationSummary(Answer):
    """An escalation in a list."""

    id = fields.UUID(required=True)
    number = fields.Integer(required=True)
    status = fields.String(required=True)
    kind = fields.String(required=True)
    level = fields.String(required=True)
    outcome = fields.String(required=True, allow_none=True)
    currency = fields.String(required=True)
    authorised_minor = fields.Integer(required=True)
    remaining_minor = fields.Integer(required=True)
    valid_until = Moment(required=True)
    created_at = Moment(required=True)
    store_scope = fields.String(required=True)
    store_number = fields.String(required=True, allow_none=True)
    store_name = fields.String(required=True, allow_none=True)
    agent_name = fields.String(required=True)
    customer_handle = fields.String(required=True, allow_none=True)
    customer_network = fields.String(required=True, allow_none=True)
    version = fields.Integer(required=True)


class EscalationAnswer(EscalationSummary):
    """An escalation with everything the care team may know. Never the code."""

    thread_id = fields.UUID(required=True, allow_none=True)
    permalink = fields.String(required=True, allow_none=True)
    note_for_store = fields.String(required=True)
    note_internal = fields.String(required=True)
    locale = fields.String(required=True)
    order_ref = fields.String(required=True)
    bought_by_other = fields.Boolean(required=True)
    supersedes_id = fields.UUID(required=True, allow_none=True)
    superseded_by_id = fields.UUID(required=True, allow_none=True)
    reopened = fields.Integer(required=True, metadata={"description": "How often it was opened again."})
    cause_code = fields.String(required=True, allow_none=True)
    told_at = Moment(required=True, allow_none=True)
    allowed_actions = fields.List(
        fields.String(),
        required=True,
        metadata={"description": "What the table of the life allows from this status, by whom ever."},
    )
    needed_by = Moment(required=True, allow_none=True)
    valid_from = Moment(required=True)
    issued_at = Moment(required=True, allow_none=True)
    acknowledged_at = Moment(required=True, allow_none=True)
    acknowledged_by = fields.String(required=True, allow_none=True)
    set_aside_note = fields.String(required=True)
    presented_at = Moment(required=True, allow_none=True)
    frozen_at = Moment(required=True, allow_none=True)
    updated_at = Moment(required=True)
    second_fact = fields.String(required=True, allow_none=True)
    group_name = fields.String(required=True, allow_none=True)
    reasons = fields.List(fields.String(), required=True)
    prior_contacts = fields.List(fields.Dict(), required=True)
    approval = fields.Dict(required=True, allow_none=True)
    promised_by = fields.Nested(PromisedBy, required=True)
    lines = fields.List(fields.Nested(PromiseLineAnswer), required=True)
    last_decision = fields.Nested(LastDecision, required=True, allow_none=True)


class EscalationQuery(PageQuery):
    """Filters of the list."""

    status = fields.String(validate=validate.OneOf([status.value for status in Status]))
    mine = QueryTruth(load_default=False)
    store_number = Text(12, least=1, name=True)


class EscalationPage(Answer):
    """A page of escalations, newest first."""

    items = fields.List(fields.Nested(EscalationSummary), required=True)
    next_cursor = fields.String(required=True, allow_none=True)


class LengthAnswer(Answer):
    """How long a text is by the channel's own rule."""

    count = fields.Integer(required=True)
    limit = fields.Integer(required=True)
    over = fields.Integer(required=True)
    unit = fields.String(required=True)


class TextsQuery(Request):
    """For which network and in which language; by default the thread's own."""

    channel = Text(20, least=1, name=True)
    locale = fields.String(validate=validate.OneOf(LOCALES))


class TextsAnswer(Answer):
    """The code and the two texts. Only `public` may be posted in public."""

    code = fields.String(required=True)
    locale = fields.String(required=True)
    channel = fields.String(required=True)
    private = fields.String(required=True)
    public = fields.String(required=True)
    private_length = fields.Nested(LengthAnswer, required=True)
    public_length = fields.Nested(LengthAnswer, required=True)


class TimelineEntryAnswer(Answer):
    """One link of the escalation's history."""

    seq = fields.Integer(required=True)
    at = Moment(required=True)
    action = fields.String(required=True)
    actor = fields.String(required=True, allow_none=True)
    store_number = fields.String(required=True, allow_none=True)
    facts = fields.Dict(required=True)
    hash = fields.String(required=True)


class LookUpEntryAnswer(Answer):
    """One look-up of the escalation's code."""

    at = Moment(required=True)
    verdict = fields.String(required=True)
    source = fields.String(required=True)
    person = fields.String(required=True, allow_none=True)
    device = fields.String(required=True, allow_none=True)
    store_number = fields.String(required=True, allow_none=True)


class HistoryAnswer(Answer):
    """What happened to an escalation, and who looked it up."""

    timeline = fields.List(fields.Nested(TimelineEntryAnswer), required=True)
    look_ups = fields.List(fields.Nested(LookUpEntryAnswer), required=True)


_FROM_JSON = ("promised_by", "lines", "last_decision", "reasons", "acknowledged_by", "allowed_actions")
_PLAIN = tuple(name for name in EscalationAnswer().fields if name not in _FROM_JSON)


def escalation_body(row: Any) -> dict[str, Any]:
    """What EscalationAnswer dumps, from a record."""
    return {
        **{name: getattr(row, name) for name in _PLAIN},
        "acknowledged_by": row.acknowledged_by_name,
        "reasons": row.authority["reasons"],
        "allowed_actions": [action.value for action in allowed_actions(Status(row.status))],
        "promised_by": promised_by(row.authority),
        "lines": lines(row.authority),
        "last_decision": last_decision(row.last_decision),
    }


def timeline_body(row: Any) -> dict[str, Any]:
    """What TimelineEntryAnswer dumps, from a stored link."""
    body = orjson.loads(row.body)
    return {
        "seq": row.seq,
        "at": row.at,
        "action": row.action,
        "actor": row.actor_name or body["actor"]["kind"],
        "store_number": row.store_number,
        "facts": body["facts"],
        "hash": bytes(row.hash).hex(),
    }


def look_up_body(row: Any) -> dict[str, Any]:
    """What LookUpEntryAnswer dumps, from a log row."""
    return {
        "at": row.at,
        "verdict": row.verdict,
        "source": row.source,
        "person": row.person_name,
        "device": row.device_name,
        "store_number": row.store_number,
    }
