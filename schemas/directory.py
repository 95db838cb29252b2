"""The directory: stores, units and official handles."""

from datetime import datetime
from typing import Any

from marshmallow import ValidationError, fields, validate, validates_schema

from bridge.calendars import OpenCalendar, is_open, next_change
from bridge.hours import WeekHours
from bridge.mutual_links import Result
from schemas.base import Answer, Moment, QueryNumber, Request, ShortPageQuery, Text

UNIT_KINDS = ("hq", "region", "district", "store", "care_team")
HANDLE_KINDS = ("team", "person")
_SITE = "A page of ours with a link rel=me to the account; https."
DAYS = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")


class StoreQuery(ShortPageQuery):
    """Filters; a store matches all that are given. With `lat` and `lon` the nearest come first."""

    q = Text(100, least=1, name=True, metadata={"description": "Words of number, name, city, state or zip."})
    postcode = Text(20, least=1, name=True)
    city = Text(120, least=1, name=True)
    service = Text(80, least=1, name=True)
    lat = QueryNumber(-90, 90)
    lon = QueryNumber(-180, 180)

    @validates_schema
    def give_both(self, data: dict[str, Any], **_kwargs: object) -> None:
        """A place has two numbers."""
        if ("lat" in data) != ("lon" in data):
            raise ValidationError("give lat and lon together", "lat")


class StoreSummary(Answer):
    """A store in a list. `next_change_at` is when it next opens or closes."""

    id = fields.UUID(required=True)
    number = fields.String(required=True)
    name = fields.String(required=True)
    kind = fields.String(required=True)
    address = fields.String(required=True)
    address2 = fields.String(required=True)
    city = fields.String(required=True)
    state = fields.String(required=True)
    postcode = fields.String(required=True)
    country = fields.String(required=True)
    phone = fields.String(required=True)
    zone = fields.String(required=True, metadata={"description": "IANA time zone."})
    services = fields.List(fields.String(), required=True)
    has_counter = fields.Boolean(required=True)
    accepts_escalations = fields.Boolean(required=True)
    open_now = fields.Boolean(required=True)
    hours_today = fields.String(required=True)
    next_change_at = Moment(required=True, allow_none=True)
    distance_km = fields.Float(required=True, allow_none=True)


class StorePage(Answer):
    """A page of stores."""

    items = fields.List(fields.Nested(StoreSummary), required=True)
    next_cursor = fields.String(required=True, allow_none=True)


class WindowAnswer(Answer):
    """Open from and until, on the store's own clock. A store that closes after midnight ends above 24:00."""

    opens = fields.String(required=True, metadata={"example": "10:00"})
    closes = fields.String(required=True, metadata={"example": "21:30"})


class DayAnswer(Answer):
    """One weekday; no windows means closed."""

    day = fields.String(required=True, validate=validate.OneOf(DAYS))
    windows = fields.List(fields.Nested(WindowAnswer), required=True)


class StoreDetail(Answer):
    """One store with its week. One of `opens_at` and `closes_at` is given, unless it never changes."""

    id = fields.UUID(required=True)
    number = fields.String(required=True)
    name = fields.String(required=True)
    kind = fields.String(required=True)
    address = fields.String(required=True)
    address2 = fields.String(required=True)
    city = fields.String(required=True)
    state = fields.String(required=True)
    postcode = fields.String(required=True)
    country = fields.String(required=True)
    phone = fields.String(required=True)
    lat = fields.Float(required=True)
    lon = fields.Float(required=True)
    zone = fields.String(required=True, metadata={"description": "IANA time zone."})
    services = fields.List(fields.String(), required=True)
    has_counter = fields.Boolean(required=True)
    accepts_escalations = fields.Boolean(required=True)
    org_unit_id = fields.UUID(required=True)
    hours_text = fields.String(required=True)
    hours = fields.List(fields.Nested(DayAnswer), required=True)
    open_now = fields.Boolean(required=True)
    opens_at = Moment(required=True, allow_none=True)
    closes_at = Moment(required=True, allow_none=True)
    updated_at = Moment(required=True)


class HandleRequest(Request):
    """An account of ours on a network."""

    network = fields.String(
        required=True,
        validate=[validate.Regexp("^[a-z][a-z0-9_]*$"), validate.Length(1, 20)],
        metadata={"example": "x"},
    )
    handle = Text(80, least=1, required=True, name=True)
    kind = fields.String(load_default="team", validate=validate.OneOf(HANDLE_KINDS))
    external_id = Text(80, least=1, name=True, metadata={"description": "The network's own id, if known."})
    owner_unit_id = fields.UUID()
    official_since = Moment()
    site_url = Text(300, load_default="", name=True, metadata={"description": _SITE, "format": "uri"})


class HandleChange(Request):
    """What binds an account to us. Both are looked at again soon."""

    external_id = Text(80, load_default="", name=True, metadata={"description": "The network's own id."})
    site_url = Text(300, load_default="", name=True, metadata={"description": _SITE, "format": "uri"})


class HandleAnswer(Answer):
    """An official handle: active, suspended or retired."""

    id = fields.UUID(required=True)
    network = fields.String(required=True)
    handle = fields.String(required=True)
    kind = fields.String(required=True)
    status = fields.String(required=True)
    external_id = fields.String(required=True, allow_none=True)
    owner_unit_id = fields.UUID(required=True, allow_none=True)
    official_since = Moment(required=True)
    site_url = fields.String(required=True)
    check_result = fields.String(
        required=True,
        validate=validate.OneOf(["", *Result]),
        metadata={"description": "Whether account and page link to each other; empty at first."},
    )
    check_reason = fields.String(required=True)
    last_checked_at = Moment(required=True, allow_none=True)


class OfficialQuery(Request):
    """An account as a customer sees it; `id` is the network's lasting id, for whoever knows it."""

    network = fields.String(required=True, validate=validate.Length(1, 40), metadata={"example": "x"})
    handle = fields.String(
        required=True, validate=validate.Length(1, 200), metadata={"example": "NorthlightCare"}
    )
    id = fields.String(load_default="", validate=validate.Length(max=120))


class OfficialAnswer(Answer):
    """Whether it is ours. What is not, is not known to us: nothing else is told about it."""

    network = fields.String(required=True)
    handle = fields.String(required=True)
    official = fields.Boolean(required=True)


class HandlesAnswer(Answer):
    """All official handles of the brand, active ones first."""

    items = fields.List(fields.Nested(HandleAnswer), required=True)


class UnitQuery(ShortPageQuery):
    """Only units of one kind."""

    kind = fields.String(validate=validate.OneOf(UNIT_KINDS))


class UnitAnswer(Answer):
    """A node of the organisation's tree."""

    id = fields.UUID(required=True)
    kind = fields.String(required=True)
    name = fields.String(required=True)
    parent_id = fields.UUID(required=True, allow_none=True)


class UnitPage(Answer):
    """A page of units, by kind and name."""

    items = fields.List(fields.Nested(UnitAnswer), required=True)
    next_cursor = fields.String(required=True, allow_none=True)


_COMPUTED = {"hours", "open_now", "opens_at", "closes_at"}
_OF_STORE = tuple(name for name in StoreDetail().fields if name not in _COMPUTED)


def store_body(store: Any, calendar: OpenCalendar, *, now: datetime) -> dict[str, Any]:
    """What StoreDetail dumps: the usual week, and with holidays and closures when it opens or closes next."""
    is_open_now, changes_at = is_open(calendar, now), next_change(calendar, now)
    return {
        **{name: getattr(store, name) for name in _OF_STORE},
        "hours": _days(calendar.week),
        "open_now": is_open_now,
        "opens_at": None if is_open_now else changes_at,
        "closes_at": changes_at if is_open_now else None,
    }


def _days(week: WeekHours) -> list[dict[str, Any]]:
    return [
        {
            "day": name,
            "windows": [{"opens": _clock(opens), "closes": _clock(closes)} for opens, closes in windows],
        }
        for name, windows in zip(DAYS, week.days, strict=True)
    ]


def _clock(minutes: int) -> str:
    return f"{minutes // 60:02d}:{minutes % 60:02d}"
