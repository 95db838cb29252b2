"""`bridge intake`: put stored conversations into the agents' queue, and import files of mentions."""

import sys
from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime
from hashlib import sha256
from pathlib import Path
from typing import Any
from uuid import UUID

import click
import orjson

from bridge import db, mention_files
from bridge.channels.addresses import recognise
from bridge.cli.brands import brand_of, known_brand
from bridge.cli.operator import OPERATOR
from bridge.cli.stores import read_list
from bridge.clock import utc_now
from bridge.db import transaction
from bridge.errors import BridgeError, InvalidInput
from bridge.mention_files import Line
from bridge.mentions import BATCH_MAX, mention_of
from bridge.services import listening, replay
from bridge.settings import settings


@click.group("intake")
def intake_group() -> None:
    """Posts and conversations.

    \b
    Example:
      bridge intake replay docs/examples/conversations.json
    """


@intake_group.command("replay")
@click.argument("path", metavar="FILE", type=click.Path(path_type=Path))
@click.option("--brand", "brand_name", help="Made when it is new; the only brand when not given.")
def replay_file(path: Path, *, brand_name: str | None) -> None:
    """Put the conversations of FILE into the queue; running it again adds nothing twice.

    FILE is a JSON list of conversations with dialogHeader and dialogContent. One that cannot
    be read is listed on standard error and left out.

    \b
    Example:
      bridge intake replay conversations.json --brand "Example Store"
    """
    conversations = read_list(path, "conversations")
    bar = click.progressbar(length=len(conversations), label="Replaying", file=sys.stderr)
    with bar, transaction() as session:
        now = utc_now()
        brand = brand_of(session, brand_name, actor=OPERATOR, now=now)
        actor = replace(OPERATOR, brand_id=brand.id)
        done = replay.replay(session, brand, conversations, actor=actor, now=now, progress=bar.update)
    for refused in done.refused:
        click.echo(f"conversation {refused}", err=True)
    click.echo(
        f"{done.conversations} conversations: {done.threads_created} new threads, "
        f"{done.posts_added} new posts, {done.posts_known} posts known before, {len(done.refused)} refused."
    )


@intake_group.command("import")
@click.argument("path", metavar="FILE", type=click.Path(path_type=Path, exists=True, dir_okay=False))
@click.option("--account", "name", help="The listening tool that the mentions came from.")
@click.option("--brand", "brand_name", help="The only brand when not given.")
@click.option("--dry-run", is_flag=True, help="Say what is wrong, and store nothing.")
def import_file(path: Path, *, name: str | None, brand_name: str | None, dry_run: bool) -> None:
    """Store the mentions of FILE; the worker reads them like those that come by webhook.

    FILE is JSON lines, or CSV when its name ends so; the fields are those of docs/channels/listening.md.
    A line that cannot be read is listed on standard error and left out; the exit code is then 1. The same
    line again, in this file or another, changes nothing.

    \b
    Example:
      bridge intake import mentions.csv --account Newsroom --dry-run
    """
    if not dry_run and not name:
        raise click.UsageError("say --account, or --dry-run")
    account_id = _account(name, brand_name) if name else None
    wrong: list[str] = []
    good: list[Line] = []
    now = utc_now()
    try:
        for line in mention_files.read(path.read_bytes(), is_csv=path.suffix.lower() == ".csv"):
            problem = line.problem or _problem(line.told, now)
            if problem:
                wrong.append(f"line {line.number}: {problem}")
            else:
                good.append(line)
    except InvalidInput as error:
        fields: Any = error.details["fields"]
        raise click.ClickException(f"{error.message} {' '.join(fields['file'])}") from error
    for told in wrong:
        click.echo(told, err=True)
    lines = _count(len(wrong), "line")
    if dry_run or account_id is None:
        click.echo(f"{_count(len(good), 'mention')} can be stored, {lines} cannot. Nothing was stored.")
    else:
        new = _stored(good, account_id)
        stored = _count(new, "mention")
        click.echo(f"{stored} stored, {len(good) - new} known before, {lines} refused.")
    sys.exit(1 if wrong else 0)


def _account(name: str, brand_name: str | None) -> UUID:
    try:
        with transaction() as session:
            brand = known_brand(session, brand_name)
            return listening.account_named(session, brand.id, name).id
    except BridgeError as error:
        raise click.ClickException(error.message) from error


def _stored(lines: Sequence[Line], account_id: UUID) -> int:
    """Store the lines a hundred at a time; how many are new."""
    bodies = {sha256(orjson.dumps(line.told)).hexdigest(): line.told for line in lines}
    names, new = [*bodies], 0
    with click.progressbar(range(0, len(names), BATCH_MAX), label="Storing", file=sys.stderr) as starts:
        for start in starts:
            some = names[start : start + BATCH_MAX]
            told, now = [bodies[one] for one in some], utc_now()
            checked = listening.check(told, names=[f"line-{one}" for one in some], config=settings(), now=now)
            with db.statement() as connection:
                heard = listening.keep(
                    connection, account_id, checked, how="import", config=settings(), now=now
                )
            new += sum(one.is_new for one in heard)
    return new


def _problem(told: object, now: datetime) -> str:
    try:
        mention_of(told, recognise=recognise, now=now)
    except InvalidInput as error:
        return _words(error)
    return ""


def _words(error: InvalidInput) -> str:
    fields: Any = error.details["fields"]
    return "; ".join(f"{name}: {' '.join(texts).rstrip('.')}" for name, texts in fields.items()) + "."


def _count(number: int, one: str) -> str:
    return f"{number} {one}" if number == 1 else f"{number} {one}s"
