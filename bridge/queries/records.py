"""Read escalations: one with everything about it, a list, its timeline, who looked it up, its code.

Read-only and without locks; `reach` limits every statement to what the caller may see (None is
the whole brand).
"""

from datetime import datetime
from typing import Any
from uuid import UUID

import orjson

from bridge.db import Connection

_COLUMNS = """
e.id, e.number, e.brand_id, e.status, e.kind, e.level, e.store_scope, e.note_for_store, e.note_internal,
e.locale, e.order_ref, e.bought_by_other, e.needed_by, e.valid_from, e.valid_until, e.currency,
e.authorised_minor, e.remaining_minor, e.second_fact, e.authority, e.last_decision, e.outcome,
e.acknowledged_at, e.set_aside_note, e.presented_at, e.issued_at, e.created_at, e.updated_at, e.version,
e.agent_id, e.thread_id, e.store_id, e.scope_unit_id, e.frozen_at, e.owner_id, e.cause_code, e.told_at,
e.reopened, e.supersedes_id, e.superseded_by_id,
a.display_name AS agent_name, s.number AS store_number, s.name AS store_name, s.address AS store_address,
s.city AS store_city, s.state AS store_state, s.zone AS store_zone, s.hours AS store_hours,
u.name AS group_name, b.name AS brand_name, i.handle AS customer_handle, i.network AS customer_network,
t.permalink, ack.display_name AS acknowledged_by_name
"""

_FROM = """
FROM escalations e
JOIN people a ON a.id = e.agent_id
JOIN brands b ON b.id = e.brand_id
LEFT JOIN stores s ON s.id = e.store_id
LEFT JOIN org_units u ON u.id = e.scope_unit_id
LEFT JOIN social_identities i ON i.id = e.identity_id
LEFT JOIN threads t ON t.id = e.thread_id
LEFT JOIN people ack ON ack.id = e.acknowledged_by
"""

_IN_REACH = """
e.brand_id = %(brand_id)s
AND (%(reach)s::uuid[] IS NULL OR s.unit_path && %(reach)s::uuid[] OR e.scope_unit_id = ANY (%(reach)s::uuid[]))
"""

_ONE = f"""
SELECT {_COLUMNS}, (SELECT r.public_at FROM reference_codes r WHERE r.hmac = e.code_hmac) AS code_public_at,
       ARRAY(SELECT jsonb_build_object('channel', c.channel, 'tries', c.tries, 'result', c.result)
             FROM prior_contacts c WHERE c.escalation_id = e.id ORDER BY c.channel) AS prior_contacts,
       (SELECT jsonb_build_object('state', p.state, 'reason', p.reason, 'approver', ap.display_name)
        FROM approvals p LEFT JOIN people ap ON ap.id = p.approver_id
        WHERE p.escalation_id = e.id ORDER BY p.requested_at DESC LIMIT 1) AS approval
{_FROM}
WHERE e.id = %(id)s AND {_IN_REACH}
"""

_LIST = f"""
SELECT {_COLUMNS}
{_FROM}
WHERE {_IN_REACH}
  AND (%(statuses)s::text[] IS NULL OR e.status = ANY (%(statuses)s::text[]))
  AND (%(agent_id)s::uuid IS NULL OR e.agent_id = %(agent_id)s::uuid)
  AND (%(store_number)s::text IS NULL OR s.number = %(store_number)s::text)
  AND (%(before_at)s::timestamptz IS NULL
       OR (e.created_at, e.id) < (%(before_at)s::timestamptz, %(before_id)s::uuid))
ORDER BY e.created_at DESC, e.id DESC
LIMIT %(limit)s
"""

_TIMELINE = """
SELECT t.seq, t.at, t.action, t.body, t.hash, p.display_name AS actor_name, s.number AS store_number,
       s.name AS store_name, (SELECT r.role FROM role_assignments r
           WHERE r.person_id = t.actor_id AND r.valid_from <= t.at AND (r.valid_to IS NULL OR r.valid_to > t.at)
           ORDER BY r.valid_from, r.id LIMIT 1) AS actor_role,
       (SELECT second.display_name FROM people second
        WHERE second.id = (t.body::jsonb #>> '{facts,second_person}')::uuid) AS second_name
FROM timeline t
LEFT JOIN people p ON p.id = t.actor_id
LEFT JOIN stores s ON s.id = t.store_id
WHERE t.stream = %(stream)s
ORDER BY t.seq
"""

_LOOK_UPS = """
SELECT l.at, l.verdict, l.source, p.display_name AS person_name, d.name AS device_name,
       s.number AS store_number, (SELECT r.role FROM role_assignments r
           WHERE r.person_id = l.person_id AND r.valid_from <= l.at AND (r.valid_to IS NULL OR r.valid_to > l.at)
           ORDER BY r.valid_from, r.id LIMIT 1) AS person_role
FROM look_ups l
LEFT JOIN people p ON p.id = l.person_id
LEFT JOIN devices d ON d.id = l.device_id
LEFT JOIN stores s ON s.id = l.store_id
WHERE l.escalation_id = %(id)s
ORDER BY l.at DESC, l.id DESC
LIMIT %(limit)s
"""

# The brand's own sentences come along, because the texts are written at the same moment.
_CODE = """
SELECT r.cipher, r.hint,
       (SELECT w.definition FROM wordings w
        WHERE w.brand_id = e.brand_id AND w.kind = 'messages' AND w.retired_at IS NULL) AS wording
FROM escalations e JOIN reference_codes r ON r.hmac = e.code_hmac WHERE e.id = %(id)s
"""

_FOR_CUSTOMER = f"""
SELECT {_COLUMNS}, s.lat AS store_lat, s.lon AS store_lon, s.postcode AS store_postcode, s.phone AS store_phone,
       b.care_phone, l.code_hmac IS NOT DISTINCT FROM e.code_hmac AS code_counts,
       EXISTS (SELECT FROM transfers m WHERE m.escalation_id = e.id AND m.state = 'accepted') AS was_moved,
       EXISTS (SELECT FROM appeals a WHERE a.escalation_id = e.id AND a.used_at IS NULL
               AND a.expires_at > %(now)s) AS may_appeal
{_FROM}
JOIN status_links l ON l.escalation_id = e.id
WHERE l.token_hash = %(token_hash)s
  AND (e.ended_at IS NULL OR e.status = 'under_review'
       OR greatest(e.ended_at, e.closed_at) > %(ended_after)s)
"""

_GIVEN = """
SELECT coalesce(sum(d.amount_minor * CASE WHEN d.action = 'undo' THEN -1 ELSE 1 END), 0)::bigint AS minor
FROM decisions d WHERE d.escalation_id = %(id)s
"""

_NUMBERED = f"""
SELECT e.id {_FROM} WHERE e.number = %(number)s AND {_IN_REACH}
"""


def numbered(
    connection: Connection, number: int, *, brand_id: UUID | None, reach: list[UUID] | None
) -> UUID | None:
    """The id of the escalation that people call by this number; None outside the reach."""
    row = connection.execute(_NUMBERED, {"number": number, "brand_id": brand_id, "reach": reach}).fetchone()
    return None if row is None else row.id


def one(
    connection: Connection, escalation_id: UUID, *, brand_id: UUID | None, reach: list[UUID] | None
) -> Any:
    """An escalation with its place, people and prior contacts; None outside the reach."""
    return connection.execute(_ONE, {"id": escalation_id, "brand_id": brand_id, "reach": reach}).fetchone()


def for_customer(connection: Connection, token_hash: bytes, *, ended_after: datetime, now: datetime) -> Any:
    """The case behind a customer's address; None for an unknown one and for a case that ended long ago."""
    values = {"token_hash": token_hash, "ended_after": ended_after, "now": now}
    return connection.execute(_FOR_CUSTOMER, values).fetchone()


def listed(
    connection: Connection,
    *,
    brand_id: UUID | None,
    reach: list[UUID] | None,
    statuses: list[str] | None,
    agent_id: UUID | None,
    store_number: str | None,
    before: tuple[datetime, UUID] | None,
    limit: int,
) -> list[Any]:
    """Escalations within reach, newest first; `before` is the (created_at, id) of the last row seen."""
    return connection.execute(
        _LIST,
        {
            "brand_id": brand_id,
            "reach": reach,
            "statuses": statuses,
            "agent_id": agent_id,
            "store_number": store_number,
            "before_at": before[0] if before else None,
            "before_id": before[1] if before else None,
            "limit": limit,
        },
    ).fetchall()


def facts_of(link: Any) -> dict[str, Any]:
    """What a link of the timeline says beside who and when."""
    facts: dict[str, Any] = orjson.loads(link.body)["facts"]
    return facts


def timeline(connection: Connection, escalation_id: UUID) -> list[Any]:
    """Every link of the escalation's chain, oldest first, with names for the reader."""
    return connection.execute(_TIMELINE, {"stream": str(escalation_id)}).fetchall()


def look_ups(connection: Connection, escalation_id: UUID, *, limit: int = 100) -> list[Any]:
    """Who looked the code up, newest first."""
    return connection.execute(_LOOK_UPS, {"id": escalation_id, "limit": limit}).fetchall()


def given_minor(connection: Connection, escalation_id: UUID) -> int:
    """What stores have given of it by now, in minor units; what was taken back does not count."""
    row: Any = connection.execute(_GIVEN, {"id": escalation_id}).fetchone()
    return int(row.minor)


def sealed_code(connection: Connection, escalation_id: UUID) -> Any:
    """The sealed code that counts now, its hint and the brand's sentences; None when there is none."""
    return connection.execute(_CODE, {"id": escalation_id}).fetchone()
