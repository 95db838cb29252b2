"""`bridge intake replay`: put stored conversations into the agents' queue."""

import sys
from dataclasses import replace
from pathlib import Path

import click

from bridge.cli.brands import brand_of
from bridge.cli.operator import OPERATOR
from bridge.cli.stores import read_list
from bridge.clock import utc_now
from bridge.db import transaction
from bridge.services import replay


@click.group("intake")
def intake_group() -> None:
    """Posts and conversations."""


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
