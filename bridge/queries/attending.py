"""What the clock has to look at: claim the cases that are due, and read all that a look needs.

Two statements, because a row that was changed between a statement's snapshot and its lock would
be read as it was before: the first locks, the second reads with a new snapshot.
`queries/attended.py` writes the result.
"""

from collections.abc import Collection
from datetime import datetime, timedelta
from typing import Any, Final
from uuid import UUID

from bridge.db import Act, Connection

LOCK = "FOR NO KEY UPDATE SKIP LOCKED"

CLAIM = """
SELECT id FROM escalations
WHERE attend_at <= %(now)s
ORDER BY attend_at, id
LIMIT %(limit)s
{lock}
"""
"""`{lock}` is left out by the negative control of the race test. NO KEY, as every lock of a case: rows
that refer to it, another case of the same promise among them, need not wait for it."""

_LOCK_ONE = f"SELECT id FROM escalations WHERE id = %(id)s {LOCK}"

_LOAD = """
SELECT e.id, e.number, e.brand_id, e.status, e.status_before, e.agent_id, e.currency, e.authorised_minor,
       e.remaining_minor, e.valid_until, e.version, e.head_seq, e.head_hash, e.frozen_at, e.second_fact_failures,
       e.acknowledged_at, e.acknowledged_by, e.set_aside_note, e.issued_at, e.code_hmac, NULL AS authority,
       e.last_decision, e.outcome, e.kind, e.priority, e.store_id, e.needed_by, e.created_at, e.level,
       e.presented_at, e.policy_id, e.owner_id, e.lapses, e.cause_code, e.ended_at, e.thread_id, e.attend_at,
       s.number AS store_number, s.unit_path AS store_path, t.first_post_at,
       (SELECT coalesce(jsonb_agg(jsonb_build_array(l.at, l.action, l.body::jsonb -> 'facts', l.actor_id)
                                  ORDER BY l.seq), '[]')
        FROM timeline l WHERE l.stream = e.id::text AND l.seq > e.attended_seq) AS events,
       (SELECT coalesce(jsonb_agg(to_jsonb(m) ORDER BY m.started_at, m.id), '[]')
        FROM milestones m WHERE m.escalation_id = e.id) AS clocks,
       (SELECT coalesce(jsonb_agg(to_jsonb(p) ORDER BY p.started_at), '[]')
        FROM clock_pauses p JOIN milestones m ON m.id = p.milestone_id WHERE m.escalation_id = e.id) AS pauses,
       (SELECT to_jsonb(r) FROM ladder_runs r WHERE r.escalation_id = e.id
        ORDER BY r.started_at DESC, r.id DESC LIMIT 1) AS run,
       (SELECT jsonb_object_agg(v.entry_reason, v.opened_at) FROM reviews v
        WHERE v.escalation_id = e.id AND v.state <> 'closed') AS open_reviews,
       (SELECT max(v.closed_at) FROM reviews v WHERE v.escalation_id = e.id) AS reviews_closed_at,
       (SELECT jsonb_build_object('id', q.id, 'since', q.asked_at, 'lapses_at', q.expires_at)
        FROM info_requests q WHERE q.escalation_id = e.id AND q.state = 'open') AS question,
       (SELECT jsonb_build_object('id', x.id, 'since', x.offered_at, 'store_id', x.to_store_id,
                                  'number', (SELECT o.number FROM stores o WHERE o.id = x.to_store_id))
        FROM transfers x WHERE x.escalation_id = e.id AND x.state = 'offered') AS transfer
FROM escalations e
LEFT JOIN stores s ON s.id = e.store_id
LEFT JOIN threads t ON t.id = e.thread_id
WHERE e.id = ANY (%(ids)s)
ORDER BY e.id
"""

_DESKS = """
SELECT b.id AS brand_id,
       (SELECT u.id FROM org_units u JOIN unit_calendars c ON c.unit_id = u.id
        WHERE u.brand_id = b.id AND u.kind = 'care_team' ORDER BY u.name LIMIT 1) AS care_unit_id,
       (SELECT u.id FROM org_units u WHERE u.brand_id = b.id AND u.kind = 'hq' LIMIT 1) AS hq_unit_id
FROM brands b WHERE b.id = ANY (%(brands)s)
"""

_STAFF = """
SELECT a.role, a.org_unit_id AS unit_id, u.kind AS unit_kind, u.brand_id, p.id AS person_id, p.email IS NOT NULL AS has_email
FROM role_assignments a
JOIN people p ON p.id = a.person_id AND p.status = 'active'
JOIN org_units u ON u.id = a.org_unit_id
WHERE a.valid_from <= %(now)s AND (a.valid_to IS NULL OR a.valid_to > %(now)s)
  AND (a.org_unit_id = ANY (%(units)s) AND a.role IN ('store_associate', 'store_manager', 'district_manager')
       OR u.brand_id = ANY (%(brands)s) AND a.role IN ('lead', 'hq', 'admin'))
ORDER BY p.id, a.id
"""

_PEOPLE = """
SELECT id AS person_id, email IS NOT NULL AS has_email FROM people
WHERE id = ANY (%(people)s) AND status = 'active'
"""

_CONTACTS = """
SELECT id, person_id, unit_id, channel FROM contact_points
WHERE state = 'active' AND brand_id = ANY (%(brands)s)
  AND (person_id = ANY (%(people)s) OR unit_id = ANY (%(units)s))
ORDER BY id
"""

_SILENT = """
SELECT count(*) AS cases FROM ladder_runs
WHERE store_id = %(store_id)s AND started_at > %(since)s AND started_at <= %(now)s
"""

_OTHER_STORE = """
SELECT o.number AS other_number, o.name AS other_name,
       round((12742 * asin(sqrt(sin(radians(o.lat - s.lat) / 2) ^ 2
           + cos(radians(s.lat)) * cos(radians(o.lat)) * sin(radians(o.lon - s.lon) / 2) ^ 2)))::numeric, 1)::float8
           AS other_km
FROM stores s
JOIN stores o ON o.brand_id = s.brand_id AND o.id <> s.id AND o.has_counter AND o.accepts_escalations
WHERE s.id = %(store_id)s
  AND NOT EXISTS (SELECT 1 FROM closures c WHERE c.store_id = o.id AND c.starts_at <= %(now)s
                  AND (c.ends_at IS NULL OR c.ends_at > %(now)s))
ORDER BY other_km, o.number
LIMIT 1
"""

WAKE_MOST: Final = 1000
COUNT_MOST: Final = 1000

# Bounded and in the index's order: our connections plan without the values, and for a third of all
# cases, which is what "before an unknown instant" is taken for, the whole table would be read.
_OVERDUE = f"""
SELECT count(*) AS cases, min(attend_at) AS oldest, max(attend_failures) AS failures
FROM (
    SELECT attend_at, attend_failures FROM escalations WHERE attend_at <= %(late)s
    ORDER BY attend_at, id LIMIT {COUNT_MOST}
) AS late
"""

_POSTPONE = """
UPDATE escalations
SET attend_failures = attend_failures + 1,
    attend_at = %(now)s + least(%(first)s * power(2, least(attend_failures, 12)), %(longest)s)
WHERE id = %(id)s
"""

_WAKE = f"""
WITH stuck AS (
    (SELECT e.id FROM escalations e
     WHERE e.attend_at IS NULL
       AND e.status IN ('pending_approval', 'issued', 'acknowledged', 'awaiting_agent', 'transferring')
     ORDER BY e.id LIMIT {WAKE_MOST})
    UNION ALL
    (SELECT r.escalation_id FROM ladder_runs r
     WHERE r.state = 'running' AND r.next_at <= %(late)s
     ORDER BY r.next_at LIMIT {WAKE_MOST})
    UNION ALL
    (SELECT m.escalation_id FROM milestones m
     WHERE m.state = 'running' AND m.due_at <= %(late)s AND m.escalation_id IS NOT NULL
     ORDER BY m.due_at LIMIT {WAKE_MOST})
)
UPDATE escalations e SET attend_at = %(now)s
WHERE e.id = ANY (ARRAY(SELECT stuck.id FROM stuck))
  AND (e.attend_at IS NULL OR e.attend_at > %(now)s) AND e.attend_failures = 0
RETURNING e.id
"""
"""Each part reads one partial index; rows that failed before wait for their own next try."""


def claim(act: Act, now: datetime, *, limit: int) -> list[UUID]:
    """Lock the cases that are due, oldest first, leaving out those that somebody else holds."""
    return [row.id for row in act.ask(CLAIM.format(lock=LOCK), {"now": now, "limit": limit})]


def claim_one(act: Act, escalation_id: UUID) -> list[UUID]:
    """Lock this case; empty when somebody else holds it."""
    return [row.id for row in act.ask(_LOCK_ONE, {"id": escalation_id})]


def load(act: Act, ids: Collection[UUID]) -> list[Any]:
    """Everything a look needs of these locked cases."""
    return act.ask(_LOAD, {"ids": list(ids)}).fetchall()


def desks(act: Act, brands: Collection[UUID]) -> list[Any]:
    """The care desk (the one that has hours) and HQ of each brand."""
    return act.ask(_DESKS, {"brands": list(brands)}).fetchall()


def staff(act: Act, *, units: Collection[UUID], brands: Collection[UUID], now: datetime) -> list[Any]:
    """Active people in the roles that a ladder can name, at these units and brand-wide."""
    return act.ask(_STAFF, {"units": list(units), "brands": list(brands), "now": now}).fetchall()


def people(act: Act, ids: Collection[UUID]) -> list[Any]:
    """Which of these people are active, and whether they have an e-mail address."""
    return act.ask(_PEOPLE, {"people": list(ids)}).fetchall()


def contacts(
    act: Act, *, brands: Collection[UUID], people: Collection[UUID], units: Collection[UUID]
) -> list[Any]:
    """Active contact points of these people and units."""
    values = {"brands": list(brands), "people": list(people), "units": list(units)}
    return act.ask(_CONTACTS, values).fetchall()


def silent_cases(act: Act, *, store_id: UUID, since: datetime, now: datetime) -> int:
    """Cases of a store that began to climb since then."""
    row = act.ask(_SILENT, {"store_id": store_id, "since": since, "now": now}).fetchone()
    return int(row.cases) if row else 0


def other_store(act: Act, *, store_id: UUID, now: datetime) -> dict[str, Any] | None:
    """The nearest store with a counter that takes escalations and is not shut: number, name, km as facts."""
    row = act.ask(_OTHER_STORE, {"store_id": store_id, "now": now}).fetchone()
    return None if row is None else dict(row._asdict())


def by_number(connection: Connection, number: int) -> Any:
    """The case with this number: id, brand_id, status, attend_at; None when there is none."""
    return connection.execute(
        "SELECT id, brand_id, status, attend_at FROM escalations WHERE number = %(number)s",
        {"number": number},
    ).fetchone()


def overdue(connection: Connection, late: datetime) -> Any:
    """How many cases should have been looked at before `late`: cases (at most `COUNT_MOST`), oldest, failures."""
    return connection.execute(_OVERDUE, {"late": late}).fetchone()


def postpone(act: Act, escalation_id: UUID, now: datetime, *, first: timedelta, longest: timedelta) -> None:
    """Put a case aside that could not be looked at, twice as long each time, and commit."""
    values = {"id": escalation_id, "now": now, "first": first, "longest": longest}
    act.ask_and_commit(_POSTPONE, values)


def wake(connection: Connection, now: datetime, *, late: datetime) -> list[UUID]:
    """Set cases to be looked at now that wait for something which was due before `late`, or for nothing.

    Returns their ids; none is the rule. At most `WAKE_MOST` for each reason; the next call goes on.
    """
    return [row.id for row in connection.execute(_WAKE, {"now": now, "late": late})]
