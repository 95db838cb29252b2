"""Count wrong guesses and set pauses, each in one statement."""

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from bridge.db import Connection

_COUNT = """
INSERT INTO guess_counts (counted_on, subject, window_start, window_seconds, guesses)
SELECT g.counted_on, g.subject, g.window_start, g.window_seconds, 1
FROM unnest(%(counted_on)s::text[], %(subjects)s::text[], %(starts)s::timestamptz[], %(seconds)s::int[])
     AS g (counted_on, subject, window_start, window_seconds)
ORDER BY 1, 2, 3, 4
ON CONFLICT (counted_on, subject, window_start, window_seconds)
    DO UPDATE SET guesses = guess_counts.guesses + 1
RETURNING counted_on, window_seconds, guesses
"""

_PAUSE = """
INSERT INTO guess_locks (counted_on, subject, until, times)
SELECT p.counted_on, p.subject, max(p.until), 1
FROM unnest(%(counted_on)s::text[], %(subjects)s::text[], %(ends)s::timestamptz[])
     AS p (counted_on, subject, until)
GROUP BY 1, 2
ORDER BY 1, 2
ON CONFLICT (counted_on, subject) DO UPDATE
    SET until = greatest(guess_locks.until, excluded.until), times = guess_locks.times + 1
"""

_RESUME = """
WITH lifted AS (
    DELETE FROM guess_locks WHERE counted_on = 'device' AND subject = %(device)s
)
DELETE FROM guess_counts WHERE counted_on = 'device' AND subject = %(device)s
"""


def count(
    connection: Connection, subjects: Sequence[tuple[str, str, datetime, int]]
) -> dict[tuple[str, int], int]:
    """Add one guess to each (kind, subject, window start, window seconds).

    Returns the new counts by (kind, window seconds). Rows are touched in one order, so two
    counters never wait for each other in a circle.
    """
    kinds, names, starts, seconds = zip(*subjects, strict=True)
    rows = connection.execute(
        _COUNT,
        {
            "counted_on": list(kinds),
            "subjects": list(names),
            "starts": list(starts),
            "seconds": list(seconds),
        },
    ).fetchall()
    return {(row.counted_on, row.window_seconds): row.guesses for row in rows}


def pause(connection: Connection, pauses: Sequence[tuple[str, str, datetime]]) -> None:
    """Pause each (kind, subject) until the given instant; a longer pause stays."""
    kinds, names, ends = zip(*pauses, strict=True)
    connection.execute(_PAUSE, {"counted_on": list(kinds), "subjects": list(names), "ends": list(ends)})


def resume(connection: Connection, device_id: UUID) -> None:
    """Lift a device's pause and forget its guesses."""
    connection.execute(_RESUME, {"device": str(device_id)})
