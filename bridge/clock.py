"""The only place that asks the machine for the time.

Rules take `now` as an argument; services receive it from the edge. Validity is
judged by this clock, and the database's own clock is compared with it at start.
"""

from datetime import UTC, datetime


def utc_now() -> datetime:
    """The present instant, aware and in UTC."""
    return datetime.now(UTC)
