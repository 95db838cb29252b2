"""The promise that a mistyped code may have meant, and what stands behind an offer to open one."""

from datetime import datetime
from typing import Any
from uuid import UUID

from bridge.db import Connection

_OFFER = """
WITH near AS (
    SELECT e.id, e.currency, e.authorised_minor, e.remaining_minor, e.authority,
           i.handle AS customer_handle, i.network AS customer_network
    FROM reference_codes r
    JOIN escalations e ON e.id = r.escalation_id AND e.code_hmac = r.hmac
    LEFT JOIN social_identities i ON i.id = e.identity_id
    WHERE r.hmac = ANY (%(hmacs)s::bytea[]) AND e.brand_id = %(brand_id)s
      AND e.status IN ('issued', 'acknowledged') AND e.valid_until > %(now)s AND e.frozen_at IS NULL
      AND (e.store_id = %(store_id)s
           OR (e.store_id IS NULL AND e.store_scope = 'group' AND e.scope_unit_id = ANY (%(store_path)s)))
      AND NOT EXISTS (
          SELECT FROM guess_locks l
          WHERE l.until > %(now)s AND (l.counted_on, l.subject) IN (
              ('device', %(device_id)s::text), ('person', %(person_id)s::text), ('store', %(store_id)s::text),
              ('brand', %(brand_id)s::text)))
    LIMIT 2
),
alone AS (SELECT near.* FROM near WHERE (SELECT count(*) FROM near) = 1),
logged AS (
    INSERT INTO look_ups (id, at, escalation_id, verdict, source, person_id, credential_id, device_id, store_id)
    SELECT %(look_up_id)s::uuid, %(now)s, alone.id, 'near_miss', %(source)s, %(person_id)s::uuid,
           %(credential_id)s::uuid, %(device_id)s::uuid, %(store_id)s::uuid
    FROM alone
)
SELECT alone.*, %(look_up_id)s::uuid AS look_up_id FROM alone
"""

_BEHIND = """
SELECT l.verdict, coalesce(n.code_hmac, e.code_hmac) AS code_hmac
FROM look_ups l
JOIN escalations e ON e.id = l.escalation_id
LEFT JOIN escalations n ON l.verdict = 'replaced' AND n.id = e.superseded_by_id
     AND n.identity_id IS NOT DISTINCT FROM e.identity_id AND n.store_id = e.store_id
     AND n.status NOT IN ('draft', 'pending_approval', 'rejected', 'cancelled')
WHERE l.id = %(look_up_id)s AND l.credential_id = %(credential_id)s AND l.at > %(since)s
  AND l.source <> 'decision' AND l.store_id = %(store_id)s
  AND (l.verdict = 'near_miss' OR (l.verdict = 'replaced' AND n.id IS NOT NULL AND e.store_id = l.store_id))
"""


def offer(connection: Connection, values: dict[str, Any]) -> Any:
    """The only expected promise behind one of `hmacs`, logged as offered; None for none or several."""
    return connection.execute(_OFFER, values).fetchone()


def behind(
    connection: Connection,
    look_up_id: UUID,
    *,
    credential_id: UUID | None,
    store_id: UUID | None,
    since: datetime,
) -> Any:
    """Verdict and HMAC of what an earlier look-up of this session may open; None when it may open nothing.

    A near miss opens what it offered. A replaced code opens the promise that took the old one's
    place, at the same store and for the same customer; a code that was merely exchanged for a
    new one opens nothing, or exchanging a leaked code would be of no use.
    """
    return connection.execute(
        _BEHIND,
        {
            "look_up_id": look_up_id,
            "credential_id": credential_id,
            "store_id": store_id,
            "since": since,
        },
    ).fetchone()
