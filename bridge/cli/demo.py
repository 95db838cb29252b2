"""`bridge demo`: the made-up retailer and who to sign in as."""

import click

from bridge import db
from bridge.cli import connection
from bridge.clock import utc_now
from bridge.demo import people
from bridge.demo import seed as seeding
from bridge.errors import NotPermitted
from bridge.settings import settings


@click.group("demo")
def demo_group() -> None:
    """The made-up retailer."""


@demo_group.command("seed")
@click.option("--if-empty", is_flag=True, help="Do nothing when there is a brand already.")
def seed(*, if_empty: bool) -> None:
    """Store made-up people, stores, posts and promises. Refused in production.

    \b
    Example:
      bridge demo seed --if-empty
    """
    connection.require_database()
    config = settings()
    if not config.is_demo:
        raise NotPermitted("the demo is not for production")
    with db.transaction() as session:
        empty = seeding.is_empty(session)
    if not empty:
        if if_empty:
            click.echo("There is data already; nothing was added.")
            return
        raise NotPermitted("there is data already; the demo only fills an empty database")
    seeding.seed(now=utc_now(), settings=config)
    click.echo(f"The demo retailer {people.BRAND} is there.")


@demo_group.command("sign-ins")
def sign_ins() -> None:
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
        click.echo(f"  {member.email:<22} {member.says}")
