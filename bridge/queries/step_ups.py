"""A manager's yes to one decision of somebody else's: written once, read where the decision is locked."""

from typing import Any

from bridge.db import Connection
from bridge.queries.verdict import CASE, DECIDERS, IN_SCOPE, OWN_LIMIT

_ROLES = """
ARRAY(SELECT a.role::text FROM role_assignments a
      WHERE a.person_id = p.id AND a.org_unit_id = ANY (caller.caller_path)
        AND a.valid_from <= %(now)s AND (a.valid_to IS NULL OR a.valid_to > %(now)s))
"""

APPROVER = f"""
approver AS (
    SELECT u.id AS step_up_id, u.escalation_id AS step_up_escalation_id, u.action AS step_up_action,
           u.amount_minor AS step_up_amount, u.keep_rest AS step_up_keep_rest, u.version AS step_up_version,
           p.id AS person_id, p.display_name AS approver_name, caller.caller_path, {_ROLES} AS roles_here
    FROM caller
    JOIN step_ups u ON u.id = %(step_up_id)s::uuid AND u.credential_id = caller.credential_id
                   AND u.store_id = caller.caller_store_id AND u.expires_at > %(now)s
    JOIN people p ON p.id = u.approver_id AND p.status = 'active'
    WHERE NOT EXISTS (SELECT FROM decisions d WHERE d.step_up_id = u.id)
)
"""
"""The approver in the place of the caller: the same words of SQL then tell what they may decide."""

_WANTED = f"""
WITH caller AS (
    SELECT c.id AS credential_id, c.scopes, c.brand_id, c.device_id, c.store_id AS caller_store_id,
           s.unit_path AS caller_path, p.id AS person_id, p.display_name AS caller_name, NULL::timestamptz AS lock_until,
           {_ROLES.replace("caller.caller_path", "s.unit_path")} AS roles_here
    FROM credentials c
    JOIN stores s ON s.id = c.store_id
    JOIN people p ON p.id = %(approver_id)s AND p.status = 'active' AND p.brand_id = c.brand_id
    WHERE c.id = %(credential_id)s
),
case_of AS (
    SELECT l.escalation_id AS id FROM look_ups l
    WHERE l.id = %(look_up_id)s::uuid AND l.at > %(look_up_since)s AND l.source <> 'decision'
      AND l.verdict <> 'replaced' AND l.credential_id = %(credential_id)s
),
e AS (
    SELECT e.*, {IN_SCOPE} AS in_scope, {OWN_LIMIT} AS own_limit_minor
    FROM escalations e JOIN case_of ON case_of.id = e.id JOIN caller ON caller.brand_id = e.brand_id
)
SELECT e.id, e.version, e.currency, e.agent_id, e.authorised_minor, e.remaining_minor, e.level,
       e.own_limit_minor, caller.roles_here && {DECIDERS} AS may_decide, {CASE} AS verdict
FROM e, caller
"""


def wanted(connection: Connection, values: dict[str, Any]) -> Any:
    """The case behind a look-up as the approver would be shown it; None without look-up or approver."""
    return connection.execute(_WANTED, values).fetchone()
