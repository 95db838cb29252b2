"""Notices as a queue: claimed with a lease, settled in batches, as `bridge/queries/outcomes.py`.

A claim asks at the same time whether the notice is still wanted, and brings along what sending
needs: the case's number and store, the reader's language, address and own opening hours.
"""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final
from uuid import UUID

import orjson

from bridge.db import Act, Connection
from bridge.lifecycle import LIVE, Status
from bridge.retries import NOTICE_ATTEMPTS_MAX, UNSURE
from bridge.roles import Permission, Role, roles_with

STORE_ROLES: Final = (Role.STORE_ASSOCIATE.value, Role.STORE_MANAGER.value)

_DUE: Final = """
due AS (
    SELECT n.id FROM notices n
    WHERE n.state = 'queued' AND n.next_at <= %(now)s AND n.channel <> ALL (%(except_channels)s::text[])
    ORDER BY n.next_at
    LIMIT %(limit)s
    FOR UPDATE SKIP LOCKED
)
"""

# The attempt whose worker died is written down: it may or may not have reached the reader.
_INTERRUPTED: Final = """
written AS (
    INSERT INTO notice_attempts (notice_id, attempt, started_at, error, response_excerpt)
    SELECT due.id, 1 + (SELECT coalesce(max(a.attempt), 0) FROM notice_attempts a WHERE a.notice_id = due.id),
           due.next_at, 'interrupted', ''
    FROM due
)
"""

_LOST: Final = f"""
due AS (
    SELECT n.id, n.next_at FROM notices n
    WHERE n.state = 'sending' AND n.next_at <= %(now)s AND n.attempts < %(attempts_max)s
    ORDER BY n.next_at
    LIMIT %(limit)s
    FOR UPDATE SKIP LOCKED
), {_INTERRUPTED}
"""

_CLAIM: Final = """
WITH {due}, told AS (
    SELECT m.id AS told_id, e.number, s.number AS store_number, s.name AS store_name,
           coalesce(p.locale, b.default_locale) AS locale, p.email,
           cp.id AS point_id, cp.address_cipher, cp.state AS point_state,
           coalesce(home.zone, unit_store.zone, unit_hours.zone, 'UTC') AS zone,
           coalesce(home.id, unit_store.id) AS quiet_store_id, unit_hours.unit_id AS quiet_unit_id,
           CASE WHEN m.person_id IS NULL THEN unit_store.id IS NULL
                ELSE EXISTS (
                    SELECT FROM role_assignments r
                    WHERE r.person_id = m.person_id AND r.role = ANY (%(reading_roles)s::text[])
                      AND r.valid_from <= %(now)s AND (r.valid_to IS NULL OR r.valid_to > %(now)s)
                ) END AS reads_promises,
           (
               SELECT min(a.started_at) FROM notice_attempts a
               WHERE a.notice_id = m.id AND (a.error = ANY (%(unsure)s::text[]) OR a.status_code >= 500)
           ) AS perhaps_sent_since,
           CASE WHEN p.status IN ('suspended', 'left') THEN 'person_left'
                WHEN m.stops_on = 'acknowledge' AND e.status <> 'issued' THEN 'acknowledged'
                WHEN m.stops_on = 'end' AND e.status <> ALL (%(live)s::text[]) THEN 'ended'
           END AS unwanted
    FROM due
    JOIN notices m ON m.id = due.id
    JOIN brands b ON b.id = m.brand_id
    LEFT JOIN escalations e ON e.id = m.escalation_id
    LEFT JOIN stores s ON s.id = coalesce(m.store_id, e.store_id)
    LEFT JOIN people p ON p.id = m.person_id
    LEFT JOIN LATERAL (
        SELECT c.id, c.address_cipher, c.state, c.unit_id FROM contact_points c
        WHERE c.id = m.contact_point_id
           OR (m.contact_point_id IS NULL AND c.person_id = m.person_id AND c.channel = m.channel)
        ORDER BY c.state, c.created_at DESC
        LIMIT 1
    ) cp ON true
    LEFT JOIN stores unit_store ON unit_store.org_unit_id = cp.unit_id
    LEFT JOIN unit_calendars unit_hours ON unit_hours.unit_id = cp.unit_id AND unit_store.id IS NULL
    LEFT JOIN LATERAL (
        SELECT h.id, h.zone FROM role_assignments r JOIN stores h ON h.org_unit_id = r.org_unit_id
        WHERE r.person_id = m.person_id AND r.role = ANY (%(store_roles)s::text[])
          AND r.valid_from <= %(now)s AND (r.valid_to IS NULL OR r.valid_to > %(now)s)
        ORDER BY h.id = m.store_id DESC NULLS LAST, r.valid_from, r.id
        LIMIT 1
    ) home ON true
)
UPDATE notices n
SET state = CASE WHEN told.unwanted IS NULL THEN 'sending' ELSE 'cancelled' END,
    attempts = n.attempts + CASE WHEN told.unwanted IS NULL THEN 1 ELSE 0 END,
    next_at = CASE WHEN told.unwanted IS NULL THEN %(lease_until)s ELSE n.next_at END,
    settled_at = CASE WHEN told.unwanted IS NULL THEN NULL ELSE %(now)s END,
    last_error = coalesce(told.unwanted, n.last_error)
FROM told
WHERE n.id = told.told_id
RETURNING n.id, n.brand_id, n.channel, n.template, n.facts, n.escalation_id, n.store_id, n.person_id,
          n.contact_point_id, n.stops_on, n.attempts AS attempt, n.created_at, told.*
"""
CLAIM_DUE: Final = _CLAIM.format(due=_DUE)
_CLAIM_LOST: Final = _CLAIM.format(due=_LOST)

_BURY: Final = f"""
WITH due AS (
    SELECT id, next_at FROM notices
    WHERE state = 'sending' AND next_at <= %(now)s AND attempts >= %(attempts_max)s
    FOR UPDATE SKIP LOCKED
), {_INTERRUPTED}
UPDATE notices n SET state = 'dead', settled_at = %(now)s, last_error = 'interrupted'
FROM due WHERE n.id = due.id
RETURNING n.id, n.channel
"""

_DIGEST: Final = """
WITH made AS (
    INSERT INTO notices (
        id, brand_id, dedup_key, channel, template, store_id, person_id, contact_point_id, facts, stops_on,
        state, next_at, created_at, attempts, last_error)
    VALUES (
        %(id)s, %(brand_id)s, %(dedup_key)s, %(channel)s, 'digest', %(store_id)s, %(person_id)s,
        %(contact_point_id)s, %(facts)s::jsonb, 'nothing', 'sending', %(lease_until)s, %(now)s, 1, '')
)
UPDATE notices
SET state = 'digested', digest_id = %(id)s, attempts = attempts - 1, next_at = %(now)s, settled_at = %(now)s
WHERE id = ANY (%(members)s::uuid[])
"""

_CASES: Final = """
SELECT e.id, e.number, e.status, s.number AS store_number, s.name AS store_name
FROM escalations e LEFT JOIN stores s ON s.id = e.store_id
WHERE e.id = ANY (%(ids)s::uuid[])
"""

_KEEP: Final = """
UPDATE notices n SET next_at = %(lease_until)s
FROM unnest(%(ids)s::uuid[], %(attempts)s::int[]) AS mine (id, attempt)
WHERE n.id = mine.id AND n.attempts = mine.attempt AND n.state = 'sending'
"""

_SETTLE: Final = """
WITH result AS (
    SELECT * FROM unnest(
        %(ids)s::uuid[], %(claimed)s::int[], %(attempts)s::int[], %(states)s::text[], %(next_at)s::timestamptz[],
        %(started_at)s::timestamptz[], %(durations)s::float8[], %(status_codes)s::int[], %(errors)s::text[],
        %(excerpts)s::text[]
    ) AS r (id, claimed, attempts, state, next_at, started_at, duration, status_code, error, excerpt)
), settled AS (
    UPDATE notices n
    SET state = r.state, attempts = r.attempts, next_at = r.next_at,
        last_error = CASE WHEN r.started_at IS NULL AND r.state = 'queued' THEN n.last_error ELSE r.error END,
        settled_at = CASE WHEN r.state IN ('sent', 'dead', 'cancelled') THEN %(now)s END
    FROM result r
    WHERE n.id = r.id AND n.state = 'sending' AND n.attempts = r.claimed
    RETURNING n.id
), written AS (
    INSERT INTO notice_attempts
        (notice_id, attempt, started_at, duration_seconds, status_code, error, response_excerpt)
    SELECT r.id, 1 + (SELECT coalesce(max(a.attempt), 0) FROM notice_attempts a WHERE a.notice_id = r.id),
           r.started_at, r.duration, r.status_code, r.error, r.excerpt
    FROM result r JOIN settled USING (id)
    WHERE r.started_at IS NOT NULL
)
SELECT id FROM settled
"""

# What could not be told by its channel stands in the person's inbox, unless it stands there already.
# Asked of one reader after the other: as NOT EXISTS it would read everybody's inbox.
_INSTEAD: Final = """
INSERT INTO notices (
    id, brand_id, dedup_key, channel, template, escalation_id, store_id, person_id, facts, stops_on, state,
    next_at, created_at, settled_at, attempts, last_error)
SELECT gen_random_uuid(), n.brand_id, 'instead:' || n.id, 'inbox', n.template, n.escalation_id, n.store_id,
       n.person_id, n.facts, n.stops_on, 'sent', %(now)s, %(now)s, %(now)s, 0, ''
FROM notices n
WHERE (n.id = ANY (%(ids)s::uuid[]) OR n.digest_id = ANY (%(ids)s::uuid[]))
  AND n.template <> 'digest' AND n.person_id IS NOT NULL
  AND (
      SELECT i.id FROM notices i
      WHERE i.channel = 'inbox' AND i.person_id = n.person_id AND i.template = n.template
        AND i.escalation_id IS NOT DISTINCT FROM n.escalation_id AND i.created_at >= n.created_at - interval '1 hour'
      LIMIT 1
  ) IS NULL
ON CONFLICT (dedup_key) DO NOTHING
"""

_AGE: Final = """
SELECT extract(epoch FROM %(now)s - min(next_at))::float8 AS seconds
FROM notices WHERE state IN ('queued', 'sending') AND next_at <= %(now)s
"""


@dataclass(frozen=True, slots=True)
class Claimed:
    """A notice that this sweep may send until its lease ends, and what sending needs. `attempt` counts from 1.

    `quiet_store_id` and `quiet_unit_id` name whose opening hours the reader keeps; neither is none.
    `perhaps_sent_since` is the first try of which nobody knows whether it got through.
    """

    id: UUID
    brand_id: UUID
    channel: str
    template: str
    facts: dict[str, Any]
    escalation_id: UUID | None
    store_id: UUID | None
    person_id: UUID | None
    contact_point_id: UUID | None
    stops_on: str
    attempt: int
    created_at: datetime
    number: int | None
    store: str | None
    locale: str
    email: str | None
    point_id: UUID | None
    address_cipher: bytes | None
    point_state: str | None
    zone: str
    quiet_store_id: UUID | None
    quiet_unit_id: UUID | None
    reads_promises: bool
    perhaps_sent_since: datetime | None


@dataclass(frozen=True, slots=True)
class Case:
    """A case as a line of a digest needs it."""

    number: int
    status: Status
    store: str | None


@dataclass(frozen=True, slots=True)
class Settled:
    """What became of a claimed notice. Without `started_at` there was no attempt, and none is counted."""

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
    act: Act, now: datetime, *, limit: int, lease_seconds: float, except_channels: Collection[str] = ()
) -> tuple[list[Claimed], list[str]]:
    """Take queued notices that are due and lease them; cancel those that nobody needs any more.

    Locks with SKIP LOCKED and counts the attempt; the caller commits before it sends. Returns
    what was taken, and the channels of what was cancelled.
    """
    return _claimed(
        act,
        CLAIM_DUE,
        now=now,
        limit=limit,
        lease_seconds=lease_seconds,
        more={"except_channels": list(except_channels)},
    )


def claim_interrupted(act: Act, now: datetime, *, lease_seconds: float) -> tuple[list[Claimed], list[str]]:
    """Take one notice whose lease ran out while it was being sent: its worker died, or stood still."""
    return _claimed(
        act,
        _CLAIM_LOST,
        now=now,
        limit=1,
        lease_seconds=lease_seconds,
        more={"attempts_max": NOTICE_ATTEMPTS_MAX},
    )


def _claimed(
    act: Act, sql: str, *, now: datetime, limit: int, lease_seconds: float, more: dict[str, object]
) -> tuple[list[Claimed], list[str]]:
    values = {
        "now": now,
        "limit": limit,
        "lease_until": now + timedelta(seconds=lease_seconds),
        "store_roles": list(STORE_ROLES),
        "reading_roles": roles_with(Permission.PROMISES_READ),
        "live": [status.value for status in LIVE],
        "unsure": sorted(UNSURE),
        **more,
    }
    rows = list(act.ask(sql, values))
    return [_claim_of(row) for row in rows if row.unwanted is None], [
        row.channel for row in rows if row.unwanted is not None
    ]


def _claim_of(row: Any) -> Claimed:
    return Claimed(
        id=row.id,
        brand_id=row.brand_id,
        channel=row.channel,
        template=row.template,
        facts=row.facts,
        escalation_id=row.escalation_id,
        store_id=row.store_id,
        person_id=row.person_id,
        contact_point_id=row.contact_point_id,
        stops_on=row.stops_on,
        attempt=row.attempt,
        created_at=row.created_at,
        number=row.number,
        store=_store_of(row),
        locale=row.locale,
        email=row.email,
        point_id=row.point_id,
        address_cipher=bytes(row.address_cipher) if row.address_cipher is not None else None,
        point_state=row.point_state,
        zone=row.zone,
        quiet_store_id=row.quiet_store_id,
        quiet_unit_id=row.quiet_unit_id,
        reads_promises=row.reads_promises,
        perhaps_sent_since=row.perhaps_sent_since,
    )


def _store_of(row: Any) -> str | None:
    return None if row.store_number is None else f"{row.store_number} {row.store_name}"


def gather(
    act: Act, digest: Claimed, now: datetime, *, members: Collection[UUID], lease_seconds: float
) -> None:
    """Write a digest, claimed already, in place of notices that this act has claimed."""
    act.ask(
        _DIGEST,
        {
            "id": digest.id,
            "brand_id": digest.brand_id,
            "dedup_key": f"digest:{digest.id}",
            "channel": digest.channel,
            "store_id": digest.store_id,
            "person_id": digest.person_id,
            "contact_point_id": digest.contact_point_id,
            "facts": orjson.dumps(digest.facts).decode(),
            "lease_until": now + timedelta(seconds=lease_seconds),
            "now": now,
            "members": list(members),
        },
    )


def cases_and_commit(act: Act, ids: Collection[UUID]) -> dict[UUID, Case]:
    """The cases that digests tell of, as they are now; commits the claim in the same round trip."""
    return {
        row.id: Case(row.number, Status(row.status), _store_of(row))
        for row in act.ask_and_commit(_CASES, {"ids": list(ids)})
    }


def bury_interrupted(connection: Connection, now: datetime) -> list[tuple[UUID, str]]:
    """Give up notices whose last allowed attempt never came to an end. Returns ids and channels."""
    rows = connection.execute(_BURY, {"now": now, "attempts_max": NOTICE_ATTEMPTS_MAX})
    return [(row.id, row.channel) for row in rows]


def keep_lease(
    connection: Connection, now: datetime, *, claims: Collection[Claimed], lease_seconds: float
) -> None:
    """Prolong the lease of notices that are still being sent."""
    connection.execute(
        _KEEP,
        {
            "ids": [claim.id for claim in claims],
            "attempts": [claim.attempt for claim in claims],
            "lease_until": now + timedelta(seconds=lease_seconds),
        },
    )


def settle(act: Act, results: Sequence[Settled], now: datetime) -> set[UUID]:
    """Store results and their attempts in one statement. Returns the ids that were still ours."""
    if not results:
        return set()
    rows = act.ask(
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


def tell_in_the_inbox_and_commit(act: Act, now: datetime, *, instead_of: Collection[UUID]) -> int:
    """Put what was given up into the reader's inbox, once; a unit's channel has none. Returns how many.

    Commits what the act has settled, also when nothing was given up.
    """
    return act.ask_and_commit(_INSTEAD, {"ids": list(instead_of), "now": now}).rowcount


def age_seconds(connection: Connection, now: datetime) -> float:
    """How long the notice that is due longest has been due; 0 when nothing is."""
    row = connection.execute(_AGE, {"now": now}).fetchone()
    return float(row.seconds) if row is not None and row.seconds is not None else 0.0
