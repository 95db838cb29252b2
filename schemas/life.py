"""The middle of a life: questions, transfers, notes, links, ends; what is sent and what is shown."""

from typing import Any

from marshmallow import fields, validate

from bridge import codes
from bridge.lifecycle import Status
from bridge.nearest import Flag, Ranked
from bridge.promises import PriorChannel
from bridge.reasons import Question, RevokeReason, TransferReason, Visibility
from schemas.base import Answer, Moment, QueryWhole, Request, Text, Truth
from schemas.promises import PromiseRequest

CHANNELS = ("private", "public", *(channel.value for channel in PriorChannel))


class ActedAnswer(Answer):
    """The case after an act. `subject_id` is the question, transfer, note or link that it made or settled."""

    id = fields.UUID(required=True)
    number = fields.Integer(required=True)
    status = fields.Enum(Status, by_value=True, required=True)
    version = fields.Integer(required=True)
    remaining_minor = fields.Integer(required=True)
    valid_until = Moment(required=True)
    subject_id = fields.UUID(required=True, allow_none=True)
    code = fields.Function(
        lambda acted: codes.grouped(acted.code) if acted.code else None,
        required=True,
        metadata={
            "type": ["string", "null"],
            "description": "A new code, for the customer in private only.",
        },
    )
    link = fields.String(
        required=True, allow_none=True, metadata={"description": "The customer's address to appeal, once."}
    )


class QuestionRequest(Request):
    """A ready question to the agent. A live one ends by itself when the customer cannot wait longer."""

    question = fields.Enum(Question, by_value=True, required=True)
    text = Text(500, load_default="")
    is_live = Truth(load_default=False)


class AnswerRequest(Request):
    """The answer to the open question; `valid_until` extends the promise by the same act."""

    text = Text(1000, least=1, required=True)
    valid_until = Moment(load_default=None, allow_none=True)


class TransferRequest(Request):
    """Another store, by its number, and why."""

    to_store = Text(12, least=1, required=True, name=True)
    reason = fields.Enum(TransferReason, by_value=True, required=True)
    note = Text(500, load_default="")


class TransferDecisionRequest(Request):
    """A word to the other side."""

    note = Text(500, load_default="")


class RevokeRequest(Request):
    """Why the promise is taken back; `text` becomes an internal note."""

    reason = fields.Enum(RevokeReason, by_value=True, required=True)
    text = Text(2000, load_default="")


class ExtendRequest(Request):
    """Until when the promise shall count."""

    valid_until = Moment(required=True)


class CloseRequest(Request):
    """The root cause, as far as it is known: up to three levels, like STORE_SERVICE.conduct.rude."""

    cause = Text(120, load_default=None, allow_none=True, name=True)


class CauseRequest(Request):
    """The root cause."""

    cause = Text(120, least=2, required=True, name=True)


class ReopenRequest(Request):
    """Why, and until when the promise shall count again; by default the policy's days."""

    reason = Text(500, least=1, required=True)
    valid_until = Moment(load_default=None, allow_none=True)


class ToldRequest(Request):
    """By which channel the customer was told."""

    channel = fields.String(required=True, validate=validate.OneOf(CHANNELS))


class PauseRequest(Request):
    """For which reason clocks stand still. Each reason has a limit in the policy."""

    reason = fields.String(required=True, validate=validate.OneOf(["awaiting_customer", "disaster"]))


class NoteRequest(Request):
    """A note and the circle that may read it. Neither can be changed later."""

    text = Text(2000, least=1, required=True)
    visibility = fields.Enum(Visibility, by_value=True, required=True)


class StoreNoteRequest(Request):
    """A store's note, for this store and the care team."""

    text = Text(2000, least=1, required=True)


class DuplicateRequest(Request):
    """Which case this one repeats, and how one sees that."""

    duplicate_of_id = fields.UUID(required=True)
    reason = Text(200, least=1, required=True)


class CutRequest(Request):
    """Why the link was wrong."""

    reason = Text(200, least=1, required=True)


class SupersedeRequest(PromiseRequest):
    """The promise that takes the place of this one, for the same thread."""


class OtherStoresQuery(Request):
    """What the other store must offer, and how many to name."""

    service = Text(60, load_default="", name=True)
    limit = QueryWhole(1, 50, load_default=10, metadata={"description": "1 to 50 rows."})


class QuestionAnswer(Answer):
    """A question and what became of it."""

    id = fields.UUID(required=True)
    question = fields.String(required=True)
    text = fields.String(required=True)
    is_live = fields.Boolean(required=True)
    asked_by = fields.String(required=True)
    store_number = fields.String(required=True)
    asked_at = Moment(required=True)
    expires_at = Moment(required=True, allow_none=True)
    state = fields.String(required=True)
    answer = fields.String(required=True)
    answered_by = fields.String(required=True, allow_none=True)
    answered_at = Moment(required=True, allow_none=True)


class QuestionList(Answer):
    """Questions of a case, oldest first."""

    items = fields.List(fields.Nested(QuestionAnswer), required=True)


class TransferAnswer(Answer):
    """An offer to another store and what became of it."""

    id = fields.UUID(required=True)
    escalation_id = fields.UUID(required=True)
    from_number = fields.String(required=True)
    from_name = fields.String(required=True)
    to_number = fields.String(required=True)
    to_name = fields.String(required=True)
    reason = fields.String(required=True)
    note = fields.String(required=True)
    state = fields.String(required=True)
    offered_by = fields.String(required=True, allow_none=True)
    offered_at = Moment(required=True)
    decided_by = fields.String(required=True, allow_none=True)
    decided_at = Moment(required=True, allow_none=True)
    decided_note = fields.String(required=True)


class OfferedTransfer(TransferAnswer):
    """An offer with what it is about, for the store that is asked. Never a code."""

    number = fields.Integer(required=True)
    currency = fields.String(required=True)
    authorised_minor = fields.Integer(required=True)
    remaining_minor = fields.Integer(required=True)
    valid_until = Moment(required=True)


class OfferedList(Answer):
    """What other stores ask yours to take, and what yours has moved lately."""

    offered_to_us = fields.List(fields.Nested(OfferedTransfer), required=True)
    offered_by_us = fields.List(fields.Nested(OfferedTransfer), required=True)


class TransferList(Answer):
    """The transfers of a case, oldest first."""

    items = fields.List(fields.Nested(TransferAnswer), required=True)


class NoteAnswer(Answer):
    """A note that your circle may read."""

    id = fields.UUID(required=True)
    author = fields.String(required=True)
    visibility = fields.String(required=True)
    text = fields.String(required=True)
    created_at = Moment(required=True)


class NoteList(Answer):
    """Notes, oldest first."""

    items = fields.List(fields.Nested(NoteAnswer), required=True)


class LinkAnswer(Answer):
    """A link to another case about the same thing; a cut one says why."""

    id = fields.UUID(required=True)
    other_id = fields.UUID(required=True)
    other_number = fields.Integer(required=True)
    other_status = fields.String(required=True)
    is_the_duplicate = fields.Boolean(
        required=True, metadata={"description": "Whether the case you read is the later one."}
    )
    reason = fields.String(required=True)
    linked_by = fields.String(required=True)
    linked_at = Moment(required=True)
    cut_by = fields.String(required=True, allow_none=True)
    cut_at = Moment(required=True, allow_none=True)
    cut_reason = fields.String(required=True)


class LinkList(Answer):
    """Links of a case, oldest first."""

    items = fields.List(fields.Nested(LinkAnswer), required=True)


class OtherStore(Answer):
    """A store that could do it. `flags` name everything against it; the best stands first."""

    number = fields.String(required=True)
    name = fields.String(required=True)
    city = fields.String(required=True)
    distance_km = fields.Float(required=True, allow_none=True)
    open_now = fields.Boolean(required=True)
    opens_at = Moment(required=True, allow_none=True)
    services = fields.List(fields.String(), required=True)
    flags = fields.List(fields.Enum(Flag, by_value=True), required=True)


class OtherStoreList(Answer):
    """Other stores, the best first."""

    items = fields.List(fields.Nested(OtherStore), required=True)


def other_store_body(found: Ranked) -> dict[str, Any]:
    """What OtherStore dumps."""
    store = found.store
    return {
        "number": store.number,
        "name": store.name,
        "city": store.city,
        "distance_km": store.distance_km,
        "open_now": store.open_now,
        "opens_at": store.opens_at,
        "services": sorted(store.services),
        "flags": list(found.flags),
    }
