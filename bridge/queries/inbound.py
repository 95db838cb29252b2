"""What came in, as a queue: written before it is answered, claimed with a lease, read once."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final
from uuid import UUID

import sqlalchemy as sa
from sqlmodel import Session

from bridge.db import Act, Connection
from bridge.queries.intake import OPEN

OPEN_LIST: Final = ", ".join(f"'{status.value}'" for status in OPEN)

# A repeat touches its row, so that somebody sees how often a sender came; it is not read again.
_KEEP: Final = """
INSERT INTO inbound_deliveries
    (id, account_id, delivery_id, how, received_at, raw_cipher, raw_sha256, raw_until, state, attempts, next_at,
     events, kinds, error)
VALUES (%(id)s, %(account_id)s, %(delivery_id)s, %(how)s, %(now)s, %(raw_cipher)s, %(raw_sha256)s, %(raw_until)s,
        'queued', 0, %(now)s, 0, '', '')
ON CONFLICT (account_id, delivery_id) DO UPDATE SET times_seen = inbound_deliveries.times_seen + 1
RETURNING id, xmax = 0 AS is_new
"""

# As _KEEP, for many at once. What stands under the same name and is another thing, is told apart and not counted.
_KEEP_ALL: Final = """
INSERT INTO inbound_deliveries
    (id, account_id, delivery_id, how, received_at, raw_cipher, raw_sha256, raw_until, state, attempts, next_at,
     events, kinds, error)
SELECT id, %(account_id)s, delivery_id, %(how)s, %(now)s, raw_cipher, raw_sha256, %(raw_until)s, 'queued', 0,
       %(now)s, 0, '', ''
FROM unnest(%(ids)s::uuid[], %(delivery_ids)s::text[], %(raw_ciphers)s::bytea[], %(raw_sha256s)s::bytea[])
     AS given (id, delivery_id, raw_cipher, raw_sha256)
ON CONFLICT (account_id, delivery_id) DO UPDATE
SET times_seen = inbound_deliveries.times_seen + (inbound_deliveries.raw_sha256 = excluded.raw_sha256)::int
RETURNING delivery_id, raw_sha256, xmax = 0 AS is_new
"""

_CLAIM: Final = """
WITH due AS (
    SELECT id FROM inbound_deliveries
    WHERE state = 'queued' AND next_at <= %(now)s
    ORDER BY next_at
    LIMIT %(limit)s
    FOR UPDATE SKIP LOCKED
)
UPDATE inbound_deliveries d
SET attempts = d.attempts + 1, next_at = %(lease_until)s
FROM due
WHERE d.id = due.id
RETURNING d.id, d.account_id, d.delivery_id, d.how, d.received_at, d.raw_cipher, d.attempts
"""

_MINE: Final = sa.text(
    """
    SELECT 1 FROM inbound_deliveries WHERE id = :id AND state = 'queued' AND attempts = :attempt FOR UPDATE
    """
)

_DONE: Final = sa.text(
    """
    UPDATE inbound_deliveries SET state = 'done', done_at = :now, events = :events, kinds = :kinds, error = ''
    WHERE id = :id
    """
)

_ALL_MINE: Final = sa.text(
    """
    SELECT d.id FROM inbound_deliveries d
    JOIN unnest(CAST(:ids AS uuid[]), CAST(:attempts AS int[])) AS claimed (id, attempt)
         ON d.id = claimed.id AND d.attempts = claimed.attempt
    WHERE d.state = 'queued'
    ORDER BY d.id
    FOR UPDATE OF d
    """
)

_ALL_DONE: Final = sa.text(
    """
    UPDATE inbound_deliveries d
    SET state = 'done', done_at = :now, events = did.events, kinds = did.kinds, error = ''
    FROM unnest(CAST(:ids AS uuid[]), CAST(:events AS int[]), CAST(:kinds AS text[])) AS did (id, events, kinds)
    WHERE d.id = did.id
    """
)

_NOT_DONE: Final = """
UPDATE inbound_deliveries
SET state = %(state)s::text, next_at = coalesce(%(next_at)s::timestamptz, next_at), error = %(error)s,
    done_at = CASE WHEN %(state)s::text = 'failed' THEN %(now)s::timestamptz END
WHERE id = %(id)s AND state = 'queued' AND attempts = %(attempt)s
"""

_FORGET: Final = """
UPDATE inbound_deliveries SET raw_cipher = NULL
WHERE id IN (
    SELECT id FROM inbound_deliveries
    WHERE raw_cipher IS NOT NULL AND raw_until <= %(now)s AND state <> 'queued'
    ORDER BY raw_until
    LIMIT %(limit)s
    FOR UPDATE SKIP LOCKED
)
"""


@dataclass(frozen=True, slots=True)
class ClaimedDelivery:
    """A delivery that this worker reads until its lease ends."""

    id: UUID
    account_id: UUID
    delivery_id: str
    how: str
    received_at: datetime
    raw_cipher: bytes | None
    attempt: int


def keep(
    ask: "Act | Connection",
    *,
    id: UUID,
    account_id: UUID,
    delivery_id: str,
    how: str,
    raw_cipher: bytes,
    raw_sha256: bytes,
    raw_until: datetime,
    now: datetime,
) -> bool:
    """Write a delivery down. False when it is here already."""
    values = {
        "id": id,
        "account_id": account_id,
        "delivery_id": delivery_id,
        "how": how,
        "raw_cipher": raw_cipher,
        "raw_sha256": raw_sha256,
        "raw_until": raw_until,
        "now": now,
    }
    run = ask.ask if isinstance(ask, Act) else ask.execute
    row = run(_KEEP, values).fetchone()
    assert row is not None
    return bool(row.is_new)


@dataclass(frozen=True, slots=True)
class ToKeep:
    """One of many deliveries that are written down together."""

    id: UUID
    delivery_id: str
    raw_cipher: bytes
    raw_sha256: bytes


def keep_all(
    connection: Connection,
    account_id: UUID,
    given: Sequence[ToKeep],
    *,
    how: str,
    raw_until: datetime,
    now: datetime,
) -> dict[str, tuple[bytes, bool]]:
    """Write deliveries down, all or none. By name: the hash of what stands there now, and whether it is new."""
    values = {
        "account_id": account_id,
        "how": how,
        "now": now,
        "raw_until": raw_until,
        "ids": [one.id for one in given],
        "delivery_ids": [one.delivery_id for one in given],
        "raw_ciphers": [one.raw_cipher for one in given],
        "raw_sha256s": [one.raw_sha256 for one in given],
    }
    rows = connection.execute(_KEEP_ALL, values).fetchall()
    return {row.delivery_id: (bytes(row.raw_sha256), row.is_new) for row in rows}


def claim(act: Act, now: datetime, *, limit: int, lease_until: datetime) -> list[ClaimedDelivery]:
    """Take what waits to be read, oldest first. Locks with SKIP LOCKED; the caller commits."""
    rows = act.ask(_CLAIM, {"now": now, "limit": limit, "lease_until": lease_until})
    claimed = [
        ClaimedDelivery(
            row.id,
            row.account_id,
            row.delivery_id,
            row.how,
            row.received_at,
            None if row.raw_cipher is None else bytes(row.raw_cipher),
            row.attempts,
        )
        for row in rows
    ]
    return sorted(claimed, key=lambda one: (one.received_at, one.id))


def is_still_ours(session: Session, one: ClaimedDelivery) -> bool:
    """Lock the delivery inside the caller's transaction; false when it was read meanwhile."""
    values = {"id": one.id, "attempt": one.attempt}
    return session.connection().execute(_MINE, values).first() is not None


def done(session: Session, one: ClaimedDelivery, *, kinds: Collection[str], now: datetime) -> None:
    """It was read, in the caller's transaction."""
    values = {"id": one.id, "events": len(kinds), "kinds": _told(kinds), "now": now}
    session.connection().execute(_DONE, values)


def those_still_ours(session: Session, claimed: Sequence[ClaimedDelivery]) -> set[UUID]:
    """As `is_still_ours`, of many: which of them."""
    values = {"ids": [one.id for one in claimed], "attempts": [one.attempt for one in claimed]}
    return {*session.connection().execute(_ALL_MINE, values).scalars()}


def all_done(session: Session, kinds: Mapping[UUID, Collection[str]], *, now: datetime) -> None:
    """These were read, in the caller's transaction; the kinds of each one's events."""
    values = {
        "ids": [*kinds],
        "events": [len(of_one) for of_one in kinds.values()],
        "kinds": [_told(of_one) for of_one in kinds.values()],
        "now": now,
    }
    session.connection().execute(_ALL_DONE, values)


def _told(kinds: Collection[str]) -> str:
    return " ".join(sorted(set(kinds)))[:120]


def not_done(
    connection: Connection, one: ClaimedDelivery, *, error: str, next_at: datetime | None, now: datetime
) -> None:
    """It could not be read; without `next_at` it never will and waits for a person."""
    state = "failed" if next_at is None else "queued"
    connection.execute(
        _NOT_DONE,
        {
            "id": one.id,
            "attempt": one.attempt,
            "state": state,
            "error": error[:120],
            "next_at": next_at,
            "now": now,
        },
    )


def forget_raw(connection: Connection, now: datetime, *, limit: int) -> int:
    """Throw away the bytes of what was read and whose time is over. Returns how many."""
    return connection.execute(_FORGET, {"now": now, "limit": limit}).rowcount


_HELD: Final = """
SELECT id, external_id, reference FROM posts
WHERE id > %(after)s AND account_id = %(account_id)s AND author_kind = 'customer' AND erased_at IS NULL
ORDER BY id
LIMIT %(limit)s
"""


def posts_held(connection: Connection, account_id: UUID, *, after: UUID, limit: int) -> Sequence[Any]:
    """Customers' posts that came in through the account after that one, in the order in which they came."""
    values = {"account_id": account_id, "after": after, "limit": limit}
    return connection.execute(_HELD, values).fetchall()


# Those that came through the account, and those that an agent pasted and no account knows.
_OPEN_CONVERSATIONS: Final = f"""
SELECT t.id, t.external_id, i.external_id AS author_id, i.handle, p.external_id AS newest
FROM threads t
JOIN social_identities i ON i.id = t.identity_id
LEFT JOIN LATERAL (
    SELECT external_id FROM posts
    WHERE thread_id = t.id AND author_kind = 'customer'
    ORDER BY posted_at DESC, external_id DESC LIMIT 1
) p ON true
WHERE t.id > %(after)s AND t.brand_id = %(brand_id)s AND t.network = %(network)s AND t.visibility = 'public'
  AND EXISTS (SELECT FROM escalations e WHERE e.thread_id = t.id AND e.status IN ({OPEN_LIST}))
  AND (EXISTS (SELECT FROM thread_doors d WHERE d.thread_id = t.id AND d.account_id = %(account_id)s)
       OR NOT EXISTS (SELECT FROM thread_doors d WHERE d.thread_id = t.id))
ORDER BY t.id
LIMIT %(limit)s
"""


def conversations_open(
    connection: Connection, account_id: UUID, *, brand_id: UUID, network: str, after: UUID, limit: int
) -> Sequence[Any]:
    """Public conversations with an open case, after that thread, in the order in which they came."""
    values = {
        "account_id": account_id,
        "brand_id": brand_id,
        "network": network,
        "after": after,
        "limit": limit,
    }
    return connection.execute(_OPEN_CONVERSATIONS, values).fetchall()


def newest(connection: Connection, account_ids: Sequence[UUID]) -> dict[UUID, datetime]:
    """When something last came in through each account."""
    sql = """
        SELECT a.id, d.received_at FROM unnest(%(ids)s::uuid[]) AS a (id)
        CROSS JOIN LATERAL (
            SELECT received_at FROM inbound_deliveries WHERE account_id = a.id ORDER BY received_at DESC LIMIT 1
        ) d
    """
    return {row.id: row.received_at for row in connection.execute(sql, {"ids": list(account_ids)})}
