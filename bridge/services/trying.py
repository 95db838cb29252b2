"""Try a ladder against past cases: what would have happened, next to what did. Nothing is written.

The transaction is read-only for the database too. The climb itself is `bridge/trying.py`;
hours, staff and contacts are those of today.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import Any, Final
from uuid import UUID

from bridge import ladders, sla
from bridge.attending import NEED_CLIMBS_AT_PERCENT
from bridge.climbing import Recipient
from bridge.db import Act
from bridge.errors import InvalidInput
from bridge.lifecycle import Status
from bridge.notices import Channel
from bridge.open_calendar import OpenCalendar
from bridge.queries import trying as queries
from bridge.reasons import Priority
from bridge.services.looking import Batch, Shared, World, read_staff
from bridge.services.stored_clocks import instant
from bridge.trying import Climb, Happened, PastCase, Totals, recorded, replay, totals_of

DAYS: Final = 30
DAYS_MOST: Final = 90
CASES_MOST: Final = 300
_ANY_POLICY: Final = sla.read(sla.STARTING, version=1)
"""A ladder asks nothing of a policy."""


@dataclass(frozen=True, slots=True)
class TriedCase:
    """One past case: what would have happened, what did, and which version it kept."""

    id: UUID
    number: int
    store_number: str
    issued_at: datetime
    would: Climb
    did: Climb
    ladder: str | None
    version: int | None


@dataclass(frozen=True, slots=True)
class Tried:
    """The whole report. `not_taken` counts cases that this ladder does not take."""

    days: int
    cases: list[TriedCase]
    not_taken: int
    is_cut: bool
    would: Totals
    did: Totals
    faults: tuple[str, ...]


@dataclass(slots=True)
class _Times:
    """The world of one case at any moment; the nearest other store is looked up once for each store."""

    world: World
    nearest: dict[UUID, dict[str, Any] | None]

    def at(self, now: datetime) -> "_Then":
        return _Then(replace(self.world, batch=replace(self.world.batch, now=now)), self.nearest)


@dataclass(slots=True)
class _Then:
    world: World
    nearest: dict[UUID, dict[str, Any] | None]

    @property
    def calendar(self) -> OpenCalendar:
        return self.world.calendar

    @property
    def number(self) -> int:
        return self.world.number

    def reach(self, role: sla.Told, channel: Channel) -> list[Recipient]:
        return self.world.reach(role, channel)

    def silent_cases(self, minutes: int) -> int:
        return self.world.silent_cases(minutes)

    def other_store(self) -> dict[str, Any] | None:
        store_id: UUID = self.world.row.store_id
        if store_id not in self.nearest:
            self.nearest[store_id] = self.world.other_store()
        return self.nearest[store_id]


@dataclass(slots=True)
class _Sorted:
    cases: list[TriedCase] = field(default_factory=list)
    not_taken: int = 0


def try_ladder(
    act: Act,
    brand_id: UUID,
    definition: Mapping[str, Any],
    *,
    reach: list[UUID] | None,
    now: datetime,
    days: int = DAYS,
) -> Tried:
    """Climb this ladder through the newest cases of the last `days`. Reads only; must begin the act.

    Raises InvalidInput that names each wrong place of the definition.
    """
    rungs = ladders.read(definition)
    if not 1 <= days <= DAYS_MOST:
        raise InvalidInput("The days are not valid.", fields={"days": [f"1 to {DAYS_MOST}"]})
    queries.only_read(act)
    rows = queries.past_cases(
        act,
        brand_id,
        reach=reach,
        since=now - timedelta(days=days),
        now=now,
        presses_at=NEED_CLIMBS_AT_PERCENT,
        limit=CASES_MOST + 1,
    )
    found, batch = _Sorted(), batch_of(act, rows, brand_id, now=now)
    nearest: dict[UUID, dict[str, Any] | None] = {}
    for row in rows[:CASES_MOST]:
        if not rungs.fits(row.kind, Priority(row.priority)):
            found.not_taken += 1
            continue
        times = _Times(World(batch, row, _ANY_POLICY), nearest)
        found.cases.append(_tried(row, rungs, times, now))
    return Tried(
        days=days,
        cases=found.cases,
        not_taken=found.not_taken,
        is_cut=len(rows) > CASES_MOST,
        would=totals_of([one.would for one in found.cases]),
        did=totals_of([one.did for one in found.cases]),
        faults=rungs.faults,
    )


def _tried(row: Any, rungs: ladders.Rungs, times: _Times, now: datetime) -> TriedCase:
    happened = tuple(
        Happened(instant(at), action, Status(was), Status(to)) for at, action, was, to in row.happened
    )
    past = PastCase(happened, row.presented_at, tuple(instant(at) for at in [*row.warned, *row.needed]))
    last = row.taken[-1] if row.taken else None
    return TriedCase(
        id=row.id,
        number=row.number,
        store_number=row.store_number,
        issued_at=next((one.at for one in happened if one.now is Status.ISSUED), now),
        would=replay(past, rungs, times, store_number=row.store_number, until=now),
        did=recorded(row.taken, store_number=row.store_number, review=row.had_review),
        ladder=last["ladder"] if last else None,
        version=last["version"] if last else None,
    )


def batch_of(act: Act, rows: list[Any], brand_id: UUID, *, now: datetime) -> Batch:
    """What `World` asks, for rows with store_path, owner_id and agent_id; without policies and ladders."""
    shared = Shared()
    shared.shelf.fill(act, store_ids={row.store_id for row in rows}, unit_ids=set())
    return Batch(
        act=act,
        now=now,
        shared=shared,
        staff=read_staff(act, rows, {brand_id}, now=now),
        care_units={},
        hq_units={},
        policies_in_force={},
        ladders_in_force={},
    )
