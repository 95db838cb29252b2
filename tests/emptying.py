"""An empty database for the next test: every row removed, every number from one again."""

import functools
from typing import Any

import psycopg

from bridge import pools

LARGE_BYTES = 1_000_000
_TABLES = """
    SELECT quote_ident(relname), pg_relation_size(oid) FROM pg_class
    WHERE relkind = 'r' AND relnamespace = 'public'::regnamespace AND relname <> 'alembic_version'
    ORDER BY 1
"""
_NUMBERS = """
    SELECT setval(quote_ident(sequencename), start_value, false) FROM pg_sequences
    WHERE schemaname = 'public' AND last_value IS NOT NULL
"""

_cleaners: dict[str, psycopg.Connection[tuple[Any, ...]]] = {}


def empty(owner_url: str) -> None:
    """Remove every row and let every number start at one again, as the owner.

    Waits for whoever still writes, as TRUNCATE does. But TRUNCATE makes a new file for each of some
    sixty tables and their indexes, five times the work of deleting what the few filled ones hold;
    only a table that grew large gets one. The connection is kept: a new one reads the catalogue anew.
    """
    kept = cleaner(owner_url)
    found = kept.execute(_TABLES).fetchall()
    tables = [name for name, _ in found]
    large = {name for name, size in found if size > LARGE_BYTES}
    with kept.transaction():
        kept.execute("SET LOCAL session_replication_role = replica")  # neither checks nor cascades
        kept.execute(f"LOCK TABLE {', '.join(tables)} IN SHARE ROW EXCLUSIVE MODE")
        for (name,) in kept.execute(_filled_of(tuple(tables))).fetchall():
            kept.execute(f"TRUNCATE {name} CASCADE" if name in large else f"DELETE FROM {name}")
        kept.execute(_NUMBERS)


def forget(owner_url: str) -> None:
    """Close what `empty` keeps open; for tests that stop the server."""
    kept = _cleaners.pop(owner_url, None)
    if kept is not None:
        kept.close()


def forget_all() -> None:
    """Close all of them, at the end of the run."""
    for url in list(_cleaners):
        forget(url)


def cleaner(owner_url: str) -> psycopg.Connection[tuple[Any, ...]]:
    """The owner's connection that empties and fills, opened once."""
    kept = _cleaners.get(owner_url)
    if kept is None or kept.closed:
        kept = _cleaners[owner_url] = psycopg.connect(pools.driver_url(owner_url), autocommit=True)
    return kept


@functools.cache
def _filled_of(tables: tuple[str, ...]) -> str:
    """The question which of these hold a row."""
    return " UNION ALL ".join(f"SELECT '{name}' WHERE EXISTS (SELECT 1 FROM {name})" for name in tables)
