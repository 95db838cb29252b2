"""Connected accounts and their sealed secrets, read in one statement. What locks says so."""

from collections.abc import Collection, Mapping, Sequence
from datetime import datetime
from typing import Any, Final
from uuid import UUID

from psycopg.types.json import Jsonb
from sqlmodel import Session

from bridge.db import Act, Connection

STREAM_IS_HELD_SECONDS: Final = 60
"""A stream that nobody saw for so long is not held any more."""

STREAMED_SINCE: Final = f"""
CASE WHEN a.stream_seen_at > %(now)s::timestamptz - interval '{STREAM_IS_HELD_SECONDS} s' THEN a.stream_since END
"""
"""Since when account `a` has a stream open; null while it has none. Wants `now`."""

ACCOUNT: Final = f"""
SELECT a.id, a.brand_id, a.channel, a.name, a.base_url, a.external_id, a.handle, a.settings, a.cursor,
       a.enabled AND a.deleted_at IS NULL AS is_open, a.token_state, a.poll_failures, a.reread_after,
       a.refused_at, s.names, s.ciphers,
       {STREAMED_SINCE} AS streamed_since
FROM channel_accounts a
CROSS JOIN LATERAL (
    SELECT coalesce(array_agg(name ORDER BY created_at DESC, id DESC), '{{}}') AS names,
           coalesce(array_agg(cipher ORDER BY created_at DESC, id DESC), '{{}}') AS ciphers
    FROM channel_secrets
    WHERE account_id = a.id AND (expires_at IS NULL OR expires_at > %(now)s)
) s
"""
"""An account with its live secrets, newest first. Wants `now`."""

_BY_ID: Final = f"{ACCOUNT} WHERE a.id = ANY (%(ids)s)"

TWIN: Final = """
    SELECT o.name FROM channel_accounts o
    WHERE o.brand_id = a.brand_id AND o.channel = a.channel AND o.external_id = a.external_id AND a.external_id <> ''
      AND (o.base_url = a.base_url OR NOT a.channel = ANY (%(by_server)s))
      AND o.enabled AND o.deleted_at IS NULL AND o.token_state <> 'signed_out'
      AND (o.created_at, o.id) < (a.created_at, a.id)
"""
"""The working account, connected before account `a`, that is the same one at the network.

Wants `by_server`, the channels whose servers count their accounts themselves.
"""

_TAKEN: Final = """
SELECT name FROM channel_accounts
WHERE brand_id = %(brand_id)s AND channel = %(channel)s AND external_id = %(external_id)s
  AND (base_url = %(base_url)s OR NOT %(by_server)s) AND id IS DISTINCT FROM %(other_than)s::uuid
  AND enabled AND deleted_at IS NULL AND token_state <> 'signed_out'
ORDER BY created_at, id
LIMIT 1
"""

# Polling takes a lease: whoever dies while asking leaves the account to the next one.
_CLAIM_POLLS: Final = f"""
WITH due AS (
    SELECT id FROM channel_accounts a
    WHERE poll_at <= %(now)s AND enabled AND deleted_at IS NULL AND token_state = 'ok'
      AND channel = ANY (%(channels)s)
      AND (paused_until IS NULL OR paused_until <= %(now)s) AND NOT EXISTS ({TWIN})
    ORDER BY poll_at
    LIMIT %(limit)s
    FOR UPDATE SKIP LOCKED
), leased AS (
    UPDATE channel_accounts a SET poll_at = %(lease_until)s FROM due WHERE a.id = due.id RETURNING a.id
)
{ACCOUNT} JOIN leased ON leased.id = a.id
"""

_POLLED: Final = """
UPDATE channel_accounts
SET cursor = %(cursor)s, poll_at = %(poll_at)s::timestamptz, polled_at = CASE WHEN %(error)s::text = '' THEN %(now)s::timestamptz ELSE polled_at END,
    poll_failures = CASE WHEN %(error)s::text = '' THEN 0 ELSE poll_failures + 1 END,
    reread_after = CASE WHEN %(error)s::text = '' THEN %(reread_after)s::uuid ELSE reread_after END,
    last_error = CASE WHEN %(error)s::text = '' THEN last_error ELSE %(error)s::text END,
    last_error_at = CASE WHEN %(error)s::text = '' THEN last_error_at ELSE %(now)s::timestamptz END
WHERE id = %(id)s AND poll_at = %(lease_until)s
"""

_TROUBLE: Final = """
UPDATE channel_accounts
SET last_error = %(error)s::text, last_error_at = %(now)s::timestamptz,
    paused_until = greatest(paused_until, %(paused_until)s::timestamptz),
    token_state = coalesce(%(token_state)s::text, token_state)
WHERE id = %(id)s
"""

# Nobody waits for the row: who holds it, such as a refresh of its token, may hold it for seconds.
_REFUSED: Final = """
UPDATE channel_accounts SET refused_at = %(now)s, refused_why = %(why)s
WHERE id = (
    SELECT id FROM channel_accounts WHERE id = %(id)s AND (refused_at IS NULL OR refused_at <= %(before)s)
    FOR NO KEY UPDATE SKIP LOCKED
)
"""

_LOCK: Final = "SELECT token_state FROM channel_accounts WHERE id = %(id)s FOR UPDATE"

_SEAL_IN: Final = """
INSERT INTO channel_secrets (id, account_id, name, cipher, created_at)
VALUES (%(id)s, %(account_id)s, %(name)s, %(cipher)s, %(now)s)
"""

_RETIRE_SECRETS: Final = """
UPDATE channel_secrets SET expires_at = least(expires_at, %(until)s)
WHERE account_id = %(account_id)s AND name = %(name)s AND created_at < %(now)s
"""

_SIGNED_IN: Final = """
UPDATE channel_accounts
SET token_state = 'ok', token_expires_at = %(token_expires_at)s,
    external_id = coalesce(nullif(%(external_id)s::text, ''), external_id),
    handle = coalesce(nullif(%(handle)s::text, ''), handle), settings = settings || %(facts)s
WHERE id = %(id)s
"""


def accounts(connection: Connection, ids: Collection[UUID], now: datetime) -> Sequence[Any]:
    """The accounts of these ids with their live secrets, newest first; `is_open` says whether each works."""
    return connection.execute(_BY_ID, {"ids": list(ids), "now": now}).fetchall()


def accounts_in(act: Act, ids: Collection[UUID], now: datetime) -> Sequence[Any]:
    """As `accounts`, inside an act."""
    return act.ask(_BY_ID, {"ids": list(ids), "now": now}).fetchall()


def claim_polls(
    act: Act,
    now: datetime,
    *,
    channels: Collection[str],
    by_server: Collection[str],
    limit: int,
    lease_until: datetime,
) -> Sequence[Any]:
    """Take accounts of these channels that are due to be asked, until the lease ends. The caller commits.

    Of two that are the same account at the network (`TWIN`), the first one is asked.
    """
    values = {
        "now": now,
        "channels": list(channels),
        "by_server": list(by_server),
        "limit": limit,
        "lease_until": lease_until,
    }
    return act.ask(_CLAIM_POLLS, values).fetchall()


def polled(
    act: Act,
    account_id: UUID,
    *,
    cursor: object,
    poll_at: datetime,
    lease_until: datetime,
    error: str,
    reread_after: UUID | None = None,
    now: datetime,
) -> bool:
    """Move the cursor on, if the lease is still ours. False when another one took the account meanwhile."""
    values = {
        "id": account_id,
        "cursor": Jsonb(cursor),
        "poll_at": poll_at,
        "lease_until": lease_until,
        "error": error,
        "reread_after": reread_after,
        "now": now,
    }
    return act.ask(_POLLED, values).rowcount == 1


def note_trouble(
    connection: Connection,
    account_id: UUID,
    *,
    error: str,
    now: datetime,
    paused_until: datetime | None = None,
    token_state: str | None = None,
) -> None:
    """Keep the last error; pause the account, or stop it until somebody signs in again."""
    connection.execute(
        _TROUBLE,
        {
            "id": account_id,
            "error": error,
            "now": now,
            "paused_until": paused_until,
            "token_state": token_state,
        },
    )


def taken_by(
    session: Session,
    brand_id: UUID,
    *,
    channel: str,
    external_id: str,
    base_url: str,
    by_server: bool,
    other_than: UUID | None = None,
) -> str | None:
    """The name of the working account that is this one at the network; None when there is none."""
    values = {
        "brand_id": brand_id,
        "channel": channel,
        "external_id": external_id,
        "base_url": base_url,
        "by_server": by_server,
        "other_than": other_than,
    }
    return session.connection().exec_driver_sql(_TAKEN, values).scalar()


def note_refusal(
    connection: Connection, account_id: UUID, *, why: str, before: datetime, now: datetime
) -> None:
    """Keep the last refusal, unless one was kept after `before`; waits for nobody."""
    connection.execute(_REFUSED, {"id": account_id, "why": why[:40], "before": before, "now": now})


def stop(act: Act, account_id: UUID, *, error: str, now: datetime) -> None:
    """Stop the account until somebody signs in again."""
    values = {"id": account_id, "error": error, "now": now, "paused_until": None, "token_state": "signed_out"}
    act.ask(_TROUBLE, values)


def lock(act: Act, account_id: UUID) -> Any:
    """Lock the account until the act ends, so that one worker alone refreshes its token."""
    return act.ask(_LOCK, {"id": account_id}).fetchone()


def replace_secret(
    act: Act, account_id: UUID, *, secret_id: UUID, name: str, cipher: bytes, until: datetime, now: datetime
) -> None:
    """Add a secret; older ones of its name count until `until`."""
    act.ask(
        _SEAL_IN,
        {"id": secret_id, "account_id": account_id, "name": name, "cipher": cipher, "now": now},
    )
    act.ask(_RETIRE_SECRETS, {"account_id": account_id, "name": name, "until": until, "now": now})


def signed_in(
    act: Act,
    account_id: UUID,
    *,
    token_expires_at: datetime | None,
    external_id: str = "",
    handle: str = "",
    facts: Mapping[str, str] | None = None,
) -> None:
    """The token works again; who the other side says we are and what it allows is kept, where it says so."""
    values = {
        "id": account_id,
        "token_expires_at": token_expires_at,
        "external_id": external_id[:120],
        "handle": handle[:80],
        "facts": Jsonb(dict(facts or {})),
    }
    act.ask(_SIGNED_IN, values)
