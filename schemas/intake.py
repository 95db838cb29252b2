"""Threads: what an agent or a connector hands in, the queue, a conversation and its claim."""

from typing import Any

from marshmallow import ValidationError, fields, validate, validates_schema

from bridge.permalinks import ID_MAX_CHARACTERS, PERMALINK_MAX_CHARACTERS
from bridge.threads import (
    AUTHOR_KINDS,
    MENTION_TYPES,
    REASON_MAX_CHARACTERS,
    TEXT_MAX_CHARACTERS,
    VISIBILITIES,
    QueueFilter,
)
from bridge.triage import SETS, Holder, Move, Triage
from schemas.base import LOCALES, Answer, Moment, Request, ShortPageQuery, Text


class CaptureRequest(Request):
    """One post. Name its place by `permalink`, or by `network` and `external_id`, the conversation's name."""

    permalink = Text(PERMALINK_MAX_CHARACTERS, least=1, name=True)
    network = fields.String(
        validate=[validate.Regexp("^[a-z][a-z0-9_]*$"), validate.Length(1, 20)],
        metadata={"example": "x"},
    )
    external_id = Text(ID_MAX_CHARACTERS, least=1, name=True)
    post_external_id = Text(ID_MAX_CHARACTERS, least=1, name=True)
    handle = Text(80, least=1, required=True, name=True, metadata={"description": "The post's author."})
    text = Text(TEXT_MAX_CHARACTERS, least=1, required=True)
    posted_at = Moment(required=True)
    visibility = fields.String(load_default="public", validate=validate.OneOf(VISIBILITIES))
    mention_type = fields.String(load_default="tagged", validate=validate.OneOf(MENTION_TYPES))
    language = fields.String(load_default="en", validate=validate.OneOf(LOCALES))
    addressed_to = Text(80, load_default="", name=True, metadata={"description": "Our handle that it names."})
    matched_on = Text(
        80,
        load_default="",
        name=True,
        metadata={"description": "What a listener looked for when it found a post that does not mention us."},
    )
    author_kind = fields.String(load_default="customer", validate=validate.OneOf(AUTHOR_KINDS))
    customer_handle = Text(
        80,
        least=1,
        name=True,
        metadata={"description": "Whose complaint it is, when another wrote the post."},
    )

    @validates_schema
    def name_the_place(self, data: dict[str, Any], **_kwargs: object) -> None:
        """An address, or the network's own names."""
        if "permalink" not in data and not {"network", "external_id"} <= set(data):
            raise ValidationError("give it, or network and external_id", "permalink")


class PostAnswer(Answer):
    """A post as it was seen."""

    id = fields.UUID(required=True)
    external_id = fields.String(required=True)
    author_kind = fields.String(required=True)
    author_handle = fields.String(required=True)
    posted_at = Moment(required=True)
    received_at = Moment(required=True)
    text = fields.String(required=True)


class CapturedAnswer(Answer):
    """Where the post is now. A post that was known before changes nothing."""

    thread_id = fields.UUID(required=True)
    post_id = fields.UUID(required=True)
    created = fields.Boolean(required=True, metadata={"description": "Whether the thread is new."})
    post_added = fields.Boolean(required=True, metadata={"description": "Whether the post is new."})


class QueueQuery(ShortPageQuery):
    """Which threads: new, your own, with a store, with an outcome to send, late, or all."""

    filter = fields.Enum(QueueFilter, by_value=True, load_default=QueueFilter.NEW)
    words = Text(80, name=True, load_default="", metadata={"description": "In handles and posts."})


class QueueItemAnswer(Answer):
    """A thread in the queue."""

    id = fields.UUID(required=True, attribute="thread_id")
    network = fields.String(required=True)
    mention_type = fields.String(required=True)
    visibility = fields.String(required=True)
    permalink = fields.String(required=True, allow_none=True)
    handle = fields.String(required=True)
    language = fields.String(required=True)
    addressed_to = fields.String(required=True)
    excerpt = fields.String(required=True)
    last_post_at = Moment(required=True)
    holder_id = fields.UUID(required=True, allow_none=True)
    holder_name = fields.String(required=True, allow_none=True)
    lease_until = Moment(required=True, allow_none=True)
    is_soft = fields.Boolean(
        required=True, metadata={"description": "Taken by starting to write; anybody may take it over."}
    )
    matched_on = fields.String(required=True)
    triage = fields.Enum(Triage, by_value=True, required=True)
    snoozed_until = Moment(required=True, allow_none=True)
    due_at = Moment(
        required=True, allow_none=True, metadata={"description": "The next deadline; past, it is late."}
    )
    due_kind = fields.String(required=True, allow_none=True)
    escalation_id = fields.UUID(required=True, allow_none=True)
    escalation_number = fields.Integer(required=True, allow_none=True)
    escalation_status = fields.String(required=True, allow_none=True)


class QueuePage(Answer):
    """A page of threads, newest activity first."""

    items = fields.List(fields.Nested(QueueItemAnswer), required=True)
    next_cursor = fields.String(required=True, allow_none=True)


class HolderAnswer(Answer):
    """Who holds a thread. Past `lease_until` anybody may claim it."""

    id = fields.UUID(required=True)
    person_id = fields.UUID(required=True)
    holder_name = fields.String(required=True)
    claimed_at = Moment(required=True)
    lease_until = Moment(required=True)


class RelatedAnswer(Answer):
    """An escalation of the same customer."""

    id = fields.UUID(required=True)
    number = fields.Integer(required=True)
    status = fields.String(required=True)
    store_id = fields.UUID(required=True, allow_none=True)
    agent_name = fields.String(required=True)
    created_at = Moment(required=True)
    is_open = fields.Boolean(required=True)


class ThreadAnswer(Answer):
    """A conversation: its posts oldest first, who holds it, and the thread's escalations that are open."""

    id = fields.UUID(required=True)
    network = fields.String(required=True)
    external_id = fields.String(required=True)
    permalink = fields.String(required=True, allow_none=True)
    visibility = fields.String(required=True)
    mention_type = fields.String(required=True)
    handle = fields.String(required=True)
    identity_id = fields.UUID(required=True)
    language = fields.String(required=True)
    addressed_to = fields.String(required=True)
    official_handle_id = fields.UUID(required=True, allow_none=True)
    first_post_at = Moment(required=True)
    last_post_at = Moment(required=True)
    detected_at = Moment(required=True)
    posts = fields.List(fields.Nested(PostAnswer), required=True)
    claim = fields.Nested(HolderAnswer, required=True, allow_none=True)
    escalations = fields.List(fields.Nested(RelatedAnswer), required=True)


class ClaimAnswer(Answer):
    """A claim: the right to answer a thread, until the lease ends or it is given back."""

    id = fields.UUID(required=True)
    thread_id = fields.UUID(required=True)
    person_id = fields.UUID(required=True)
    claimed_at = Moment(required=True)
    lease_until = Moment(required=True)
    released_at = Moment(required=True, allow_none=True)


class ReleaseRequest(Request):
    """Why the claim is given back; may stay empty."""

    reason = Text(REASON_MAX_CHARACTERS, load_default="", name=True)


class TakeOverRequest(Request):
    """Why the claim is taken from its holder, who is told."""

    reason = Text(REASON_MAX_CHARACTERS, least=1, required=True, name=True)


class TriageRequest(Request):
    """A move: `until` belongs to `snooze` (within thirty days), `duplicate_of` to `duplicate`."""

    move = fields.Enum(
        Move, by_value=True, required=True, validate=validate.OneOf(list(SETS), error="no move of triage")
    )
    until = Moment()
    duplicate_of = fields.UUID()


class StandingAnswer(Answer):
    """Where a thread stands. `moves` is what the caller can do now, in the order of the pages."""

    thread_id = fields.UUID(required=True)
    triage = fields.Enum(Triage, by_value=True, required=True)
    snoozed_until = Moment(required=True, allow_none=True)
    duplicate_of_id = fields.UUID(required=True, allow_none=True)
    triaged_at = Moment(required=True, allow_none=True)
    triaged_by_name = fields.String(required=True, allow_none=True)
    holder = fields.Enum(Holder, by_value=True, required=True)
    holder_name = fields.String(required=True, allow_none=True)
    lease_until = Moment(required=True, allow_none=True)
    is_soft = fields.Boolean(required=True)
    moves = fields.List(fields.Enum(Move, by_value=True), required=True)


class DuplicatesQuery(Request):
    """At which store; without it, at all."""

    store_number = Text(12, least=1, name=True)
    item = Text(
        200,
        name=True,
        load_default="",
        metadata={"description": "The product; promises that name another one are left out."},
    )


class DuplicatesAnswer(Answer):
    """The same customer's escalations that are open or recent, newest first."""

    items = fields.List(fields.Nested(RelatedAnswer), required=True)


_OF_THREAD = tuple(
    name for name in ThreadAnswer().fields if name not in {"handle", "posts", "claim", "escalations"}
)


def captured_body(result: Any) -> dict[str, Any]:
    """What CapturedAnswer dumps."""
    return {
        "thread_id": result.thread.id,
        "post_id": result.post.id,
        "created": result.created,
        "post_added": result.post_added,
    }


def thread_body(found: Any, escalations: Any) -> dict[str, Any]:
    """What ThreadAnswer dumps."""
    return {
        **{name: getattr(found.thread, name) for name in _OF_THREAD},
        "handle": found.identity.handle,
        "posts": found.posts,
        "claim": found.claim,
        "escalations": escalations,
    }
