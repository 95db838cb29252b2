"""Who is calling: the piece of SQL that turns a secret's hash into a person, a place and roles.

It rides in the statement that does the work, because a statement of its own would cost a
fifth of the counter's throughput. `roles_here` are the roles that count at the caller's store.
"""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from hashlib import sha256
from typing import Any
from uuid import UUID

from bridge.db import Connection
from bridge.errors import NotSignedIn, SessionLocked
from bridge.locking import NOTED_EVERY_SECONDS, SERVER_GRACE_SECONDS
from bridge.roles import Actor, Assignment, Role
from bridge.settings import Settings

_LIVE = """
c.revoked_at IS NULL AND c.expires_at > %(now)s AND c.kind <> 'device'
      AND (c.person_id IS NULL OR p.status = 'active')
      AND d.revoked_at IS NULL
"""

_STORE_PAGE = "c.kind = 'page_session' AND c.device_id IS NOT NULL"

_LEFT_ALONE = f"""
CASE WHEN {_STORE_PAGE}
     THEN c.last_seen_at <= %(now)s - make_interval(mins => d.lock_minutes, secs => {SERVER_GRACE_SECONDS})
     ELSE c.kind <> 'api_key' AND c.last_seen_at <= %(idle_since)s END
"""
"""A session at a store is locked when nobody touches it; anywhere else it is over."""

CALLER = f"""
caller AS (
    SELECT c.id AS credential_id, c.kind AS credential_kind, c.scopes, c.brand_id, c.person_id,
           coalesce(p.display_name, c.name) AS caller_name, c.device_id, d.name AS device_name, d.kind AS device_kind, d.lock_minutes,
           c.store_id AS caller_store_id, s.number AS caller_store_number, s.name AS caller_store_name,
           s.unit_path AS caller_path,
           ARRAY(
               SELECT a.role::text FROM role_assignments a
               WHERE a.person_id = c.person_id AND a.org_unit_id = ANY (s.unit_path)
                 AND a.valid_from <= %(now)s AND (a.valid_to IS NULL OR a.valid_to > %(now)s)
               UNION ALL
               SELECT 'integration' WHERE c.person_id IS NULL AND c.unit_id = ANY (s.unit_path)
           ) AS roles_here
    FROM credentials c
    LEFT JOIN people p ON p.id = c.person_id
    LEFT JOIN devices d ON d.id = c.device_id
    LEFT JOIN stores s ON s.id = c.store_id
    WHERE c.secret_hash = %(secret_hash)s AND c.locked_at IS NULL AND {_LIVE} AND NOT {_LEFT_ALONE}
)
"""

# A session that a start password opened may do nothing, so that password may open it again.
_LOCKED = f"""
SELECT c.id AS credential_id, c.brand_id, c.person_id, c.device_id, c.store_id, p.display_name, p.locale,
       p.pin_hash, p.pin_start_until, p.password_hash,
       p.password_is_start AND c.scopes IS DISTINCT FROM ARRAY[]::text[] AS password_is_start
FROM credentials c
JOIN people p ON p.id = c.person_id
JOIN devices d ON d.id = c.device_id
WHERE c.secret_hash = %(secret_hash)s AND {_STORE_PAGE} AND {_LIVE} AND (c.locked_at IS NOT NULL OR {_LEFT_ALONE})
"""

SEEN = """
seen AS (
    UPDATE credentials SET last_seen_at = %(now)s
    FROM caller
    WHERE credentials.id = caller.credential_id AND credentials.last_seen_at < %(seen_before)s
)
"""
"""Keeps an idle limit honest at the price of one write a minute."""

Ask = Callable[[str, dict[str, Any]], Any]
"""`execute` of a connection or `ask` of an act."""

SEEN_EVERY = timedelta(seconds=NOTED_EVERY_SECONDS)
_NEVER = datetime.min.replace(tzinfo=UTC)

_IDENTIFY = f"""
WITH {CALLER}, {SEEN}
SELECT caller.*, p.locale, p.email, p.training_valid_until, b.name AS brand_name, b.currency,
       b.care_phone, h.zone AS store_zone, h.services AS store_services,
       p.pin_hash IS NOT NULL AND p.pin_start_until IS NULL AS has_pin,
       ARRAY(
           SELECT a.role || '@' || u.kind || '@' || a.org_unit_id
           FROM role_assignments a JOIN org_units u ON u.id = a.org_unit_id
           WHERE a.person_id = caller.person_id AND a.valid_from <= %(now)s
             AND (a.valid_to IS NULL OR a.valid_to > %(now)s)
           UNION ALL
           SELECT 'integration@' || u.kind || '@' || u.id
           FROM credentials k JOIN org_units u ON u.id = k.unit_id
           WHERE k.id = caller.credential_id AND k.person_id IS NULL
       ) AS assignments
FROM caller
JOIN brands b ON b.id = caller.brand_id
LEFT JOIN people p ON p.id = caller.person_id
LEFT JOIN stores h ON h.id = caller.caller_store_id
"""


def hash_of_secret(secret: str) -> bytes:
    """SHA-256 of a credential's secret. Fast on purpose: the secret has 256 random bits."""
    return sha256(secret.encode()).digest()


def caller_values(
    secret: str, *, now: datetime, settings: Settings, is_activity: bool = True
) -> dict[str, Any]:
    """The values that CALLER and SEEN need; without `is_activity` the idle limit goes on running."""
    return {
        "secret_hash": hash_of_secret(secret),
        "now": now,
        "idle_since": now - timedelta(seconds=settings.session_idle_seconds),
        "seen_before": now - SEEN_EVERY if is_activity else _NEVER,
    }


def identify(
    connection: Connection, secret: str, *, now: datetime, settings: Settings, is_activity: bool = True
) -> tuple[Actor, dict[str, Any]] | None:
    """The actor behind `secret` and a few facts for pages, or None when nobody may call with it.

    `is_activity` is false for what a page asks by itself: a tablet that nobody touches must sign out.
    """
    values = caller_values(secret, now=now, settings=settings, is_activity=is_activity)
    row = connection.execute(_IDENTIFY, values).fetchone()
    if row is None:
        return None
    held = []
    for word in row.assignments:
        role, unit_kind, unit_id = word.split("@")
        held.append(Assignment(Role(role), UUID(unit_id), unit_kind))
    facts = {
        "locale": row.locale or "en",
        "email": row.email or "",
        "store_number": row.caller_store_number,
        "store_name": row.caller_store_name,
        "store_zone": row.store_zone,
        "store_services": row.store_services or [],
        "care_phone": row.care_phone,
        "brand_name": row.brand_name,
        "currency": row.currency,
        "device_name": row.device_name,
        "device_kind": row.device_kind,
        "lock_minutes": row.lock_minutes if row.credential_kind == "page_session" else None,
        "has_pin": bool(row.has_pin),
        "is_key": row.credential_kind == "api_key",
        "has_start_password": row.credential_kind == "page_session" and row.scopes == [],
        "training_valid_until": row.training_valid_until,
    }
    return actor_of(row, tuple(held)), facts


def nobody(ask: Ask, secret: str, *, now: datetime, settings: Settings) -> NotSignedIn:
    """Why `secret` may not call: its session is only locked, or there is none."""
    if locked_session(ask, secret, now=now, settings=settings) is not None:
        return SessionLocked("this session is locked; unlock it with your PIN")
    return NotSignedIn("sign in first")


def locked_session(ask: Ask, secret: str, *, now: datetime, settings: Settings) -> Any:
    """The session behind `secret` when it is locked and can be unlocked, with what proves its person."""
    return ask(_LOCKED, caller_values(secret, now=now, settings=settings)).fetchone()


def actor_of(row: Any, assignments: tuple[Assignment, ...] | None = None) -> Actor:
    """The actor in a row that CALLER gave. Without `assignments` only the roles at the store are known."""
    if assignments is None:
        here = row.caller_path[0] if row.caller_path else None
        assignments = tuple(Assignment(Role(role), here, "store") for role in row.roles_here) if here else ()
    return Actor(
        kind="person" if row.person_id else "integration",
        id=row.person_id or row.credential_id,
        name=row.caller_name,
        brand_id=row.brand_id,
        assignments=assignments,
        scopes=None if row.scopes is None else frozenset(row.scopes),
        credential_id=row.credential_id,
        device_id=row.device_id,
        store_id=row.caller_store_id,
        store_path=tuple(row.caller_path or ()),
    )
