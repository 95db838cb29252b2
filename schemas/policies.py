"""Policies and ladders: their versions, what a ladder would have done, and faults of the configuration."""

from typing import Any

from marshmallow import fields, validate

from schemas.base import Answer, Moment, Request, Text, Whole

NAME_PATTERN = r"^[a-z][a-z0-9_-]{0,39}$"


class PolicyRequest(Request):
    """The next version of the policy. docs/clocks.md shows a whole definition."""

    definition = fields.Dict(keys=fields.String(), required=True)
    note = Text(200, load_default="", metadata={"description": "What changed, for those who read it later."})


class LadderVersionRequest(PolicyRequest):
    """The next version of a ladder. docs/clocks.md shows a whole definition."""


class LadderRequest(PolicyRequest):
    """One more ladder, with its first version."""

    name = fields.String(required=True, validate=validate.Regexp(NAME_PATTERN))


class TryRequest(Request):
    """A ladder that is not in force, and how far to look back."""

    definition = fields.Dict(keys=fields.String(), required=True)
    days = Whole(1, 90, load_default=30)


class VersionAnswer(Answer):
    """One version. `created_at` is null for what a brand starts with."""

    version = fields.Integer(required=True)
    in_force = fields.Boolean(required=True)
    definition = fields.Dict(keys=fields.String(), required=True)
    note = fields.String(required=True)
    created_by = fields.String(required=True, allow_none=True)
    created_at = Moment(required=True, allow_none=True)
    retired_at = Moment(required=True, allow_none=True)


class PolicyVersionsAnswer(Answer):
    """The newest 200 versions, newest first. `version` is in force, and the ETag."""

    version = fields.Integer(required=True)
    items = fields.List(fields.Nested(VersionAnswer), required=True)


class LadderVersionAnswer(VersionAnswer):
    """One version of a ladder. `faults` are allowed, and of no use."""

    name = fields.String(required=True)
    faults = fields.List(fields.String(), required=True)


class LadderVersionsAnswer(Answer):
    """The newest 200 versions of a ladder, newest first. `version` is in force, and the ETag."""

    name = fields.String(required=True)
    version = fields.Integer(required=True)
    items = fields.List(fields.Nested(LadderVersionAnswer), required=True)


class LaddersAnswer(Answer):
    """The version in force of every ladder."""

    items = fields.List(fields.Nested(LadderVersionAnswer), required=True)


class RungAnswer(Answer):
    """A step that was taken, or would have been. Waits are left out."""

    at = Moment(required=True)
    round = fields.Integer(required=True)
    step = fields.Integer(required=True, metadata={"description": "From 0, as in the definition."})
    do = fields.String(required=True)
    result = fields.String(required=True)
    role = fields.String(required=True, allow_none=True)
    messages = fields.Integer(required=True)


class TriedCaseAnswer(Answer):
    """A past case: the steps of the tried ladder, and those that were taken by the version it keeps."""

    escalation_id = fields.UUID(required=True)
    number = fields.Integer(required=True)
    store_number = fields.String(required=True)
    issued_at = Moment(required=True)
    ladder = fields.String(required=True, allow_none=True)
    version = fields.Integer(required=True, allow_none=True)
    would = fields.List(fields.Nested(RungAnswer), required=True)
    did = fields.List(fields.Nested(RungAnswer), required=True)


class FaultCountAnswer(Answer):
    """Rungs that reach nobody at a store."""

    store_number = fields.String(required=True, allow_none=True)
    role = fields.String(required=True)
    times = fields.Integer(required=True)


class TotalsAnswer(Answer):
    """What the cases come to. `reached` counts cases by role, and by `review`."""

    cases = fields.Integer(required=True)
    reached = fields.Dict(keys=fields.String(), values=fields.Integer(), required=True)
    messages = fields.Integer(required=True)
    people = fields.Integer(
        required=True, allow_none=True, metadata={"description": "Null for what was taken: not counted then."}
    )
    faults = fields.List(fields.Nested(FaultCountAnswer), required=True)


class TriedAnswer(Answer):
    """What would have happened. At most the newest 300 cases; `is_cut` says that there were more."""

    days = fields.Integer(required=True)
    not_taken = fields.Integer(
        required=True, metadata={"description": "Cases of other kinds or priorities, left out."}
    )
    is_cut = fields.Boolean(required=True)
    faults = fields.List(fields.String(), required=True)
    would = fields.Nested(TotalsAnswer, required=True)
    did = fields.Nested(TotalsAnswer, required=True)
    cases = fields.List(fields.Nested(TriedCaseAnswer), required=True)


class MissedAnswer(Answer):
    """Steps of the last 14 days that reached nobody, at one store."""

    store_number = fields.String(required=True, allow_none=True)
    store_name = fields.String(required=True, allow_none=True)
    role = fields.String(required=True, allow_none=True)
    times = fields.Integer(required=True)
    cases = fields.Integer(required=True)
    last_at = Moment(required=True)


class NobodyAnswer(Answer):
    """A role that a ladder names and that reaches nobody for these stores now."""

    role = fields.String(required=True)
    unit_kind = fields.String(required=True)
    unit_name = fields.String(required=True)
    stores = fields.List(fields.String(), required=True)


class ChannelGapAnswer(Answer):
    """A channel that a ladder uses and that reaches nobody at `without` of the role's `places`."""

    role = fields.String(required=True)
    channel = fields.String(required=True)
    places = fields.Integer(required=True)
    without = fields.Integer(required=True)
    examples = fields.List(fields.String(), required=True)


class LadderFaultAnswer(Answer):
    """What is wrong with a ladder; without a name, with all of them together."""

    ladder = fields.String(required=True)
    fault = fields.String(required=True)


class ConfigurationFaultsAnswer(Answer):
    """Faults of the configuration; at most 500 of a kind, and `is_cut` says that there are more."""

    recorded = fields.List(fields.Nested(MissedAnswer), required=True)
    nobody = fields.List(fields.Nested(NobodyAnswer), required=True)
    channels = fields.List(fields.Nested(ChannelGapAnswer), required=True)
    ladders = fields.List(fields.Nested(LadderFaultAnswer), required=True)
    is_cut = fields.Boolean(required=True)


def tried_body(tried: Any) -> dict[str, Any]:
    """The answer's values from a report."""
    return {
        "days": tried.days,
        "not_taken": tried.not_taken,
        "is_cut": tried.is_cut,
        "faults": list(tried.faults),
        "would": totals_body(tried.would, people=len(tried.would.people)),
        "did": totals_body(tried.did, people=None),
        "cases": [
            {
                "escalation_id": one.id,
                "number": one.number,
                "store_number": one.store_number,
                "issued_at": one.issued_at,
                "ladder": one.ladder,
                "version": one.version,
                "would": one.would.rungs,
                "did": one.did.rungs,
            }
            for one in tried.cases
        ],
    }


def totals_body(totals: Any, *, people: int | None) -> dict[str, Any]:
    """The answer's values from totals."""
    return {
        "cases": totals.cases,
        "reached": dict(sorted(totals.reached.items())),
        "messages": totals.messages,
        "people": people,
        "faults": [
            {"store_number": store, "role": role, "times": times}
            for (store, role), times in totals.faults.most_common()
        ],
    }


def faults_body(found: Any) -> dict[str, Any]:
    """The answer's values from the faults."""
    return {
        "recorded": [row._asdict() for row in found.recorded],
        "nobody": found.nobody,
        "channels": found.channels,
        "ladders": [{"ladder": name, "fault": fault} for name, fault in found.ladders],
        "is_cut": found.is_cut,
    }
