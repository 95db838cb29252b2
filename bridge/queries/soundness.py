"""Questions whose answer is nothing as long as the clockwork is sound. Reads only; for `bridge doctor`."""

from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import Any, Final

from bridge.db import Connection

LISTED: Final = """
SELECT e.number, e.status, CASE
    WHEN e.status IN ('closed', 'rejected', 'cancelled') THEN 'over'
    WHEN e.status = 'pending_approval' AND EXISTS (
        SELECT FROM approvals a WHERE a.escalation_id = e.id AND a.state = 'requested') THEN 'approvals'
    WHEN e.status IN ('issued', 'acknowledged', 'awaiting_agent', 'transferring') AND e.valid_until <= %(now)s
        THEN CASE WHEN e.valid_until + %(grace)s > %(late)s AND e.attend_at IS NOT NULL THEN 'about to expire' END
    WHEN e.status = 'awaiting_agent' AND EXISTS (
        SELECT FROM info_requests q WHERE q.escalation_id = e.id AND q.state = 'open') THEN 'questions to the agent'
    WHEN e.status = 'transferring' AND EXISTS (
        SELECT FROM transfers x WHERE x.escalation_id = e.id AND x.state = 'offered') THEN 'offers to a store'
    WHEN e.status IN ('issued', 'acknowledged')
        THEN CASE WHEN e.store_scope = 'any' THEN 'the agent''s promises' ELSE 'the store''s inbox' END
    WHEN e.status IN ('under_review', 'honoured', 'part_honoured', 'declined', 'revoked', 'expired') AND EXISTS (
        SELECT FROM reviews r WHERE r.escalation_id = e.id AND r.state <> 'closed') THEN 'HQ''s reviews'
    WHEN e.status IN ('part_honoured', 'declined', 'expired') AND e.cause_code IS NULL AND EXISTS (
        SELECT FROM milestones m WHERE m.escalation_id = e.id AND m.type = 'cause_coded'
          AND m.state IN ('running', 'paused', 'missed_open')) THEN 'causes to code'
    WHEN e.status IN ('honoured', 'part_honoured', 'declined', 'revoked', 'expired') AND e.attend_at > %(late)s
        THEN 'closes by itself'
END AS list
FROM escalations e
"""
"""On whose list each case stands; null is nobody's."""

_ON_NOBODYS_LIST = f"SELECT 'case ' || number AS place, status AS what FROM ({LISTED}) l WHERE list IS NULL"

_CHECKS: Final = {
    "on nobody's list": _ON_NOBODYS_LIST,
    "clock without a state": """
        SELECT 'clock ' || id AS place, type || ' ' || coalesce(state, 'none') AS what FROM milestones
        WHERE state IS NULL OR state NOT IN ('pending', 'running', 'paused', 'met', 'missed_open', 'met_late',
                                             'missed_final', 'cancelled')
           OR (state IN ('met', 'met_late', 'missed_final', 'cancelled')) <> (completed_at IS NOT NULL)
           OR (state IN ('missed_open', 'met_late', 'missed_final')) <> (breached_at IS NOT NULL)
    """,
    "clock runs on a case that is over": """
        SELECT 'case ' || e.number AS place, m.type || ' ' || m.state AS what
        FROM milestones m JOIN escalations e ON e.id = m.escalation_id
        WHERE e.status IN ('closed', 'rejected', 'cancelled') AND m.state IN ('pending', 'running', 'paused', 'missed_open')
          AND coalesce(e.attend_at > %(now)s, true)
          AND NOT (m.type = 'hq_review' AND EXISTS (
              SELECT FROM reviews r WHERE r.escalation_id = e.id AND r.state <> 'closed'))
    """,
    "not looked at": """
        SELECT 'case ' || number AS place, 'due ' || attend_at AS what FROM escalations
        WHERE attend_at <= %(late)s OR attend_failures > 0
    """,
    "conversation not looked at": """
        SELECT 'thread ' || id AS place, 'due ' || attend_at AS what FROM threads WHERE attend_at <= %(late)s
    """,
    "deadline passed unseen": """
        SELECT 'clock ' || id AS place, type || ' due ' || due_at AS what FROM milestones
        WHERE state = 'running' AND due_at <= %(late)s
    """,
    "pause over its limit": """
        SELECT 'clock ' || milestone_id AS place, reason || ' until ' || limit_at AS what FROM clock_pauses
        WHERE ended_at IS NULL AND limit_at <= %(late)s
    """,
    "step not taken": """
        SELECT 'ladder run ' || id AS place, 'due ' || next_at AS what FROM ladder_runs
        WHERE state = 'running' AND next_at <= %(late)s
    """,
    "notice not sent": """
        SELECT 'notice ' || id AS place, state || ' due ' || next_at AS what FROM notices
        WHERE state IN ('queued', 'sending') AND next_at <= %(late)s
    """,
    "question open too long": """
        SELECT 'case ' || e.number AS place, 'live until ' || q.expires_at AS what
        FROM info_requests q JOIN escalations e ON e.id = q.escalation_id
        WHERE q.state = 'open' AND (q.expires_at <= %(late)s OR e.status <> 'awaiting_agent')
    """,
    "offer of a case that is elsewhere": """
        SELECT 'case ' || e.number AS place, e.status AS what
        FROM transfers x JOIN escalations e ON e.id = x.escalation_id
        WHERE x.state = 'offered' AND e.status <> 'transferring'
    """,
    "ladder climbs without need": """
        SELECT 'case ' || e.number AS place, e.status AS what
        FROM ladder_runs r JOIN escalations e ON e.id = r.escalation_id
        WHERE r.state = 'running' AND e.status <> 'issued' AND coalesce(e.attend_at > %(late)s, true)
    """,
    "step taken after an acknowledgement": """
        SELECT 'stream ' || stream AS place, 'link ' || seq AS what FROM timeline
        WHERE action = 'ladder.step' AND body::jsonb -> 'facts' ->> 'from' <> 'issued'
    """,
    "step told and not taken, or taken twice": """
        SELECT 'case ' || e.number AS place, taken.n || ' taken, ' || told.n || ' told' AS what
        FROM escalations e
        CROSS JOIN LATERAL (
            SELECT count(*) AS n FROM ladder_runs r JOIN ladder_steps_taken t ON t.run_id = r.id
            WHERE r.escalation_id = e.id AND t.kind <> 'wait') taken
        CROSS JOIN LATERAL (
            SELECT count(*) AS n FROM timeline l WHERE l.stream = e.id::text AND l.action = 'ladder.step') told
        WHERE taken.n <> told.n
    """,
    "told twice": """
        SELECT 'notice ' || (array_agg(dedup_key))[1] AS place, count(*) || ' times' AS what FROM notices
        WHERE digest_id IS NULL AND template <> 'digest'
        GROUP BY escalation_id, person_id, contact_point_id, channel, template, facts, created_at
        HAVING count(*) > 1
    """,
}

_LISTS = f"SELECT coalesce(list, 'nobody') AS what, count(*) AS n FROM ({LISTED}) l GROUP BY 1 ORDER BY 1"


def unsound(connection: Connection, *, now: datetime, late: datetime, grace: timedelta) -> Iterator[Any]:
    """Everything that should not be: kind, place, what. `late` is before when nothing may still be due."""
    values = {"now": now, "late": late, "grace": grace}
    for kind, sql in _CHECKS.items():
        for row in connection.execute(sql, values):
            yield kind, row.place, row.what


def lists(connection: Connection, *, now: datetime, late: datetime, grace: timedelta) -> dict[str, int]:
    """How many cases stand on each list."""
    values = {"now": now, "late": late, "grace": grace}
    return {row.what: int(row.n) for row in connection.execute(_LISTS, values)}
