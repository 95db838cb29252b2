"""A filled database that several tests get: filled once, given back to each of them as it was.

What a test changes is gone for the next one, as with an empty database; only the filling is not
done again. The moment belongs to what is kept: after `FRESH_SECONDS` it is made anew, so that what
happened just now and the sessions that were used lately still are that.
"""

import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, TypeVar

from tests.emptying import cleaner, empty

FRESH_SECONDS = 40.0
"""Who was not seen for a minute is noted by the next request, which several at once then wait for."""
NO_ROWS = 21
"""Bytes that COPY writes for a table without rows: a head and an end."""
_TABLES = """
    SELECT quote_ident(relname) FROM pg_class
    WHERE relkind = 'r' AND relnamespace = 'public'::regnamespace AND relname <> 'alembic_version'
"""
_NUMBERS = "SELECT quote_ident(sequencename), last_value FROM pg_sequences WHERE schemaname = 'public'"
T = TypeVar("T")


@dataclass(frozen=True)
class Kept:
    """All rows as COPY writes them, the last numbers given, and what the filling answered."""

    since: float
    tables: dict[str, bytes]
    numbers: dict[str, int]
    made: Any


_kept: dict[tuple[str, str], Kept] = {}


def filled(owner_url: str, name: str, make: Callable[[], T]) -> T:
    """What `make` answered, and the database as `make` left it. `name` says which filling it is."""
    empty(owner_url)
    return put_in(owner_url, name, make)


def put_in(owner_url: str, name: str, make: Callable[[], T]) -> T:
    """As `filled`, into a database that is empty already."""
    kept = _kept.get((owner_url, name))
    if kept is None or time.monotonic() - kept.since > FRESH_SECONDS:
        since = time.monotonic()
        made = make()
        _kept[owner_url, name] = Kept(since, *_read(owner_url), made)
        return made
    _give_back(owner_url, kept)
    return kept.made  # type: ignore[no-any-return]  # its maker answered it


def _read(owner_url: str) -> tuple[dict[str, bytes], dict[str, int]]:
    owner, tables = cleaner(owner_url), {}
    for (name,) in owner.execute(_TABLES).fetchall():
        with owner.cursor().copy(f"COPY {name} TO STDOUT (FORMAT binary)") as copy:
            tables[name] = b"".join(copy)
    numbers = {name: last for name, last in owner.execute(_NUMBERS).fetchall() if last is not None}
    return {name: rows for name, rows in tables.items() if len(rows) > NO_ROWS}, numbers


def _give_back(owner_url: str, kept: Kept) -> None:
    owner = cleaner(owner_url)
    with owner.transaction():
        owner.execute("SET LOCAL session_replication_role = replica")  # the rows were checked before
        for name, rows in kept.tables.items():
            with owner.cursor().copy(f"COPY {name} FROM STDIN (FORMAT binary)") as copy:
                copy.write(rows)
        for name, last in kept.numbers.items():
            owner.execute("SELECT setval(%s, %s)", (name, last))
