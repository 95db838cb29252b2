"""What a simulation asks beyond the services: when the clock is due, where a case stands, its figures.

`bridge/queries/soundness.py` has the statements of its checks.
"""

from collections.abc import Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

import sqlalchemy as sa
from sqlmodel import Session

from bridge.db import Connection
from bridge.models.base import new_id

_DUE = """
SELECT least((SELECT min(attend_at) FROM escalations WHERE attend_at IS NOT NULL),
             (SELECT min(attend_at) FROM threads WHERE attend_at IS NOT NULL)) AS at
"""

_DUE_NOTICES = "SELECT min(next_at) AS at FROM notices WHERE state IN ('queued', 'sending')"

_STANDING = """
SELECT e.status, e.outcome, e.cause_code, e.valid_until, e.authorised_minor, e.remaining_minor,
       s.number AS store_number
FROM escalations e LEFT JOIN stores s ON s.id = e.store_id WHERE e.id = %(id)s
"""

_OLDEST_REVIEWS = """
SELECT r.id, r.entry_reason, r.escalation_id, e.status
FROM reviews r JOIN escalations e ON e.id = r.escalation_id
WHERE r.brand_id = %(brand_id)s AND r.state <> 'closed'
ORDER BY r.opened_at, e.number, r.entry_reason
LIMIT %(limit)s
"""

_HEARTBEAT = "SELECT max(at) AS at FROM heartbeats"

_END_SESSIONS = sa.text(
    "UPDATE credentials SET revoked_at = :now WHERE brand_id = :brand_id AND revoked_at IS NULL"
)

_SET_PASSWORD = sa.text(
    "UPDATE people SET password_hash = :hash WHERE brand_id = :brand_id AND email IS NOT NULL"
)

_CONVERSATION = """
WITH customer AS (
    INSERT INTO customers (id, brand_id, locale, created_at) VALUES (%(customer_id)s, %(brand_id)s, 'en', %(now)s)
), identity AS (
    INSERT INTO social_identities (id, brand_id, customer_id, network, handle, created_at)
    VALUES (%(identity_id)s, %(brand_id)s, %(customer_id)s, %(network)s::text, %(handle)s::text, %(now)s)
), thread AS (
    INSERT INTO threads (id, brand_id, network, external_id, visibility, mention_type, identity_id,
                         official_handle_id, addressed_to, language, first_post_at, last_post_at, detected_at, attend_at)
    SELECT %(thread_id)s, %(brand_id)s, %(network)s::text, %(thread)s::text, 'public', 'tagged', %(identity_id)s, h.id, h.handle,
           'en', %(posted_at)s, %(posted_at)s, %(now)s, %(now)s
    FROM official_handles h WHERE h.brand_id = %(brand_id)s AND h.network = %(network)s::text
), post AS (
    INSERT INTO posts (id, thread_id, network, external_id, author_kind, author_handle, posted_at, text, text_sha256,
                       received_at)
    VALUES (%(post_id)s, %(thread_id)s, %(network)s::text, 'post-' || %(thread)s::text, 'customer', %(handle)s::text,
            %(posted_at)s, %(text)s::text, sha256(convert_to(%(text)s::text, 'UTF8')), %(now)s)
)
INSERT INTO thread_claims (id, thread_id, person_id, claimed_at, lease_until)
VALUES (%(claim_id)s, %(thread_id)s, %(person_id)s, %(now)s, %(lease_until)s)
"""

_FIGURES = {
    "status": "SELECT status AS what, count(*) AS n FROM escalations GROUP BY 1 ORDER BY 1",
    "outcome": "SELECT coalesce(outcome, 'none yet') AS what, count(*) AS n FROM escalations GROUP BY 1 ORDER BY 1",
    "step": """
        SELECT kind || ' ' || result AS what, count(*) AS n FROM ladder_steps_taken GROUP BY 1 ORDER BY 1
    """,
    "notice": "SELECT template || ' ' || channel AS what, count(*) AS n FROM notices GROUP BY 1 ORDER BY 1",
    "notice_state": "SELECT state AS what, count(*) AS n FROM notices GROUP BY 1 ORDER BY 1",
    "review": """
        SELECT entry_reason || ' ' || coalesce(finding, state) AS what, count(*) AS n
        FROM reviews GROUP BY 1 ORDER BY 1
    """,
    "act": "SELECT action AS what, count(*) AS n FROM timeline GROUP BY 1 ORDER BY 1",
    "verdict": "SELECT verdict AS what, count(*) AS n FROM look_ups GROUP BY 1 ORDER BY 1",
    "value": """
        SELECT kind AS what, sum(amount_minor)::bigint AS n FROM ledger_transfers GROUP BY 1 ORDER BY 1
    """,
}

_CLOCKS = """
SELECT type, count(*) AS started,
       count(*) FILTER (WHERE state = 'met') AS met,
       count(*) FILTER (WHERE state IN ('met_late', 'missed_final')) AS late,
       count(*) FILTER (WHERE state = 'missed_open') AS late_and_open,
       count(*) FILTER (WHERE state IN ('running', 'paused')) AS running,
       count(*) FILTER (WHERE state = 'cancelled') AS cancelled,
       percentile_cont(0.5) WITHIN GROUP (ORDER BY actual_seconds)
           FILTER (WHERE state IN ('met', 'met_late')) AS median_seconds,
       percentile_cont(0.9) WITHIN GROUP (ORDER BY actual_seconds)
           FILTER (WHERE state IN ('met', 'met_late')) AS p90_seconds
FROM milestones GROUP BY type ORDER BY type
"""


def next_due(connection: Connection) -> datetime | None:
    """When the clock has to look at a case or a conversation next."""
    at: datetime | None = connection.execute(_DUE).fetchone().at  # type: ignore[union-attr]  # one row
    return at


def next_notice(connection: Connection) -> datetime | None:
    """When the next notice is due."""
    at: datetime | None = connection.execute(_DUE_NOTICES).fetchone().at  # type: ignore[union-attr]  # one row
    return at


def last_heartbeat(connection: Connection) -> datetime | None:
    """When any clockwork of this service ran last."""
    at: datetime | None = connection.execute(_HEARTBEAT).fetchone().at  # type: ignore[union-attr]  # one row
    return at


def standing(connection: Connection, case_id: UUID) -> Any:
    """Status, outcome, end and store of a case."""
    return connection.execute(_STANDING, {"id": case_id}).fetchone()


def oldest_reviews(connection: Connection, brand_id: UUID, limit: int) -> Sequence[Any]:
    """The rows that HQ has not closed, oldest first; the same order whatever the ids."""
    return connection.execute(_OLDEST_REVIEWS, {"brand_id": brand_id, "limit": limit}).fetchall()


def figures(connection: Connection) -> dict[str, dict[str, int]]:
    """Counts by status, outcome, step and so on."""
    return {name: {row.what: int(row.n) for row in connection.execute(sql)} for name, sql in _FIGURES.items()}


def clock_figures(connection: Connection) -> list[Any]:
    """For each kind of clock how many were met and missed, and how long it took in its own hours."""
    return connection.execute(_CLOCKS).fetchall()


def add_conversation(connection: Connection, values: dict[str, Any]) -> UUID:
    """Write a new customer's thread that somebody holds, in one statement; returns its id.

    The services take a dozen statements for it, which would be half of a simulation's time.
    """
    names = ("customer_id", "identity_id", "thread_id", "post_id", "claim_id")
    ids = {name: new_id() for name in names}
    connection.execute(_CONVERSATION, {**values, **ids})
    return ids["thread_id"]


def end_sessions(session: Session, brand_id: UUID, now: datetime) -> None:
    """End every live session of a brand."""
    session.connection().execute(_END_SESSIONS, {"brand_id": brand_id, "now": now})


def set_password(session: Session, brand_id: UUID, password_hash: str) -> None:
    """One password for everybody of a made-up brand who has an e-mail address."""
    session.connection().execute(_SET_PASSWORD, {"brand_id": brand_id, "hash": password_hash})
