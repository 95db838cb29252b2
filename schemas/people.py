"""People, their roles, and the rights to promise (grants)."""

from collections.abc import Sequence
from typing import Any

from marshmallow import ValidationError, fields, validate, validates_schema

from bridge.passwords import LONGEST_PASSWORD, SHORTEST_PASSWORD
from bridge.promises import Level, PromiseType, Proof
from bridge.roles import Role
from schemas.base import LOCALES, Answer, Currency, Minor, Moment, Request, Text, Truth, Whole

GIVEN_ROLES = [role for role in Role if role is not Role.INTEGRATION]
COST_BEARERS = ("hq", "store", "vendor")


class PersonRequest(Request):
    """A new member of staff, who has no role and no password yet."""

    display_name = Text(80, least=1, required=True, name=True)
    email = fields.Email(validate=validate.Length(max=254), metadata={"description": "Needed to sign in."})
    locale = fields.String(load_default="en", validate=validate.OneOf(LOCALES))


class RoleAnswer(Answer):
    """A role that a person holds, and where."""

    id = fields.UUID(required=True)
    role = fields.String(required=True)
    unit_id = fields.UUID(required=True)
    unit_kind = fields.String(required=True)
    unit_name = fields.String(required=True)
    valid_from = Moment(required=True)
    valid_to = Moment(required=True, allow_none=True)


class PersonAnswer(Answer):
    """A member of staff with the roles held now."""

    id = fields.UUID(required=True)
    display_name = fields.String(required=True)
    email = fields.String(required=True, allow_none=True)
    locale = fields.String(required=True)
    status = fields.String(required=True, metadata={"description": "invited, active, suspended or left"})
    training_valid_until = Moment(required=True, allow_none=True)
    has_password = fields.Boolean(required=True)
    created_at = Moment(required=True)
    roles = fields.List(fields.Nested(RoleAnswer), required=True)


class PersonPage(Answer):
    """A page of people by name, those who left included."""

    items = fields.List(fields.Nested(PersonAnswer), required=True)
    next_cursor = fields.String(required=True, allow_none=True)


class RoleRequest(Request):
    """A role to give, and at which unit it counts (and at everything beneath)."""

    role = fields.Enum(Role, by_value=True, required=True, validate=validate.OneOf(GIVEN_ROLES))
    unit_id = fields.UUID(required=True)
    valid_to = Moment(metadata={"description": "When it ends by itself."})


class PasswordRequest(Request):
    """A new password."""

    password = fields.String(
        required=True, validate=validate.Length(SHORTEST_PASSWORD, LONGEST_PASSWORD), load_only=True
    )


class SignedOutAnswer(Answer):
    """How many sessions were ended."""

    sessions = fields.Integer(required=True)


class GrantRequest(Request):
    """A right to promise, for a role or for one person. A limit that is left out is no limit."""

    name = Text(120, least=1, required=True, name=True)
    role = fields.Enum(Role, by_value=True, validate=validate.OneOf(GIVEN_ROLES))
    person_id = fields.UUID()
    types = fields.List(
        fields.Enum(PromiseType, by_value=True),
        validate=validate.Length(1, len(PromiseType)),
        metadata={"description": "Every type when it is left out."},
    )
    levels = fields.List(
        fields.Enum(Level, by_value=True), required=True, validate=validate.Length(1, len(Level))
    )
    waives = fields.List(
        fields.Enum(Proof, by_value=True), load_default=list, validate=validate.Length(max=len(Proof))
    )
    currency = Currency(load_default=None, metadata={"description": "The brand's when it is left out."})
    max_amount_minor = Minor()
    max_percent_hundredths = Whole(1, 10_000)
    max_customer_30d_minor = Minor()
    budget_day_minor = Minor()
    budget_month_minor = Minor()
    scope_unit_id = fields.UUID(metadata={"description": "Only for stores beneath this unit."})
    any_store = Truth(load_default=False, metadata={"description": "Also promises that any store serves."})
    cost_bearer = fields.String(load_default="hq", validate=validate.OneOf(COST_BEARERS))
    valid_from = Moment()
    valid_to = Moment()

    @validates_schema
    def name_the_holder(self, data: dict[str, Any], **_kwargs: object) -> None:
        """A role or a person, never both."""
        if ("role" in data) == ("person_id" in data):
            raise ValidationError("give role or person_id, and only one", "role")


class GrantAnswer(Answer):
    """A right to promise. A limit of null is no limit."""

    id = fields.UUID(required=True)
    name = fields.String(required=True)
    role = fields.String(required=True, allow_none=True)
    person_id = fields.UUID(required=True, allow_none=True)
    types = fields.List(fields.String(), required=True, allow_none=True)
    levels = fields.List(fields.String(), required=True)
    waives = fields.List(fields.String(), required=True)
    currency = fields.String(required=True)
    max_amount_minor = fields.Integer(required=True, allow_none=True)
    max_percent_hundredths = fields.Integer(required=True, allow_none=True)
    max_customer_30d_minor = fields.Integer(required=True, allow_none=True)
    budget_day_minor = fields.Integer(required=True, allow_none=True)
    budget_month_minor = fields.Integer(required=True, allow_none=True)
    scope_unit_id = fields.UUID(required=True, allow_none=True)
    any_store = fields.Boolean(required=True)
    cost_bearer = fields.String(required=True)
    policy_version = fields.Integer(required=True)
    valid_from = Moment(required=True)
    valid_to = Moment(required=True, allow_none=True)


class GrantsAnswer(Answer):
    """The brand's grants that count now, by name."""

    items = fields.List(fields.Nested(GrantAnswer), required=True)


_OF_PERSON = tuple(name for name in PersonAnswer().fields if name not in {"roles", "has_password"})
_OF_GRANT = tuple(name for name in GrantAnswer().fields if name not in {"role", "person_id"})


def person_body(person: Any, roles: Sequence[Any]) -> dict[str, Any]:
    """What PersonAnswer dumps."""
    return {
        **{name: getattr(person, name) for name in _OF_PERSON},
        "has_password": person.password_hash is not None,
        "roles": [role_body(assignment, unit) for assignment, unit in roles],
    }


def role_body(assignment: Any, unit: Any) -> dict[str, Any]:
    """What RoleAnswer dumps."""
    return {
        "id": assignment.id,
        "role": assignment.role.value,
        "unit_id": unit.id,
        "unit_kind": unit.kind,
        "unit_name": unit.name,
        "valid_from": assignment.valid_from,
        "valid_to": assignment.valid_to,
    }


def grant_body(grant: Any) -> dict[str, Any]:
    """What GrantAnswer dumps."""
    return {
        **{name: getattr(grant, name) for name in _OF_GRANT},
        "role": grant.grantee_role.value if grant.grantee_role else None,
        "person_id": grant.grantee_person_id,
    }
