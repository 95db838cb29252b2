"""`bridge db upgrade`: bring the database's schema up to date."""

import click

from bridge.cli import connection
from bridge.settings import settings
from migrations import run


@click.group("db")
def db_group() -> None:
    """The database's schema.

    \b
    Example:
      bridge db upgrade
    """


@db_group.command("upgrade")
def upgrade() -> None:
    """Run the migrations that are missing; safe to run twice, or from several machines at once.

    Uses OWNER_DATABASE_URL, or DATABASE_URL when that is not set. The owner makes the roles
    `bridge_app` and `bridge_web`; the service itself only ever acts as `bridge_app`.

    \b
    Example:
      OWNER_DATABASE_URL=postgresql://owner@db/bridge bridge db upgrade
    """
    connection.require_database()
    config = settings()
    run.upgrade(config.owner_database_url or config.database_url)
    click.echo("The schema is up to date.")
