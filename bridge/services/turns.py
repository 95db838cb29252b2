"""In a demo, the clock that runs and the past that is still being written take turns, case by case.

A case of the past is full of moments that are long over. Until it is played to its end, the running
clock would attend to them at today's time. So the player holds a lock for one case, and each sweep
holds it shared; PostgreSQL lets them in as they came. Elsewhere nobody plays a past and nothing is asked.
"""

from collections.abc import Iterator
from contextlib import contextmanager

from bridge import db
from bridge.queries import turns as queries
from bridge.settings import Settings


@contextmanager
def live(settings: Settings) -> Iterator[bool]:
    """One sweep's turn: false when a case of the past takes longer than one may wait. Then skip the sweep."""
    if not settings.is_demo:
        yield True
        return
    with db.statement() as connection:
        if not queries.take(connection, alone=False):
            yield False
            return
        try:
            yield True
        finally:
            queries.give_back(connection, alone=False)


@contextmanager
def past() -> Iterator[None]:
    """The turn of whoever plays a stretch of the past; waits for sweeps however long they take."""
    with db.statement() as connection:
        while not queries.take(connection, alone=True):
            pass
        try:
            yield
        finally:
            queries.give_back(connection, alone=True)


@contextmanager
def unsealed() -> Iterator[bool]:
    """Keep the sealer away until the block ends: what it sealed may not get anything older.

    False when there is a seal already.
    """
    with db.statement() as connection:
        queries.hold_sealer(connection)
        try:
            yield not queries.is_sealed(connection)
        finally:
            queries.release_sealer(connection)
