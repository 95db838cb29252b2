"""Write what the looks at a batch of locked cases brought about; one statement for each table.

The caller holds the cases' locks and commits. Nothing here decides anything. Rows travel as JSON:
psycopg writes an array of texts element by element, which was half of a sweep's CPU.
"""

from collections.abc import Callable, Sequence
from datetime import datetime
from typing import Any

import orjson

from bridge.cases import Attended
from bridge.climbing import Run
from bridge.clocks import Clock
from bridge.db import Act
from bridge.queries import notices, reviews

_CASES = """
UPDATE escalations e SET
    status = c.status, status_before = c.status_before, remaining_minor = c.remaining_minor, outcome = c.outcome,
    version = c.version, head_seq = c.head_seq, head_hash = c.head_hash, attended_seq = c.head_seq,
    attend_at = c.attend_at, attend_failures = 0, lapses = c.lapses, policy_id = c.policy_id,
    owner_id = coalesce(c.owner_id, e.owner_id), ended_at = c.ended_at,
    closed_at = CASE WHEN c.status = 'closed' THEN coalesce(e.closed_at, %(now)s) END,
    updated_at = CASE WHEN c.version > e.version THEN %(now)s ELSE e.updated_at END
FROM jsonb_to_recordset(%(cases)s::jsonb) AS c (
    id uuid, status text, status_before text, remaining_minor bigint, outcome text, version int, head_seq int,
    head_hash bytea, attend_at timestamptz, lapses int, policy_id uuid, owner_id uuid, ended_at timestamptz)
WHERE e.id = c.id
"""

_LINKS = """
INSERT INTO timeline (stream, seq, at, action, actor_id, store_id, body, prev_hash, hash)
SELECT l.stream, l.seq, l.at, l.action, NULL, NULL, l.body, l.prev_hash, l.hash
FROM jsonb_to_recordset(%(links)s::jsonb) AS l (
    stream text, seq int, at timestamptz, action text, body text, prev_hash bytea, hash bytea)
"""

_CLOCKS = """
INSERT INTO milestones (id, {subject}, type, round, policy_version, calendar, store_id, target_seconds, started_at,
                        due_at, warnings, warned_percent, state, breached_at, completed_at, elapsed_seconds,
                        stopped_seconds, actual_seconds, trace)
SELECT c.id, c.subject_id, c.type, c.round, c.policy_version, c.calendar, c.store_id, c.target_seconds,
       c.started_at, c.due_at, c.warnings, c.warned_percent, c.state, c.breached_at, c.completed_at,
       c.elapsed_seconds, c.stopped_seconds, c.actual_seconds, c.trace
FROM jsonb_to_recordset(%(clocks)s::jsonb) AS c (
    id uuid, subject_id uuid, type text, round int, policy_version int, calendar text, store_id uuid,
    target_seconds int, started_at timestamptz, due_at timestamptz, warnings jsonb, warned_percent int,
    state text, breached_at timestamptz, completed_at timestamptz, elapsed_seconds int, stopped_seconds int,
    actual_seconds int, trace jsonb)
ON CONFLICT (id) DO UPDATE SET
    due_at = excluded.due_at, warnings = excluded.warnings, warned_percent = excluded.warned_percent,
    state = excluded.state, breached_at = excluded.breached_at, completed_at = excluded.completed_at,
    elapsed_seconds = excluded.elapsed_seconds, stopped_seconds = excluded.stopped_seconds,
    actual_seconds = excluded.actual_seconds, trace = excluded.trace
"""

_PAUSES = """
INSERT INTO clock_pauses (id, milestone_id, reason, started_at, limit_at, ended_at, paused_by)
SELECT p.id, p.milestone_id, p.reason, p.started_at, p.limit_at, p.ended_at, p.paused_by
FROM jsonb_to_recordset(%(pauses)s::jsonb) AS p (
    id uuid, milestone_id uuid, reason text, started_at timestamptz, limit_at timestamptz,
    ended_at timestamptz, paused_by uuid)
ON CONFLICT (id) DO UPDATE SET ended_at = excluded.ended_at
"""

_RUNS = """
INSERT INTO ladder_runs (id, escalation_id, ladder_version_id, store_id, state, step, round, next_at, waits_from,
                         started_at, stopped_at, stop_reason)
SELECT r.id, r.escalation_id, r.ladder_version_id, r.store_id, r.state, r.step, r.round, r.next_at, r.waits_from,
       r.started_at, r.stopped_at, r.stop_reason
FROM jsonb_to_recordset(%(runs)s::jsonb) AS r (
    id uuid, escalation_id uuid, ladder_version_id uuid, store_id uuid, state text, step int, round int,
    next_at timestamptz, waits_from timestamptz, started_at timestamptz, stopped_at timestamptz,
    stop_reason text)
ON CONFLICT (id) DO UPDATE SET
    state = excluded.state, step = excluded.step, round = excluded.round, next_at = excluded.next_at,
    waits_from = excluded.waits_from, stopped_at = excluded.stopped_at, stop_reason = excluded.stop_reason
"""

# Without ON CONFLICT: a step that was taken before must never be taken again, and says so.
_STEPS = """
INSERT INTO ladder_steps_taken (run_id, round, step, kind, result, detail, due_at, at)
SELECT s.run_id, s.round, s.step, s.kind, s.result, s.detail, s.due_at, s.at
FROM jsonb_to_recordset(%(steps)s::jsonb) AS s (
    run_id uuid, round int, step int, kind text, result text, detail jsonb, due_at timestamptz, at timestamptz)
"""

_BOOKED = """
INSERT INTO ledger_transfers (at, kind, from_account, to_account, amount_minor, currency, escalation_id)
SELECT %(now)s, b.kind, b.source, b.target, b.amount, b.currency, b.escalation_id
FROM unnest(%(kinds)s::text[], %(sources)s::text[], %(targets)s::text[], %(amounts)s::bigint[],
            %(currencies)s::text[], %(escalations)s::uuid[])
     AS b (kind, source, target, amount, currency, escalation_id)
"""

_TOLD = """
WITH told AS (
    SELECT * FROM jsonb_to_recordset(%(told)s::jsonb)
        AS t (escalation_id uuid, brand_id uuid, topic text, payload jsonb, board_of uuid)
), boards AS (
    INSERT INTO outcomes (id, channel, topic, escalation_id, person_id, payload, state, attempts, next_at,
                          created_at, settled_at, last_error, request_id)
    SELECT gen_random_uuid(), 'board', t.topic, t.escalation_id, t.board_of, t.payload, 'sent', 0, %(now)s,
           %(now)s, %(now)s, '', ''
    FROM told t WHERE t.board_of IS NOT NULL
)
INSERT INTO outcomes (id, channel, topic, escalation_id, endpoint_id, payload, state, attempts, next_at,
                      created_at, last_error, request_id)
SELECT gen_random_uuid(), 'webhook', t.topic, t.escalation_id, w.id, t.payload, 'queued', 0, %(now)s, %(now)s, '', ''
FROM told t
JOIN webhook_endpoints w ON w.brand_id = t.brand_id AND w.enabled AND w.deleted_at IS NULL
     AND w.created_at <= %(now)s AND (t.topic = ANY (w.topics) OR '*' = ANY (w.topics))
"""

_QUESTIONS = "UPDATE info_requests SET state = 'lapsed' WHERE id = ANY (%(ids)s) AND state = 'open'"
_TRANSFERS = """
UPDATE transfers SET state = 'lapsed', decided_at = %(now)s WHERE id = ANY (%(ids)s) AND state = 'offered'
"""
_APPROVALS = """
UPDATE approvals SET state = 'withdrawn', reason = 'nobody approved it in time', decided_at = %(now)s
WHERE escalation_id = ANY (%(ids)s) AND state = 'requested'
"""
_SETTLED = """
UPDATE reviews v SET state = 'closed', finding = 'noted', finding_text = 'the decision was taken back',
                     closed_at = %(now)s
FROM unnest(%(ids)s::uuid[], %(reasons)s::text[]) AS s (escalation_id, entry_reason)
WHERE v.escalation_id = s.escalation_id AND v.entry_reason = s.entry_reason AND v.state <> 'closed'
"""
_THREADS = "UPDATE threads SET attend_at = %(now)s WHERE id = ANY (%(ids)s)"


def write(act: Act, looks: Sequence[tuple[Any, Attended]], *, now: datetime) -> None:
    """Write every look; the first of each pair is the row that was loaded."""
    done = [look for _, look in looks]
    _write_cases(act, looks, now)
    _put_rows(act, _LINKS, "links", _links(done))
    _put_rows(act, _CLOCKS.format(subject="escalation_id"), "clocks", _clocks(done))
    _put_rows(act, _PAUSES, "pauses", _pauses(done))
    _put_rows(act, _RUNS, "runs", _runs(done))
    _put_rows(act, _STEPS, "steps", _steps(done))
    _write_books(act, done, now)
    _write_told(act, looks, now)
    _end_waiting(act, done, now)
    reviews.open_reviews(act, [new for look in done for new in look.reviews])
    notices.put(act, [new for look in done for new in look.notices])
    moved = [row.thread_id for row, look in looks if look.links and row.thread_id]
    if moved:
        act.ask(_THREADS, {"ids": moved, "now": now})


def write_clocks_of_threads(act: Act, clocks: Sequence[tuple[Any, Clock]]) -> None:
    """Write clocks of threads; the first of each pair is the thread's id."""
    _put_rows(
        act,
        _CLOCKS.format(subject="thread_id"),
        "clocks",
        [_clock_row(clock, thread_id) for thread_id, clock in clocks],
    )


def _write_cases(act: Act, looks: Sequence[tuple[Any, Attended]], now: datetime) -> None:
    rows = []
    for row, look in looks:
        case, one = look.case, look.case.escalation
        rows.append(
            {
                "id": one.id,
                "status": one.status,
                "status_before": one.status_before,
                "remaining_minor": one.remaining_minor,
                "outcome": one.outcome,
                "version": one.version,
                "head_seq": one.head_seq,
                "head_hash": _bytes(one.head_hash),
                "attend_at": look.attend_at,
                "lapses": case.lapses,
                "policy_id": row.policy_id,
                "owner_id": look.owner_id,
                "ended_at": case.ended_at,
            }
        )
    act.ask(_CASES, {"cases": orjson.dumps(rows).decode(), "now": now})


def _links(done: Sequence[Attended]) -> list[dict[str, Any]]:
    return [
        {
            "stream": link.stream,
            "seq": link.seq,
            "at": link.at,
            "action": link.action,
            "body": link.body,
            "prev_hash": _bytes(link.prev_hash),
            "hash": _bytes(link.hash),
        }
        for look in done
        for link in look.links
    ]


def _bytes(value: bytes) -> str:
    """As PostgreSQL reads bytes in JSON."""
    return f"\\x{value.hex()}"


def _put_rows(act: Act, sql: str, name: str, rows: Sequence[dict[str, Any]]) -> None:
    if rows:
        act.ask(sql, {name: orjson.dumps(rows).decode()})


def _seconds(amount: Any) -> int | None:
    return None if amount is None else round(amount.total_seconds())


def _clock_row(clock: Clock, subject_id: Any) -> dict[str, Any]:
    return {
        "id": clock.id,
        "subject_id": subject_id,
        "type": clock.type.value,
        "round": clock.round,
        "policy_version": clock.policy_version,
        "calendar": clock.source.value,
        "store_id": clock.store_id,
        "target_seconds": _seconds(clock.target),
        "started_at": clock.started_at,
        "due_at": clock.due_at,
        "warnings": clock.warnings,
        "warned_percent": clock.warned_percent,
        "state": clock.state.value,
        "breached_at": clock.breached_at,
        "completed_at": clock.completed_at,
        "elapsed_seconds": _seconds(clock.elapsed),
        "stopped_seconds": _seconds(clock.stopped) or 0,
        "actual_seconds": _seconds(clock.actual),
        "trace": clock.trace,
    }


def _clocks(done: Sequence[Attended]) -> list[dict[str, Any]]:
    return [_clock_row(clock, look.case.escalation.id) for look in done for clock in look.clocks]


def _pauses(done: Sequence[Attended]) -> list[dict[str, Any]]:
    return [
        {
            "id": pause.id,
            "milestone_id": clock.id,
            "reason": pause.reason.value,
            "started_at": pause.started_at,
            "limit_at": pause.limit_at,
            "ended_at": pause.ended_at,
            "paused_by": pause.paused_by,
        }
        for look in done
        for clock in look.clocks
        for pause in clock.pauses
    ]


def _runs(done: Sequence[Attended]) -> list[dict[str, Any]]:
    """Ended runs first: a case has one live run, and the index says so row by row."""
    found: list[tuple[Attended, Run]] = [(look, run) for look in done for run in look.old_runs]
    found += [(look, look.case.run) for look in done if look.case.run and look.case.run.touched]
    return [
        {
            "id": run.id,
            "escalation_id": look.case.escalation.id,
            "ladder_version_id": run.ladder_version_id,
            "store_id": run.store_id,
            "state": run.state,
            "step": run.step,
            "round": run.round,
            "next_at": run.next_at,
            "waits_from": run.waits_from,
            "started_at": run.started_at,
            "stopped_at": run.stopped_at,
            "stop_reason": run.stop_reason,
        }
        for look, run in found
    ]


def _steps(done: Sequence[Attended]) -> list[dict[str, Any]]:
    return [
        {
            "run_id": taken.run_id,
            "round": taken.round,
            "step": taken.step,
            "kind": taken.do.value,
            "result": taken.result,
            "detail": taken.detail,
            "due_at": taken.due_at,
            "at": taken.at,
        }
        for look in done
        for taken in look.taken
    ]


def _write_books(act: Act, done: Sequence[Attended], now: datetime) -> None:
    booked = [(look.case.escalation, one) for look in done for one in look.booked]
    if booked:
        act.ask(
            _BOOKED,
            {
                "now": now,
                "kinds": [one.kind for _, one in booked],
                "sources": [one.from_account for _, one in booked],
                "targets": [one.to_account for _, one in booked],
                "amounts": [one.amount_minor for _, one in booked],
                "currencies": [escalation.currency for escalation, _ in booked],
                "escalations": [escalation.id for escalation, _ in booked],
            },
        )


def _write_told(act: Act, looks: Sequence[tuple[Any, Attended]], now: datetime) -> None:
    told = [
        {
            "escalation_id": look.case.escalation.id,
            "brand_id": look.case.escalation.brand_id,
            "topic": one.topic,
            "payload": one.payload,
            "board_of": look.case.escalation.agent_id if one.on_board else None,
        }
        for _, look in looks
        for one in look.told
    ]
    if told:
        act.ask(_TOLD, {"told": orjson.dumps(told).decode(), "now": now})


def _end_waiting(act: Act, done: Sequence[Attended], now: datetime) -> None:
    """Questions, offers, requests and reviews that ended with the case or by themselves."""
    named: list[tuple[str, Callable[[Attended], Any]]] = [
        (_QUESTIONS, lambda look: look.question_lapsed),
        (_TRANSFERS, lambda look: look.transfer_lapsed),
        (_APPROVALS, lambda look: look.case.escalation.id if look.approval_withdrawn else None),
    ]
    for sql, of in named:
        ids = [found for look in done if (found := of(look))]
        if ids:
            act.ask(sql, {"ids": ids, "now": now} if "%(now)s" in sql else {"ids": ids})
    settled = [(look.case.escalation.id, reason) for look in done for reason in look.reviews_settled]
    if settled:
        ids, reasons = [one for one, _ in settled], [reason.value for _, reason in settled]
        act.ask(_SETTLED, {"ids": ids, "reasons": reasons, "now": now})
