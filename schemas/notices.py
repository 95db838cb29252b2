"""Notices to staff: the caller's inbox, the addresses of people and units, and what did not arrive."""

from marshmallow import fields, validate

from bridge.notices import Channel, Template
from schemas.base import Answer, Moment, QueryTruth, Request, ShortPageQuery, Text, Truth

ADDRESS_MAX_CHARACTERS = 2_000
ADDRESSED = [channel.value for channel in Channel if channel is not Channel.INBOX]


class NoticeQuery(ShortPageQuery):
    """Only what you have not seen yet."""

    unseen = QueryTruth(load_default=False)


class NoticeAnswer(Answer):
    """Something that you were told, in the language of your profile. `path` leads to it on the pages."""

    id = fields.UUID(required=True)
    template = fields.String(required=True, validate=validate.OneOf([one.value for one in Template]))
    subject = fields.String(required=True)
    text = fields.String(required=True)
    path = fields.String(required=True)
    escalation_id = fields.UUID(required=True, allow_none=True)
    number = fields.Integer(required=True, allow_none=True)
    store_number = fields.String(required=True, allow_none=True)
    facts = fields.Dict(required=True)
    created_at = Moment(required=True)
    seen_at = Moment(required=True, allow_none=True)


class NoticePage(Answer):
    """A page of your notices, newest first. `unseen` counts the last thirty days, to a hundred at most."""

    items = fields.List(fields.Nested(NoticeAnswer), required=True)
    next_cursor = fields.String(required=True, allow_none=True)
    unseen = fields.Integer(required=True)


class ContactRequest(Request):
    """An address of a person or of a unit: one of `person_id` and `unit_id`."""

    channel = fields.String(required=True, validate=validate.OneOf(ADDRESSED))
    address = Text(
        ADDRESS_MAX_CHARACTERS,
        least=1,
        required=True,
        name=True,
        metadata={
            "description": "A mail address, a number such as +15550100123, or the https address that Slack "
            "or Teams gave you. It is stored encrypted and never shown again.",
            "example": "sam@example.com",
        },
    )
    person_id = fields.UUID()
    unit_id = fields.UUID()


class ContactChange(Request):
    """Switch an address off or on."""

    enabled = Truth(required=True)


class ContactAnswer(Answer):
    """An address by its hint. `disabled_reason` is `switched_off`, or what its receiver said."""

    id = fields.UUID(required=True)
    channel = fields.String(required=True, validate=validate.OneOf(ADDRESSED))
    person_id = fields.UUID(required=True, allow_none=True)
    unit_id = fields.UUID(required=True, allow_none=True)
    hint = fields.String(required=True, attribute="address_hint")
    state = fields.String(required=True, validate=validate.OneOf(["active", "disabled"]))
    disabled_reason = fields.String(required=True)
    created_at = Moment(required=True)


class ListedContact(ContactAnswer):
    """An address with its owner's name, and what became of the last notice that named it."""

    owner = fields.String(required=True)
    last_state = fields.String(required=True, allow_none=True)
    last_error = fields.String(required=True)
    last_at = Moment(required=True, allow_none=True)


class ContactsAnswer(Answer):
    """All addresses of the brand, newest first."""

    items = fields.List(fields.Nested(ListedContact), required=True)


class TestAnswer(Answer):
    """The queued test; the list of addresses shows what became of it."""

    __test__ = False

    notice_id = fields.UUID(required=True)


class FaultAnswer(Answer):
    """Why somebody may not hear from you. `reason` is one word, such as `status_410`."""

    kind = fields.String(required=True, validate=validate.OneOf(["disabled", "given_up", "trying_again"]))
    channel = fields.String(required=True)
    owner = fields.String(required=True)
    hint = fields.String(required=True)
    reason = fields.String(required=True)
    times = fields.Integer(required=True)
    last_at = Moment(required=True)
    next_at = Moment(required=True, allow_none=True)
    contact_point_id = fields.UUID(required=True, allow_none=True)


class FaultsAnswer(Answer):
    """Newest first: addresses that are off, and what was given up in thirty days or is tried again."""

    items = fields.List(fields.Nested(FaultAnswer), required=True)
