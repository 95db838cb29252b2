"""Messages to customers and into care tools that wait for a person."""

from marshmallow import fields, validate

from schemas.base import Answer, Moment, Request, ShortPageQuery, Text, Truth

STATES = (
    "waiting",
    "queued",
    "sending",
    "sent",
    "unknown",
    "handed_off",
    "failed_final",
    "cancelled",
)
PURPOSES = ("public_reply", "private_reply", "private_message", "note")
PERMALINK_MAX_CHARACTERS = 500


class MessageQuery(ShortPageQuery):
    """Without a state: everything that waits for a person."""

    state = fields.String(validate=validate.OneOf(STATES))


class MessageAnswer(Answer):
    """One message. `can` lists what may be done. Without the right to codes, `text` has them masked."""

    id = fields.UUID(required=True)
    state = fields.String(required=True, validate=validate.OneOf(STATES))
    purpose = fields.String(required=True, validate=validate.OneOf(PURPOSES))
    topic = fields.String(required=True)
    network = fields.String(required=True)
    channel = fields.String(required=True)
    account = fields.String(required=True)
    customer_handle = fields.String(required=True)
    thread_id = fields.UUID(required=True)
    escalation_id = fields.UUID(required=True, allow_none=True)
    number = fields.Integer(required=True, allow_none=True)
    text = fields.String(required=True)
    language = fields.String(required=True)
    reason = fields.String(
        required=True,
        metadata={"description": "Why it waits or failed, in one word; empty when nothing is wrong."},
    )
    is_looked_for = fields.Boolean(
        required=True, metadata={"description": "Whether the bridge is still finding out if it was sent."}
    )
    can = fields.List(fields.String(), required=True)
    hand_off_url = fields.String(
        required=True, metadata={"description": "Where to send it by hand, the text filled in; or empty."}
    )
    permalink = fields.String(required=True)
    release_until = Moment(required=True, allow_none=True)
    created_at = Moment(required=True)
    settled_at = Moment(required=True, allow_none=True)


class MessagePage(Answer):
    """A page of messages, the nearest deadline first."""

    items = fields.List(fields.Nested(MessageAnswer), required=True)
    next_cursor = fields.String(required=True, allow_none=True)


class MarkSentRequest(Request):
    """Where the post stands that you wrote; a private message may have no address."""

    permalink = Text(
        PERMALINK_MAX_CHARACTERS, load_default="", metadata={"example": "https://x.com/northlight/status/123"}
    )


class SendAgainRequest(Request):
    """`looked` says that you looked in the conversation and it is not there; needed where nobody can tell."""

    looked = Truth(load_default=False)


class GiveUpRequest(Request):
    """Why it is never sent."""

    reason = Text(300, least=1, required=True, name=True)


class WriteRequest(Request):
    """What is said to the customer, and how: where everybody reads it, or in private."""

    text = Text(10_000, least=1, required=True)
    purpose = fields.String(
        required=True, validate=validate.OneOf(("public_reply", "private_message", "private_reply"))
    )
    escalation_id = fields.UUID(
        load_default=None, allow_none=True, metadata={"description": "The case that it is about."}
    )


class WrittenPage(Answer):
    """What was written in a conversation, newest first, fifty at most."""

    items = fields.List(fields.Nested(MessageAnswer), required=True)
