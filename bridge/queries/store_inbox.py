"""The store's inbox as its page shows it: whom the store expects, by due time, and what left the list lately.

Due is the store's own next deadline; without one, the promise's end. A new case that the clock has not looked
at yet stands behind the other new ones, where its deadline will be, not at its end. Never a code.

The clock of the acknowledgement is stopped by what is written after the act; for a case that the store
has seen it no longer counts here, so that nothing is due that was done a moment ago.
"""

from datetime import datetime
from typing import Any
from uuid import UUID

from bridge.db import Connection

_COLUMNS = """
e.id, e.number, e.status, e.outcome, e.currency, e.authorised_minor, e.remaining_minor, e.valid_until, e.needed_by,
e.note_for_store, e.set_aside_note, e.acknowledged_at, e.authority, e.version, e.last_decision, e.ended_at,
i.handle AS customer_handle, i.network AS customer_network
"""

_OF_STORE = """
e.brand_id = %(brand_id)s
AND (e.store_id = %(store_id)s
     OR (e.store_id IS NULL AND e.store_scope = 'group' AND e.scope_unit_id = ANY (%(store_path)s)))
"""

_WAITING = f"""
SELECT {_COLUMNS}, clock.type AS clock, coalesce(clock.due_at, e.valid_until) AS due_at,
       count(*) OVER () AS all_expected, count(*) FILTER (WHERE e.status = 'issued') OVER () AS all_waiting,
       count(*) FILTER (WHERE clock.due_at <= %(now)s) OVER () AS all_late,
       count(*) FILTER (WHERE coalesce(clock.due_at, e.valid_until) < %(day_ends_at)s) OVER () AS all_today
FROM escalations e
LEFT JOIN social_identities i ON i.id = e.identity_id
LEFT JOIN LATERAL (
    SELECT m.type, m.due_at FROM milestones m
    WHERE m.escalation_id = e.id AND m.type IN ('store_ack', 'counter_decision', 'customer_need')
      AND m.state IN ('running', 'missed_open') AND (m.type <> 'store_ack' OR e.status = 'issued')
    ORDER BY m.due_at, m.type LIMIT 1
) AS clock ON true
WHERE {_OF_STORE} AND e.status IN ('issued', 'acknowledged', 'awaiting_agent') AND e.valid_until > %(now)s
ORDER BY coalesce(
    clock.due_at,
    CASE WHEN e.status = 'issued'
         THEN greatest(%(now)s, max(clock.due_at) FILTER (WHERE e.status = 'issued') OVER ()) END,
    e.valid_until), clock.due_at IS NULL, e.id
LIMIT %(limit)s
"""

_LEFT = f"""
SELECT {_COLUMNS}, moved.to_number, moved.to_name, moved.state AS move_state, coalesce(moved.at, e.updated_at) AS at
FROM escalations e
LEFT JOIN social_identities i ON i.id = e.identity_id
LEFT JOIN LATERAL (
    SELECT s.number AS to_number, s.name AS to_name, t.state, coalesce(t.decided_at, t.offered_at) AS at
    FROM transfers t JOIN stores s ON s.id = t.to_store_id
    WHERE t.escalation_id = e.id AND t.from_store_id = %(store_id)s AND t.state IN ('offered', 'accepted')
    ORDER BY t.offered_at DESC LIMIT 1
) AS moved ON true
WHERE e.brand_id = %(brand_id)s
  AND e.id IN (
      SELECT c.id FROM escalations c
      WHERE c.store_id = %(store_id)s AND c.created_at > %(created_since)s AND c.updated_at > %(since)s
        AND c.status IN ('transferring', 'honoured', 'part_honoured', 'declined', 'revoked', 'expired',
                         'under_review', 'closed')
      UNION
      SELECT d.escalation_id FROM decisions d WHERE d.store_id = %(store_id)s AND d.happened_at > %(since)s
      UNION
      SELECT t.escalation_id FROM transfers t
      WHERE t.from_store_id = %(store_id)s AND t.state = 'accepted' AND t.decided_at > %(since)s)
ORDER BY at DESC, e.id
LIMIT %(limit)s
"""

_OFFERS = """
SELECT count(*) AS offers FROM transfers t JOIN escalations e ON e.id = t.escalation_id
WHERE t.to_store_id = %(store_id)s AND t.state = 'offered' AND e.status = 'transferring'
"""


def waiting(
    connection: Connection,
    *,
    store_id: UUID,
    store_path: list[UUID],
    brand_id: UUID | None,
    now: datetime,
    day_ends_at: datetime,
    limit: int,
) -> list[Any]:
    """Live cases of the store and of its groups, what is due first on top.

    Each row also says how many there are in all, how many no one of the store has acknowledged, how many are
    late, and due before `day_ends_at`.
    """
    values = {
        "store_id": store_id,
        "store_path": store_path,
        "brand_id": brand_id,
        "now": now,
        "day_ends_at": day_ends_at,
        "limit": limit,
    }
    return connection.execute(_WAITING, values).fetchall()


def left(
    connection: Connection,
    *,
    store_id: UUID,
    brand_id: UUID | None,
    since: datetime,
    created_since: datetime,
    limit: int,
) -> list[Any]:
    """What the store decided, moved or saw end since, newest first; cases older than `created_since` only
    when the store itself did something."""
    values = {
        "store_id": store_id,
        "brand_id": brand_id,
        "since": since,
        "created_since": created_since,
        "limit": limit,
    }
    return connection.execute(_LEFT, values).fetchall()


def offers(connection: Connection, store_id: UUID) -> int:
    """How many cases other stores ask this one to take."""
    row = connection.execute(_OFFERS, {"store_id": store_id}).fetchone()
    assert row is not None
    return int(row.offers)
