"""Sessions, the caller, and API keys."""

from marshmallow import fields, validate

from bridge.roles import Permission
from schemas.base import Answer, Moment, Request, Text

SCOPES = [permission.value for permission in Permission]


class SignInRequest(Request):
    """A person's e-mail address and password; for a store, the device's name."""

    email = Text(254, least=3, required=True, name=True)
    password = fields.String(required=True, validate=validate.Length(1, 256), load_only=True)
    device_name = Text(80, load_default="API client", name=True)
    store_number = Text(12, least=1, name=True)


class SessionAnswer(Answer):
    """A new session. Send `token` as a bearer token; it is shown only here."""

    token = fields.String(required=True)
    expires_at = Moment(required=True)
    display_name = fields.String(required=True, attribute="person.display_name")
    store_number = fields.Function(
        lambda signed_in: signed_in.store.number if signed_in.store else None,
        required=True,
        metadata={"type": ["string", "null"]},
    )


class AssignmentAnswer(Answer):
    """A role, and where it counts."""

    role = fields.String(required=True)
    unit_id = fields.UUID(required=True)
    unit_kind = fields.String(required=True)


class CallerAnswer(Answer):
    """Who is calling, and what they may do."""

    kind = fields.String(required=True)
    id = fields.UUID(required=True)
    name = fields.String(required=True)
    brand_id = fields.UUID(required=True)
    store_id = fields.UUID(required=True, allow_none=True)
    store_number = fields.String(required=True, allow_none=True)
    device_id = fields.UUID(required=True, allow_none=True)
    assignments = fields.List(fields.Nested(AssignmentAnswer), required=True)
    permissions = fields.List(fields.String(), required=True)


class KeyRequest(Request):
    """A new API key. With `person_id` it acts as that person, else as an integration of the brand."""

    name = Text(80, least=1, required=True, name=True)
    scopes = fields.List(
        fields.String(validate=validate.OneOf(SCOPES)),
        required=True,
        validate=validate.Length(1, len(SCOPES)),
    )
    expires_at = Moment(required=True)
    person_id = fields.UUID()
    store_number = Text(12, least=1, name=True)


class KeyAnswer(Answer):
    """An API key without its secret."""

    id = fields.UUID(required=True)
    name = fields.String(required=True)
    prefix = fields.String(required=True)
    scopes = fields.List(fields.String(), required=True)
    person_id = fields.UUID(required=True, allow_none=True)
    created_at = Moment(required=True)
    expires_at = Moment(required=True)
    last_seen_at = Moment(required=True)
    revoked_at = Moment(required=True, allow_none=True)


class NewKeyAnswer(KeyAnswer):
    """An API key with its secret, which is shown only here."""

    secret = fields.String(required=True)


class KeysAnswer(Answer):
    """All keys of the brand, newest first."""

    items = fields.List(fields.Nested(KeyAnswer), required=True)
