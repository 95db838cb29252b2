"""`bridge calendars`: when stores and desks are open, read and changed on the machine itself."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import click
from sqlmodel import Session, col, select

from bridge import db
from bridge.calendars import OpenCalendar, next_open
from bridge.cli import connection
from bridge.cli.brands import brand_of
from bridge.cli.operator import OPERATOR
from bridge.clock import utc_now
from bridge.errors import InvalidInput, NeverOpens, NotFound
from bridge.hours import windows_line
from bridge.models import Brand, OrgUnit, Store
from bridge.queries import calendars as queries
from bridge.queries import directory
from bridge.reasons import PauseReason
from bridge.roles import Actor
from bridge.services import calendar_changes as changes
from bridge.services.calendars import desk_calendar, store_calendar

DAYS_SHOWN = 14
LOCALE = "en"


@click.group("calendars")
def calendars_group() -> None:
    """When stores and desks are open: holidays, single dates, closures, a desk's hours.

    \b
    Example:
      bridge calendars show 12
    """


def _options(*wanted: Callable[..., Any]) -> Callable[..., Any]:
    def add(command: Callable[..., Any]) -> Callable[..., Any]:
        for option in reversed(wanted):
            command = option(command)
        return command

    return add


_brand = click.option("--brand", "brand_name", help="Needed when there are several brands.")
_place = _options(
    click.option("--store", "store_number", help="One store, by its number."),
    click.option("--unit", "unit_name", help="A district, region or desk by its name, and all beneath it."),
    click.option("--everywhere", is_flag=True, help="The whole brand."),
    _brand,
)


@calendars_group.command("show")
@click.argument("store_number", metavar="STORE", required=False)
@click.option("--unit", "unit_name", help="A desk instead of a store, by its name.")
@_brand
def show(*, store_number: str | None, unit_name: str | None, brand_name: str | None) -> None:
    """Print the coming two weeks of a store or a desk, and what changes them.

    \b
    Example:
      bridge calendars show 12
      bridge calendars show --unit "Social care"
    """
    place = {"store_number": store_number, "unit_name": unit_name, "brand_name": brand_name}
    with _at(place) as (_, unit, _actor):
        brand_id, unit_id = unit.brand_id, unit.id
    now = utc_now()
    with db.statement() as asked:
        if store_number is not None:
            store = store_calendar(asked, brand_id, store_number, now=now)
            assert store is not None
            _print_days(store.calendar, now)
            for closure in store.closures:
                _print_closure(closure, store.calendar.zone)
        else:
            desk = desk_calendar(asked, brand_id, unit_id, now=now)
            assert desk is not None
            _print_days(desk.calendar, now)


@calendars_group.command("date")
@click.argument("on", metavar="DATE", type=click.DateTime(["%Y-%m-%d"]))
@click.argument("hours")
@click.option("--label", required=True, help="What people read: Thanksgiving, Stocktaking.")
@_place
def date_hours(*, on: datetime, hours: str, label: str, **place: Any) -> None:
    """Give one DATE other HOURS: "10-4", "9-12, 1-6", "24 hours" or "closed".

    Dated hours win over the week and over public holidays, a store's over its district's.

    \b
    Example:
      bridge calendars date 2027-11-25 closed --label Thanksgiving --everywhere
      bridge calendars date 2027-12-24 10-4 --label "Christmas Eve" --store 12
    """
    with _at(place) as (session, unit, actor):
        added = changes.set_hours_on(
            session, unit, on.date(), hours=hours, label=label, actor=actor, now=utc_now()
        )
        windows = tuple((opens, closes) for opens, closes in added.windows)
    click.echo(f"{on:%Y-%m-%d}, {unit.name}: {windows_line(windows, LOCALE)} ({added.label}).")


@calendars_group.command("undate")
@click.argument("on", metavar="DATE", type=click.DateTime(["%Y-%m-%d"]))
@_place
def undate(*, on: datetime, **place: Any) -> None:
    """Take the dated hours of DATE back, at the place where they were given.

    \b
    Example:
      bridge calendars undate 2027-12-24 --store 12
    """
    with _at(place) as (session, unit, actor):
        found = queries.exception_on_for_update(session, unit.id, on.date())
        if found is None:
            raise NotFound(f"{unit.name} has no hours of its own on {on:%Y-%m-%d}")
        changes.remove_hours_on(session, found, actor=actor, now=utc_now())
    click.echo(f"{on:%Y-%m-%d}, {unit.name}: as usual again.")


@calendars_group.command("holidays")
@click.argument("kept", type=click.Choice(["keep", "ignore"]))
@_place
def holidays(*, kept: str, **place: Any) -> None:
    """Let stores keep the public holidays of their country and state, or open on them.

    \b
    Example:
      bridge calendars holidays keep --everywhere
      bridge calendars holidays ignore --store 12
    """
    with _at(place) as (session, unit, actor):
        changed = changes.observe_holidays(session, unit, observes=kept == "keep", actor=actor, now=utc_now())
    click.echo(f"{unit.name}: {changed} {'store' if changed == 1 else 'stores'} changed.")


@calendars_group.command("close")
@click.argument("store_number", metavar="STORE")
@click.option("--label", required=True, help="What happened: Burst pipe.")
@click.option("--disaster", is_flag=True, help="More than the store's own trouble.")
@click.option(
    "--hours", type=click.IntRange(1, 24 * 90), help="Expected to last; until reopened if not given."
)
@_brand
def close(
    *, store_number: str, label: str, disaster: bool, hours: int | None, brand_name: str | None
) -> None:
    """Say that a store is shut from now on; the clocks that count its hours stand still.

    \b
    Example:
      bridge calendars close 12 --label "Burst pipe" --hours 5
    """
    now = utc_now()
    with _at({"store_number": store_number, "brand_name": brand_name}) as (session, unit, actor):
        store = _store(session, unit)
        closed = changes.declare_closure(
            session,
            store,
            label=label,
            reason=PauseReason.DISASTER if disaster else PauseReason.STORE_CLOSED_UNPLANNED,
            ends_at=now + timedelta(hours=hours) if hours else None,
            actor=actor,
            now=now,
        )
        zone = ZoneInfo(store.zone)
    _print_closure(closed, zone)


@calendars_group.command("reopen")
@click.argument("store_number", metavar="STORE")
@_brand
def reopen(*, store_number: str, brand_name: str | None) -> None:
    """Say that a store is open again.

    \b
    Example:
      bridge calendars reopen 12
    """
    now = utc_now()
    with _at({"store_number": store_number, "brand_name": brand_name}) as (session, unit, actor):
        store = _store(session, unit)
        closure = queries.closure_in_force(session, store.id, now)
        if closure is None:
            raise NotFound(f"store {store_number} is not closed")
        changes.end_closure(session, closure, actor=actor, now=now)
    click.echo(f"Store {store_number} is open again, within its hours.")


@calendars_group.command("desk")
@click.argument("unit_name", metavar="UNIT")
@click.option("--zone", required=True, help="IANA time zone: America/Chicago.")
@click.option("--hours", required=True, help='The week: "Mon-Fri: 8am-8pm; Sat: 10-4".')
@click.option("--country", default="US", show_default=True, help="Whose public holidays.")
@click.option("--state", default="", help="And of which state.")
@click.option("--holidays/--no-holidays", default=True, show_default=True, help="Closed on public holidays.")
@_brand
def desk(*, unit_name: str, brand_name: str | None, holidays: bool, **hours: str) -> None:
    """Give a care team, a district, a region or headquarters its hours. Without, it is always open.

    \b
    Example:
      bridge calendars desk "Social care" --zone America/Chicago --state MN \\
          --hours "Mon-Fri: 8am-8pm; Sat: 10-4"
    """
    with _at({"unit_name": unit_name, "brand_name": brand_name}) as (session, unit, actor):
        changes.set_unit_hours(session, unit, observes_holidays=holidays, actor=actor, now=utc_now(), **hours)
    click.echo(f"{unit.name}: {hours['hours']} ({hours['zone']}).")


@contextmanager
def _at(place: dict[str, Any]) -> Iterator[tuple[Session, OrgUnit, Actor]]:
    """One transaction, the unit that the options name, and the operator of its brand."""
    connection.require_database()
    options = {"store_number": None, "unit_name": None, "everywhere": False, **place}
    with db.transaction() as session:
        brand = brand_of(session, options.pop("brand_name"), actor=OPERATOR, now=utc_now())
        yield session, _unit(session, brand, **options), replace(OPERATOR, brand_id=brand.id)


def _unit(
    session: Session, brand: Brand, *, store_number: str | None, unit_name: str | None, everywhere: bool
) -> OrgUnit:
    if [store_number is not None, unit_name is not None, everywhere].count(True) != 1:
        raise InvalidInput("say where: one of --store, --unit and --everywhere")
    if everywhere:
        return directory.hq_of(session, brand.id)
    if store_number is not None:
        store = directory.store_by_number(session, brand.id, store_number)
        if store is None:
            raise NotFound(f"no store has the number {store_number}")
        return session.get_one(OrgUnit, store.org_unit_id)
    named = [unit for unit in directory.units_of(session, brand.id) if unit.name == unit_name]
    if not named:
        raise NotFound(f"no unit is called {unit_name}")
    if len(named) > 1:
        raise InvalidInput(f"{len(named)} units are called {unit_name}")
    return named[0]


def _store(session: Session, unit: OrgUnit) -> Store:
    return session.exec(select(Store).where(col(Store.org_unit_id) == unit.id)).one()


def _print_days(calendar: OpenCalendar, now: datetime) -> None:
    today: date = now.astimezone(calendar.zone).date()
    for on in (today + timedelta(days=ahead) for ahead in range(DAYS_SHOWN)):
        why = calendar.closed_because(on)
        line = windows_line(calendar.windows_on(on), LOCALE)
        click.echo(f"{on:%a %Y-%m-%d}  {line}{f'  ({why})' if why else ''}")
    try:
        opens_at = next_open(calendar, now)
    except NeverOpens as error:
        click.echo(error.message)
    else:
        when = (
            "open now" if opens_at == now else f"opens {opens_at.astimezone(calendar.zone):%a %Y-%m-%d %H:%M}"
        )
        click.echo(f"{calendar.name}, {calendar.zone.key}: {when}.")


def _print_closure(closure: Any, zone: ZoneInfo) -> None:
    until = (
        f"until {closure.ends_at.astimezone(zone):%Y-%m-%d %H:%M}" if closure.ends_at else "until reopened"
    )
    click.echo(f"Closed from {closure.starts_at.astimezone(zone):%Y-%m-%d %H:%M} {until}: {closure.label}.")
