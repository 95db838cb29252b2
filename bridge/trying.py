"""What a ladder would have done with past cases: a replay over simulated time. Pure.

What people did is taken as it was: when a promise was issued, acknowledged, asked about, moved
or decided. What the ladder itself brings about is worked out anew, also when an acknowledgement
without an action lapses. Opening hours and staff are today's; nobody acts otherwise than they
did, so it answers "how far would it have climbed", never "would they have answered".
"""

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any, Protocol
from uuid import UUID

from bridge.attending import FRESH
from bridge.climbing import Around, Run, Taken, climb, open_after
from bridge.ladders import Do, Rungs
from bridge.lifecycle import Action, Status
from bridge.sla import Told

_NOBODY = UUID(int=0)
_REACHING = frozenset({Do.NOTIFY, Do.NOTIFY_ROUND_ROBIN, Do.REASSIGN})
HEIGHTS = (Told.DISTRICT_MANAGER, Told.REGION_MANAGER, Told.LEAD, Told.HQ)
REVIEW = "review"


class Times(Protocol):
    """The world of one past case at any moment of the replay."""

    def at(self, now: datetime) -> Around:
        """What a step may ask when it is taken at `now`."""


@dataclass(frozen=True, slots=True)
class Happened:
    """A change of status in the case's timeline."""

    at: datetime
    action: str
    was: Status
    now: Status


@dataclass(frozen=True, slots=True)
class PastCase:
    """What the replay needs to know. `presses` are the moments at which the customer's own time ran short."""

    happened: tuple[Happened, ...]
    presented_at: datetime | None = None
    presses: tuple[datetime, ...] = ()


@dataclass(frozen=True, slots=True)
class Rung:
    """A step as it was taken, or would have been. `people` is unknown for what was taken."""

    at: datetime
    round: int
    step: int
    do: Do
    result: str
    role: Told | None = None
    messages: int = 0
    people: frozenset[UUID] = frozenset()


@dataclass(frozen=True, slots=True)
class Climb:
    """How far one case climbed, waits left out."""

    store_number: str | None
    rungs: tuple[Rung, ...]
    review: bool

    @property
    def reached(self) -> frozenset[str]:
        """The heights at which somebody was told, and `review`."""
        found = {rung.role.value for rung in self.rungs if rung.role in HEIGHTS and rung.result == "done"}
        return frozenset(found | ({REVIEW} if self.review else set()))


@dataclass(slots=True)
class Totals:
    """What all cases come to. `faults` counts rungs that reached nobody, by store and role."""

    cases: int = 0
    messages: int = 0
    reached: Counter[str] = field(default_factory=Counter)
    people: set[UUID] = field(default_factory=set)
    faults: Counter[tuple[str | None, str]] = field(default_factory=Counter)


@dataclass(frozen=True, slots=True)
class _Stretch:
    """A time in which the store had to answer. `fresh` begins the ladder, `lapsed` comes back to it."""

    start: datetime
    end: datetime
    fresh: bool = False
    lapsed: bool = False


def replay(case: PastCase, rungs: Rungs, times: Times, *, store_number: str | None, until: datetime) -> Climb:
    """Climb `rungs` through the case's past, up to `until`."""
    run: Run | None = None
    taken: list[Taken] = []
    for stretch in _stretches(case, rungs, times, until):
        run = _run_in(run, stretch)
        if run is not None and run.state == "running":
            taken += _climb_through(run, rungs, times, stretch, case.presses)
    climbed_out = run is not None and run.state == "finished" and run.stop_reason == "end"
    review = any(one.do is Do.OPEN_REVIEW for one in taken)
    ends_in_review = climbed_out and not any(step.do is Do.OPEN_REVIEW for step in rungs.steps)
    shown = tuple(_rung(one) for one in taken if one.do is not Do.WAIT)
    return Climb(store_number, shown, review or ends_in_review)


def _stretches(case: PastCase, rungs: Rungs, times: Times, until: datetime) -> Iterator[_Stretch]:
    moves = [one for one in case.happened if one.now is not one.was]
    moves = [one for one in moves if not _is_lapse_of_ok(one)]
    acknowledged_at, lapses = until, 0
    for at, move in enumerate(moves):
        end = moves[at + 1].at if at + 1 < len(moves) else until
        if move.now is Status.ISSUED:
            fresh = move.was in FRESH or move.action == Action.ACCEPT_TRANSFER
            yield _Stretch(move.at, end, fresh, move.action == Action.LAPSE)
        elif move.now is Status.ACKNOWLEDGED:
            if move.action == Action.ACKNOWLEDGE:
                acknowledged_at = move.at
            since = min(acknowledged_at, move.at)
            back = max(move.at, _lapses_at(rungs, times, since))
            came = case.presented_at is not None and since <= case.presented_at <= back
            if back < end and not came and lapses < rungs.lapses_most:
                lapses += 1
                yield _Stretch(back, end, lapsed=True)


def _is_lapse_of_ok(move: Happened) -> bool:
    """It was the doing of the ladder that the case kept then; this ladder has its own."""
    return move.action == Action.LAPSE and move.was is Status.ACKNOWLEDGED


def _lapses_at(rungs: Rungs, times: Times, acknowledged_at: datetime) -> datetime:
    amount = timedelta(minutes=rungs.acknowledgement_lapses_after_minutes)
    return open_after(times.at(acknowledged_at).calendar, acknowledged_at, amount)


def _run_in(run: Run | None, stretch: _Stretch) -> Run | None:
    """A promise that was issued anew starts anew; one that came back climbs on (`bridge/attending.py`)."""
    if run is None or stretch.fresh or (run.state == "finished" and stretch.lapsed):
        return Run(_NOBODY, _NOBODY, "running", 0, 1, stretch.start, stretch.start)
    if run.state == "stopped":
        run.go_on(stretch.start)
    return run


def _climb_through(
    run: Run, rungs: Rungs, times: Times, stretch: _Stretch, presses: Iterable[datetime]
) -> list[Taken]:
    """Take every step whose time comes inside the stretch; the clock jumps from one to the next."""
    taken: list[Taken] = []
    pressing = sorted(at for at in presses if stretch.start <= at < stretch.end)
    while run.state == "running":
        if pressing and pressing[0] <= run.next_at:
            run.next_at, run.waits_from = pressing.pop(0), None
        at = max(run.next_at, stretch.start)
        if at >= stretch.end:
            break
        pressing = [press for press in pressing if press > at]
        taken += climb(run, rungs, times.at(at), now=at)
    run.stop("over", stretch.end)
    return taken


def _rung(taken: Taken) -> Rung:
    people = frozenset(found for one in taken.told if (found := one.person_id or one.contact_point_id))
    role = taken.role if taken.do in _REACHING else None
    messages = len(taken.told)
    return Rung(taken.at, taken.round, taken.step, taken.do, taken.result, role, messages, people)


def recorded(steps: Iterable[dict[str, Any]], *, store_number: str | None, review: bool) -> Climb:
    """The climb in the steps that were really taken: round, step, kind, result, detail and at of each."""
    rungs = tuple(_recorded_rung(one) for one in steps if one["kind"] != Do.WAIT)
    return Climb(store_number, rungs, review or any(rung.do is Do.OPEN_REVIEW for rung in rungs))


def _recorded_rung(one: dict[str, Any]) -> Rung:
    detail, do = one["detail"], Do(one["kind"])
    role = Told(detail["role"]) if do in _REACHING and detail.get("role") else None
    tells = one["result"] == "done" and do in {*_REACHING, Do.OFFER_OTHER_STORE}
    told = detail.get("told", 1 if tells else 0)
    at = datetime.fromisoformat(one["at"])
    return Rung(at, one["round"], one["step"], do, one["result"], role, int(told))


def totals_of(climbs: Sequence[Climb]) -> Totals:
    """Add up."""
    found = Totals(cases=len(climbs))
    for climb_of_case in climbs:
        found.reached.update(climb_of_case.reached)
        for rung in climb_of_case.rungs:
            found.messages += rung.messages
            found.people |= rung.people
            if rung.result == "no_recipient" and rung.role is not None:
                found.faults[climb_of_case.store_number, rung.role.value] += 1
    return found
