"""`bridge clock`: is the clock well, what is it doing with a case, and let it look now."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

import click

from bridge import db, ladders
from bridge.calendars import Due, recompute
from bridge.cli import connection
from bridge.clock import utc_now
from bridge.errors import NotFound
from bridge.queries import attending, heartbeats
from bridge.queries.clocks_shown import clocks_of
from bridge.services import answering, watching
from bridge.services.attending import Sweeper
from bridge.services.ladder_waits import waits_of
from bridge.settings import settings


@click.group("clock")
def clock_group() -> None:
    """The clock that looks at every case: deadlines, ladders, lapses, expiry.

    \b
    Example:
      bridge clock status
      bridge clock why 3
    """


@clock_group.command("status")
def status() -> None:
    """Say when each piece of clockwork last came to its end, and what is due.

    Exits with 1 when something that was due two minutes ago has not happened.

    \b
    Example:
      bridge clock status
    """
    connection.require_database()
    now = utc_now()
    with db.statement() as database:
        beats = heartbeats.all_beats(database)
        due = attending.overdue(database, now)
        late = attending.overdue(database, now - watching.LATE_AFTER)
    for beat in beats:
        found = ", ".join(f"{name} {value}" for name, value in beat.facts.items())
        click.echo(f"{beat.name}: {(now - beat.at).total_seconds():.0f} s ago; {found or 'nothing to do'}")
    if not beats:
        click.echo("The clock has never run.")
    are_due = "1 case is due" if due.cases == 1 else f"{due.cases} cases are due"
    click.echo(f"{are_due}, {late.cases} of them for more than two minutes.")
    if due.failures:
        click.echo(
            f"At least one case could not be looked at {due.failures} times; the worker's log names it."
        )
    if late.cases:
        raise SystemExit(1)


@clock_group.command("sweep")
def sweep() -> None:
    """Look at everything that is due now, in this process. Safe beside a running worker.

    \b
    Example:
      bridge clock sweep
    """
    connection.require_database()
    now = utc_now()
    count = Sweeper(settings()).sweep(now)
    threads = answering.sweep(now)
    with db.statement() as database:
        mended = watching.watch(database, now)
    click.echo(
        f"{count['looked']} cases and {threads} conversations looked at: {count['steps']} steps of ladders, "
        f"{count['notices']} notices, {count['reviews']} new for HQ, {count['failed']} failed; "
        f"{mended} were stuck and are set going again."
    )


@clock_group.command("why")
@click.argument("number", type=click.IntRange(1))
def why(number: int) -> None:
    """Show the clocks of case NUMBER, why each is due when it is, and where its ladder stands.

    \b
    Example:
      bridge clock why 3
    """
    connection.require_database()
    with db.statement() as database:
        found = attending.by_number(database, number)
        if found is None:
            raise NotFound(f"there is no case {number}")
        told = clocks_of(database, found.id)
    with db.act() as act:
        waits = waits_of(act, found.brand_id, told.runs)
    zone = next((one.store_zone for one in [*told.runs, *told.milestones] if one.store_zone), None)
    click.echo(f"case {number}: {found.status}, looked at next {_at(found.attend_at, zone) or 'never'}")
    for one in told.milestones:
        due = _at(one.due_at, zone) or "no deadline"
        click.echo(f"  {one.type} {one.round}: {one.state}, due {due}, policy {one.policy_version}")
        if one.trace:
            same = "" if recompute(one.trace) == one.due_at else " (the trace gives another time!)"
            _say_how(one.trace, zone, same)
    for run in told.runs:
        stopped = "" if run.state == "running" else f" ({run.stop_reason})"
        click.echo(
            f"  ladder {run.ladder_name} version {run.version}: {run.state}, step {run.step + 1}{stopped}"
        )
        if run.state == "running":
            _say_next(run, waits.get(run.id), zone)
    for step in told.steps:
        detail = " ".join(f"{name}={value}" for name, value in step.detail.items())
        click.echo(f"    {_at(step.at, zone)} {step.kind} {step.result} {detail}".rstrip())


def _say_next(run: Any, wait: Due | None, zone: str | None) -> None:
    step = ladders.said(run.next_step) if run.next_step else "the end of the ladder"
    click.echo(f"    next at {_at(run.next_at, zone)}: {step}")
    if wait is not None:
        same = "" if wait.at == run.next_at else f" (by the hours as they are now, {_at(wait.at, zone)})"
        _say_how(wait.trace, zone, same)
    elif run.next_step and run.next_step["do"] == ladders.Do.CONTINUE_IF_OPEN:
        click.echo("    when the store is open")
    else:
        click.echo("    no wait before it")


def _say_how(trace: Mapping[str, Any], zone: str | None, remark: str) -> None:
    """Since when and in whose hours something was counted, what counted and what did not."""
    start = _at(datetime.fromisoformat(trace["start"]), zone)
    click.echo(f"    since {start} by {trace['calendar']} in {trace['zone']}{remark}")
    for line in _counted(trace):
        click.echo(f"    counted: {line}")
    for skipped in trace.get("skipped", ()):
        click.echo(f"    not counted: {skipped['on']} {skipped['why']}")


def _counted(trace: Mapping[str, Any]) -> list[str]:
    """Each open window of the trace and how much of it was used, on the wall clock of its place."""
    zone = ZoneInfo(trace["zone"])

    def on_the_wall(instant: str) -> str:
        return f"{datetime.fromisoformat(instant).astimezone(zone):%a %Y-%m-%d %H:%M}"

    return [
        f"{used / 60:g} minutes of {on_the_wall(opens)} to {on_the_wall(closes)}"
        for opens, closes, used in trace["windows"]
    ]


def _at(moment: datetime | None, zone: str | None) -> str:
    """The moment in UTC and, where the case has a store, on the wall clock there."""
    if moment is None:
        return ""
    there = f" ({moment.astimezone(ZoneInfo(zone)):%a %H:%M} at the store)" if zone else ""
    return moment.isoformat(timespec="seconds") + there
