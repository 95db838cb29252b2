"""What has to be known and reset when a promise that ended is given again."""

from datetime import datetime
from typing import Any
from uuid import UUID

from bridge.db import Act
from bridge.queries.promises import GRANTS

_LOCK_CUSTOMER = """
SELECT i.id FROM social_identities i
WHERE i.id = (SELECT e.identity_id FROM escalations e WHERE e.id = %(id)s) FOR NO KEY UPDATE
"""

_GROUND = f"""
WITH caller AS (SELECT %(person_id)s::uuid AS person_id, %(brand_id)s::uuid AS brand_id)
SELECT p.status AS person_status, p.training_valid_until, {GRANTS} AS grants,
       (SELECT a.role FROM role_assignments a
        WHERE a.person_id = p.id AND a.valid_from <= %(now)s AND (a.valid_to IS NULL OR a.valid_to > %(now)s)
        ORDER BY a.valid_from, a.id LIMIT 1) AS role,
       e.store_scope, e.scope_unit_id, e.superseded_by_id, e.second_promise_reason, s.unit_path AS place_path,
       s.number AS place_number, coalesce(s.has_counter AND s.accepts_escalations, true) AS place_can,
       h.status AS handle_status,
       (SELECT coalesce(sum(o.authorised_minor), 0) FROM escalations o
        WHERE o.identity_id = e.identity_id AND o.id <> e.id AND o.issued_at > %(customer_since)s)
           AS customer_30d_minor,
       (SELECT count(*) FROM escalations o
        WHERE o.thread_id = e.thread_id AND o.id <> e.id
          AND o.status IN ('draft', 'pending_approval', 'issued', 'acknowledged', 'awaiting_agent',
                           'transferring')) AS live_promises,
       (SELECT coalesce(sum(d.amount_minor * CASE WHEN d.action = 'undo' THEN -1 ELSE 1 END), 0)
        FROM decisions d WHERE d.escalation_id = e.id) AS given_minor,
       ARRAY(SELECT to_jsonb(l) FROM promises l WHERE l.escalation_id = e.id ORDER BY l.position) AS lines
FROM caller
JOIN people p ON p.id = caller.person_id
JOIN escalations e ON e.id = %(id)s AND e.brand_id = caller.brand_id
LEFT JOIN stores s ON s.id = e.store_id
LEFT JOIN official_handles h ON h.id = e.official_handle_id
"""

_RESET = """
WITH replaced AS (
    UPDATE reference_codes SET replaced_at = %(now)s
    WHERE escalation_id = %(id)s AND hmac <> %(code_hmac)s::bytea AND replaced_at IS NULL
)
UPDATE escalations SET presented_at = NULL, told_at = NULL, ended_at = NULL WHERE id = %(id)s
"""


def lock_customer(act: Act, escalation_id: UUID) -> None:
    """Lock the customer of an escalation, before the escalation itself: a cap per customer is checked."""
    act.ask(_LOCK_CUSTOMER, {"id": escalation_id})


def ground(
    act: Act,
    escalation_id: UUID,
    *,
    person_id: UUID,
    brand_id: UUID,
    customer_since: datetime,
    now: datetime,
) -> Any:
    """The person's rights, the place, what was given and what else is alive for this customer."""
    values = {
        "id": escalation_id,
        "person_id": person_id,
        "brand_id": brand_id,
        "customer_since": customer_since,
        "now": now,
    }
    return act.ask(_GROUND, values).fetchone()


def reset(act: Act, escalation_id: UUID, *, code_hmac: bytes, now: datetime) -> None:
    """Forget the first life's presentation, and mark every other code as replaced."""
    act.ask(_RESET, {"id": escalation_id, "code_hmac": code_hmac, "now": now})
