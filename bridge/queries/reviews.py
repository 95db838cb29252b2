"""HQ's queue: open rows, and count what is alike.

A case has at most one open row for each reason; the partial unique index says so, and every
insert leaves an existing row as it is.
"""

from collections.abc import Sequence
from datetime import datetime, timedelta
from uuid import UUID

import orjson

from bridge.db import Act
from bridge.models.base import new_id
from bridge.reviewing import NewReview

_OPEN = """
INSERT INTO reviews (id, brand_id, escalation_id, store_id, entry_reason, state, facts, opened_at, opened_by,
                     finding_text)
SELECT n.id, n.brand_id, n.escalation_id, n.store_id, n.entry_reason, 'open', n.facts::jsonb, n.opened_at,
       n.opened_by, ''
FROM unnest(%(ids)s::uuid[], %(brand_ids)s::uuid[], %(escalation_ids)s::uuid[], %(store_ids)s::uuid[],
            %(entry_reasons)s::text[], %(facts)s::text[], %(opened_ats)s::timestamptz[],
            %(opened_bys)s::uuid[])
     AS n (id, brand_id, escalation_id, store_id, entry_reason, facts, opened_at, opened_by)
ORDER BY n.escalation_id, n.entry_reason
ON CONFLICT (escalation_id, entry_reason) WHERE state <> 'closed' DO NOTHING
RETURNING escalation_id, entry_reason
"""

_ALIKE = """
SELECT count(DISTINCT d.escalation_id) AS cases
FROM escalations e
JOIN decisions d ON d.escalation_id = e.id
WHERE e.store_id = %(store_id)s AND e.created_at > %(created_since)s
  AND d.action = 'decline' AND d.store_id = %(store_id)s AND d.reason = %(reason)s
  AND d.happened_at > %(since)s AND d.happened_at <= %(now)s
  AND NOT EXISTS (SELECT 1 FROM decisions u WHERE u.reverses_id = d.id)
"""
DECIDED_WITHIN = timedelta(days=92)
"""A case that was made longer before the window than this cannot be declined in it; keeps the index short."""


def open_reviews(act: Act, wanted: Sequence[NewReview]) -> list[NewReview]:
    """Put cases before HQ. Returns those that had no open row for their reason yet.

    Does not commit. Waits for another transaction that opens the same row, so the caller holds
    the case's lock, as the clock and every act do.
    """
    if not wanted:
        return []
    rows = act.ask(
        _OPEN,
        {
            "ids": [new_id() for _ in wanted],
            "brand_ids": [new.brand_id for new in wanted],
            "escalation_ids": [new.escalation_id for new in wanted],
            "store_ids": [new.store_id for new in wanted],
            "entry_reasons": [new.entry_reason.value for new in wanted],
            "facts": [orjson.dumps(dict(new.facts)).decode() for new in wanted],
            "opened_ats": [new.opened_at for new in wanted],
            "opened_bys": [new.opened_by for new in wanted],
        },
    ).fetchall()
    opened = {(row.escalation_id, row.entry_reason) for row in rows}
    newly = []
    for new in wanted:
        if (new.escalation_id, new.entry_reason.value) in opened:
            opened.discard((new.escalation_id, new.entry_reason.value))
            newly.append(new)
    return newly


def cases_alike(act: Act, *, store_id: UUID, reason: str, since: datetime, now: datetime) -> int:
    """How many of its cases the store declined for `reason` after `since`, undone declines left out."""
    row = act.ask(
        _ALIKE,
        {
            "store_id": store_id,
            "reason": reason,
            "created_since": since - DECIDED_WITHIN,
            "since": since,
            "now": now,
        },
    ).fetchone()
    return int(row.cases) if row else 0
