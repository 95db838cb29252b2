"""Mentions: what a listening tool hands in, and what became of each. `bridge/mentions.py` checks them."""

from marshmallow import fields, validate

from bridge.mentions import (
    BATCH_MAX,
    HANDLE_MAX_CHARACTERS,
    KINDS,
    LANGUAGE_MAX_CHARACTERS,
    WORDS_MAX_CHARACTERS,
)
from bridge.permalinks import ID_MAX_CHARACTERS, PERMALINK_MAX_CHARACTERS
from bridge.threads import TEXT_MAX_CHARACTERS
from schemas.base import Answer, Moment, Request


def _text(longest: int, says: str, *, required: bool = False, example: str | None = None) -> fields.String:
    metadata = {"description": says} | ({"example": example} if example else {})
    least = 1 if required else None
    return fields.String(
        required=required,
        allow_none=not required,
        validate=validate.Length(min=least, max=longest),
        metadata=metadata,
    )


class MentionAuthor(Request):
    """Who wrote: the handle, the network's own lasting id, or both."""

    handle = _text(HANDLE_MAX_CHARACTERS + 1, "As the network shows it; a leading @ is dropped.")
    id = _text(ID_MAX_CHARACTERS, "The network's own id of the author, which stays when the handle changes.")


class Mention(Request):
    """One post. Its place is its permalink; without one, the network and its own id of the post."""

    network = _text(20, "A short word; read from the permalink where that is known.", example="x")
    permalink = _text(PERMALINK_MAX_CHARACTERS, "The post's address.", example="https://x.com/i/web/status/1")
    id = _text(
        ID_MAX_CHARACTERS, "The network's own id of the post. Where the permalink tells it, that counts."
    )
    thread_id = _text(ID_MAX_CHARACTERS, "The network's own id of the conversation.")
    author = fields.Nested(MentionAuthor, required=True)
    text = _text(TEXT_MAX_CHARACTERS, "What was said.", required=True)
    language = _text(LANGUAGE_MAX_CHARACTERS, "As BCP 47 has it.", example="en")
    posted_at = Moment(
        required=True, metadata={"description": "When it was said; at most five minutes ahead of our clock."}
    )
    kind = fields.String(
        load_default="untagged",
        validate=validate.OneOf(KINDS),
        metadata={"description": "Whether the post names us, answers us, does neither, or came in private."},
    )
    matched_on = _text(
        WORDS_MAX_CHARACTERS,
        "What it was found by; agents see it of an untagged post. A saved search's name, best.",
    )
    addressed_to = _text(WORDS_MAX_CHARACTERS, "Which of our handles it names.")


class Mentions(Request):
    """Several posts; one that is wrong stops no other."""

    mentions = fields.List(
        fields.Nested(Mention), required=True, validate=validate.Length(min=1, max=BATCH_MAX)
    )


class HeardAnswer(Answer):
    """What became of one mention."""

    index = fields.Integer(required=True, metadata={"description": "Its place in what was sent, from 0."})
    result = fields.String(required=True, validate=validate.OneOf(("kept", "refused")))
    errors = fields.Dict(
        keys=fields.String(),
        values=fields.List(fields.String()),
        metadata={"description": "By field; only of a mention that was refused."},
    )


class MentionsAnswer(Answer):
    """What became of each mention. What is kept will be read. A repeat answers the same."""

    kept = fields.Integer(required=True)
    refused = fields.Integer(required=True)
    mentions = fields.List(fields.Nested(HeardAnswer), required=True)
