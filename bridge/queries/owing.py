"""Owe an event to every receiver that subscribed to it, inside an ORM transaction.

Acts on escalations write their outcomes in their own statement (`queries/escalations.py`);
this serves the rest.
"""

from collections.abc import Mapping
from datetime import datetime
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import JSONB
from sqlmodel import Session

_OWE = sa.text(
    """
    INSERT INTO outcomes (id, channel, topic, endpoint_id, payload, state, attempts, next_at, created_at,
                          last_error, request_id)
    SELECT gen_random_uuid(), 'webhook', :topic, w.id, :payload, 'queued', 0, :now, :now, '', ''
    FROM webhook_endpoints w
    WHERE w.brand_id = :brand_id AND w.enabled AND w.deleted_at IS NULL
      AND w.created_at <= :now AND (:topic = ANY (w.topics) OR '*' = ANY (w.topics))
    """
).bindparams(sa.bindparam("payload", type_=JSONB), sa.bindparam("topic", type_=sa.Text))


def owe_receivers(
    session: Session, *, brand_id: UUID | None, topic: str, payload: Mapping[str, object], now: datetime
) -> None:
    """One queued outcome for each endpoint of the brand that wants `topic` and is no younger; none is fine."""
    session.execute(_OWE, {"brand_id": brand_id, "topic": topic, "payload": dict(payload), "now": now})
