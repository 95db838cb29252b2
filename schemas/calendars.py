"""When stores and desks are open: coming days, dated hours, closures, a desk's week."""

from collections.abc import Iterable
from datetime import date, datetime, timedelta
from typing import Any
from zoneinfo import available_timezones

from marshmallow import ValidationError, fields, validate, validates_schema

from bridge.calendars import OpenCalendar, next_open
from bridge.errors import NeverOpens
from bridge.hours import Windows
from bridge.reasons import PauseReason
from schemas.base import Answer, Moment, Request, Text, Truth
from schemas.directory import DAYS, DayAnswer, WindowAnswer

DAYS_SHOWN = 14
CLOSURE_REASONS = (PauseReason.STORE_CLOSED_UNPLANNED.value, PauseReason.DISASTER.value)
EARLIEST_ON, LATEST_ON = date(2000, 1, 1), date(2100, 1, 1)


class Day(fields.Date):
    """A date without a time, 2000 to 2100, as ISO 8601."""

    default_error_messages = {"range": "The year must lie between 2000 and 2100."}

    def _deserialize(self, value: Any, attr: str | None, data: Any, **kwargs: Any) -> date:
        if not isinstance(value, str) or len(value) != len("2026-11-26"):
            raise self.make_error("invalid", input=value, obj_type="date")
        day = super()._deserialize(value, attr, data, **kwargs)
        if not EARLIEST_ON <= day < LATEST_ON:
            raise self.make_error("range")
        return day


class ExceptionRequest(Request):
    """Other hours on one date, at a store, or at a unit and everything beneath it."""

    store_number = Text(12, least=1, name=True)
    unit_id = fields.UUID(
        metadata={"description": "A district, a region, headquarters (the whole brand), a desk."}
    )
    on = Day(required=True)
    hours = Text(100, least=1, required=True, metadata={"example": "10-4", "description": 'Or "closed".'})
    label = Text(80, least=1, required=True, name=True, metadata={"example": "Christmas Eve"})

    @validates_schema
    def one_place(self, data: dict[str, Any], **_kwargs: object) -> None:
        """A place is a store or a unit."""
        if ("store_number" in data) == ("unit_id" in data):
            raise ValidationError("give store_number or unit_id", "unit_id")


class ClosureRequest(Request):
    """A store is shut without plan. Without `ends_at` until somebody ends it."""

    label = Text(80, least=1, required=True, name=True, metadata={"example": "Burst pipe"})
    reason = fields.String(
        load_default=PauseReason.STORE_CLOSED_UNPLANNED.value, validate=validate.OneOf(CLOSURE_REASONS)
    )
    starts_at = Moment(metadata={"description": "Now when not given; at most a week ago."})
    ends_at = Moment(metadata={"description": "The expected end."})


class StoreHolidaysRequest(Request):
    """Whether a store keeps the public holidays of its country and state."""

    observes_holidays = Truth(required=True)


class UnitCalendarRequest(Request):
    """The hours of a desk."""

    zone = fields.String(
        required=True, validate=validate.Length(1, 64), metadata={"example": "America/Chicago"}
    )
    hours = Text(400, least=1, required=True, metadata={"example": "Mon-Fri: 8am-8pm; Sat: 10-4"})
    country = fields.String(load_default="US", validate=validate.Regexp("^[A-Z]{2}$"))
    state = Text(40, load_default="", name=True)
    observes_holidays = Truth(load_default=True)

    @validates_schema
    def known_zone(self, data: dict[str, Any], **_kwargs: object) -> None:
        """The zone is one that the machine knows."""
        if "zone" in data and data["zone"] not in available_timezones():
            raise ValidationError("no such time zone", "zone")


class CalendarDayAnswer(Answer):
    """One date; no windows means closed. `label` names the holiday or dated hours that changed it."""

    on = fields.Date(required=True)
    windows = fields.List(fields.Nested(WindowAnswer), required=True)
    label = fields.String(required=True, allow_none=True)


class ExceptionAnswer(Answer):
    """Other hours on one date, and the unit at which they were given."""

    id = fields.UUID(required=True)
    unit_id = fields.UUID(required=True)
    unit_kind = fields.String(required=True)
    unit_name = fields.String(required=True)
    on = fields.Date(required=True)
    windows = fields.List(fields.Nested(WindowAnswer), required=True)
    label = fields.String(required=True)
    created_at = Moment(required=True)


class ClosureAnswer(Answer):
    """A store shut without plan; without `ends_at` until further notice."""

    id = fields.UUID(required=True)
    store_number = fields.String(required=True)
    reason = fields.String(required=True)
    label = fields.String(required=True)
    starts_at = Moment(required=True)
    ends_at = Moment(required=True, allow_none=True)
    declared_at = Moment(required=True)


class StoreCalendarAnswer(Answer):
    """A store's coming two weeks. `next_open_at` is now while it is open, null when it never opens."""

    number = fields.String(required=True)
    name = fields.String(required=True)
    zone = fields.String(required=True)
    observes_holidays = fields.Boolean(required=True)
    open_now = fields.Boolean(required=True)
    next_open_at = Moment(required=True, allow_none=True)
    days = fields.List(fields.Nested(CalendarDayAnswer), required=True)
    exceptions = fields.List(fields.Nested(ExceptionAnswer), required=True)
    closures = fields.List(fields.Nested(ClosureAnswer), required=True)


class UnitCalendarAnswer(Answer):
    """A desk's hours and coming two weeks. One without hours is `always_open`, with an empty `hours_text`."""

    unit_id = fields.UUID(required=True)
    kind = fields.String(required=True)
    name = fields.String(required=True)
    always_open = fields.Boolean(required=True)
    zone = fields.String(required=True)
    hours_text = fields.String(required=True)
    hours = fields.List(fields.Nested(DayAnswer), required=True)
    country = fields.String(required=True)
    state = fields.String(required=True)
    observes_holidays = fields.Boolean(required=True)
    open_now = fields.Boolean(required=True)
    next_open_at = Moment(required=True, allow_none=True)
    days = fields.List(fields.Nested(CalendarDayAnswer), required=True)
    exceptions = fields.List(fields.Nested(ExceptionAnswer), required=True)


def coming_days(calendar: OpenCalendar, *, now: datetime) -> dict[str, Any]:
    """`open_now`, `next_open_at` and `days`, as both calendars show them."""
    opens_at = opening_after(calendar, now)
    return {
        "open_now": opens_at == now,
        "next_open_at": opens_at,
        "days": [
            {"on": on, "windows": windows_body(calendar.windows_on(on)), "label": calendar.closed_because(on)}
            for on in days_from(calendar, now)
        ],
    }


def days_from(calendar: OpenCalendar, now: datetime) -> list[date]:
    """Today, where the place is, and the days after it."""
    today = now.astimezone(calendar.zone).date()
    return [today + timedelta(days=ahead) for ahead in range(DAYS_SHOWN)]


def opening_after(calendar: OpenCalendar, now: datetime) -> datetime | None:
    """`now` while open, else the next opening, None when it never opens."""
    try:
        return next_open(calendar, now)
    except NeverOpens:
        return None


def windows_body(windows: Iterable[Iterable[int]]) -> list[dict[str, str]]:
    """Windows as WindowAnswer shows them."""
    return [{"opens": _clock(opens), "closes": _clock(closes)} for opens, closes in windows]


def week_body(calendar: OpenCalendar) -> list[dict[str, Any]]:
    """The week, Monday first, whatever holidays and dates say."""
    week: tuple[Windows, ...] = calendar.week.days
    return [{"day": name, "windows": windows_body(day)} for name, day in zip(DAYS, week, strict=True)]


def exception_body(found: Any, unit: Any = None) -> dict[str, Any]:
    """What ExceptionAnswer dumps: of a row of `exceptions_over`, or of new dated hours and their unit."""
    return {
        "id": found.id,
        "unit_id": found.unit_id,
        "unit_kind": unit.kind if unit else found.unit_kind,
        "unit_name": unit.name if unit else found.unit_name,
        "on": found.day,
        "windows": windows_body(found.windows),
        "label": found.label,
        "created_at": found.created_at,
    }


def _clock(minutes: int) -> str:
    return f"{minutes // 60:02d}:{minutes % 60:02d}"
