"""The agent's queue: a page of threads by filter and words, and how many each filter has.

Every read is limited to one brand; without locks. Escalations are found by the thread's
identity, which is what they are indexed by.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final
from uuid import UUID

import sqlalchemy as sa
from sqlmodel import Session

from bridge.lifecycle import LIVE, Status
from bridge.queries.intake import OPEN
from bridge.threads import QueueFilter
from bridge.triage import Triage

QUEUE_MAX: Final = 200
COUNTED_TO: Final = 100
"""A card that says "99+" is as useful as one that says 3,412, and much cheaper."""
EXCERPT_LINES: Final = 2
EXCERPT_CHARACTERS: Final = 400

UNTOLD: Final = (
    Status.HONOURED,
    Status.PART_HONOURED,
    Status.DECLINED,
    Status.REVOKED,
    Status.EXPIRED,
)
"""It ended; until `told_at` somebody has to tell the customer."""


def _words(statuses: tuple[Status, ...]) -> str:
    return ", ".join(f"'{status.value}'" for status in statuses)


_OPEN: Final = f"e.status IN ({_words(OPEN)})"
_WITH_STORE: Final = f"e.status IN ({_words(LIVE)})"
_UNTOLD: Final = f"(e.status IN ({_words(UNTOLD)}) AND e.told_at IS NULL AND e.superseded_by_id IS NULL)"
_OF_THREAD: Final = "e.identity_id = t.identity_id AND e.thread_id = t.id"
_HELD: Final = "c.released_at IS NULL AND c.lease_until > :now"
_RUNS: Final = "m.state IN ('running', 'missed_open') AND m.due_at IS NOT NULL"
_AWAKE: Final = "(t.triage = 'open' OR (t.triage = 'snoozed' AND t.snoozed_until <= :now))"

_SHOWN: Final = {
    # Unheld, not set aside, and nobody has made or is making a promise since the last post.
    QueueFilter.NEW: f"""
        AND {_AWAKE}
        AND NOT EXISTS (SELECT FROM thread_claims c WHERE c.thread_id = t.id AND {_HELD})
        AND NOT EXISTS (
            SELECT FROM escalations e WHERE {_OF_THREAD} AND ({_OPEN} OR e.created_at >= t.last_post_at)
        )
    """,
    QueueFilter.MINE: f"""
        AND t.id IN (SELECT c.thread_id FROM thread_claims c WHERE c.person_id = :person_id AND {_HELD})
    """,
    QueueFilter.WITH_STORE: f"""
        AND t.id IN (SELECT e.thread_id FROM escalations e WHERE e.brand_id = :brand_id AND {_WITH_STORE})
    """,
    QueueFilter.OUTCOME: f"""
        AND t.id IN (SELECT e.thread_id FROM escalations e WHERE e.brand_id = :brand_id AND {_UNTOLD})
    """,
    QueueFilter.LATE: f"""
        AND t.id IN (
            WITH late AS (
                SELECT m.thread_id, m.escalation_id FROM milestones m
                WHERE m.state = 'running' AND m.due_at <= :now
                UNION ALL
                SELECT m.thread_id, m.escalation_id FROM milestones m
                WHERE m.state = 'missed_open' AND m.due_at <= :now
            )
            SELECT late.thread_id FROM late JOIN threads t ON t.id = late.thread_id WHERE {_AWAKE}
            UNION ALL
            SELECT e.thread_id FROM late JOIN escalations e ON e.id = late.escalation_id
            WHERE {_OPEN} OR {_UNTOLD}
        )
    """,
    QueueFilter.ALL: "",
}
_CARDS: Final = tuple(show for show in QueueFilter if show is not QueueFilter.ALL)

_SAID: Final = r"""
    AND (i.handle ILIKE :words OR t.matched_on ILIKE :words
         OR EXISTS (SELECT FROM posts p WHERE p.thread_id = t.id AND p.text ILIKE :words))
"""


@dataclass(frozen=True, slots=True)
class QueueItem:
    """A row of the agent's queue. `cursor` as `before` gives what comes after it.

    The escalation is one that is open, else one that ended and whose customer was not told.
    `due_at` is the next deadline of the thread or of that escalation, `due_kind` its clock.
    """

    thread_id: UUID
    network: str
    mention_type: str
    matched_on: str
    visibility: str
    permalink: str | None
    handle: str
    language: str
    addressed_to: str
    asked_for: str
    excerpt: str
    last_post_at: datetime
    age: timedelta
    triage: Triage
    snoozed_until: datetime | None
    holder_id: UUID | None
    holder_name: str | None
    held_since: datetime | None
    lease_until: datetime | None
    is_soft: bool
    escalation_id: UUID | None
    escalation_number: int | None
    escalation_status: Status | None
    due_at: datetime | None
    due_kind: str | None

    @property
    def cursor(self) -> tuple[datetime, UUID]:
        """Where the next page starts."""
        return self.last_post_at, self.thread_id


def queue_page(
    session: Session,
    brand_id: UUID | None,
    *,
    show: QueueFilter,
    person_id: UUID | None,
    now: datetime,
    limit: int,
    before: tuple[datetime, UUID] | None,
    words: str = "",
) -> list[QueueItem]:
    """The brand's threads, newest activity first, those after `before` only.

    With `words` those whose handle, match or posts contain them.
    """
    paged = "" if before is None else "AND (t.last_post_at, t.id) < (:before_at, :before_id)"
    said = _SAID if words else ""
    # Only our own fragments are joined; every value is bound.
    statement = f"""
        WITH page AS MATERIALIZED (
            SELECT t.*, i.handle FROM threads t JOIN social_identities i ON i.id = t.identity_id
            WHERE t.brand_id = :brand_id {_SHOWN[show]} {said} {paged}
            ORDER BY t.last_post_at DESC, t.id DESC
            LIMIT :limit
        )
        SELECT t.id AS thread_id, t.network, t.mention_type, t.matched_on, t.visibility, t.permalink, t.handle,
               t.language, t.addressed_to, t.asked_for, left(last.text, {EXCERPT_CHARACTERS}) AS text, t.last_post_at,
               t.triage, t.snoozed_until, held.person_id AS holder_id, held.display_name AS holder_name,
               held.claimed_at AS held_since, held.lease_until, coalesce(held.is_soft, false) AS is_soft,
               e.id AS escalation_id, e.number AS escalation_number, e.status AS escalation_status,
               due.due_at, due.type AS due_kind
        FROM page t
        LEFT JOIN LATERAL (
            SELECT p.text FROM posts p WHERE p.thread_id = t.id AND p.author_kind = 'customer'
            ORDER BY p.posted_at DESC, p.id DESC LIMIT 1
        ) last ON true
        LEFT JOIN LATERAL (
            SELECT c.person_id, w.display_name, c.claimed_at, c.lease_until, c.is_soft
            FROM thread_claims c JOIN people w ON w.id = c.person_id
            WHERE c.thread_id = t.id AND {_HELD}
        ) held ON true
        LEFT JOIN LATERAL (
            SELECT e.id, e.number, e.status FROM escalations e
            WHERE {_OF_THREAD} AND ({_OPEN} OR {_UNTOLD})
            ORDER BY {_OPEN} DESC, e.created_at DESC, e.id DESC LIMIT 1
        ) e ON true
        LEFT JOIN LATERAL (
            SELECT either.due_at, either.type FROM (
                SELECT m.due_at, m.type FROM milestones m WHERE m.thread_id = t.id AND {_RUNS} AND {_AWAKE}
                UNION ALL
                SELECT m.due_at, m.type FROM milestones m WHERE m.escalation_id = e.id AND {_RUNS}
            ) either ORDER BY either.due_at, either.type LIMIT 1
        ) due ON true
        ORDER BY t.last_post_at DESC, t.id DESC
    """
    values: dict[str, Any] = {"brand_id": brand_id, "now": now, "limit": max(1, min(limit, QUEUE_MAX))}
    if show is QueueFilter.MINE:
        values["person_id"] = person_id
    if words:
        values["words"] = f"%{_like(words)}%"
    if before is not None:
        values["before_at"], values["before_id"] = before
    rows = session.connection().execute(sa.text(statement), values).mappings()
    return [_item(dict(row), now) for row in rows]


def _like(text: str) -> str:
    return text.replace("\\", "\\\\").replace("%", "\\%").replace("_", "\\_")


def _item(row: dict[str, Any], now: datetime) -> QueueItem:
    lines = [line.strip() for line in (row.pop("text") or "").splitlines()]
    status = row.pop("escalation_status")
    return QueueItem(
        **{**row, "triage": Triage(row["triage"])},
        excerpt="\n".join([line for line in lines if line][:EXCERPT_LINES]),
        age=now - row["last_post_at"],
        escalation_status=None if status is None else Status(status),
    )


_COUNTS: Final = "SELECT " + ", ".join(
    f"""(SELECT count(*) FROM (
            SELECT FROM threads t WHERE t.brand_id = :brand_id {_SHOWN[show]} LIMIT {COUNTED_TO}
        ) AS found) AS "{show.value}" """
    for show in _CARDS
)


def counts(
    session: Session, brand_id: UUID | None, *, person_id: UUID | None, now: datetime
) -> Mapping[QueueFilter, int]:
    """How many threads each card has, counted up to a hundred."""
    values = {"brand_id": brand_id, "person_id": person_id, "now": now}
    row = session.connection().execute(sa.text(_COUNTS), values).mappings().one()
    return {show: row[show.value] for show in _CARDS}
