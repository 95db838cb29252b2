"""`bridge review`, `bridge report` and `bridge causes`: HQ's queue, figures and causes."""

import json
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from uuid import UUID

import click

from bridge import db
from bridge.causes import Causes
from bridge.cli import connection
from bridge.cli.brands import known_brand
from bridge.cli.operator import OPERATOR
from bridge.clock import utc_now
from bridge.db import Connection
from bridge.errors import MalformedRequest
from bridge.queries import review_queue
from bridge.queries.reports import Scope
from bridge.reasons import EntryReason
from bridge.reviewing import AgeBand
from bridge.services import causes, reports

BRAND = click.option("--brand", "brand_name", help="The only brand when not given.")


@click.group("review")
def review_group() -> None:
    """HQ's review queue.

    \b
    Example:
      bridge review list
    """


@review_group.command("list")
@BRAND
@click.option("--store", "store_number", help="Number of one store.")
@click.option("--reason", type=click.Choice([reason.value for reason in EntryReason]))
@click.option("--age", type=click.Choice([band.value for band in AgeBand]))
@click.option("--state", type=click.Choice(review_queue.STATES), default="waiting", show_default=True)
@click.option("--limit", type=click.IntRange(1, 1000), default=50, show_default=True)
def list_reviews(
    *,
    brand_name: str | None,
    store_number: str | None,
    reason: str | None,
    age: str | None,
    state: str,
    limit: int,
) -> None:
    """Print what waits for HQ, oldest first.

    \b
    Example:
      bridge review list --reason wrongful_decline --store 12
    """
    wanted = review_queue.QueueFilter(
        state=state,
        store_number=store_number,
        entry_reason=EntryReason(reason) if reason else None,
        age=AgeBand(age) if age else None,
    )
    with _brand(brand_name) as (asking, brand_id):
        rows = review_queue.page(
            asking, wanted, brand_id=brand_id, reach=None, now=utc_now(), place=None, limit=limit
        )
    for row in rows:
        who = row.assigned_name or "nobody"
        click.echo(
            f"{row.opened_at:%Y-%m-%d %H:%M}  no. {row.number}  {row.entry_reason}  {row.status}  "
            f"store {row.store_number or '-'}  {who}"
        )
    click.echo(f"{len(rows)} {'row' if len(rows) == 1 else 'rows'}.")


@click.group("report")
def report_group() -> None:
    """HQ's figures; docs/reports.md says what they mean.

    \b
    Example:
      bridge report overview
    """


@report_group.command("overview")
@BRAND
@click.option("--store", "store_number", help="Number of one store.")
@click.option("--days", type=click.IntRange(1, 400), default=28, show_default=True)
@click.option("--json", "as_json", is_flag=True, help="Everything, as JSON.")
def overview(*, brand_name: str | None, store_number: str | None, days: int, as_json: bool) -> None:
    """Print what is open, late and unseen, and what became of the promises of the last days.

    \b
    Example:
      bridge report overview --days 7 --store 12
    """
    now = utc_now()
    with _brand(brand_name) as (asking, brand_id):
        figures = reports.overview(
            asking,
            Scope(brand_id, None, store_number),
            from_at=now - timedelta(days=days),
            to_at=now,
            now=now,
        )
    if as_json:
        click.echo(json.dumps(figures, default=str, indent=2))
        return
    click.echo(f"Now: {figures['open']} open, {figures['late']} late, {figures['unacknowledged']} not seen.")
    for row in figures["ages"]:
        click.echo(
            f"  {row['age']}: {row['open']} open, {row['late']} late, {row['unacknowledged']} not seen, "
            f"{row['declined']} declined"
        )
    rate = figures["honour_rate_per_mille"]
    said = "no rate yet" if rate is None else f"{rate / 10:.1f} %"
    click.echo(
        f"Of {figures['issued']} issued in {days} days: {figures['honoured']} of {figures['answerable']} "
        f"honoured ({said}), {figures['declined']} declined, {figures['expired']} expired."
    )
    for row in figures["times"]:
        click.echo(
            f"  {row['milestone']}: "
            f"median {row['calendar_p50_seconds']} s, p90 {row['calendar_p90_seconds']} s; "
            f"in open time {row['open_p50_seconds']} s and {row['open_p90_seconds']} s; "
            f"{row['breached']} of {row['judged']} late"
        )


@click.group("causes")
def causes_group() -> None:
    """The causes that HQ codes cases with.

    \b
    Example:
      bridge causes show
    """


@causes_group.command("show")
@BRAND
@click.option("--json", "as_json", is_flag=True, help="As JSON that `load` takes.")
@click.option("--language", type=click.Choice(["en", "es", "fr"]), default="en", show_default=True)
def show(*, brand_name: str | None, as_json: bool, language: str) -> None:
    """Print the version in force.

    \b
    Example:
      bridge causes show --json > causes.json
    """
    with _brand(brand_name) as (asking, brand_id):
        found = causes.in_force(asking.execute, brand_id)
    if as_json:
        click.echo(json.dumps(dict(found.definition), ensure_ascii=False, indent=1))
        return
    click.echo(f"Version {found.version}")
    for cause in (*found.all.values(), *found.bridge.values()):
        click.echo(f"{'  ' * (cause.level - 1)}{cause.code}  {cause.label(language)}")


@causes_group.command("load")
@click.argument("path", metavar="FILE", type=click.Path(path_type=Path))
@BRAND
def load(path: Path, *, brand_name: str | None) -> None:
    """Put the causes of FILE in force as a new version; cases keep the version they were coded with.

    \b
    Example:
      bridge causes load causes.json
    """
    try:
        definition = json.loads(path.read_text("utf-8"))
    except OSError as error:
        raise MalformedRequest(f"{path} cannot be read: {error.strerror}.") from error
    except (ValueError, RecursionError) as error:
        raise MalformedRequest(f"{path} is not JSON in UTF-8: {error}.") from error
    now = utc_now()
    with db.transaction() as session:
        brand = known_brand(session, brand_name)
        loaded: Causes = causes.load(session, replace(OPERATOR, brand_id=brand.id), definition, now=now)
    click.echo(f"Version {loaded.version} is in force: {len(loaded.leaves())} causes.")


@contextmanager
def _brand(name: str | None) -> Iterator[tuple[Connection, UUID]]:
    connection.require_database()
    with db.transaction() as session:
        brand_id = known_brand(session, name).id
    with db.statement() as asking:
        yield asking, brand_id
