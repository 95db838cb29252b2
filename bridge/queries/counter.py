"""The counter's statements: the look-up (one round trip, no lock) and the lock before a decision."""

from datetime import datetime
from functools import lru_cache
from typing import Any
from uuid import UUID

from bridge.db import Act, Connection
from bridge.queries.callers import CALLER, SEEN
from bridge.queries.step_ups import APPROVER
from bridge.queries.verdict import CASE, DECIDERS, IN_SCOPE, LOCKED_UNTIL, LOOKERS, OWN_LIMIT, PRESENTING

_SHOWN = """
    e.id, e.number, e.status, e.currency, e.authorised_minor, e.remaining_minor, e.valid_from, e.valid_until,
    e.version, e.second_fact, e.acknowledged_at, e.set_aside_note, e.authority, e.last_decision, e.level,
    e.note_for_store, e.store_scope, e.needed_by, e.presented_at, e.locale
"""
"""What the counter may see. Each column costs a little in every step of the look-up's plan."""

_JUDGED_BY = "e.code_hmac, e.frozen_at, e.superseded_by_id"

_LOCKED = f"""
    {_SHOWN}, {_JUDGED_BY}, e.status_before, e.agent_id, e.head_seq, e.head_hash, e.second_fact_hmac,
    e.second_fact_failures, e.acknowledged_by, e.issued_at, e.outcome, e.store_id, e.identity_id
"""

# The caller's CTE with what only the look-up asks; both in one, because a CTE read twice is kept.
_LOOKER = f"""
{CALLER.replace("caller AS (", "known AS (", 1)},
caller AS (
    SELECT caller.*, {LOCKED_UNTIL} AS lock_until,
           caller.caller_store_id IS NOT NULL AND caller.roles_here && {LOOKERS}
           AND (caller.scopes IS NULL OR 'counter.look_up' = ANY (caller.scopes)) AS may_look_up
    FROM known AS caller
)
"""

LOOK_UP = f"""
WITH {_LOOKER}, {SEEN},
judged AS (
    SELECT caller.credential_id, caller.scopes, caller.brand_id, caller.person_id, caller.caller_name,
           caller.device_id, caller.caller_store_id, caller.caller_path, caller.roles_here, caller.lock_until,
           caller.may_look_up, {_SHOWN}, e.customer_handle, e.customer_network, e.store_number, e.store_name,
           e.store_city, e.own_limit_minor, {CASE} AS verdict
    FROM caller LEFT JOIN LATERAL (
        SELECT {_SHOWN}, {_JUDGED_BY}, i.handle AS customer_handle, i.network AS customer_network,
               o.number AS store_number, o.name AS store_name, o.city AS store_city,
               {IN_SCOPE} AS in_scope, {OWN_LIMIT} AS own_limit_minor
        FROM reference_codes r
        JOIN escalations e ON e.id = r.escalation_id
        LEFT JOIN stores o ON o.id = e.store_id
        LEFT JOIN social_identities i ON i.id = e.identity_id
        WHERE r.hmac = %(code_hmac)s::bytea AND e.brand_id = caller.brand_id
    ) AS e ON true
),
logged AS (
    INSERT INTO look_ups (id, at, escalation_id, typed_hmac, verdict, source, person_id, credential_id,
                          device_id, store_id)
    SELECT %(look_up_id)s::uuid, %(now)s, judged.id, CASE WHEN judged.id IS NULL THEN %(code_hmac)s::bytea END,
           judged.verdict, %(source)s, judged.person_id, judged.credential_id, judged.device_id,
           judged.caller_store_id
    FROM judged WHERE judged.may_look_up
),
presented AS (
    UPDATE escalations SET presented_at = %(now)s, attend_at = %(now)s
    FROM judged
    WHERE escalations.id = judged.id AND judged.may_look_up AND judged.presented_at IS NULL
      AND judged.verdict = ANY ({PRESENTING})
)
SELECT * FROM judged
"""

_TARGET = """
target AS (
    SELECT CASE
        WHEN %(escalation_id)s::uuid IS NOT NULL THEN %(escalation_id)s::uuid
        WHEN %(look_up_id)s::uuid IS NOT NULL THEN (
            SELECT l.escalation_id FROM look_ups l, caller
            WHERE l.id = %(look_up_id)s::uuid AND l.at > %(look_up_since)s
              AND l.source <> 'decision' AND l.verdict NOT IN ('replaced', 'near_miss')
              AND l.credential_id = caller.credential_id)
        ELSE (SELECT r.escalation_id FROM reference_codes r WHERE r.hmac = %(code_hmac)s::bytea)
    END AS id
)
"""

LOCK_FOR_DECISION = f"""
WITH {CALLER}, {SEEN}, {_TARGET},
locked AS (
    SELECT {_LOCKED}, e.brand_id, e.scope_unit_id FROM escalations e
    WHERE e.id = (SELECT id FROM target) {{lock}}
),
found AS (
    SELECT {_LOCKED}, {IN_SCOPE} AS in_scope, {OWN_LIMIT} AS own_limit_minor
    FROM locked AS e, caller WHERE e.brand_id = caller.brand_id
),
held AS (SELECT caller.*, {LOCKED_UNTIL} AS lock_until FROM caller),{APPROVER},
stepped AS (
    SELECT caller.step_up_id, caller.step_up_action, caller.step_up_amount, caller.step_up_keep_rest,
           caller.step_up_version, caller.person_id AS approver_id, caller.approver_name,
           caller.roles_here && {DECIDERS} AS approver_may, {OWN_LIMIT} AS approver_limit_minor
    FROM approver AS caller JOIN locked AS e ON e.id = caller.step_up_escalation_id
)
SELECT caller.credential_id, caller.scopes, caller.brand_id, caller.person_id, caller.caller_name,
       caller.device_id, caller.device_name, caller.caller_store_id, caller.caller_store_number,
       caller.caller_store_name, caller.caller_path, caller.roles_here, caller.lock_until,
       e.*, {CASE} AS verdict, s.*,
       k.fingerprint AS kept_fingerprint, k.status_code AS kept_status, k.response_cipher AS kept_response
FROM held AS caller
LEFT JOIN found AS e ON true
LEFT JOIN stepped AS s ON true
LEFT JOIN idempotency_keys k
       ON k.principal = caller.credential_id AND k.route = %(route)s AND k.key = %(key)s
"""
"""Locks the escalation. What stands in the row is read after the lock is held, so two decisions
never see the same remainder. `{lock}` is FOR NO KEY UPDATE; the race test's negative control
leaves it out."""

LOCK = "FOR NO KEY UPDATE"

_REFUSED = """
INSERT INTO look_ups (id, at, escalation_id, typed_hmac, verdict, source, person_id, credential_id, device_id,
                      store_id)
VALUES (%(id)s, %(now)s, %(escalation_id)s::uuid, %(typed_hmac)s, %(verdict)s, 'decision', %(person_id)s,
        %(credential_id)s, %(device_id)s, %(store_id)s)
"""


def look_up(connection: Connection, values: dict[str, Any]) -> Any:
    """Judge a code for the caller, log the look-up and return the row; None when nobody may call."""
    return connection.execute(LOOK_UP, values).fetchone()


@lru_cache(maxsize=2)
def _locking_with(lock: str) -> str:
    return LOCK_FOR_DECISION.format(lock=lock)


def lock_for_decision(act: Act, values: dict[str, Any]) -> Any:
    """Lock the escalation and judge it; also brings the stored answer of the same Idempotency-Key."""
    return act.ask(_locking_with(LOCK), values).fetchone()


_KEPT_ANSWER = """
SELECT fingerprint AS kept_fingerprint, status_code AS kept_status, response_cipher AS kept_response
FROM idempotency_keys WHERE principal = %(principal)s AND route = %(route)s AND key = %(key)s
"""

_COUNT_WRONG_FACT = """
WITH refused AS (
    INSERT INTO look_ups (id, at, escalation_id, verdict, source, person_id, credential_id, device_id, store_id)
    VALUES (%(id)s, %(now)s, %(escalation_id)s::uuid, %(verdict)s, 'decision', %(person_id)s, %(credential_id)s,
            %(device_id)s, %(store_id)s)
)
UPDATE escalations SET second_fact_failures = second_fact_failures + 1 WHERE id = %(escalation_id)s::uuid
"""

_EXPECTED = """
SELECT e.id, e.number, e.status, e.currency, e.authorised_minor, e.remaining_minor, e.valid_from, e.valid_until,
       e.needed_by, e.level, e.note_for_store, e.set_aside_note, e.acknowledged_at, e.presented_at, e.issued_at,
       e.authority, e.version, i.handle AS customer_handle, i.network AS customer_network
FROM escalations e
LEFT JOIN social_identities i ON i.id = e.identity_id
WHERE e.brand_id = %(brand_id)s AND e.status IN ('issued', 'acknowledged', 'awaiting_agent')
  AND (e.store_id = %(store_id)s
       OR (e.store_id IS NULL AND e.store_scope = 'group' AND e.scope_unit_id = ANY (%(store_path)s)))
  AND e.valid_until > %(now)s
  AND (%(after_until)s::timestamptz IS NULL
       OR (e.valid_until, e.id) > (%(after_until)s::timestamptz, %(after_id)s::uuid))
ORDER BY e.valid_until, e.id
LIMIT %(limit)s
"""


def kept_answer(act: Act, values: dict[str, Any]) -> Any:
    """The stored answer of an Idempotency-Key, read anew; None when there is none."""
    return act.ask(_KEPT_ANSWER, values).fetchone()


def count_wrong_fact(act: Act, values: dict[str, Any]) -> None:
    """Store the refused attempt, count the wrong fact on the escalation, and commit."""
    act.ask_and_commit(_COUNT_WRONG_FACT, values)


def expected(
    connection: Connection,
    *,
    store_id: UUID,
    store_path: list[UUID],
    brand_id: UUID | None,
    now: datetime,
    after: tuple[datetime, UUID] | None,
    limit: int,
) -> list[Any]:
    """Live escalations of a store and of the groups it belongs to, soonest end first."""
    return connection.execute(
        _EXPECTED,
        {
            "store_id": store_id,
            "store_path": store_path,
            "brand_id": brand_id,
            "now": now,
            "after_until": after[0] if after else None,
            "after_id": after[1] if after else None,
            "limit": limit,
        },
    ).fetchall()


def is_device_of(connection: Connection, *, device_id: UUID, store_id: UUID | None) -> bool:
    """Whether the device stands in the store."""
    row = connection.execute(
        "SELECT 1 FROM devices WHERE id = %(id)s AND store_id = %(store)s",
        {"id": device_id, "store": store_id},
    ).fetchone()
    return row is not None


def note_refusal(act: Act, values: dict[str, Any]) -> None:
    """Store a refused attempt to decide and commit it."""
    act.ask_and_commit(_REFUSED, values)


def note_refusal_in(act: Act, values: dict[str, Any]) -> None:
    """Store a refused attempt inside a transaction that goes on."""
    act.ask(_REFUSED, values)
