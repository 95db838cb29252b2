"""What a receiver has not got: cancelled while it is switched off, and begun again together afterwards.

An event that was delivered once and is being sent again is not lost when that is called off: it stays
delivered, and is not among what has to be sent again.
"""

from collections import Counter
from datetime import datetime
from typing import Any, Final
from uuid import UUID

import sqlalchemy as sa
from sqlmodel import Session

_DELIVERED: Final = """
    FROM delivery_attempts a WHERE a.outcome_id = o.id AND a.status_code BETWEEN 200 AND 299
"""

CALLED_OFF: Final = f"""
(state, settled_at, last_error) = (
    SELECT CASE WHEN count(*) = 0 THEN 'cancelled' ELSE 'sent' END,
           coalesce(max(a.started_at), {{now}}),
           CASE WHEN count(*) = 0 THEN 'endpoint_disabled' ELSE '' END
    {_DELIVERED}
)
"""
"""What becomes of an outcome `o` that is not tried any more; `now` is the parameter."""

_CANCEL: Final = sa.text(
    f"""
    UPDATE outcomes o SET {CALLED_OFF.format(now="CAST(:now AS timestamptz)")}
    WHERE o.endpoint_id = :endpoint_id AND o.channel = 'webhook' AND o.state = 'queued'
    """
)

_STAYS_DELIVERED: Final = sa.text(
    f"""
    UPDATE outcomes o
    SET state = 'sent', last_error = '', settled_at = (SELECT max(a.started_at) {_DELIVERED})
    WHERE o.endpoint_id = :endpoint_id AND o.state = 'cancelled' AND EXISTS (SELECT {_DELIVERED})
    """
)

# Each kind of its own, so that each finds its partial index. What is on its way is left to its try.
_BEGIN_AGAIN: Final = sa.text(
    """
    WITH unsent AS (
        SELECT id, state FROM outcomes
        WHERE endpoint_id = :endpoint_id AND channel = 'webhook'
          AND (state = 'dead' OR state = 'cancelled' OR (state = 'queued' AND next_at > :now))
        FOR UPDATE
    )
    UPDATE outcomes o SET state = 'queued', attempts = 0, next_at = :now, settled_at = NULL
    FROM unsent WHERE o.id = unsent.id
    RETURNING unsent.state
    """
)


def cancel(session: Session, endpoint_id: UUID, *, now: datetime) -> None:
    """Call off what an endpoint is owed, except for what is on its way just now."""
    session.execute(_CANCEL, {"endpoint_id": endpoint_id, "now": now})


def stays_delivered(session: Session, endpoint_id: UUID) -> int:
    """Give back its state to what was delivered before somebody sent it again in vain. Returns how many."""
    done: Any = session.execute(_STAYS_DELIVERED, {"endpoint_id": endpoint_id})
    return int(done.rowcount)


def begin_again(session: Session, endpoint_id: UUID, *, now: datetime) -> Counter[str]:
    """Begin a new cycle for what was given up, was cancelled, or waits for a later try. Counts them by state."""
    rows = session.execute(_BEGIN_AGAIN, {"endpoint_id": endpoint_id, "now": now})
    return Counter(row.state for row in rows)
