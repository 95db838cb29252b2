"""Outcomes: the board, webhook endpoints, deliveries, and the events that receivers get."""

from typing import Any

from marshmallow import fields, validate

from bridge.events import Format
from bridge.lifecycle import Status
from bridge.topics import EVERY_TOPIC, ROTATION_OVERLAP, ROTATION_OVERLAP_MAX, TOPICS, URL_MAX_CHARACTERS
from schemas.base import Answer, Moment, QueryTruth, Request, ShortPageQuery, Text, Truth, Whole

STATES = ("queued", "sending", "sent", "dead", "cancelled")
HOUR_SECONDS = 3600
FORMATS = [form.value for form in Format]
_FORMAT = "The shape of the body: Standard Webhooks, or a CloudEvent 1.0 in structured mode."


def _word(longest: int, says: str) -> fields.String:
    """One word without a space or an @: neither a text nor a name nor a handle fits."""
    return fields.String(
        required=True,
        allow_none=True,
        validate=validate.Regexp(f"^[A-Za-z0-9][A-Za-z0-9_.-]{{0,{longest - 1}}}$"),
        metadata={"description": says},
    )


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
    format = fields.String(
        load_default=Format.STANDARD.value,
        validate=validate.OneOf(FORMATS),
        metadata={"description": _FORMAT},
    )


class WebhookChange(Request):
    """What to change; what is left out stays."""

    topics = fields.List(_Topic, validate=validate.Length(1, len(_TOPIC_NAMES)))
    enabled = Truth(metadata={"description": "Switching it off cancels what it is still owed."})
    description = Text(200, name=True)
    format = fields.String(validate=validate.OneOf(FORMATS), metadata={"description": _FORMAT})


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
    format = fields.String(required=True, validate=validate.OneOf(FORMATS))
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
    """Filters of the list; `state=dead` is what was given up, `state=cancelled` what was called off."""

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
    """What receivers of `escalation.*` and `review.*` are told: no personal data and no code.

    Whoever wants more reads the record by its id, with a right to it.
    """

    escalation_id = fields.UUID(required=True)
    number = fields.Integer(required=True, metadata={"description": "The number that people say."})
    status = fields.String(
        required=True, validate=validate.OneOf([one.value for one in Status if one is not Status.DRAFT])
    )
    outcome = _word(32, "What became of the promise; null while it is open.")
    amount_minor = fields.Integer(
        required=True, allow_none=True, metadata={"description": "What this event moved."}
    )
    remaining_minor = fields.Integer(
        required=True, allow_none=True, metadata={"description": "What is still alive; null without value."}
    )
    currency = fields.String(
        required=True, allow_none=True, validate=validate.Regexp("^[A-Z]{3}$"), metadata={"example": "USD"}
    )
    store_number = fields.String(required=True, allow_none=True, validate=validate.Length(max=12))
    reason = _word(120, "A word from a list of ours, never somebody's text.")
    happened_at = fields.AwareDateTime(required=True)


class ThreadEvent(Answer):
    """What receivers of `thread.*` are told."""

    thread_id = fields.UUID(required=True)
    network = fields.String(
        required=True, validate=validate.Regexp("^[a-z][a-z0-9_]{0,19}$"), metadata={"example": "mastodon"}
    )
    person_id = fields.UUID(required=True, metadata={"description": "Who of ours holds it now."})
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
