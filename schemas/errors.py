"""The one error body: RFC 9457 problem+json with our own members."""

from marshmallow import INCLUDE, fields

from schemas.base import Answer


class Problem(Answer):
    """What went wrong. Programs read `code`; people read `detail`."""

    class Meta:
        # RFC 9457, section 3.2: a problem may have more members, such as `allowed` or `holder`.
        unknown = INCLUDE

    type = fields.String(required=True)
    title = fields.String(required=True)
    status = fields.Integer(required=True)
    code = fields.String(required=True, metadata={"description": "Stable; listed in docs/api.md."})
    detail = fields.String(required=True)
    request_id = fields.String(required=True)
    errors = fields.Dict(metadata={"description": "By location and field, for code invalid_input."})
