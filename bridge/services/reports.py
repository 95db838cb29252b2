"""HQ's figures as values: counts with their rates, times in both clocks, stores, and silent stores.

Rates are given in per mille beside the count they are of; without a base there is no rate.
Formulas: docs/reports.md.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from bridge.db import Connection
from bridge.errors import InvalidInput
from bridge.queries import reports as queries
from bridge.queries.reports import Scope
from bridge.reachability import LISTED_FROM, WINDOW, Reachability, Signals, rate
from bridge.reviewing import AgeBand

PERIOD_DAYS = 28
LONGEST_PERIOD = timedelta(days=400)


@dataclass(frozen=True, slots=True)
class SilentStore:
    """A store that is hard to reach, why, and when it was last heard of."""

    number: str
    name: str
    phone: str
    district_name: str | None
    reachability: Reachability
    silent_cases: int
    oldest_silent_at: datetime | None
    last_sign_at: datetime | None


def period(from_at: datetime | None, to_at: datetime | None, *, now: datetime) -> tuple[datetime, datetime]:
    """The period asked for; the last 28 days without one. Raises InvalidInput."""
    end = to_at or now
    start = from_at or end - timedelta(days=PERIOD_DAYS)
    if not start < end or end - start > LONGEST_PERIOD:
        message = f"at most {LONGEST_PERIOD.days} days, and the start lies before the end"
        raise InvalidInput(message, fields={"from": [message]})
    return start, end


def overview(
    connection: Connection, scope: Scope, *, from_at: datetime, to_at: datetime, now: datetime
) -> dict[str, Any]:
    """The overview: what is live now by age, what became of the period's cases, and how long it took."""
    found = queries.overview(connection, scope, from_at=from_at, to_at=to_at, now=now)
    by_age = {row.age: row for row in found.now}
    declined = {row.age: row.declined for row in found.declined}
    counted = found.period
    return {
        "from": from_at,
        "to": to_at,
        "open": sum(row.open for row in found.now),
        "late": sum(row.late for row in found.now),
        "unacknowledged": sum(row.unacknowledged for row in found.now),
        "oldest_at": min((row.oldest_at for row in found.now if row.oldest_at), default=None),
        "ages": [
            {
                "age": band.value,
                "open": by_age[band.value].open if band.value in by_age else 0,
                "late": by_age[band.value].late if band.value in by_age else 0,
                "unacknowledged": by_age[band.value].unacknowledged if band.value in by_age else 0,
                "declined": declined.get(band.value, 0),
            }
            for band in AgeBand
        ],
        **{name: getattr(counted, name) for name in _COUNTED},
        "honour_rate_per_mille": per_mille(counted.honoured, counted.answerable),
        "full_honour_rate_per_mille": per_mille(counted.honoured_full, counted.answerable),
        "cause_coverage_per_mille": per_mille(counted.coded, counted.ended),
        "times": [_times(row) for row in found.times],
    }


_COUNTED = (
    "issued",
    "presented",
    "answerable",
    "honoured",
    "honoured_full",
    "declined",
    "declined_presented",
    "expired",
    "ended",
    "coded",
)


def stores(
    connection: Connection,
    scope: Scope,
    *,
    from_at: datetime,
    to_at: datetime,
    limit: int,
    order: str = "number",
    after: str | None = None,
) -> list[dict[str, Any]]:
    """One row for each store, with the same figures."""
    rows = queries.stores(
        connection, scope, from_at=from_at, to_at=to_at, limit=limit, order=order, after=after
    )
    return [
        {
            "store_number": row.number,
            "store_name": row.name,
            "district_name": row.district_name,
            "open": row.open,
            "late": row.late,
            "unacknowledged": row.unacknowledged,
            "questions": row.questions,
            "oldest_at": row.oldest_at,
            "issued": row.issued,
            "answerable": row.answerable,
            "honoured": row.honoured,
            "honour_rate_per_mille": per_mille(row.honoured, row.answerable),
            "declined": row.declined,
            "median_seconds_to_end": _whole(row.median_seconds_to_end),
            "median_seconds_to_act": _whole(row.median_seconds_to_act),
        }
        for row in rows
    ]


def silent_stores(
    connection: Connection, scope: Scope, *, now: datetime, least: int = LISTED_FROM
) -> list[SilentStore]:
    """Stores from a score of `least` on, worst first, over the last 28 days."""
    found = []
    for row in queries.signals(connection, scope, since=now - WINDOW, now=now):
        rated = rate(
            Signals(
                acknowledgements_due=row.due,
                acknowledgements_missed=row.missed,
                silent_cases=row.silent,
                oldest_silent_at=row.oldest_at,
                lapses=int(row.lapses or 0),
                transfers_not_taken=row.not_taken,
                calls_reported=int(row.reported),
                last_sign_at=row.last_at,
            ),
            now=now,
        )
        if rated.score >= least:
            found.append(
                SilentStore(
                    number=row.number,
                    name=row.name,
                    phone=row.phone,
                    district_name=row.district_name,
                    reachability=rated,
                    silent_cases=row.silent,
                    oldest_silent_at=row.oldest_at,
                    last_sign_at=row.last_at,
                )
            )
    return sorted(found, key=lambda store: (-store.reachability.score, store.number))


def per_mille(count: int, base: int) -> int | None:
    """The share in thousandths, rounded; None when there is nothing to share."""
    return None if base == 0 else round(1000 * count / base)


def _times(row: Any) -> dict[str, Any]:
    calendar, open_time = row.calendar or [None, None], row.open_time or [None, None]
    return {
        "milestone": row.type,
        "ended": row.ended,
        "judged": row.judged,
        "breached": row.breached,
        "breach_rate_per_mille": per_mille(row.breached, row.judged),
        "calendar_p50_seconds": _whole(calendar[0]),
        "calendar_p90_seconds": _whole(calendar[1]),
        "calendar_mean_seconds": _whole(row.calendar_mean),
        "open_p50_seconds": _whole(open_time[0]),
        "open_p90_seconds": _whole(open_time[1]),
        "open_mean_seconds": _whole(row.open_mean),
    }


def _whole(value: float | None) -> int | None:
    return None if value is None else round(value)
