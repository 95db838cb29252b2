"""Change when stores and desks are open: dated hours, holidays, closures, a desk's own hours.

Called by administrators, and for closures by the store's own manager; who may is decided at the
door, with `permit`. Every change is a link in the `calendars` stream and wakes the cases that it
concerns, in one transaction, so that the clockwork computes their due times anew. What is over
stays as it was: a breach is a fact. Nothing commits.
"""

from collections.abc import Collection, Mapping
from datetime import date, datetime, timedelta
from typing import Final
from uuid import UUID
from zoneinfo import available_timezones

from sqlmodel import Session

from bridge.errors import Conflict, InvalidInput, NotPermitted
from bridge.hours import parse_day, parse_hours, stored_hours
from bridge.models.calendars import CalendarException, Closure, UnitCalendar
from bridge.models.directory import OrgUnit, Store
from bridge.names import plain_name
from bridge.queries import calendars as queries
from bridge.reasons import PauseReason
from bridge.roles import BRAND_WIDE, Actor, Permission, can
from bridge.services import audit

AHEAD_DAYS: Final = 800
CLOSED_LONGEST: Final = timedelta(days=90)
DECLARED_LATE_MOST: Final = timedelta(days=7)
CLOSURE_REASONS: Final = (PauseReason.STORE_CLOSED_UNPLANNED, PauseReason.DISASTER)
_ZONES: Final = available_timezones()
_INSTANT: Final = timedelta(microseconds=1)


def permit(actor: Actor, permission: Permission, path: Collection[UUID]) -> None:
    """Raise NotPermitted unless the permission counts at this unit, given with all units above it."""
    if not can(actor, permission, at=path):
        raise NotPermitted("your role does not allow that here", permission=permission.value)


# Dated hours and holidays.


def set_hours_on(
    session: Session, unit: OrgUnit, day: date, *, hours: str, label: str, actor: Actor, now: datetime
) -> CalendarException:
    """Give the unit, and everything beneath it, other hours on one date: "10-4", or "closed".

    Takes the place of what the unit had for that date. Raises InvalidInput for hours that cannot
    be read and for a day that is over or too far ahead.
    """
    windows, label = parse_day(hours), plain_name(label, field_name="label", longest=80)
    _require_day(day, now)
    before = queries.exception_on_for_update(session, unit.id, day)
    if before is not None:
        before.removed_at = now
        session.add(before)
        session.flush()  # Only one may count for a date.
    exception = CalendarException(
        brand_id=unit.brand_id,
        unit_id=unit.id,
        day=day,
        windows=[list(window) for window in windows],
        label=label,
        created_by=_person(actor),
        created_at=now,
    )
    session.add(exception)
    facts = {"exception_id": str(exception.id), "unit_id": str(unit.id), "day": day.isoformat()}
    _record(session, "hours.dated", actor, now, {**facts, "windows": exception.windows})
    _wake(session, unit, now)
    return exception


def remove_hours_on(
    session: Session, exception: CalendarException, *, actor: Actor, now: datetime
) -> CalendarException:
    """Take dated hours back; the row stays. Safe to repeat. Raises InvalidInput when the day is over."""
    if exception.removed_at is not None:
        return exception
    _require_day(exception.day, now)
    exception.removed_at = now
    session.add(exception)
    facts = {"exception_id": str(exception.id), "unit_id": str(exception.unit_id)}
    _record(session, "hours.dated_removed", actor, now, facts)
    _wake(session, session.get_one(OrgUnit, exception.unit_id), now)
    return exception


def observe_holidays(session: Session, unit: OrgUnit, *, observes: bool, actor: Actor, now: datetime) -> int:
    """Let every store of the unit keep its country's and state's public holidays, or open on them."""
    changed = queries.set_observing(session, unit.id, observes=observes, now=now)
    if changed:
        facts = {"unit_id": str(unit.id), "observes_holidays": observes, "stores": changed}
        _record(session, "holidays.observed", actor, now, facts)
        _wake(session, unit, now)
    return changed


# Closures.


def declare_closure(
    session: Session,
    store: Store,
    *,
    label: str,
    actor: Actor,
    now: datetime,
    reason: PauseReason = PauseReason.STORE_CLOSED_UNPLANNED,
    starts_at: datetime | None = None,
    ends_at: datetime | None = None,
) -> Closure:
    """Say that a store is shut without plan, from now or since a moment of the last days.

    Without `ends_at` until somebody ends it. Locks the store's row. Raises Conflict while
    another closure holds, and InvalidInput for moments that make no closure: what is planned
    ahead is given as dated hours.
    """
    label = plain_name(label, field_name="label", longest=80)
    start = starts_at or now
    if reason not in CLOSURE_REASONS:
        raise InvalidInput(
            "The reason is not valid.", fields={"reason": [f"one of {', '.join(CLOSURE_REASONS)}"]}
        )
    if not now - DECLARED_LATE_MOST <= start <= now:
        raise InvalidInput(
            "A closure starts now, or did within the last week; hours for a coming day are dated hours.",
            fields={"starts_at": ["within the last week"]},
        )
    if ends_at is not None and not now < ends_at <= now + CLOSED_LONGEST:
        raise InvalidInput("The end is not valid.", fields={"ends_at": ["later than now, within 90 days"]})
    queries.lock_store(session, store.id)
    if queries.has_closure_that_goes_on(session, store.id, now):
        raise Conflict("This store is closed already; end that closure first.")
    closure = Closure(
        store_id=store.id,
        reason=reason.value,
        label=label,
        starts_at=start,
        ends_at=ends_at,
        declared_by=_person(actor),
        declared_at=now,
    )
    session.add(closure)
    _record(session, "closure.declared", actor, now, _facts(closure))
    queries.wake_stores_cases(session, store.org_unit_id, now)
    return closure


def end_closure(session: Session, closure: Closure, *, actor: Actor, now: datetime) -> Closure:
    """Say that the store is open again. Safe to repeat; one that has ended stays as it is."""
    if closure.ends_at is not None and closure.ends_at <= now:
        return closure
    closure.ends_at = max(now, closure.starts_at + _INSTANT)
    session.add(closure)
    _record(session, "closure.ended", actor, now, _facts(closure))
    queries.wake_stores_cases(session, session.get_one(Store, closure.store_id).org_unit_id, now)
    return closure


# A desk's own hours.


def set_unit_hours(
    session: Session,
    unit: OrgUnit,
    *,
    zone: str,
    hours: str,
    actor: Actor,
    now: datetime,
    country: str = "US",
    state: str = "",
    observes_holidays: bool = True,
) -> UnitCalendar:
    """Give a care team, a district, a region or HQ its hours: "Mon-Fri: 8am-8pm; Sat: 10-4".

    "Mon-Sun: 24 hours" without holidays is what a desk without hours has.

    Raises InvalidInput for hours or a zone that cannot be read, and for a store, whose hours come
    with the directory.
    """
    if unit.kind == "store":
        raise InvalidInput(
            "A store's hours come with the directory.", fields={"unit_id": ["a desk, not a store"]}
        )
    if zone not in _ZONES:
        raise InvalidInput("The time zone is not known.", fields={"zone": ["such as America/Chicago"]})
    week = parse_hours(hours)
    if not any(week.days):
        raise InvalidInput("A desk opens at least once a week.", fields={"hours": ["closed every day"]})
    calendar = session.get(UnitCalendar, unit.id) or UnitCalendar(unit_id=unit.id, zone=zone, hours={})
    calendar.zone, calendar.hours, calendar.hours_text = zone, stored_hours(week), hours.strip()
    calendar.country, calendar.state = country, state
    calendar.observes_holidays, calendar.updated_at = observes_holidays, now
    session.add(calendar)
    facts: dict[str, object] = {"unit_id": str(unit.id), "zone": zone, "hours": calendar.hours}
    place = {"country": country, "state": state, "observes_holidays": observes_holidays}
    _record(session, "unit_hours.set", actor, now, {**facts, **place})
    _wake(session, unit, now)
    return calendar


def _wake(session: Session, unit: OrgUnit, now: datetime) -> None:
    if unit.kind in BRAND_WIDE:
        queries.wake_brands_cases(session, unit.brand_id, now)
    else:
        queries.wake_stores_cases(session, unit.id, now)


def _require_day(day: date, now: datetime) -> None:
    # The day is over when it is over everywhere; units may span time zones.
    if not (now - timedelta(hours=12)).date() <= day <= (now + timedelta(days=AHEAD_DAYS)).date():
        raise InvalidInput("The day is not valid.", fields={"on": ["today or later, within two years"]})


def _person(actor: Actor) -> UUID | None:
    return actor.id if actor.kind == "person" else None


def _facts(closure: Closure) -> dict[str, object]:
    return {
        "closure_id": str(closure.id),
        "store_id": str(closure.store_id),
        "reason": closure.reason,
        "starts_at": closure.starts_at.isoformat(),
        "ends_at": closure.ends_at.isoformat() if closure.ends_at else None,
    }


def _record(session: Session, action: str, actor: Actor, now: datetime, facts: Mapping[str, object]) -> None:
    session.flush()  # The chain's own statement must come after what it tells.
    audit.record(session, stream=queries.STREAM, action=action, actor=actor, facts=facts, now=now)
