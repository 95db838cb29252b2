"""What has to be known before a promise: the caller, the grants, the place, the thread; and budgets."""

from collections.abc import Sequence
from datetime import date, datetime
from typing import Any
from uuid import UUID

from bridge.authority import Grant
from bridge.db import Act
from bridge.promises import Level, PromiseType, Proof
from bridge.queries.callers import CALLER, SEEN
from bridge.roles import Role

GRANTS = """
ARRAY(
    SELECT to_jsonb(g) FROM authority_grants g
    WHERE g.brand_id = caller.brand_id AND g.revoked_at IS NULL
      AND g.valid_from <= %(now)s AND (g.valid_to IS NULL OR g.valid_to > %(now)s)
      AND (g.grantee_person_id = caller.person_id OR g.grantee_role = ANY (ARRAY(
          SELECT a.role FROM role_assignments a
          WHERE a.person_id = caller.person_id AND a.valid_from <= %(now)s
            AND (a.valid_to IS NULL OR a.valid_to > %(now)s))))
    ORDER BY g.id
)
"""

_ASSIGNMENTS = """
ARRAY(
    SELECT a.role || '@' || u.kind || '@' || a.org_unit_id || '@' || u.name
    FROM role_assignments a JOIN org_units u ON u.id = a.org_unit_id
    WHERE a.person_id = caller.person_id AND a.valid_from <= %(now)s
      AND (a.valid_to IS NULL OR a.valid_to > %(now)s)
    ORDER BY a.valid_from, a.id
)
"""

_LOCK_CUSTOMER_OF_THREAD = """
SELECT i.id FROM social_identities i
WHERE i.id = (SELECT t.identity_id FROM threads t WHERE t.id = %(thread_id)s) FOR NO KEY UPDATE
"""
# NO KEY: an act that holds a case and writes it twice checks its foreign keys anew, and would wait for
# whoever holds the customer and waits for that case.

_LOCK_CUSTOMER_OF_ESCALATION = """
SELECT i.id FROM social_identities i
WHERE i.id = (SELECT e.identity_id FROM escalations e WHERE e.id = %(id)s) FOR NO KEY UPDATE
"""

_GROUND = f"""
WITH {CALLER}, {SEEN},
thread AS (
    SELECT t.*, i.handle AS customer_handle FROM threads t
    JOIN caller ON t.brand_id = caller.brand_id
    JOIN social_identities i ON i.id = t.identity_id
    WHERE t.id = %(thread_id)s
)
SELECT caller.*, p.status AS person_status, p.training_valid_until, b.currency, b.name AS brand_name,
       nextval('escalations_number_seq') AS number,
       {GRANTS} AS grants, {_ASSIGNMENTS} AS assignments,
       s.id AS place_store_id, s.number AS place_number, s.name AS place_name, s.unit_path AS place_path,
       s.zone AS place_zone, s.hours AS place_hours, s.has_counter AND s.accepts_escalations AS place_can,
       u.id AS place_unit_id, u.name AS place_unit_name,
       t.id AS found_thread_id, t.identity_id, t.network, t.language, t.customer_handle, t.official_handle_id,
       h.handle AS official_handle, h.status AS official_status, h.official_since,
       c.person_id AS claimed_by, cp.display_name AS claimed_by_name, c.lease_until,
       (SELECT coalesce(sum(e.authorised_minor), 0) FROM escalations e
        WHERE e.identity_id = t.identity_id AND e.issued_at > %(customer_since)s) AS customer_30d_minor,
       (SELECT count(*) FROM escalations e
        WHERE e.thread_id = t.id AND e.status IN ('draft', 'pending_approval', 'issued', 'acknowledged',
                                                  'awaiting_agent', 'transferring')) AS live_promises,
       k.fingerprint AS kept_fingerprint, k.status_code AS kept_status, k.response_cipher AS kept_response
FROM caller
LEFT JOIN people p ON p.id = caller.person_id
JOIN brands b ON b.id = caller.brand_id
LEFT JOIN stores s ON s.brand_id = caller.brand_id AND s.number = %(store_number)s
LEFT JOIN org_units u ON u.brand_id = caller.brand_id AND u.id = %(group_unit_id)s
LEFT JOIN thread t ON true
LEFT JOIN official_handles h ON h.id = t.official_handle_id
LEFT JOIN thread_claims c ON c.thread_id = t.id AND c.released_at IS NULL AND c.lease_until > %(now)s
LEFT JOIN people cp ON cp.id = c.person_id
LEFT JOIN idempotency_keys k
       ON k.principal = caller.credential_id AND k.route = %(route)s AND k.key = %(key)s
"""

_APPROVER = f"""
WITH {CALLER}, {SEEN},
locked AS (SELECT * FROM escalations WHERE id = %(id)s FOR NO KEY UPDATE)
SELECT caller.credential_id, caller.scopes, caller.person_id, caller.caller_name, caller.device_id,
       caller.caller_store_id, caller.caller_path, caller.credential_kind,
       p.status AS person_status, p.training_valid_until, {GRANTS} AS grants, {_ASSIGNMENTS} AS assignments,
       e.id, e.number, e.brand_id, e.status, e.status_before, e.agent_id, e.currency, e.authorised_minor,
       e.remaining_minor, e.valid_until, e.version, e.head_seq, e.head_hash, e.frozen_at, e.second_fact_failures,
       e.acknowledged_at, e.acknowledged_by, e.set_aside_note, e.issued_at, e.code_hmac, e.authority,
       e.last_decision, e.outcome, e.store_scope, e.store_id, e.scope_unit_id, e.identity_id,
       s.number AS place_number, s.name AS place_name, s.unit_path AS place_path,
       coalesce(s.has_counter AND s.accepts_escalations, true) AS place_can,
       (SELECT coalesce(sum(o.authorised_minor), 0) FROM escalations o
        WHERE o.identity_id = e.identity_id AND o.issued_at > %(customer_since)s) AS customer_30d_minor,
       ARRAY(SELECT to_jsonb(l) FROM promises l WHERE l.escalation_id = e.id ORDER BY l.position) AS lines,
       k.fingerprint AS kept_fingerprint, k.status_code AS kept_status, k.response_cipher AS kept_response
FROM caller
LEFT JOIN people p ON p.id = caller.person_id
LEFT JOIN locked e ON e.brand_id = caller.brand_id
LEFT JOIN stores s ON s.id = e.store_id
LEFT JOIN idempotency_keys k
       ON k.principal = caller.credential_id AND k.route = %(route)s AND k.key = %(key)s
"""

_SPEND = """
INSERT INTO budget_uses (grant_id, person_id, period, starts_on, used_minor)
SELECT w.grant_id, %(person_id)s, w.period, w.starts_on, w.amount
FROM unnest(%(grant_ids)s::uuid[], %(periods)s::text[], %(starts)s::date[], %(amounts)s::bigint[],
            %(limits)s::bigint[]) AS w (grant_id, period, starts_on, amount, most)
WHERE w.amount <= w.most
ORDER BY w.grant_id, w.period
ON CONFLICT (grant_id, person_id, period, starts_on) DO UPDATE
    SET used_minor = budget_uses.used_minor + excluded.used_minor
    WHERE budget_uses.used_minor + excluded.used_minor <= (
        SELECT l.most FROM unnest(%(grant_ids)s::uuid[], %(periods)s::text[], %(limits)s::bigint[])
                      AS l (grant_id, period, most)
        WHERE l.grant_id = budget_uses.grant_id AND l.period = budget_uses.period)
RETURNING grant_id
"""

_ADD_CODE = """
INSERT INTO reference_codes (hmac, escalation_id, pepper_version, cipher, hint, issued_at)
VALUES (%(hmac)s, %(escalation_id)s, 1, %(cipher)s, %(hint)s, %(now)s)
ON CONFLICT (hmac) DO NOTHING
RETURNING 1
"""

_SETTLE_APPROVAL = """
UPDATE approvals SET state = %(state)s, approver_id = %(approver_id)s, reason = %(reason)s, decided_at = %(now)s
WHERE escalation_id = %(escalation_id)s AND state = 'requested'
"""


def ground(act: Act, values: dict[str, Any]) -> Any:
    """Everything that the check of a new promise needs; None when nobody may call.

    Locks the customer first, in a statement of its own: what the second statement adds up is
    then what stands after the wait, and a cap per customer holds under concurrency.
    """
    act.ask(_LOCK_CUSTOMER_OF_THREAD, values)
    return act.ask(_GROUND, values).fetchone()


def lock_for_approval(act: Act, values: dict[str, Any]) -> Any:
    """The escalation, locked, with the caller and the caller's grants; None when nobody may call.

    Locks the customer first, as `ground` does.
    """
    act.ask(_LOCK_CUSTOMER_OF_ESCALATION, values)
    return act.ask(_APPROVER, values).fetchone()


def spend(act: Act, person_id: UUID, uses: Sequence[tuple[UUID, str, date, int, int]]) -> bool:
    """Take from budgets: (grant, period, first day, amount, limit) each. False when one has too little left.

    After False the caller must roll the act back: other budgets may have been raised.
    """
    grant_ids, periods, starts, amounts, limits = zip(*uses, strict=True)
    rows = act.ask(
        _SPEND,
        {
            "person_id": person_id,
            "grant_ids": list(grant_ids),
            "periods": list(periods),
            "starts": list(starts),
            "amounts": list(amounts),
            "limits": list(limits),
        },
    ).fetchall()
    return len(rows) == len(uses)


def add_code(
    act: Act, *, hmac: bytes, escalation_id: UUID, cipher: bytes | None, hint: str, now: datetime
) -> bool:
    """Add a code to an escalation; False when the same code exists already."""
    values = {"hmac": hmac, "escalation_id": escalation_id, "cipher": cipher, "hint": hint, "now": now}
    return act.ask(_ADD_CODE, values).fetchone() is not None


_RETIRE_CODES = """
UPDATE reference_codes SET replaced_at = %(now)s
WHERE escalation_id = %(escalation_id)s AND hmac <> %(but)s::bytea AND replaced_at IS NULL
"""


def retire_codes(act: Act, escalation_id: UUID, *, but: bytes, now: datetime) -> None:
    """Mark every other code of an escalation as replaced."""
    act.ask(_RETIRE_CODES, {"escalation_id": escalation_id, "but": but, "now": now})


def settle_approval(
    act: Act, escalation_id: UUID, *, state: str, approver_id: UUID | None, reason: str, now: datetime
) -> None:
    """Close the open request for approval. The database refuses an approver who asked for it."""
    act.ask(
        _SETTLE_APPROVAL,
        {
            "escalation_id": escalation_id,
            "state": state,
            "approver_id": approver_id,
            "reason": reason,
            "now": now,
        },
    )


def grant_of(values: dict[str, Any]) -> Grant:
    """A grant from its row as JSON."""
    return Grant(
        id=UUID(values["id"]),
        name=values["name"],
        role=Role(values["grantee_role"]) if values["grantee_role"] else None,
        person_id=UUID(values["grantee_person_id"]) if values["grantee_person_id"] else None,
        types=None if values["types"] is None else frozenset(PromiseType(t) for t in values["types"]),
        levels=frozenset(Level(level) for level in values["levels"]),
        waives=frozenset(Proof(proof) for proof in values["waives"]),
        currency=values["currency"],
        max_amount_minor=values["max_amount_minor"],
        max_percent_hundredths=values["max_percent_hundredths"],
        max_customer_30d_minor=values["max_customer_30d_minor"],
        budget_day_minor=values["budget_day_minor"],
        budget_month_minor=values["budget_month_minor"],
        scope_unit_id=UUID(values["scope_unit_id"]) if values["scope_unit_id"] else None,
        any_store=values["any_store"],
        cost_bearer=values["cost_bearer"],
        policy_version=values["policy_version"],
    )
