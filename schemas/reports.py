"""HQ's figures: what may be asked, and what is counted. Formulas: docs/reports.md."""

from typing import Any

from marshmallow import fields, validate

from bridge.reachability import LISTED_FROM
from schemas.base import Answer, Moment, QueryWhole, Request, Text
from schemas.review import CAUSE_PATTERN

LISTS = ("open", "late", "unseen", "questions", "declined", "honoured", "expired", "ended", "untagged")
REASON_PATTERN = r"^[A-Z][A-Z0-9]{0,7}$"


class StoresFilter(Request):
    """Which stores."""

    store_number = Text(12, least=1, name=True)
    district_id = fields.UUID()
    region_id = fields.UUID()


class CasesFilter(StoresFilter):
    """Which cases of HQ's list: a list by name, and what narrows it."""

    show = fields.String(load_default="open", validate=validate.OneOf(LISTS))
    reason = fields.String(validate=validate.Regexp(REASON_PATTERN))
    cause = fields.String(validate=validate.Regexp(CAUSE_PATTERN))
    from_at = Moment(data_key="from")
    to_at = Moment(data_key="to")


class ReportQuery(StoresFilter):
    """Which stores, and cases issued in which time; the last 28 days when left out, 400 at most."""

    from_at = Moment(data_key="from")
    to_at = Moment(data_key="to")


class StoresQuery(ReportQuery):
    """A page of stores by number, or the worst ones."""

    order = fields.String(load_default="number", validate=validate.OneOf(["number", "worst"]))
    cursor = Text(900, metadata={"description": "`next_cursor` of the page before; by number alone."})
    limit = QueryWhole(1, 200, load_default=50, metadata={"description": "1 to 200 rows."})


class SilentQuery(StoresFilter):
    """From which score on a store is listed."""

    least = QueryWhole(1, 100, load_default=LISTED_FROM)
    limit = QueryWhole(1, 200, load_default=100)


class AgeAnswer(Answer):
    """Counts of one age band: live cases by age now, declines by age at the decline."""

    age = fields.String(required=True)
    open = fields.Integer(required=True)
    late = fields.Integer(required=True)
    unacknowledged = fields.Integer(required=True)
    declined = fields.Integer(required=True)


class TimesAnswer(Answer):
    """How long one kind of clock ran: in calendar time, and in the open time that it counts."""

    milestone = fields.String(required=True)
    ended = fields.Integer(required=True)
    judged = fields.Integer(required=True)
    breached = fields.Integer(required=True)
    breach_rate_per_mille = fields.Integer(required=True, allow_none=True)
    calendar_p50_seconds = fields.Integer(required=True, allow_none=True)
    calendar_p90_seconds = fields.Integer(required=True, allow_none=True)
    calendar_mean_seconds = fields.Integer(required=True, allow_none=True)
    open_p50_seconds = fields.Integer(required=True, allow_none=True)
    open_p90_seconds = fields.Integer(required=True, allow_none=True)
    open_mean_seconds = fields.Integer(required=True, allow_none=True)


class OverviewAnswer(Answer):
    """What is live now, what became of the period's cases, and how long it took."""

    from_at = Moment(required=True, data_key="from", attribute="from")
    to_at = Moment(required=True, data_key="to", attribute="to")
    open = fields.Integer(required=True)
    late = fields.Integer(required=True)
    unacknowledged = fields.Integer(required=True)
    oldest_at = Moment(required=True, allow_none=True)
    ages = fields.List(fields.Nested(AgeAnswer), required=True)
    issued = fields.Integer(required=True)
    presented = fields.Integer(required=True)
    answerable = fields.Integer(required=True)
    honoured = fields.Integer(required=True)
    honoured_full = fields.Integer(required=True)
    declined = fields.Integer(required=True)
    declined_presented = fields.Integer(required=True)
    expired = fields.Integer(required=True)
    ended = fields.Integer(required=True)
    coded = fields.Integer(required=True)
    honour_rate_per_mille = fields.Integer(required=True, allow_none=True)
    full_honour_rate_per_mille = fields.Integer(required=True, allow_none=True)
    cause_coverage_per_mille = fields.Integer(required=True, allow_none=True)
    times = fields.List(fields.Nested(TimesAnswer), required=True)


class DetectionFigures(Answer):
    """The time from saying to reading: of one channel, network and kind of mention."""

    channel = fields.String(
        required=True,
        metadata={"description": "The account's; `heard_or_pasted` by listening tools, files and agents."},
    )
    network = fields.String(required=True)
    kind = fields.String(required=True, metadata={"description": "The conversation's kind of mention."})
    posts = fields.Integer(required=True)
    median_seconds = fields.Integer(required=True)
    p95_seconds = fields.Integer(required=True)


class DetectionAnswer(Answer):
    """Of the posts that came in within 28 days."""

    from_at = Moment(required=True)
    to_at = Moment(required=True)
    items = fields.List(fields.Nested(DetectionFigures), required=True)


class StoreFigures(Answer):
    """One store's figures."""

    store_number = fields.String(required=True)
    store_name = fields.String(required=True)
    district_name = fields.String(required=True, allow_none=True)
    open = fields.Integer(required=True)
    late = fields.Integer(required=True)
    unacknowledged = fields.Integer(required=True)
    questions = fields.Integer(required=True, metadata={"description": "Of the store, without an answer."})
    oldest_at = Moment(required=True, allow_none=True)
    issued = fields.Integer(required=True)
    answerable = fields.Integer(required=True)
    honoured = fields.Integer(required=True)
    honour_rate_per_mille = fields.Integer(required=True, allow_none=True)
    declined = fields.Integer(required=True)
    median_seconds_to_end = fields.Integer(required=True, allow_none=True)
    median_seconds_to_act = fields.Integer(
        required=True,
        allow_none=True,
        metadata={"description": "From issue to the acknowledgement or decision, whichever came first."},
    )


class StoresPage(Answer):
    """A page of stores."""

    items = fields.List(fields.Nested(StoreFigures), required=True)
    next_cursor = fields.String(required=True, allow_none=True)


class PartAnswer(Answer):
    """One part of the score: `count` gives `points` of at most `most`."""

    name = fields.String(required=True)
    count = fields.Integer(required=True)
    points = fields.Integer(required=True)
    most = fields.Integer(required=True)


class SilentStoreAnswer(Answer):
    """A store that is hard to reach, and why."""

    store_number = fields.String(required=True)
    store_name = fields.String(required=True)
    phone = fields.String(required=True)
    district_name = fields.String(required=True, allow_none=True)
    score = fields.Integer(required=True)
    parts = fields.List(fields.Nested(PartAnswer), required=True)
    silent_cases = fields.Integer(required=True)
    oldest_silent_at = Moment(required=True, allow_none=True)
    last_sign_at = Moment(required=True, allow_none=True)


class SilentStoresAnswer(Answer):
    """Stores that are hard to reach, worst first."""

    items = fields.List(fields.Nested(SilentStoreAnswer), required=True)


def silent_body(store: Any) -> dict[str, Any]:
    """The answer's values from a rated store."""
    return {
        "store_number": store.number,
        "store_name": store.name,
        "phone": store.phone,
        "district_name": store.district_name,
        "score": store.reachability.score,
        "parts": store.reachability.parts,
        "silent_cases": store.silent_cases,
        "oldest_silent_at": store.oldest_silent_at,
        "last_sign_at": store.last_sign_at,
    }
