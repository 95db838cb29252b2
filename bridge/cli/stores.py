"""`bridge stores import`: bring the directory in line with a file of stores."""

import json
import sys
from pathlib import Path
from typing import Any

import click

from bridge.cli.brands import brand_of
from bridge.cli.operator import OPERATOR
from bridge.clock import utc_now
from bridge.db import transaction
from bridge.errors import MalformedRequest
from bridge.models.directory import Brand
from bridge.queries import directory as queries
from bridge.services import store_import


@click.group("stores")
def stores_group() -> None:
    """The directory of stores.

    \b
    Example:
      bridge stores import docs/examples/stores.json --dry-run
    """


@stores_group.command("import")
@click.argument("path", metavar="FILE", type=click.Path(path_type=Path))
@click.option("--dry-run", is_flag=True, help="Say what would change and write nothing.")
@click.option("--brand", "brand_name", help="Made when it is new; the only brand when not given.")
def import_file(path: Path, *, dry_run: bool, brand_name: str | None) -> None:
    """Import a JSON list of stores; running it again changes only what changed in FILE.

    Each store has id, name, type, address, city, state, zip, location {lat, lon}, hours and
    services. Records that cannot be taken are listed on standard error and left out.

    \b
    Example:
      bridge stores import stores.json --dry-run
      bridge stores import stores.json --brand "Example Store"
    """
    records = read_list(path, "stores")
    bar = click.progressbar(length=len(records), label="Reading stores", file=sys.stderr)
    with bar, transaction() as session:
        now = utc_now()
        if dry_run and brand_name is not None:
            # A new brand is made up for the check and never added to the session.
            brand = queries.brand_by_name(session, brand_name) or Brand(name=brand_name)
        else:
            brand = brand_of(session, brand_name, actor=OPERATOR, now=now)
        report = store_import.import_stores(
            session,
            brand,
            records,
            dry_run=dry_run,
            now=now,
            actor=OPERATOR,
            progress=bar.update,
            source=path.name,
        )
    for refusal in report.refused:
        named = f"store {refusal.number}" if refusal.number else "no number"
        click.echo(f"record {refusal.line}, {named}: {refusal.reason}", err=True)
    click.echo(
        f"{report.read} read: {report.created} new, {report.updated} changed, {report.unchanged} unchanged, "
        f"{len(report.refused)} refused; {report.without_counter} without a staff counter."
    )
    if dry_run:
        click.echo("Nothing was written: this was a dry run.")


def read_list(path: Path, what: str) -> list[Any]:
    """Read a JSON list from a file. Raises MalformedRequest in one sentence."""
    try:
        records = json.loads(path.read_text("utf-8"))
    except OSError as error:
        raise MalformedRequest(f"{path} cannot be read: {error.strerror}.") from error
    except (ValueError, RecursionError) as error:
        raise MalformedRequest(f"{path} is not JSON in UTF-8: {error}.") from error
    if not isinstance(records, list):
        raise MalformedRequest(f"{path} holds no list of {what}.")
    return records
