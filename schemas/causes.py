"""The causes of cases: a version as it is read and loaded. `bridge/causes.py` checks what stands in it."""

from marshmallow import fields

from schemas.base import Answer, Request


class CausesAnswer(Answer):
    """The version in force: three levels of causes, and what failed in the bridge itself."""

    version = fields.Integer(required=True)
    causes = fields.List(fields.Dict(), required=True)
    bridge = fields.List(fields.Dict(), required=True)


class CausesRequest(Request):
    """A new version; the one before is retired, and cases keep the version they were coded with."""

    causes = fields.List(
        fields.Dict(),
        required=True,
        metadata={"description": "Each has code, label {en, es, fr} and, above the third level, children."},
    )
    bridge = fields.List(
        fields.Dict(),
        load_default=list,
        metadata={"description": "Each has code (B and a number) and label."},
    )
