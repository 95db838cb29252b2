"""Lock a stored decision together with its escalation, to take it back."""

from typing import Any
from uuid import UUID

from bridge.db import Act

_LOCK_DECISION = """
WITH locked AS (
    SELECT e.* FROM escalations e
    WHERE e.id = (SELECT escalation_id FROM decisions WHERE id = %(id)s)
    FOR NO KEY UPDATE
)
SELECT e.id, e.number, e.brand_id, e.status, e.status_before, e.agent_id, e.currency, e.authorised_minor,
       e.remaining_minor, e.valid_until, e.version, e.head_seq, e.head_hash, e.frozen_at, e.second_fact_failures,
       e.acknowledged_at, e.acknowledged_by, e.set_aside_note, e.issued_at, e.code_hmac, e.authority,
       e.last_decision, e.outcome,
       d.action AS decision_action, d.amount_minor, d.gave_up_minor, d.device_id, d.store_id, d.happened_at,
       s.number AS store_number,
       (SELECT r.id FROM decisions r WHERE r.reverses_id = d.id) AS reversed_by,
       (SELECT jsonb_build_object(
                   'id', p.id, 'action', p.action, 'amount_minor', p.amount_minor,
                   'gave_up_minor', p.gave_up_minor, 'reason', p.reason,
                   'at', to_char(p.happened_at AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"+00:00"'),
                   'store_number', ps.number, 'store_name', ps.name, 'person', pp.display_name,
                   'device', pd.name, 'device_id', p.device_id, 'second_person', sp.display_name)
        FROM decisions p
        JOIN stores ps ON ps.id = p.store_id
        JOIN people pp ON pp.id = p.person_id
        JOIN devices pd ON pd.id = p.device_id
        LEFT JOIN people sp ON sp.id = p.second_person_id
        JOIN timeline t ON t.stream = e.id::text AND t.action NOT IN ('undo', 'annul')
                       AND t.body::jsonb -> 'facts' ->> 'decision' = p.id::text
        WHERE p.escalation_id = e.id AND p.id <> d.id AND p.action <> 'undo'
          AND NOT EXISTS (SELECT FROM decisions r WHERE r.reverses_id = p.id)
        ORDER BY t.seq DESC LIMIT 1) AS earlier_decision
FROM locked e
JOIN decisions d ON d.id = %(id)s
JOIN stores s ON s.id = d.store_id
"""
# The order is the timeline's: a decision's own moment is when its request came, and one that came
# first may have waited for the lock of one that came later.


def lock_decision(act: Act, decision_id: UUID) -> Any:
    """Lock the escalation of a decision; the row tells both, and the decision before it. None if unknown."""
    return act.ask(_LOCK_DECISION, {"id": decision_id}).fetchone()
