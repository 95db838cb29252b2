"""Make the demo's database empty again. Only its owner can: the application may not delete history.

The anchor of the sealed history goes with it, or the next examination would rightly find that
somebody had rewritten everything.
"""

from pathlib import Path

import psycopg
from psycopg import sql

from bridge import pools
from bridge.errors import DatabaseUnavailable, NotPermitted
from bridge.settings import Settings

_LOCK_MILLISECONDS = 5_000


def remove_everything(settings: Settings) -> None:
    """Remove every row and forget the anchor. Raises NotPermitted outside the demo or without the owner."""
    if not settings.is_demo:
        raise NotPermitted("the demo is not for production")
    url = settings.owner_database_url or settings.database_url
    try:
        with psycopg.connect(pools.driver_url(url), autocommit=True) as connection:
            connection.execute(sql.SQL("SET lock_timeout = {}").format(sql.Literal(_LOCK_MILLISECONDS)))
            tables = connection.execute(
                "SELECT tablename FROM pg_tables "
                "WHERE schemaname = 'public' AND tablename <> 'alembic_version'"
            ).fetchall()
            names = sql.SQL(", ").join(sql.Identifier(name) for (name,) in tables)
            connection.execute(sql.SQL("TRUNCATE {} RESTART IDENTITY").format(names))
    except psycopg.errors.InsufficientPrivilege as error:
        raise NotPermitted(
            "only the owner of the tables can remove everything; set OWNER_DATABASE_URL"
        ) from error
    except psycopg.Error as error:
        raise DatabaseUnavailable(
            "the tables could not be emptied just now", retry_after_seconds=5
        ) from error
    if settings.anchor_file:
        Path(settings.anchor_file).unlink(missing_ok=True)
