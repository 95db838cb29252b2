"""Owed outcomes as a queue: claimed with a lease, settled in batches.

`outcomes.attempts` counts the attempts of the present cycle, which a replay begins anew;
`delivery_attempts.attempt` numbers all of them. Whoever settles names the attempt he
claimed, so that a sweep whose lease ran out cannot overwrite its successor's result.
"""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from bridge.db import Act, Connection
from bridge.queries.unsent import CALLED_OFF
from bridge.retries import ATTEMPTS_MAX

_CLAIMED = """
RETURNING o.id, o.endpoint_id, o.topic, o.payload, o.created_at, o.attempts, o.request_id, e.url, e.format
"""

# Each endpoint gives its oldest few, so a receiver with a long queue does not hide the others.
_CLAIM = f"""
WITH due AS (
    SELECT picked.id
    FROM webhook_endpoints e
    CROSS JOIN LATERAL (
        SELECT id FROM outcomes
        WHERE endpoint_id = e.id AND channel = 'webhook' AND state = 'queued' AND next_at <= %(now)s
        ORDER BY next_at
        LIMIT %(per_endpoint)s
        FOR UPDATE SKIP LOCKED
    ) picked
    WHERE e.enabled AND e.deleted_at IS NULL AND e.id <> ALL (%(except_endpoints)s)
    LIMIT %(limit)s
)
UPDATE outcomes o
SET state = 'sending', attempts = o.attempts + 1, next_at = %(lease_until)s
FROM due, webhook_endpoints e
WHERE o.id = due.id AND e.id = o.endpoint_id
{_CLAIMED}
"""

# The attempt whose worker died is written down: it may or may not have reached the receiver.
_INTERRUPTED = """
    INSERT INTO delivery_attempts (outcome_id, attempt, started_at, error, response_excerpt)
    SELECT id, 1 + (SELECT coalesce(max(a.attempt), 0) FROM delivery_attempts a WHERE a.outcome_id = lost.id),
           next_at, 'interrupted', ''
    FROM lost
"""

_CLAIM_INTERRUPTED = f"""
WITH lost AS (
    SELECT o.id, o.next_at
    FROM outcomes o JOIN webhook_endpoints e ON e.id = o.endpoint_id
    WHERE o.state = 'sending' AND o.next_at <= %(now)s AND o.attempts < %(attempts_max)s
      AND e.enabled AND e.deleted_at IS NULL AND e.id <> ALL (%(except_endpoints)s)
    ORDER BY o.next_at
    LIMIT 1
    FOR UPDATE OF o SKIP LOCKED
), written AS ({_INTERRUPTED})
UPDATE outcomes o
SET state = 'sending', attempts = o.attempts + 1, next_at = %(lease_until)s
FROM lost, webhook_endpoints e
WHERE o.id = lost.id AND e.id = o.endpoint_id
{_CLAIMED}
"""

_BURY = f"""
WITH lost AS (
    SELECT id, next_at FROM outcomes
    WHERE channel = 'webhook' AND state = 'sending' AND next_at <= %(now)s AND attempts >= %(attempts_max)s
    FOR UPDATE SKIP LOCKED
), written AS ({_INTERRUPTED})
UPDATE outcomes o
SET state = 'dead', settled_at = %(now)s, last_error = 'interrupted'
FROM lost
WHERE o.id = lost.id
RETURNING o.id
"""

_CANCEL_UNWANTED = f"""
UPDATE outcomes o
SET {CALLED_OFF.format(now="%(now)s")}
FROM webhook_endpoints e
WHERE e.id = o.endpoint_id AND NOT (e.enabled AND e.deleted_at IS NULL)
  AND o.state IN ('queued', 'sending') AND o.next_at <= %(now)s
"""

_SECRETS = """
SELECT endpoint_id, cipher FROM webhook_secrets
WHERE endpoint_id = ANY (%(endpoints)s) AND (expires_at IS NULL OR expires_at > %(now)s)
ORDER BY created_at DESC, id DESC
"""

_KEEP = """
UPDATE outcomes o SET next_at = %(lease_until)s
FROM unnest(%(ids)s::uuid[], %(attempts)s::int[]) AS mine (id, attempt)
WHERE o.id = mine.id AND o.attempts = mine.attempt AND o.state = 'sending'
"""

_SETTLE = """
WITH result AS (
    SELECT * FROM unnest(
        %(ids)s::uuid[], %(claimed)s::int[], %(attempts)s::int[], %(states)s::text[], %(next_at)s::timestamptz[],
        %(started_at)s::timestamptz[], %(durations)s::float8[], %(status_codes)s::int[], %(errors)s::text[],
        %(excerpts)s::text[]
    ) AS r (id, claimed, attempts, state, next_at, started_at, duration, status_code, error, excerpt)
), settled AS (
    UPDATE outcomes o
    SET state = r.state, attempts = r.attempts, next_at = r.next_at,
        last_error = CASE WHEN r.started_at IS NULL THEN o.last_error ELSE r.error END,
        settled_at = CASE WHEN r.state IN ('sent', 'dead', 'cancelled') THEN %(now)s END
    FROM result r
    WHERE o.id = r.id AND o.state = 'sending' AND o.attempts = r.claimed
    RETURNING o.id
), written AS (
    INSERT INTO delivery_attempts
        (outcome_id, attempt, started_at, duration_seconds, status_code, error, response_excerpt)
    SELECT r.id, 1 + (SELECT coalesce(max(a.attempt), 0) FROM delivery_attempts a WHERE a.outcome_id = r.id),
           r.started_at, r.duration, r.status_code, r.error, r.excerpt
    FROM result r JOIN settled USING (id)
    WHERE r.started_at IS NOT NULL
)
SELECT id FROM settled
"""

_AGE = """
SELECT extract(epoch FROM %(now)s - min(next_at))::float8 AS seconds
FROM outcomes WHERE channel = 'webhook' AND state IN ('queued', 'sending') AND next_at <= %(now)s
"""


@dataclass(frozen=True, slots=True)
class Claimed:
    """An outcome that this sweep may send until its lease ends. `attempt` counts from 1."""

    id: UUID
    endpoint_id: UUID
    topic: str
    payload: dict[str, Any]
    created_at: datetime
    attempt: int
    request_id: str
    url: str
    format: str = "standard"


@dataclass(frozen=True, slots=True)
class Settled:
    """What became of a claimed outcome. Without `started_at` there was no attempt, and none is counted."""

    id: UUID
    attempt: int
    state: str
    next_at: datetime
    started_at: datetime | None = None
    duration_seconds: float | None = None
    status_code: int | None = None
    error: str = ""
    excerpt: str = ""


def claim_due(
    act: Act,
    now: datetime,
    *,
    limit: int,
    per_endpoint: int,
    lease_seconds: float,
    except_endpoints: Collection[UUID] = (),
) -> list[Claimed]:
    """Take queued webhook outcomes that are due, oldest first for each endpoint, and lease them.

    Locks with SKIP LOCKED and counts the attempt; the caller commits before it sends.
    """
    return _claim(
        act,
        _CLAIM,
        now=now,
        lease_seconds=lease_seconds,
        except_endpoints=except_endpoints,
        limit=limit,
        per_endpoint=per_endpoint,
    )


def claim_interrupted(
    act: Act, now: datetime, *, lease_seconds: float, except_endpoints: Collection[UUID] = ()
) -> list[Claimed]:
    """Take one outcome whose lease ran out while it was being sent: its worker died, or stood still.

    One at a time, because it may be the one that killed the worker; the others of its batch
    must not be counted down with it. The caller commits.
    """
    return _claim(
        act,
        _CLAIM_INTERRUPTED,
        now=now,
        lease_seconds=lease_seconds,
        except_endpoints=except_endpoints,
        attempts_max=ATTEMPTS_MAX,
    )


def _claim(
    act: Act,
    sql: str,
    *,
    now: datetime,
    lease_seconds: float,
    except_endpoints: Collection[UUID],
    **values: object,
) -> list[Claimed]:
    values |= {
        "now": now,
        "lease_until": now + timedelta(seconds=lease_seconds),
        "except_endpoints": list(except_endpoints),
    }
    return [
        Claimed(
            row.id,
            row.endpoint_id,
            row.topic,
            row.payload,
            row.created_at,
            row.attempts,
            row.request_id,
            row.url,
            row.format,
        )
        for row in act.ask(sql, values)
    ]


def ciphers_and_commit(act: Act, now: datetime, *, endpoints: Collection[UUID]) -> dict[UUID, list[bytes]]:
    """The sealed live secrets of each endpoint, newest first; commits the claim in the same round trip."""
    found: dict[UUID, list[bytes]] = {}
    for row in act.ask_and_commit(_SECRETS, {"endpoints": list(endpoints), "now": now}):
        found.setdefault(row.endpoint_id, []).append(bytes(row.cipher))
    return found


def bury_interrupted(connection: Connection, now: datetime) -> list[UUID]:
    """Give up outcomes whose last allowed attempt never came to an end. Returns their ids."""
    rows = connection.execute(_BURY, {"now": now, "attempts_max": ATTEMPTS_MAX})
    return [row.id for row in rows]


def cancel_unwanted(connection: Connection, now: datetime) -> int:
    """Cancel what is owed to endpoints that are disabled or deleted. Returns how many."""
    return connection.execute(_CANCEL_UNWANTED, {"now": now}).rowcount


def keep_lease(
    connection: Connection, now: datetime, *, claims: Collection[Claimed], lease_seconds: float
) -> None:
    """Prolong the lease of outcomes that are still being sent."""
    connection.execute(
        _KEEP,
        {
            "ids": [claim.id for claim in claims],
            "attempts": [claim.attempt for claim in claims],
            "lease_until": now + timedelta(seconds=lease_seconds),
        },
    )


def settle(connection: Connection, results: Sequence[Settled], now: datetime) -> set[UUID]:
    """Store results and their attempts in one statement. Returns the ids that were still ours."""
    rows = connection.execute(
        _SETTLE,
        {
            "ids": [result.id for result in results],
            "claimed": [result.attempt for result in results],
            "attempts": [result.attempt - (result.started_at is None) for result in results],
            "states": [result.state for result in results],
            "next_at": [result.next_at for result in results],
            "started_at": [result.started_at for result in results],
            "durations": [result.duration_seconds for result in results],
            "status_codes": [result.status_code for result in results],
            "errors": [result.error for result in results],
            "excerpts": [result.excerpt for result in results],
            "now": now,
        },
    )
    return {row.id for row in rows}


def age_seconds(connection: Connection, now: datetime) -> float:
    """How long the outcome that is due longest has been due; 0 when nothing is."""
    row = connection.execute(_AGE, {"now": now}).fetchone()
    return float(row.seconds) if row is not None and row.seconds is not None else 0.0
