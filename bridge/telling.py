"""What boards and receivers are told of an event: thin, and without personal data. Pure."""

from datetime import datetime
from typing import Any, Protocol
from uuid import UUID

from bridge.timeline import moment


class Case(Protocol):
    """What is read of a case: the record itself, or a row of it."""

    @property
    def id(self) -> UUID: ...  # noqa: D102
    @property
    def number(self) -> int: ...  # noqa: D102
    @property
    def status(self) -> str: ...  # noqa: D102
    @property
    def outcome(self) -> str | None: ...  # noqa: D102
    @property
    def remaining_minor(self) -> int | None: ...  # noqa: D102
    @property
    def currency(self) -> str | None: ...  # noqa: D102


def payload_of(
    escalation: Case,
    store_number: str | None,
    *,
    amount_minor: int,
    now: datetime,
    reason: str | None = None,
) -> dict[str, Any]:
    """The payload that `bridge/topics.py` describes. `amount_minor` is what this event moved."""
    return {
        "escalation_id": str(escalation.id),
        "number": escalation.number,
        "status": str(escalation.status),
        "outcome": escalation.outcome,
        "amount_minor": amount_minor,
        "remaining_minor": escalation.remaining_minor,
        "currency": escalation.currency,
        "store_number": store_number,
        "reason": reason,
        "happened_at": moment(now),
    }


def thread_payload(thread_id: UUID, *, network: str, person_id: UUID, now: datetime) -> dict[str, Any]:
    """What receivers are told of a conversation: which one, where, and who of ours holds it."""
    return {
        "thread_id": str(thread_id),
        "network": network,
        "person_id": str(person_id),
        "happened_at": moment(now),
    }


def test_payload(endpoint_id: UUID, *, now: datetime) -> dict[str, Any]:
    """What a receiver is told to try it."""
    return {"endpoint_id": str(endpoint_id), "happened_at": moment(now)}
