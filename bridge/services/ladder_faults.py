"""Faults of the configuration: rungs that reached nobody, and rungs that would reach nobody today.

For administrators and districts. A rung without a recipient is passed at once, so a fault here
means that a silent store is answered for by the next height too early, or by nobody. Reads only.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any, Final
from uuid import UUID

from bridge import ladders, sla
from bridge.db import Act
from bridge.ladders import Do, Rungs
from bridge.notices import Channel
from bridge.queries import policies as policy_queries
from bridge.queries import trying as queries
from bridge.services import policies
from bridge.services.looking import World, place_of
from bridge.services.trying import batch_of
from bridge.sla import Policy, Told

RECORDED_DAYS: Final = 14
ROWS_MOST: Final = 500
EXAMPLES: Final = 5


@dataclass(frozen=True, slots=True)
class NobodyThere:
    """A role that the ladders name and nobody active holds for a place; `stores` are those without."""

    role: Told
    unit_kind: str
    unit_name: str
    stores: list[str]
    """Numbers of the stores that it concerns."""


@dataclass(slots=True)
class ChannelGap:
    """A channel that the ladders use for a role and that reaches nobody at some places where it is held."""

    role: Told
    channel: Channel
    places: int = 0
    without: int = 0
    examples: list[str] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class Faults:
    """Everything that is wrong, the gravest first in each list."""

    recorded: list[Any]
    nobody: list[NobodyThere]
    channels: list[ChannelGap]
    ladders: list[tuple[str, str]]
    is_cut: bool


def faults(act: Act, brand_id: UUID, *, reach: list[UUID] | None, now: datetime) -> Faults:
    """Look at the last two weeks and at every store within reach as it is now. Must begin the act."""
    queries.only_read(act)
    since = now - timedelta(days=RECORDED_DAYS)
    recorded = queries.missed_rungs(act, brand_id, reach=reach, since=since, limit=ROWS_MOST + 1)
    policy, rungs = _in_force(act, brand_id)
    nobody, gaps = _check(act, brand_id, _wanted(policy, rungs), reach=reach, now=now)
    return Faults(
        recorded=recorded[:ROWS_MOST],
        nobody=nobody[:ROWS_MOST],
        channels=gaps,
        ladders=policies.faults_of(rungs),
        is_cut=max(len(recorded), len(nobody)) > ROWS_MOST,
    )


def _in_force(act: Act, brand_id: UUID) -> tuple[Policy, dict[str, Rungs]]:
    """What counts now; a brand that nobody has looked at yet has what everybody starts with."""
    found = [row for row in policy_queries.policies(act, [brand_id]) if row.in_force]
    rows = policy_queries.ladders(act, [brand_id])
    policy = sla.read(found[0].definition if found else sla.STARTING, version=1)
    return policy, {row.name: ladders.read(row.definition) for row in rows} or {
        policies.STANDARD: ladders.read(ladders.STARTING)
    }


def _wanted(policy: Policy, rungs: Mapping[str, Rungs]) -> dict[Told, set[Channel]]:
    """By which channels each role is told; the agent is a matter of the case."""
    wanted: dict[Told, set[Channel]] = {}
    for step in (step for one in rungs.values() for step in one.steps if step.role is not None):
        assert step.role is not None
        channels = {Channel.INBOX} if step.do is Do.REASSIGN else set(step.channels)
        wanted.setdefault(step.role, set()).update(channels)
    for role in (role for target in policy.targets for roles in target.tell.values() for role in roles):
        wanted.setdefault(role, set()).add(Channel.INBOX)
    wanted.pop(Told.AGENT, None)
    return wanted


def _check(
    act: Act,
    brand_id: UUID,
    wanted: Mapping[Told, Iterable[Channel]],
    *,
    reach: list[UUID] | None,
    now: datetime,
) -> tuple[list[NobodyThere], list[ChannelGap]]:
    rows = queries.stores(act, brand_id, reach=reach)
    batch = batch_of(act, rows, brand_id, now=now)
    reached: dict[tuple[Told, UUID | None], set[Channel]] = {}
    stores: dict[tuple[Told, UUID | None], list[str]] = {}
    for row in rows:
        world = World(batch, row, _NO_POLICY)
        for role, channels in wanted.items():
            key = (role, place_of(role, row.store_path))
            stores.setdefault(key, []).append(row.store_number)
            if key not in reached:
                reached[key] = {channel for channel in channels if world.reach(role, channel)}
    units = queries.units(act, [unit for _, unit in stores if unit])
    nobody = [
        NobodyThere(
            role, units[unit].kind if unit else "brand", units[unit].name if unit else "", stores[role, unit]
        )
        for (role, unit), found in reached.items()
        if not found
    ]
    nobody.sort(key=lambda one: (-len(one.stores), one.role, one.unit_name))
    return nobody, _gaps(wanted, reached, units)


def _gaps(
    wanted: Mapping[Told, Iterable[Channel]],
    reached: Mapping[tuple[Told, UUID | None], set[Channel]],
    units: Mapping[UUID, Any],
) -> list[ChannelGap]:
    found = []
    for role, channel in sorted((role, channel) for role, channels in wanted.items() for channel in channels):
        gap = ChannelGap(role, channel)
        for (of_role, unit), channels in reached.items():
            if of_role is role and channels:
                gap.places += 1
                if channel not in channels:
                    gap.without += 1
                    gap.examples.append(units[unit].name if unit else "")
        if gap.without:
            gap.examples = [name for name in gap.examples if name][:EXAMPLES]
            found.append(gap)
    return found


_NO_POLICY: Final = sla.read(sla.STARTING, version=1)
"""Reaching somebody asks nothing of a policy."""
