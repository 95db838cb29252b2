"""Outcomes: the board, webhook endpoints, deliveries, and the events that receivers get."""

from typing import Any

from marshmallow import fields, validate

from bridge.topics import EVERY_TOPIC, ROTATION_OVERLAP, ROTATION_OVERLAP_MAX, TOPICS, URL_MAX_CHARACTERS
from schemas.base import Answer, Moment, QueryTruth, Request, ShortPageQuery, Text, Truth, Whole

STATES = ("queued", "sending", "sent", "dead", "cancelled")
HOUR_SECONDS = 3600
_TOPIC_NAMES = [EVERY_TOPIC, *TOPICS]
_Topic = fields.String(validate=validate.OneOf(_TOPIC_NAMES))


class BoardQuery(ShortPageQuery):
    """Only what you have not seen yet."""

    unseen = QueryTruth(load_default=False)


class BoardItem(Answer):
    """Something that happened to a promise or a claim of yours."""

    id = fields.UUID(required=True)
    topic = fields.String(required=True)
    escalation_id = fields.UUID(required=True, allow_none=True)
    payload = fields.Dict(required=True)
    created_at = Moment(required=True)
    seen_at = Moment(required=True, allow_none=True)


class BoardPage(Answer):
    """A page of your board, newest first."""

    items = fields.List(fields.Nested(BoardItem), required=True)
    next_cursor = fields.String(required=True, allow_none=True)


class TopicAnswer(Answer):
    """An event that a webhook can subscribe to."""

    topic = fields.String(required=True)
    description = fields.String(required=True)


class TopicsAnswer(Answer):
    """Every topic; `*` subscribes to all of them, also to those that come later."""

    items = fields.List(fields.Nested(TopicAnswer), required=True)


class WebhookRequest(Request):
    """A receiver: an https address of yours, and what it wants to be told."""

    url = Text(URL_MAX_CHARACTERS, least=1, required=True, name=True, metadata={"format": "uri"})
    topics = fields.List(_Topic, required=True, validate=validate.Length(1, len(_TOPIC_NAMES)))
    description = Text(200, load_default="", name=True)


class WebhookChange(Request):
    """What to change; what is left out stays."""

    topics = fields.List(_Topic, validate=validate.Length(1, len(_TOPIC_NAMES)))
    enabled = Truth(metadata={"description": "Switching it off cancels what it is still owed."})
    description = Text(200, name=True)


class RotateRequest(Request):
    """How long the present secret signs beside the new one; 0 for a secret that leaked."""

    overlap_hours = Whole(
        0,
        int(ROTATION_OVERLAP_MAX.total_seconds()) // HOUR_SECONDS,
        load_default=int(ROTATION_OVERLAP.total_seconds()) // HOUR_SECONDS,
    )


class WebhookAnswer(Answer):
    """A webhook endpoint. `disabled_reason` is `switched_off` or `gone` (the receiver answered 410)."""

    id = fields.UUID(required=True)
    url = fields.String(required=True)
    description = fields.String(required=True)
    topics = fields.List(fields.String(), required=True)
    enabled = fields.Boolean(required=True)
    disabled_reason = fields.String(required=True)
    created_at = Moment(required=True)


class WebhookWithSecret(WebhookAnswer):
    """A webhook endpoint with its new signing secret, which is shown only here."""

    secret = fields.String(required=True, metadata={"example": "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"})


class WebhooksAnswer(Answer):
    """The brand's endpoints, newest first; a brand has a hundred at most."""

    items = fields.List(fields.Nested(WebhookAnswer), required=True)


class OutcomeAnswer(Answer):
    """One event owed to one receiver; its id is the `webhook-id` of every try."""

    id = fields.UUID(required=True)
    topic = fields.String(required=True)
    endpoint_id = fields.UUID(required=True)
    escalation_id = fields.UUID(required=True, allow_none=True)
    state = fields.String(required=True, validate=validate.OneOf(STATES))
    attempts = fields.Integer(required=True, metadata={"description": "In the present cycle."})
    next_at = Moment(required=True)
    created_at = Moment(required=True)
    settled_at = Moment(required=True, allow_none=True)
    last_error = fields.String(required=True)
    payload = fields.Dict(required=True)


class AttemptAnswer(Answer):
    """One try at delivering an outcome."""

    outcome_id = fields.UUID(required=True)
    attempt = fields.Integer(required=True)
    started_at = Moment(required=True)
    duration_seconds = fields.Float(required=True, allow_none=True)
    status_code = fields.Integer(required=True, allow_none=True)
    error = fields.String(required=True)
    response_excerpt = fields.String(required=True)


class AttemptPage(Answer):
    """A page of tries, newest first."""

    items = fields.List(fields.Nested(AttemptAnswer), required=True)
    next_cursor = fields.String(required=True, allow_none=True)


class OutcomeDetail(OutcomeAnswer):
    """An outcome with every try at it, oldest first."""

    tries = fields.List(fields.Nested(AttemptAnswer), required=True)


class OutcomeQuery(ShortPageQuery):
    """Filters of the list; `state=dead` is the list of what was given up."""

    state = fields.String(validate=validate.OneOf(STATES))
    webhook_id = fields.UUID()


class OutcomePage(Answer):
    """A page of outcomes, newest first."""

    items = fields.List(fields.Nested(OutcomeAnswer), required=True)
    next_cursor = fields.String(required=True, allow_none=True)


class ReplayedAnswer(Answer):
    """How many outcomes begin a new cycle of tries."""

    replayed = fields.Integer(required=True)


class EscalationEvent(Answer):
    """What receivers of `escalation.*` are told: no personal data and no code. Read the record by its id."""

    escalation_id = fields.UUID(required=True)
    number = fields.Integer(required=True)
    status = fields.String(required=True)
    outcome = fields.String(required=True, allow_none=True)
    amount_minor = fields.Integer(required=True, allow_none=True)
    remaining_minor = fields.Integer(required=True, allow_none=True)
    currency = fields.String(required=True, allow_none=True)
    store_number = fields.String(required=True, allow_none=True)
    reason = fields.String(required=True, allow_none=True)
    happened_at = fields.AwareDateTime(required=True)


class ThreadEvent(Answer):
    """What receivers of `thread.*` are told."""

    thread_id = fields.UUID(required=True)
    network = fields.String(required=True)
    person_id = fields.UUID(required=True)
    happened_at = fields.AwareDateTime(required=True)


class TestEvent(Answer):
    """What a receiver is told to try it."""

    endpoint_id = fields.UUID(required=True)
    happened_at = fields.AwareDateTime(required=True)


_OF_WEBHOOK = tuple(WebhookAnswer().fields)
_OF_OUTCOME = tuple(OutcomeAnswer().fields)


def secret_body(endpoint: Any, secret: str) -> dict[str, Any]:
    """What WebhookWithSecret dumps."""
    return {**{name: getattr(endpoint, name) for name in _OF_WEBHOOK}, "secret": secret}


def outcome_body(found: Any) -> dict[str, Any]:
    """What OutcomeDetail dumps."""
    outcome: Any = found.outcome
    return {**{name: getattr(outcome, name) for name in _OF_OUTCOME}, "tries": found.attempts}
