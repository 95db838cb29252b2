"""Open, lock and save an escalation: everything an act changed, in one statement.

`save` writes the record, its timeline link, a decision, the ledger, what is owed to the
agent's board and to subscribed receivers, and the stored answer of an Idempotency-Key.
All of it or nothing; the caller commits with it.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

from psycopg.types.json import Jsonb

from bridge.db import Act
from bridge.escalation import Escalation
from bridge.ledger import Transfer
from bridge.lifecycle import Status
from bridge.timeline import Link


@dataclass(frozen=True, slots=True)
class DecisionRecord:
    """A row of `decisions`."""

    id: UUID
    action: str
    amount_minor: int
    gave_up_minor: int
    reason: str | None
    reason_text: str
    customer_text: str
    receipt_ref: str
    person_id: UUID
    device_id: UUID
    store_id: UUID
    nonce: str
    reverses_id: UUID | None = None
    second_person_id: UUID | None = None
    step_up_id: UUID | None = None


@dataclass(frozen=True, slots=True)
class Kept:
    """The answer to keep for an Idempotency-Key; `response_cipher` is sealed."""

    principal: UUID
    route: str
    key: str
    fingerprint: bytes
    status_code: int
    response_cipher: bytes


@dataclass(frozen=True, slots=True)
class Owed:
    """What happened, for the agent's board and every endpoint that subscribed to the topic."""

    topic: str
    payload: dict[str, Any]
    board_of: UUID | None


@dataclass(frozen=True, slots=True)
class Saved:
    """Everything that one act writes beside the record itself."""

    link: Link
    owed: Owed | None = None
    decision: DecisionRecord | None = None
    transfers: Sequence[Transfer] = field(default=())
    kept: Kept | None = None
    request_id: str = ""


_NOTED = """
noted AS (
    INSERT INTO timeline (stream, seq, at, action, actor_id, store_id, body, prev_hash, hash)
    VALUES (%(stream)s, %(seq)s, %(at)s, %(action)s, %(actor_id)s, %(actor_store_id)s, %(body)s,
            %(prev_hash)s, %(hash)s)
)"""

_MOVED = """
moved AS (
    INSERT INTO ledger_transfers (at, kind, from_account, to_account, amount_minor, currency, escalation_id,
                                  decision_id)
    SELECT %(at)s, t.kind, t.source, t.target, t.amount, %(currency)s, %(id)s, %(decision_id)s::uuid
    FROM unnest(%(kinds)s::text[], %(sources)s::text[], %(targets)s::text[], %(amounts)s::bigint[])
         AS t (kind, source, target, amount)
)"""

_OWED = """
owed_board AS (
    INSERT INTO outcomes (id, channel, topic, escalation_id, person_id, payload, state, attempts, next_at,
                          created_at, settled_at, last_error, request_id)
    SELECT gen_random_uuid(), 'board', %(topic)s::text, %(id)s, %(board_of)s::uuid, %(payload)s, 'sent', 0, %(at)s,
           %(at)s, %(at)s, '', %(request_id)s
    WHERE %(board_of)s::uuid IS NOT NULL
),
owed_receivers AS (
    INSERT INTO outcomes (id, channel, topic, escalation_id, endpoint_id, payload, state, attempts, next_at,
                          created_at, last_error, request_id)
    SELECT gen_random_uuid(), 'webhook', %(topic)s::text, %(id)s, w.id, %(payload)s, 'queued', 0, %(at)s,
           %(at)s, '', %(request_id)s
    FROM webhook_endpoints w
    WHERE %(topic)s::text IS NOT NULL AND w.brand_id = %(brand_id)s AND w.enabled AND w.deleted_at IS NULL
      AND w.created_at <= %(at)s AND (%(topic)s::text = ANY (w.topics) OR '*' = ANY (w.topics))
)"""

_KEPT = """
kept AS (
    INSERT INTO idempotency_keys (principal, route, key, fingerprint, status_code, response_cipher,
                                  created_at)
    SELECT %(kept_principal)s, %(kept_route)s, %(kept_key)s::text, %(kept_fingerprint)s, %(kept_status)s,
           %(kept_response)s, %(at)s
    WHERE %(kept_key)s::text IS NOT NULL
)"""

_SAVE = f"""
WITH changed AS (
    UPDATE escalations SET
        status = %(status)s, status_before = %(status_before)s, remaining_minor = %(remaining_minor)s,
        valid_until = %(valid_until)s, frozen_at = %(frozen_at)s,
        second_fact_failures = %(second_fact_failures)s, acknowledged_at = %(acknowledged_at)s,
        acknowledged_by = %(acknowledged_by)s, set_aside_note = %(set_aside_note)s,
        issued_at = %(issued_at)s, code_hmac = %(code_hmac)s::bytea,
        authority = coalesce(%(authority)s, authority), last_decision = %(last_decision)s,
        outcome = %(outcome)s, version = %(version)s, head_seq = %(head_seq)s, head_hash = %(head_hash)s,
        updated_at = %(at)s, attend_at = %(at)s,
        ended_at = CASE WHEN %(status)s::varchar IN (
            'draft', 'pending_approval', 'issued', 'acknowledged', 'awaiting_agent', 'transferring'
        ) THEN NULL ELSE coalesce(ended_at, %(at)s) END,
        closed_at = CASE WHEN %(status)s::varchar = 'closed' THEN coalesce(closed_at, %(at)s) END
    WHERE id = %(id)s
    RETURNING id
),
decided AS (
    INSERT INTO decisions (id, escalation_id, action, amount_minor, gave_up_minor, currency, reason,
                           reason_text, customer_text, receipt_ref, person_id, device_id, store_id, nonce,
                           happened_at, reverses_id, second_person_id, step_up_id)
    SELECT %(decision_id)s::uuid, %(id)s, %(decision_action)s, %(amount_minor)s, %(gave_up_minor)s, %(currency)s,
           %(reason)s, %(reason_text)s, %(customer_text)s, %(receipt_ref)s, %(person_id)s, %(device_id)s,
           %(store_id)s, %(nonce)s, %(at)s, %(reverses_id)s, %(second_person_id)s, %(step_up_id)s
    WHERE %(decision_id)s::uuid IS NOT NULL
),{_NOTED},{_MOVED},{_OWED},{_KEPT}
SELECT id FROM changed
"""

_LOCK = """
SELECT id, number, brand_id, status, status_before, agent_id, currency, authorised_minor, remaining_minor,
       valid_until, version, head_seq, head_hash, frozen_at, second_fact_failures, acknowledged_at,
       acknowledged_by, set_aside_note, issued_at, code_hmac, authority, last_decision, outcome,
       store_id, scope_unit_id, store_scope, identity_id, thread_id
FROM escalations WHERE id = %(id)s FOR NO KEY UPDATE
"""

_OPEN = f"""
WITH opened AS (
    INSERT INTO escalations (
        id, number, brand_id, status, status_before, kind, thread_id, identity_id, official_handle_id,
        agent_id, store_scope, store_id, scope_unit_id, level, note_for_store, note_internal, locale,
        order_ref, bought_by_other, needed_by, valid_from, valid_until, currency, authorised_minor, remaining_minor,
        code_hmac, second_fact, second_fact_hmac, second_fact_failures, second_promise_reason, authority,
        set_aside_note, issued_at, created_at, updated_at, version, head_seq, head_hash, priority, attend_at,
        supersedes_id)
    VALUES (
        %(id)s, %(number)s, %(brand_id)s, %(status)s, %(status_before)s, %(kind)s, %(thread_id)s,
        %(identity_id)s, %(official_handle_id)s, %(agent_id)s, %(store_scope)s, %(store_id)s,
        %(scope_unit_id)s, %(level)s, %(note_for_store)s, %(note_internal)s, %(locale)s, %(order_ref)s, %(bought_by_other)s, %(needed_by)s,
        %(valid_from)s, %(valid_until)s, %(currency)s, %(authorised_minor)s, %(remaining_minor)s,
        %(code_hmac)s::bytea, %(second_fact)s, %(second_fact_hmac)s, 0, %(second_promise_reason)s, %(authority)s,
        '', %(issued_at)s, %(at)s, %(at)s, %(version)s, %(head_seq)s, %(head_hash)s, %(priority)s, %(at)s,
        %(supersedes_id)s)
    RETURNING id
),
lined AS (
    INSERT INTO promises (escalation_id, position, type, level, item, amount_minor, percent_hundredths,
                          quantity, waives, conditions, grant_id)
    SELECT %(id)s, l.position, l.type, l.level, l.item, l.amount_minor, l.percent_hundredths, l.quantity,
           ARRAY(SELECT jsonb_array_elements_text(l.waives)), l.conditions, l.grant_id
    FROM jsonb_to_recordset(%(lines)s) AS l (
        position int, type text, level text, item text, amount_minor bigint, percent_hundredths int,
        quantity int, waives jsonb, conditions text, grant_id uuid)
),
tried AS (
    INSERT INTO prior_contacts (escalation_id, channel, tries, result)
    SELECT %(id)s, c.channel, c.tries, c.result
    FROM jsonb_to_recordset(%(prior_contacts)s) AS c (channel text, tries int, result text)
),
coded AS (
    INSERT INTO reference_codes (hmac, escalation_id, pepper_version, cipher, hint, issued_at)
    SELECT %(code_hmac)s::bytea, %(id)s, 1, %(code_cipher)s, %(code_hint)s, %(at)s
    WHERE %(code_hmac)s::bytea IS NOT NULL
),
asked AS (
    INSERT INTO approvals (id, escalation_id, requested_by, requested_at, state, reason)
    SELECT gen_random_uuid(), %(id)s, %(agent_id)s, %(at)s, 'requested', %(approval_reason)s::text
    WHERE %(approval_reason)s::text IS NOT NULL
),
linked AS (
    INSERT INTO timeline (stream, seq, at, action, actor_id, store_id, body, prev_hash, hash)
    SELECT %(stream)s, t.seq, %(at)s, t.action, %(actor_id)s, %(actor_store_id)s, t.body, t.prev_hash, t.hash
    FROM unnest(%(seqs)s::int[], %(actions)s::text[], %(bodies)s::text[], %(prev_hashes)s::bytea[],
                %(hashes)s::bytea[]) AS t (seq, action, body, prev_hash, hash)
),{_MOVED},{_OWED},{_KEPT}
SELECT id FROM opened
"""


def lock(act: Act, escalation_id: UUID) -> tuple[Escalation, Any] | None:
    """Lock the escalation until the act ends. Also returns the raw row, for its place."""
    row = act.ask(_LOCK, {"id": escalation_id}).fetchone()
    return None if row is None else (filled(row), row)


def filled(row: Any) -> Escalation:
    """The escalation in a row of a locking statement."""
    return Escalation(
        id=row.id,
        number=row.number,
        brand_id=row.brand_id,
        status=Status(row.status),
        status_before=Status(row.status_before) if row.status_before else None,
        agent_id=row.agent_id,
        currency=row.currency,
        authorised_minor=row.authorised_minor,
        remaining_minor=row.remaining_minor,
        valid_until=row.valid_until,
        version=row.version,
        head_seq=row.head_seq,
        head_hash=row.head_hash,
        frozen_at=row.frozen_at,
        second_fact_failures=row.second_fact_failures,
        acknowledged_at=row.acknowledged_at,
        acknowledged_by=row.acknowledged_by,
        set_aside_note=row.set_aside_note,
        issued_at=row.issued_at,
        code_hmac=row.code_hmac,
        authority=row.authority,
        last_decision=row.last_decision,
        outcome=row.outcome,
    )


def save(act: Act, escalation: Escalation, saved: Saved) -> None:
    """Write what an act changed and commit with it. The caller holds the escalation's lock.

    Raises psycopg's UniqueViolation when the Idempotency-Key or the device's nonce is taken.
    """
    act.ask_and_commit(_SAVE, _save_values(escalation, saved))


def put(act: Act, escalation: Escalation, saved: Saved) -> None:
    """As `save`, inside a transaction that goes on."""
    act.ask(_SAVE, _save_values(escalation, saved))


def open_with(
    act: Act, values: dict[str, Any], links: Sequence[Link], written: Saved, *, commit: bool = True
) -> None:
    """Insert a new escalation with its lines, code, links, ledger and outcomes, and commit."""
    linked = {
        "stream": written.link.stream,
        "seqs": [link.seq for link in links],
        "actions": [link.action for link in links],
        "bodies": [link.body for link in links],
        "prev_hashes": [link.prev_hash for link in links],
        "hashes": [link.hash for link in links],
        "actor_id": written.link.actor_id,
        "actor_store_id": written.link.store_id,
        "decision_id": None,
    }
    everything = {
        **values,
        **linked,
        **_owed_values(written),
        **_moved_values(written),
        **_kept_values(written),
    }
    if commit:
        act.ask_and_commit(_OPEN, everything)
    else:
        act.ask(_OPEN, everything)


def _save_values(escalation: Escalation, saved: Saved) -> dict[str, Any]:
    decision, link = saved.decision, saved.link
    return {
        "id": escalation.id,
        "brand_id": escalation.brand_id,
        "currency": escalation.currency,
        "status": escalation.status.value,
        "status_before": escalation.status_before.value if escalation.status_before else None,
        "remaining_minor": escalation.remaining_minor,
        "valid_until": escalation.valid_until,
        "frozen_at": escalation.frozen_at,
        "second_fact_failures": escalation.second_fact_failures,
        "acknowledged_at": escalation.acknowledged_at,
        "acknowledged_by": escalation.acknowledged_by,
        "set_aside_note": escalation.set_aside_note,
        "issued_at": escalation.issued_at,
        "code_hmac": escalation.code_hmac,
        "authority": None if escalation.authority is None else Jsonb(escalation.authority),
        "last_decision": None if escalation.last_decision is None else Jsonb(escalation.last_decision),
        "outcome": escalation.outcome,
        "version": escalation.version,
        "head_seq": escalation.head_seq,
        "head_hash": escalation.head_hash,
        "stream": link.stream,
        "seq": link.seq,
        "at": link.at,
        "action": link.action,
        "actor_id": link.actor_id,
        "actor_store_id": link.store_id,
        "body": link.body,
        "prev_hash": link.prev_hash,
        "hash": link.hash,
        "decision_id": decision.id if decision else None,
        "decision_action": decision.action if decision else None,
        "amount_minor": decision.amount_minor if decision else None,
        "gave_up_minor": decision.gave_up_minor if decision else None,
        "reason": decision.reason if decision else None,
        "reason_text": decision.reason_text if decision else None,
        "customer_text": decision.customer_text if decision else None,
        "receipt_ref": decision.receipt_ref if decision else None,
        "person_id": decision.person_id if decision else None,
        "device_id": decision.device_id if decision else None,
        "store_id": decision.store_id if decision else None,
        "nonce": decision.nonce if decision else None,
        "reverses_id": decision.reverses_id if decision else None,
        "second_person_id": decision.second_person_id if decision else None,
        "step_up_id": decision.step_up_id if decision else None,
        **_owed_values(saved),
        **_moved_values(saved),
        **_kept_values(saved),
    }


def _owed_values(saved: Saved) -> dict[str, Any]:
    owed = saved.owed
    return {
        "topic": owed.topic if owed else None,
        "payload": Jsonb(owed.payload if owed else {}),
        "board_of": owed.board_of if owed else None,
        "request_id": saved.request_id,
    }


def _moved_values(saved: Saved) -> dict[str, Any]:
    return {
        "kinds": [t.kind for t in saved.transfers],
        "sources": [t.from_account for t in saved.transfers],
        "targets": [t.to_account for t in saved.transfers],
        "amounts": [t.amount_minor for t in saved.transfers],
    }


def _kept_values(saved: Saved) -> dict[str, Any]:
    kept = saved.kept
    return {
        "kept_principal": kept.principal if kept else None,
        "kept_route": kept.route if kept else None,
        "kept_key": kept.key if kept else None,
        "kept_fingerprint": kept.fingerprint if kept else None,
        "kept_status": kept.status_code if kept else None,
        "kept_response": kept.response_cipher if kept else None,
    }
