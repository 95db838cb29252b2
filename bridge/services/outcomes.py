"""What was owed and what became of it: one outcome, its attempts, the dead letters, and replay.

Called by api and web. The acts themselves write the outcomes, and `delivery` sends them.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final
from uuid import UUID

import sqlalchemy as sa
from sqlmodel import Session, col, select

from bridge.errors import Conflict, NotFound
from bridge.models.outcomes import DeliveryAttempt, Outcome, WebhookEndpoint
from bridge.queries import unsent
from bridge.roles import Actor
from bridge.services import audit
from bridge.services.webhooks import AUDIT_STREAM, show_endpoint

PAGE_MAX: Final = 100
RESTING: Final = ("dead", "cancelled", "sent")

# Not by id alone: the acts draw ids in SQL, and those are not in order of time.
_NEWEST: Final = (col(Outcome.created_at), col(Outcome.id))


@dataclass(frozen=True, slots=True)
class OutcomeHistory:
    """An outcome with every attempt at it, oldest first."""

    outcome: Outcome
    attempts: Sequence[DeliveryAttempt]


def show(session: Session, actor: Actor, outcome_id: UUID) -> OutcomeHistory:
    """One webhook outcome of the brand and its attempts. Raises NotFound."""
    outcome = _find(session, actor, outcome_id)
    query = select(DeliveryAttempt).where(col(DeliveryAttempt.outcome_id) == outcome.id)
    return OutcomeHistory(outcome, list(session.exec(query.order_by(col(DeliveryAttempt.attempt)))))


def list_attempts(
    session: Session, actor: Actor, endpoint_id: UUID, *, limit: int = PAGE_MAX, before: int | None = None
) -> list[DeliveryAttempt]:
    """The newest attempts at an endpoint; `before` is the id of the last one already shown."""
    show_endpoint(session, actor, endpoint_id)
    query = (
        select(DeliveryAttempt)
        .join(Outcome, col(Outcome.id) == col(DeliveryAttempt.outcome_id))
        .where(col(Outcome.endpoint_id) == endpoint_id)
    )
    if before is not None:
        query = query.where(col(DeliveryAttempt.id) < before)
    query = query.order_by(col(DeliveryAttempt.id).desc()).limit(min(limit, PAGE_MAX))
    return list(session.exec(query))


def list_outcomes(
    session: Session,
    actor: Actor,
    *,
    state: str | None = None,
    endpoint_id: UUID | None = None,
    limit: int = PAGE_MAX,
    before: UUID | None = None,
) -> list[Outcome]:
    """The brand's webhook outcomes, newest first; `before` is the id of the last one already shown."""
    query = select(Outcome).join(WebhookEndpoint, col(WebhookEndpoint.id) == col(Outcome.endpoint_id))
    query = query.where(col(WebhookEndpoint.brand_id) == actor.brand_id)
    if state is not None:
        query = query.where(col(Outcome.state) == state)
    if endpoint_id is not None:
        query = query.where(col(Outcome.endpoint_id) == endpoint_id)
    if before is not None:
        last = _find(session, actor, before)
        query = query.where(sa.tuple_(*_NEWEST) < sa.tuple_(last.created_at, last.id))
    query = query.order_by(*(column.desc() for column in _NEWEST)).limit(min(limit, PAGE_MAX))
    return list(session.exec(query))


def dead_letters(
    session: Session, actor: Actor, *, limit: int = PAGE_MAX, before: UUID | None = None
) -> list[Outcome]:
    """What was given up and waits for a person, newest first."""
    return list_outcomes(session, actor, state="dead", limit=limit, before=before)


def replay(session: Session, actor: Actor, outcome_id: UUID, *, now: datetime) -> Outcome:
    """Try an outcome now, with the same `webhook-id` and a new cycle of attempts; locks the outcome.

    One that waits for a later try is due at once. Also repeats what was delivered or cancelled, for a
    receiver that lost it. What is on its way, or due already, is left as it is: asking twice sends once.
    Raises NotFound, and Conflict while the endpoint is switched off.
    """
    outcome = _find(session, actor, outcome_id, for_update=True)
    _require_enabled(session, outcome.endpoint_id)
    if not may_replay(outcome, now):
        return outcome
    before = outcome.state
    outcome.state, outcome.attempts, outcome.next_at, outcome.settled_at = "queued", 0, now, None
    session.add(outcome)
    audit.record(
        session,
        stream=AUDIT_STREAM,
        action="outcome_replayed",
        actor=actor,
        facts={"outcome_id": str(outcome.id), "state": before},
        now=now,
    )
    return outcome


def may_replay(outcome: Outcome, now: datetime) -> bool:
    """Whether asking for it changes anything: it rests, or waits for a later try."""
    return outcome.state in RESTING or (outcome.state == "queued" and outcome.next_at > now)


def replay_all(session: Session, actor: Actor, endpoint_id: UUID, *, now: datetime) -> int:
    """Begin a new cycle for everything that an endpoint has not got; locks it. Returns how many.

    That is what was given up, what was cancelled while it was switched off, and what waits for a later
    try. What was delivered stays delivered, and what is on its way is left alone. Raises NotFound, and
    Conflict while the endpoint is switched off.
    """
    show_endpoint(session, actor, endpoint_id)
    _require_enabled(session, endpoint_id, lock=True)
    unsent.stays_delivered(session, endpoint_id)
    woken = unsent.begin_again(session, endpoint_id, now=now)
    audit.record(
        session,
        stream=AUDIT_STREAM,
        action="outcomes_replayed",
        actor=actor,
        facts={"endpoint_id": str(endpoint_id), "outcomes": woken.total(), **woken},
        now=now,
    )
    return woken.total()


def _find(session: Session, actor: Actor, outcome_id: UUID, *, for_update: bool = False) -> Outcome:
    query = (
        select(Outcome)
        .join(WebhookEndpoint, col(WebhookEndpoint.id) == col(Outcome.endpoint_id))
        .where(col(Outcome.id) == outcome_id, col(WebhookEndpoint.brand_id) == actor.brand_id)
    )
    if for_update:  # read anew: somebody who looked at it before would act on what it was then
        query = query.with_for_update(of=Outcome).execution_options(populate_existing=True)
    outcome = session.exec(query).first()
    if outcome is None:
        raise NotFound("there is no such outcome")
    return outcome


def _require_enabled(session: Session, endpoint_id: UUID | None, *, lock: bool = False) -> None:
    query = select(WebhookEndpoint).where(col(WebhookEndpoint.id) == endpoint_id)
    if lock:  # FOR NO KEY UPDATE: an act that owes it something does not wait
        query = query.with_for_update(key_share=True).execution_options(populate_existing=True)
    endpoint = session.exec(query).one()
    if not endpoint.enabled or endpoint.deleted_at is not None:
        raise Conflict("the endpoint is switched off; switch it on first")
