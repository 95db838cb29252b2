"""A code that nobody issued: count the guess, and pause who guesses too often.

A look-up and a decision both answer whether a code exists, so both count.
"""

from datetime import datetime

from bridge import guesses
from bridge.db import Connection
from bridge.queries import guesses as guess_queries
from bridge.roles import Actor
from bridge.settings import Settings


def count_guess(connection: Connection, actor: Actor, *, now: datetime, settings: Settings) -> None:
    """Spend the budgets of everybody involved and set the pauses that follow."""
    subjects = {
        "device": actor.device_id or actor.credential_id,
        "person": actor.id,
        "store": actor.store_id,
        "brand": actor.brand_id,
    }
    windows = guesses.windows(settings)
    counts = guess_queries.count(
        connection,
        [
            (w.counted_on, str(subjects[w.counted_on]), guesses.window_start(now, w.length), w.seconds)
            for w in windows
        ],
    )
    found = [
        (kind, str(subjects[kind]), until)
        for kind, until in guesses.pauses(counts, now=now, settings=settings)
    ]
    if found:
        guess_queries.pause(connection, found)
