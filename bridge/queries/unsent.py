"""What a receiver has not got: cancelled while it is switched off, and begun again together afterwards.

An event that was delivered once and is being sent again is not lost when that is called off: it stays
delivered, and is not among what has to be sent again.
"""

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


def cancel(session: Session, endpoint_id: UUID, *, now: datetime) -> None:
    """Call off what an endpoint is owed, except for what is on its way just now."""
    session.execute(_CANCEL, {"endpoint_id": endpoint_id, "now": now})


def stays_delivered(session: Session, endpoint_id: UUID) -> int:
    """Give back its state to what was delivered before somebody sent it again in vain. Returns how many."""
    done: Any = session.execute(_STAYS_DELIVERED, {"endpoint_id": endpoint_id})
    return int(done.rowcount)
