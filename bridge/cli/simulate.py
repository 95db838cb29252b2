"""`bridge simulate`: weeks of life in minutes; and `bridge doctor`: is anything left alone?"""

import json
import os
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta
from pathlib import Path
from random import Random

import click

from bridge import db, pools
from bridge.cli import connection
from bridge.cli.stores import read_list
from bridge.clock import utc_now
from bridge.demo.people import PASSWORD
from bridge.demo.seed import is_empty
from bridge.embedded.postgres import PostgresServer
from bridge.errors import NotPermitted
from bridge.logs import configure_logging
from bridge.queries import simulation as queries
from bridge.services import accounts, soundness
from bridge.settings import read_settings, settings
from bridge.simulation import checks, clockwork, figures
from bridge.simulation.places import made_up_stores
from migrations import run as migrations

RUNNING_WITHIN = timedelta(minutes=5)
LATE_AFTER = timedelta(minutes=2)


@click.command("simulate")
@click.option("--days", type=click.IntRange(1, 366), default=30, show_default=True)
@click.option("--stores", type=click.IntRange(1, 20_000), default=1565, show_default=True)
@click.option(
    "--stores-file", type=click.Path(path_type=Path), help="A store file instead of made-up stores."
)
@click.option(
    "--escalations", type=click.IntRange(1, 1_000_000), help="How many in all; 20,000 if not given."
)
@click.option("--rate", type=click.IntRange(1, 100_000), help="How many a day, instead of --escalations.")
@click.option("--seed", type=int, default=7, show_default=True, help="The same seed gives the same figures.")
@click.option(
    "--start",
    type=click.DateTime(["%Y-%m-%d"]),
    default="2026-06-01",
    show_default=True,
    help="The first day (UTC).",
)
@click.option("--sweep-minutes", type=click.IntRange(1, 60), default=10, show_default=True)
@click.option("--json", "as_json", is_flag=True, help="Print the figures as JSON.")
def simulate(
    *,
    days: int,
    stores: int,
    stores_file: Path | None,
    escalations: int | None,
    rate: int | None,
    seed: int,
    start: datetime,
    sweep_minutes: int,
    as_json: bool,
) -> None:
    """Let a made-up retailer live through weeks in minutes, by the real services and a simulated clock.

    Only into an empty database. Without DATABASE_URL and without a running `bridge up`, a server
    of its own is started and thrown away. Ends with a table of figures and an examination; exit
    code 1 when anything was left alone.

    \b
    Example:
      bridge simulate --days 3 --stores 40 --escalations 150 --seed 7
    """
    if escalations is not None and rate is not None:
        raise click.UsageError("say --escalations or --rate, not both")
    count = escalations or (rate * days if rate else 20_000)
    records = read_list(stores_file, "stores") if stores_file else made_up_stores(stores, Random(seed))
    plan = clockwork.Plan(
        escalations=count,
        days=days,
        seed=seed,
        start=clockwork.midnight(start),
        records=records,
        sweep_every=timedelta(minutes=sweep_minutes),
    )
    with _database():
        _require_empty()
        # A notice to somebody without an address is a figure here, and no line for an operator.
        configure_logging(read_settings(log_level="ERROR"))
        try:
            wrong = _run(plan, as_json=as_json)
        finally:
            configure_logging(read_settings(log_level="WARNING"))
    if wrong:
        sys.exit(1)


def _run(plan: clockwork.Plan, *, as_json: bool) -> int:
    """Play, print, examine. Returns how many findings there are."""
    began = time.monotonic()
    with click.progressbar(
        length=plan.days * 24 * 60, label="Simulating", file=sys.stderr, show_pos=False
    ) as bar:
        played = clockwork.play(plan, settings(), progress=bar.update)
    seconds = time.monotonic() - began
    if settings().is_demo:
        with db.transaction() as session:
            hashed = accounts.hash_password(PASSWORD, settings=settings())
            queries.set_password(session, played.world.brand_id, hashed)
    with db.reading() as snapshot:
        found = figures.gather(snapshot, settings(), played)
        wrong = list(checks.violations(snapshot, settings(), played))
    click.echo(json.dumps(found, indent=2, sort_keys=True) if as_json else "\n".join(figures.lines(found)))
    click.echo(f"{plan.escalations:,} cases in {plan.days} days took {seconds:,.0f} seconds.", err=True)
    _report([str(finding) for finding in wrong])
    return len(wrong)


@click.command("doctor")
@click.option("--no-history", is_flag=True, help="Leave chains and books to `audit verify` and `reconcile`.")
def doctor(*, no_history: bool) -> None:
    """Look whether anything is left alone: each case over or on somebody's list, and nothing late.

    Changes nothing. Exit code 1 when something is wrong.

    \b
    Example:
      bridge doctor --no-history
    """
    connection.require_database()
    config = settings()
    with db.reading() as snapshot:
        wrong = list(
            soundness.examine(snapshot, config, now=utc_now(), late_after=LATE_AFTER, history=not no_history)
        )
        for name, count in soundness.whose(snapshot, config, now=utc_now(), late_after=LATE_AFTER).items():
            click.echo(f"{name:<28}{count:>10,}")
    _report([str(finding) for finding in wrong])
    if wrong:
        sys.exit(1)


def _report(findings: list[str]) -> None:
    for finding in findings:
        click.echo(finding, err=True)
    click.echo(f"{len(findings)} findings." if findings else "Nothing is left alone.", err=True)


@contextmanager
def _database() -> Iterator[None]:
    """The database that the settings name, or one that lives as long as the command."""
    if settings().database_url:
        yield
        return
    with tempfile.TemporaryDirectory(prefix="bridge-simulate-") as folder:
        server = PostgresServer(Path(folder) / "postgres", fast_and_unsafe=True)
        server.start()
        try:
            os.environ["DATABASE_URL"] = server.url
            settings.cache_clear()
            migrations.upgrade(server.url)
            yield
        finally:
            pools.dispose()
            del os.environ["DATABASE_URL"]
            settings.cache_clear()
            server.stop()


def _require_empty() -> None:
    if not settings().is_demo:
        raise NotPermitted("a simulation is not for production")
    with db.transaction() as session:
        if not is_empty(session):
            raise NotPermitted("there is data already; a simulation only fills an empty database")
    with db.statement() as snapshot:
        beat = queries.last_heartbeat(snapshot)
    if beat is not None and utc_now() - beat < RUNNING_WITHIN:
        raise NotPermitted("the clock of this service runs; a simulation needs it stopped")
