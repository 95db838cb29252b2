"""HQ's queue: its rows and filters, what a reviewer says, and both sides of a case."""

from datetime import datetime
from typing import Any
from uuid import UUID

from marshmallow import fields, validate

from bridge import codes
from bridge.lifecycle import Status
from bridge.reasons import EntryReason
from bridge.reviewing import AgeBand, Finding
from schemas.base import Answer, Moment, PageQuery, Request, Text

STATES = ("waiting", "open", "assigned", "closed")
ASSIGNEE_PATTERN = r"^(me|nobody|[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12})$"
CAUSE_PATTERN = r"^[A-Z][A-Z0-9_]{1,39}(\.[a-z][a-z0-9_]{1,39}){0,2}$"


class QueueFilters(Request):
    """The filters of the queue, the same in the API and in a page's address."""

    state = fields.String(load_default="waiting", validate=validate.OneOf(STATES))
    store_number = Text(12, least=1, name=True)
    district_id = fields.UUID()
    region_id = fields.UUID()
    age = fields.Enum(AgeBand, by_value=True)
    status = fields.Enum(Status, by_value=True)
    entry_reason = fields.Enum(EntryReason, by_value=True)
    cause = fields.String(
        validate=validate.Regexp(CAUSE_PATTERN), metadata={"description": "A code of any level."}
    )
    assignee = fields.String(
        validate=validate.Regexp(ASSIGNEE_PATTERN), metadata={"description": "me, nobody, or a person's id."}
    )


class ReviewQuery(QueueFilters, PageQuery):
    """A page of the queue."""


class ReviewAnswer(Answer):
    """A case that HQ has to look at, and why."""

    id = fields.UUID(required=True)
    escalation_id = fields.UUID(required=True)
    number = fields.Integer(required=True)
    entry_reason = fields.Enum(EntryReason, by_value=True, required=True)
    state = fields.String(required=True)
    facts = fields.Dict(required=True)
    opened_at = Moment(required=True)
    assigned_to = fields.UUID(required=True, allow_none=True)
    assigned_name = fields.String(required=True, allow_none=True)
    finding = fields.String(required=True, allow_none=True)
    finding_text = fields.String(required=True)
    cause_code = fields.String(required=True, allow_none=True)
    bridge_cause = fields.String(required=True, allow_none=True)
    taxonomy_version = fields.Integer(required=True, allow_none=True)
    closed_at = Moment(required=True, allow_none=True)
    closed_by = fields.String(required=True, allow_none=True)
    status = fields.String(required=True)
    level = fields.String(required=True)
    outcome = fields.String(required=True, allow_none=True)
    currency = fields.String(required=True)
    authorised_minor = fields.Integer(required=True)
    agent_name = fields.String(required=True)
    store_number = fields.String(required=True, allow_none=True)
    store_name = fields.String(required=True, allow_none=True)
    version = fields.Integer(required=True, metadata={"description": "The case's, for If-Match."})


class ReviewPage(Answer):
    """A page of the queue, oldest first; closed rows newest first."""

    items = fields.List(fields.Nested(ReviewAnswer), required=True)
    next_cursor = fields.String(required=True, allow_none=True)


class AssignRequest(Request):
    """Who takes it; without a person, you do."""

    person_id = fields.UUID()


class FindRequest(Request):
    """What you found, and why it happened."""

    finding = fields.Enum(Finding, by_value=True, required=True)
    text = Text(2000, least=1, required=True)
    cause_code = Text(120, least=1, required=True)
    bridge_cause = Text(4, least=2, load_default=None, allow_none=True)
    valid_until = Moment(metadata={"description": "For overturned: the new end; 14 days when left out."})


class ReviewedAnswer(Answer):
    """A row after an act. `code` is the new code of an overturned promise, for its customer alone."""

    id = fields.UUID(required=True)
    escalation_id = fields.UUID(required=True)
    state = fields.String(required=True)
    status = fields.Enum(Status, by_value=True, required=True)
    version = fields.Integer(required=True)
    assigned_to = fields.UUID(required=True, allow_none=True)
    finding = fields.Enum(Finding, by_value=True, required=True, allow_none=True)
    closed = fields.List(fields.UUID(), required=True)
    code = fields.Function(
        lambda done: codes.grouped(done.code) if done.code else None,
        required=True,
        metadata={"type": ["string", "null"]},
    )


class BothSidesAnswer(Answer):
    """Everything that was said and done about a case, oldest first."""

    reviews = fields.List(fields.Nested(ReviewAnswer), required=True)
    decisions = fields.List(fields.Dict(), required=True)
    appeals = fields.List(fields.Dict(), required=True)
    questions = fields.List(fields.Dict(), required=True)
    transfers = fields.List(fields.Dict(), required=True)
    notes = fields.List(fields.Dict(), required=True)
    milestones = fields.List(fields.Dict(), required=True)
    ladder_runs = fields.List(fields.Dict(), required=True)
    ladder_steps = fields.List(fields.Dict(), required=True)
    findings_allowed = fields.Dict(
        required=True, metadata={"description": "By the id of a waiting review, what may be found now."}
    )


def review_body(row: Any) -> dict[str, Any]:
    """The answer's values from a row of the queue."""
    body: dict[str, Any] = row._asdict()
    body["entry_reason"] = EntryReason(row.entry_reason)
    body["closed_by"] = row.closed_by_name
    return body


def plain(rows: list[Any]) -> list[dict[str, Any]]:
    """Rows as JSON values: times as ISO 8601 in UTC, ids as text."""
    return [{name: _plain(value) for name, value in row._asdict().items()} for row in rows]


def _plain(value: Any) -> Any:
    if isinstance(value, datetime):
        return Moment()._serialize(value, None, None)
    return str(value) if isinstance(value, UUID) else value
