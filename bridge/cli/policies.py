"""`bridge policies` and `bridge ladders`: the versions of clocks and ladders, read and published."""

import json
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any
from uuid import UUID

import click
from sqlmodel import Session

from bridge import db, ladders
from bridge.cli import connection
from bridge.cli.brands import known_brand
from bridge.cli.operator import OPERATOR
from bridge.clock import utc_now
from bridge.definitions import from_json, written
from bridge.errors import MalformedRequest, NotFound
from bridge.roles import Actor
from bridge.services import ladder_faults, trying
from bridge.services import policies as service
from bridge.services.policies import STANDARD, Version
from bridge.trying import Totals

BRAND = click.option("--brand", "brand_name", help="The only brand when not given.")
FILE = click.argument("path", metavar="FILE", type=click.Path(dir_okay=False, path_type=Path))
NOTE = click.option("--note", default="", help="What changed, for those who read it later.")
VERSION = click.option(
    "--version", type=click.IntRange(min=1), help="An older one; the one in force if not given."
)
VERSIONS = click.option("--versions", is_flag=True, help="List all versions instead.")


@click.group("policies")
def policies_group() -> None:
    """Targets of the clocks, in versions; docs/clocks.md explains a definition.

    \b
    Example:
      bridge policies show
    """


@policies_group.command("show")
@BRAND
@VERSION
@VERSIONS
def show_policy(*, brand_name: str | None, version: int | None, versions: bool) -> None:
    """Print the policy in force as JSON that `publish` takes.

    \b
    Example:
      bridge policies show > policy.json
      bridge policies show --versions
    """
    with _reading(brand_name) as (asked, brand_id):
        found = service.policy_versions(asked, brand_id)
        if version is not None:
            found = [service.policy_version(asked, brand_id, version)]
    _print(found, versions=versions)


@policies_group.command("publish")
@FILE
@NOTE
@BRAND
def publish_policy(*, path: Path, note: str, brand_name: str | None) -> None:
    """Put the policy in FILE in force. Cases that have begun keep theirs.

    \b
    Example:
      bridge policies publish policy.json --note "An hour for the stores"
    """
    definition = _definition(path)
    with _writing(brand_name) as (session, actor, asked):
        assert actor.brand_id is not None
        before = service.policy_versions(asked, actor.brand_id)[0].version
        done = service.publish_policy(session, actor, definition, note=note, if_version=before, now=utc_now())
    click.echo(f"Version {done.version} of the policy is in force.")


@click.group("ladders")
def ladders_group() -> None:
    """What is tried while a store stays silent, in versions; docs/clocks.md explains a definition.

    \b
    Example:
      bridge ladders show standard
    """


@ladders_group.command("show")
@click.argument("name", default=STANDARD)
@BRAND
@VERSION
@VERSIONS
def show_ladder(*, name: str, brand_name: str | None, version: int | None, versions: bool) -> None:
    """Print the ladder NAME ("standard" if not given) as JSON that `publish` and `try` take.

    \b
    Example:
      bridge ladders show standard > ladder.json
      bridge ladders show standard --versions
    """
    with _reading(brand_name) as (asked, brand_id):
        found = service.ladder_versions(asked, brand_id, name)
    if version is not None:
        found = [one for one in found if one.version == version]
        if not found:
            raise NotFound("there is no such version of the ladder")
    _print(found, versions=versions)


@ladders_group.command("list")
@BRAND
def list_ladders(*, brand_name: str | None) -> None:
    """Print the ladders in force and which cases each takes.

    \b
    Example:
      bridge ladders list
    """
    with _reading(brand_name) as (asked, brand_id):
        found = service.ladders_in_force(asked, brand_id)
    for one in found:
        rungs = ladders.read(one.definition)
        takes = [*sorted(rungs.kinds or ()), *sorted(rungs.priorities or ())]
        click.echo(
            f"{one.name}: version {one.version}, {len(rungs.steps)} steps, "
            f"for {', '.join(takes) if takes else 'every case'}"
        )


@ladders_group.command("publish")
@click.argument("name")
@FILE
@NOTE
@BRAND
def publish_ladder(*, name: str, path: Path, note: str, brand_name: str | None) -> None:
    """Put the ladder in FILE in force as NAME; a new NAME makes one more ladder.

    \b
    Example:
      bridge ladders publish standard ladder.json --note "District after an hour"
      bridge ladders publish urgent urgent.json
    """
    definition = _definition(path)
    now = utc_now()
    with _writing(brand_name) as (session, actor, asked):
        assert actor.brand_id is not None
        try:
            before = service.ladder_versions(asked, actor.brand_id, name)[0].version
        except NotFound:
            done = service.add_ladder(session, actor, name, definition, note=note, now=now)
        else:
            done = service.publish_ladder(
                session, actor, name, definition, note=note, if_version=before, now=now
            )
    click.echo(f"Version {done.version} of the ladder {name} is in force.")
    for fault in ladders.read(definition).faults:
        click.echo(f"  note: {fault}")


@ladders_group.command("try")
@FILE
@click.option("--days", type=click.IntRange(1, trying.DAYS_MOST), default=trying.DAYS, show_default=True)
@click.option("--json", "as_json", is_flag=True, help="Every case and step, as JSON.")
@BRAND
def try_ladder(*, path: Path, days: int, as_json: bool, brand_name: str | None) -> None:
    """Print what the ladder in FILE would have done with past cases. Nothing is written or sent.

    \b
    Example:
      bridge ladders try ladder.json --days 30
    """
    definition = _definition(path)
    with _reading(brand_name) as (_, brand_id), db.act() as act:
        tried = trying.try_ladder(act, brand_id, definition, reach=None, now=utc_now(), days=days)
    if as_json:
        click.echo(json.dumps([_case(one) for one in tried.cases], indent=2))
        return
    more = f", only the newest {trying.CASES_MOST}" if tried.is_cut else ""
    click.echo(f"Past cases of the last {days} days{more}: {tried.would.cases}.")
    if tried.not_taken:
        click.echo(f"Not for this ladder: {tried.not_taken}.")
    click.echo(f"{'':20}{'would have':>12}{'did':>12}")
    for height in ("district_manager", "region_manager", "lead", "hq", "review"):
        click.echo(f"{height:20}{tried.would.reached[height]:>12}{tried.did.reached[height]:>12}")
    click.echo(f"{'messages':20}{tried.would.messages:>12}{tried.did.messages:>12}")
    click.echo(f"{'people told':20}{len(tried.would.people):>12}{'-':>12}")
    _print_faults(tried.would)
    for fault in tried.faults:
        click.echo(f"  note: {fault}")


@ladders_group.command("faults")
@BRAND
def faults(*, brand_name: str | None) -> None:
    """Print steps that reached nobody in the last 14 days, and what would reach nobody now.

    \b
    Example:
      bridge ladders faults
    """
    with _reading(brand_name) as (_, brand_id), db.act() as act:
        found = ladder_faults.faults(act, brand_id, reach=None, now=utc_now())
    for row in found.recorded:
        click.echo(f"store {row.store_number or '-'}: {row.role} was not reached; times: {row.times}")
    for nobody in found.nobody:
        shown = ", ".join(nobody.stores[:5]) + (" ..." if len(nobody.stores) > 5 else "")
        click.echo(f"nobody is {nobody.role} of {nobody.unit_name or 'the brand'} (stores {shown})")
    for gap in found.channels:
        click.echo(f"{gap.role} by {gap.channel}: {gap.without} of {gap.places} places cannot be reached")
    for name, fault in found.ladders:
        click.echo(f"ladder {name}: {fault}" if name else f"ladders: {fault}")
    if not (found.recorded or found.nobody or found.channels or found.ladders):
        click.echo("No faults.")


def _print(found: list[Version], *, versions: bool) -> None:
    if not versions:
        click.echo(written(found[0].definition))
        return
    for one in found:
        when = f"{one.created_at:%Y-%m-%d %H:%M}" if one.created_at else "-"
        mark = "in force" if one.in_force else "retired"
        click.echo(f"{one.version:>4}  {when}  {mark:8}  {one.created_by or '-'}  {one.note}".rstrip())


def _print_faults(totals: Totals) -> None:
    for (store, role), times in totals.faults.most_common(10):
        click.echo(f"  store {store}: {role} reaches nobody; times: {times}")


def _case(one: trying.TriedCase) -> dict[str, Any]:
    def steps(climb: Any) -> list[dict[str, Any]]:
        return [
            {"at": rung.at.isoformat(), "round": rung.round, "step": rung.step, "do": rung.do.value}
            | {"result": rung.result, "role": rung.role.value if rung.role else None}
            for rung in climb.rungs
        ]

    return {
        "number": one.number,
        "store": one.store_number,
        "issued_at": one.issued_at.isoformat(),
        "would": steps(one.would),
        "did": steps(one.did),
        "kept": f"{one.ladder} {one.version}" if one.ladder else None,
    }


def _definition(path: Path) -> dict[str, Any]:
    try:
        text = path.read_bytes()
    except OSError as error:
        raise NotFound(f"{path} cannot be read: {error.strerror}.") from error
    try:
        return from_json(text)
    except MalformedRequest as error:
        raise MalformedRequest(f"{path}: {error.message}") from error


@contextmanager
def _reading(brand_name: str | None) -> Iterator[tuple[db.Connection, UUID]]:
    """A connection, and the brand that the option names."""
    connection.require_database()
    with db.transaction() as session:
        brand_id = known_brand(session, brand_name).id
    with db.statement() as asked:
        yield asked, brand_id


@contextmanager
def _writing(brand_name: str | None) -> Iterator[tuple[Session, Actor, db.Connection]]:
    """One transaction, the operator of the brand, and a connection that reads what is in force."""
    connection.require_database()
    with db.transaction() as session, db.statement() as asked:
        brand = known_brand(session, brand_name)
        yield session, replace(OPERATOR, brand_id=brand.id), asked
