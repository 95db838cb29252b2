"""`bridge demo`: the made-up retailer and who to sign in as."""

import os

import click

from bridge import db
from bridge.cli import connection
from bridge.clock import utc_now
from bridge.demo import history, people, resetting
from bridge.demo import seed as seeding
from bridge.errors import NotPermitted
from bridge.logs import configure_logging
from bridge.services import turns
from bridge.settings import read_settings, settings

KINDNESS = 10
"""How much the history stands back for the pages."""


@click.group("demo")
def demo_group() -> None:
    """The made-up retailer.

    \b
    Example:
      bridge demo sign-ins
    """


@demo_group.command("seed")
@click.option("--if-empty", is_flag=True, help="Do nothing when there is a brand already.")
def seed(*, if_empty: bool) -> None:
    """Store made-up people, stores, posts and promises. Refused in production.

    \b
    Example:
      bridge demo seed --if-empty
    """
    _require_demo()
    config = settings()
    with db.transaction() as session:
        empty = seeding.is_empty(session)
    if not empty:
        if if_empty:
            click.echo("There is data already; nothing was added.")
            return
        raise NotPermitted("there is data already; the demo only fills an empty database")
    seeding.seed(now=utc_now(), settings=config)
    click.echo(f"The demo retailer {people.BRAND} is there.")


@demo_group.command("history")
@click.option("--at-start", is_flag=True, help="Said by `bridge up`: stand back for the pages.")
def write_history(*, at_start: bool) -> None:
    """Write what is missing of the demo's twelve weeks of history. Takes two to four minutes.

    Goes on where it was stopped, and does nothing when it is complete. May run beside a service, whose
    clock has its turn between two cases. Nothing is added to a history that was sealed.

    \b
    Example:
      bridge demo history
    """
    _require_demo()
    how_far = history.progress()
    if how_far.done >= how_far.all:
        click.echo("The history is complete.")
        return
    if at_start:
        os.nice(KINDNESS)
    _write_history()


@demo_group.command("reset")
@click.option("--yes", is_flag=True, help="Do not ask.")
def reset(*, yes: bool) -> None:
    """Remove everything, whoever entered it, and store the demo anew. Refused in production.

    Everybody is signed out. With its twelve weeks of history it takes one to five minutes. Needs the
    tables' owner, whom a running `bridge up` names.

    \b
    Example:
      bridge demo reset --yes
    """
    _require_demo()
    if not yes:
        click.confirm("Everything in this database will be removed. Go on?", abort=True)
    # One hold over both: a running service would seal what was there before the past is written.
    with turns.unsealed():
        resetting.remove_everything(settings())
        seeding.seed(now=utc_now(), settings=settings())
        click.echo("The demo is as new.")
        _write_history()


def _write_history() -> None:
    # A notice to somebody without an address is no line for an operator.
    configure_logging(read_settings(log_level="ERROR"))
    begun: list[int] = []

    def told(done: int) -> None:
        if not begun:
            click.echo("The history is being written.")
        begun.append(done)

    added = history.write(now=utc_now(), settings=settings(), told=told)
    if begun:
        click.echo(f"{added} cases of the past were added.")
    else:
        click.echo("The history was sealed as it is; `bridge demo reset` makes it new, and all of it.")


def _require_demo() -> None:
    connection.require_database()
    if not settings().is_demo:
        raise NotPermitted("the demo is not for production")


@demo_group.command("sign-ins")
@click.option("--with-history", is_flag=True, help="Said by `bridge up`: tell when a history is to come.")
def sign_ins(*, with_history: bool) -> None:
    """Say who to sign in as.

    \b
    Example:
      bridge demo sign-ins
    """
    connection.require_database()
    with db.transaction() as session:
        if seeding.is_empty(session):
            click.echo("Nobody can sign in yet. Add somebody with: bridge people add --help")
            return
    click.echo(f"Sign in (password for everybody: {people.PASSWORD})")
    for member in people.MEMBERS:
        pin = f", PIN {people.PINS[member.name]} on a paired device" if member.name in people.PINS else ""
        click.echo(f"  {member.email:<22} {member.says}{pin}")
    if with_history and history.is_to_come():
        click.echo("\nTwelve weeks of made-up history are being written meanwhile, for the figures.")
