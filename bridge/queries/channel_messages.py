"""What we write to networks and care tools, as a queue: claimed with a lease, settled by its claimer."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final
from uuid import UUID

from sqlmodel import Session

from bridge.db import Act, Connection
from bridge.queries.triage import ANSWERED

# Two conversations of one care tool may be one thread: the newest carries the message, once.
# The post that is answered, else the customer's newest through this account, says where the answer goes.
_CLAIM: Final = """
WITH due AS (
    SELECT m.id, m.state AS was
    FROM channel_messages m JOIN channel_accounts a ON a.id = m.account_id
    WHERE m.state IN ('queued', 'sending', 'unknown') AND m.next_at <= %(now)s
      AND a.enabled AND a.deleted_at IS NULL AND a.token_state <> 'signed_out' AND a.channel = ANY (%(channels)s)
      AND (a.paused_until IS NULL OR a.paused_until <= %(now)s)
    ORDER BY m.next_at
    LIMIT %(limit)s
    FOR UPDATE OF m SKIP LOCKED
), claimed AS (
    UPDATE channel_messages m
    SET state = 'sending', next_at = %(lease_until)s, attempts = m.attempts + (due.was = 'queued')::int,
        looks = m.looks + (due.was <> 'queued')::int, first_tried_at = coalesce(m.first_tried_at, %(now)s)
    FROM due
    WHERE m.id = due.id
    RETURNING m.*, due.was
)
SELECT c.*, t.external_id AS thread_external_id, i.handle AS to_handle, i.external_id AS to_external_id,
       p.external_id AS post_external_id, p.posted_at, p.reference, d.external_id AS door,
       CASE WHEN t.visibility = 'private' THEN d.last_customer_at END AS last_private_at,
       r.display_name AS released_by_name
FROM claimed c
JOIN threads t ON t.id = c.thread_id
JOIN social_identities i ON i.id = t.identity_id
LEFT JOIN LATERAL (
    SELECT external_id, last_customer_at FROM thread_doors
    WHERE thread_id = c.thread_id AND account_id = c.account_id
    ORDER BY last_customer_at DESC NULLS LAST, id
    LIMIT 1
) d ON true
LEFT JOIN people r ON r.id = c.released_by
LEFT JOIN LATERAL (
    SELECT external_id, posted_at, reference FROM posts
    WHERE CASE WHEN c.post_id IS NULL THEN thread_id = c.thread_id AND author_kind = 'customer'
          ELSE id = c.post_id END
    ORDER BY posted_at DESC, external_id DESC
    LIMIT 1
) p ON true
ORDER BY c.created_at, c.id
"""

_SETTLE: Final = """
UPDATE channel_messages
SET state = %(state)s::text, next_at = %(next_at)s::timestamptz, last_error = %(error)s::text,
    external_id = coalesce(nullif(%(external_id)s::text, ''), external_id),
    permalink = coalesce(nullif(%(permalink)s::text, ''), permalink),
    visibility = coalesce(nullif(%(visibility)s::text, ''), visibility),
    hand_off_url = coalesce(nullif(%(hand_off_url)s::text, ''), hand_off_url),
    settled_at = CASE WHEN %(state)s::text IN ('sent', 'failed_final', 'cancelled') THEN %(now)s::timestamptz END
WHERE id = %(id)s AND state = 'sending' AND attempts = %(attempts)s AND looks = %(looks)s
RETURNING id
"""

_ATTEMPT: Final = """
INSERT INTO message_attempts (message_id, is_look, started_at, result, status_code, error, excerpt)
VALUES (%(id)s, %(is_look)s, %(started_at)s, %(result)s, %(status_code)s, %(error)s, %(excerpt)s)
"""

# What we said stands in the thread as the network's echo would put it there; the echo then finds it.
_SAY: Final = """
INSERT INTO posts (id, thread_id, network, external_id, author_kind, author_handle, posted_at, text, text_sha256,
                   received_at, account_id)
SELECT %(post_id)s::uuid, t.id, t.network, %(external_id)s::text, 'brand', %(handle)s::text, %(now)s::timestamptz,
       %(text)s::text, %(text_sha256)s::bytea, %(now)s::timestamptz, %(account_id)s::uuid
FROM threads t WHERE t.id = %(thread_id)s
ON CONFLICT (network, external_id) DO NOTHING
"""

_ANSWERED: Final = f"""
UPDATE threads
SET last_post_at = greatest(last_post_at, %(now)s), attend_at = least(attend_at, %(now)s), {ANSWERED}
WHERE id = %(thread_id)s
"""


@dataclass(frozen=True, slots=True)
class ClaimedMessage:
    """A message that this worker sends, or looks for, until its lease ends. `row` is the rest of it."""

    id: UUID
    account_id: UUID
    thread_id: UUID
    attempts: int
    looks: int
    may_have_been_sent: bool
    row: Any


def claim(
    act: Act, now: datetime, *, channels: Collection[str], limit: int, lease_until: datetime
) -> list[ClaimedMessage]:
    """Take messages that are due at working accounts of these channels. Locks with SKIP LOCKED; the caller commits.

    One whose worker died, and one whose try had no clear end, comes with `may_have_been_sent`.
    """
    values = {"now": now, "channels": list(channels), "limit": limit, "lease_until": lease_until}
    rows = act.ask(_CLAIM, values)
    return [
        ClaimedMessage(
            row.id, row.account_id, row.thread_id, row.attempts, row.looks, row.was != "queued", row
        )
        for row in rows
    ]


def settle(
    act: Act,
    one: ClaimedMessage,
    *,
    state: str,
    next_at: datetime | None,
    now: datetime,
    error: str = "",
    external_id: str = "",
    permalink: str = "",
    visibility: str = "",
    hand_off_url: str = "",
) -> bool:
    """Store what became of a claimed message. False when its lease ran out and another took it."""
    values = {
        "id": one.id,
        "attempts": one.attempts,
        "looks": one.looks,
        "state": state,
        "next_at": next_at,
        "error": error[:120],
        "external_id": external_id,
        "permalink": permalink,
        "visibility": visibility,
        "hand_off_url": hand_off_url[:2000],
        "now": now,
    }
    return act.ask(_SETTLE, values).fetchone() is not None


_PUT_BACK: Final = """
UPDATE channel_messages
SET state = %(was)s::text, next_at = %(now)s, attempts = attempts - (%(was)s::text = 'queued')::int,
    looks = looks - (%(was)s::text <> 'queued')::int,
    first_tried_at = CASE WHEN %(was)s::text = 'queued' AND attempts = 1 THEN NULL ELSE first_tried_at END
WHERE id = %(id)s AND state = 'sending' AND attempts = %(attempts)s AND looks = %(looks)s
"""


def put_back(act: Act, one: ClaimedMessage, *, now: datetime) -> None:
    """Give a message back that was claimed and not tried."""
    was = "unknown" if one.may_have_been_sent else "queued"
    act.ask(_PUT_BACK, {"id": one.id, "attempts": one.attempts, "looks": one.looks, "was": was, "now": now})


# Nothing was tried, so the try that the claim counted is taken back.
_HOLD: Final = """
UPDATE channel_messages
SET state = %(state)s::text, next_at = NULL, release_until = %(release_until)s::timestamptz, last_error = %(error)s,
    released_by = CASE WHEN %(state)s::text = 'failed_final' THEN released_by END,
    released_at = CASE WHEN %(state)s::text = 'failed_final' THEN released_at END, attempts = attempts - %(untried)s::int,
    first_tried_at = CASE WHEN attempts = %(untried)s::int THEN NULL ELSE first_tried_at END,
    settled_at = CASE WHEN %(state)s::text = 'failed_final' THEN %(now)s::timestamptz END
WHERE id = %(id)s AND state = 'sending' AND attempts = %(attempts)s AND looks = %(looks)s
RETURNING id
"""


def hold(
    act: Act,
    one: ClaimedMessage,
    *,
    was_tried: bool,
    release_until: datetime | None,
    error: str,
    now: datetime,
) -> bool:
    """The window is over: wait for a person until `release_until`, or without it give up for good."""
    values = {
        "id": one.id,
        "attempts": one.attempts,
        "looks": one.looks,
        "state": "failed_final" if release_until is None else "waiting",
        "release_until": release_until,
        "untried": int(not was_tried and not one.may_have_been_sent),
        "error": error[:120],
        "now": now,
    }
    return act.ask(_HOLD, values).fetchone() is not None


_EXPIRE: Final = """
UPDATE channel_messages SET state = 'failed_final', last_error = 'not_released', settled_at = %(now)s
WHERE state = 'waiting' AND release_until <= %(now)s
"""


def expire_waiting(act: Act, now: datetime) -> int:
    """Give up what nobody released in time. Returns how many."""
    return act.ask(_EXPIRE, {"now": now}).rowcount


def note_attempt(act: Act, values: Mapping[str, object]) -> None:
    """Append one try, or one look."""
    act.ask(_ATTEMPT, dict(values))


def say_in_thread(act: Act, values: Mapping[str, object]) -> None:
    """Put what was sent into its thread as the brand's post; the thread counts as answered by `person_id`."""
    act.ask(_SAY, dict(values))
    act.ask(_ANSWERED, dict(values))


def say_in_thread_too(session: Session, values: Mapping[str, object]) -> None:
    """As `say_in_thread`, inside an ORM transaction."""
    session.connection().exec_driver_sql(_SAY, dict(values))
    session.connection().exec_driver_sql(_ANSWERED, dict(values))


# The network itself says that both names are one person's, so nothing is guessed.
_ALSO_CALLED: Final = """
INSERT INTO social_identities (id, brand_id, customer_id, own_customer_id, network, handle, external_id, created_at)
SELECT %(id)s::uuid, i.brand_id, i.customer_id, coalesce(i.own_customer_id, i.customer_id), i.network, %(handle)s::text, %(external_id)s::text, %(now)s::timestamptz
FROM threads t JOIN social_identities i ON i.id = t.identity_id
WHERE t.id = %(thread_id)s AND NOT EXISTS (
    SELECT 1 FROM social_identities x
    WHERE x.brand_id = i.brand_id AND x.network = i.network AND x.external_id = %(external_id)s::text
)
ON CONFLICT DO NOTHING
"""


def also_called(act: Act, values: Mapping[str, object]) -> None:
    """The thread's customer has this name in private; one who wrote under it before stays as they are."""
    act.ask(_ALSO_CALLED, dict(values))


def of_thread(connection: Connection, thread_id: UUID) -> Sequence[Any]:
    """Everything that was written or waits in a thread, oldest first, with the account's name."""
    sql = """
        SELECT m.*, a.name AS account_name, a.channel, p.display_name AS author_name
        FROM channel_messages m
        JOIN channel_accounts a ON a.id = m.account_id
        LEFT JOIN people p ON p.id = m.created_by
        WHERE m.thread_id = %(thread_id)s
        ORDER BY m.created_at, m.id
    """
    return connection.execute(sql, {"thread_id": thread_id}).fetchall()
