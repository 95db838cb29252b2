"""The conversations that the clock has to look at: claim, read, set when to look again."""

from collections.abc import Collection
from datetime import datetime
from typing import Any
from uuid import UUID

from bridge.db import Act

_CLAIM = """
SELECT id FROM threads WHERE attend_at <= %(now)s ORDER BY attend_at LIMIT %(limit)s FOR UPDATE SKIP LOCKED
"""

_LOAD = """
SELECT t.id, t.brand_id,
       (SELECT coalesce(jsonb_agg(jsonb_build_array(p.posted_at, p.author_kind)), '[]')
        FROM posts p WHERE p.thread_id = t.id) AS posts,
       (SELECT coalesce(jsonb_agg(jsonb_build_array(c.claimed_at, c.released_at)), '[]')
        FROM thread_claims c WHERE c.thread_id = t.id) AS claims,
       (SELECT coalesce(jsonb_agg(e.issued_at), '[]')
        FROM escalations e WHERE e.thread_id = t.id AND e.issued_at IS NOT NULL) AS issued,
       (SELECT c.person_id FROM thread_claims c WHERE c.thread_id = t.id AND c.released_at IS NULL) AS holder_id,
       (SELECT coalesce(jsonb_agg(to_jsonb(m)), '[]') FROM milestones m WHERE m.thread_id = t.id) AS clocks
FROM threads t WHERE t.id = ANY (%(ids)s)
ORDER BY t.id
"""

_SET = """
UPDATE threads t SET attend_at = s.attend_at
FROM unnest(%(ids)s::uuid[], %(ats)s::timestamptz[]) AS s (id, attend_at)
WHERE t.id = s.id
"""


def claim(act: Act, now: datetime, *, limit: int) -> list[UUID]:
    """Lock the conversations that are due, leaving out those that somebody else holds."""
    return [row.id for row in act.ask(_CLAIM, {"now": now, "limit": limit})]


def load(act: Act, ids: Collection[UUID]) -> list[Any]:
    """Posts, claims, promises and clocks of these locked conversations."""
    return act.ask(_LOAD, {"ids": list(ids)}).fetchall()


def look_again(act: Act, when: dict[UUID, datetime | None]) -> None:
    """Set when each is looked at next."""
    act.ask(_SET, {"ids": list(when), "ats": list(when.values())})
