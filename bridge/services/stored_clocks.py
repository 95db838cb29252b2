"""Milestones and pauses out of the JSON in which the sweeps read them."""

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

from bridge.clocks import Clock, Pause
from bridge.milestones import CalendarSource, MilestoneState, MilestoneType
from bridge.reasons import PauseReason, Priority
from bridge.sla import Policy


def instant(text: str) -> datetime:
    """An instant in UTC."""
    return datetime.fromisoformat(text).astimezone(UTC)


def maybe_instant(text: str | None) -> datetime | None:
    """An instant in UTC, or None."""
    return None if text is None else instant(text)


def pauses_of(found: Sequence[dict[str, Any]]) -> dict[str, list[Pause]]:
    """Pauses by the id of their milestone."""
    by_clock: dict[str, list[Pause]] = {}
    for one in found:
        by_clock.setdefault(one["milestone_id"], []).append(
            Pause(
                UUID(one["id"]),
                PauseReason(one["reason"]),
                instant(one["started_at"]),
                instant(one["limit_at"]),
                maybe_instant(one["ended_at"]),
                UUID(one["paused_by"]) if one["paused_by"] else None,
            )
        )
    return by_clock


def clock_of(
    one: Mapping[str, Any],
    *,
    policy: Policy,
    kind: str,
    priority: Priority,
    pauses: Mapping[str, list[Pause]] | None = None,
) -> Clock:
    """The clock in a milestone's row. A due time without a target is one that somebody named."""
    milestone = MilestoneType(one["type"])
    target = None if one["target_seconds"] is None else timedelta(seconds=one["target_seconds"])
    due_at = maybe_instant(one["due_at"])
    of_policy = policy.target(milestone, kind=kind, priority=priority)
    return Clock(
        id=UUID(one["id"]),
        type=milestone,
        round=one["round"],
        policy_version=one["policy_version"],
        source=CalendarSource(one["calendar"]),
        store_id=UUID(one["store_id"]) if one["store_id"] else None,
        target=target,
        started_at=instant(one["started_at"]),
        fixed_due_at=due_at if target is None else None,
        warn_percents=of_policy.warn_percents if of_policy else (50, 75, 90),
        due_at=due_at,
        warnings=tuple((percent, instant(at)) for percent, at in one["warnings"]),
        warned_percent=one["warned_percent"],
        state=MilestoneState(one["state"]),
        breached_at=maybe_instant(one["breached_at"]),
        completed_at=maybe_instant(one["completed_at"]),
        elapsed=None if one["elapsed_seconds"] is None else timedelta(seconds=one["elapsed_seconds"]),
        stopped=timedelta(seconds=one["stopped_seconds"]),
        trace=one["trace"],
        pauses=(pauses or {}).get(one["id"], []),
    )
