"""A change of a calendar reaches the due times in the very next sweep, of a sweeper that keeps calendars."""

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

import pytest
from sqlmodel import Session

from bridge import db
from bridge.calendars import recompute
from bridge.clock import utc_now
from bridge.models import CalendarException, Closure, OrgUnit, Store
from bridge.roles import Actor
from bridge.services import calendar_changes as changes
from bridge.services.attending import Sweeper
from bridge.settings import settings
from tests.cast import Cast, promise
from tests.clockwork import clocks_of

SECOND = timedelta(seconds=1)
ADA = Actor(kind="operator", id=None, name="Ada")


class Life:
    """One sweeper, a clock that is moved by hand, and the due time of a case at store 12 and at store 40."""

    def __init__(self, cast: Cast) -> None:
        self.cast = cast
        self.here: UUID = promise(cast, store_number="12").id
        self.there: UUID = promise(cast, store_number="40").id
        self.now: datetime = utc_now()
        self._sweeper = Sweeper(settings())
        self._sweeper.sweep(self.now)

    def change(self, work: Callable[[Session, datetime], Any]) -> Any:
        self.now += SECOND
        with db.transaction() as session:
            made = work(session, self.now)
        self.now += SECOND
        self._sweeper.sweep(self.now)
        return made

    def clock(self, escalation_id: UUID | None = None) -> Any:
        return clocks_of(escalation_id or self.here)["store_ack"]


@pytest.fixture
def life(cast: Cast) -> Life:
    return Life(cast)


def test_a_closure_moves_the_due_time_and_its_end_moves_it_back(life: Life) -> None:
    first, elsewhere = life.clock().due_at, life.clock(life.there).due_at

    closed: Closure = life.change(
        lambda session, now: changes.declare_closure(
            session,
            session.get_one(Store, life.cast.store_12.id),
            label="Burst pipe",
            ends_at=now + timedelta(days=3),
            actor=ADA,
            now=now,
        )
    )
    moved = life.clock()
    life.change(
        lambda session, now: changes.end_closure(
            session, session.get_one(Closure, closed.id), actor=ADA, now=now
        )
    )

    assert moved.due_at >= closed.ends_at
    assert "Burst pipe" in [skipped["why"] for skipped in moved.trace["skipped"]]
    assert recompute(moved.trace) == moved.due_at
    assert first <= life.clock().due_at <= first + 2 * SECOND
    assert life.clock(life.there).due_at == elsewhere


def test_until_further_notice_only_moves_it_later(life: Life) -> None:
    first = life.clock().due_at

    life.change(
        lambda session, now: changes.declare_closure(
            session, session.get_one(Store, life.cast.store_12.id), label="Flood", actor=ADA, now=now
        )
    )

    assert life.clock().due_at >= first + timedelta(days=12)
    assert "never_opens" not in life.clock().trace


def test_a_holiday_for_everybody_moves_everybody_and_is_taken_back(life: Life) -> None:
    first, elsewhere = life.clock().due_at, life.clock(life.there).due_at
    day = first.astimezone(ZoneInfo("America/Chicago")).date()

    added: CalendarException = life.change(
        lambda session, now: changes.set_hours_on(
            session,
            session.get_one(OrgUnit, life.cast.hq.id),
            day,
            hours="closed",
            label="Mourning",
            actor=ADA,
            now=now,
        )
    )
    moved = life.clock(), life.clock(life.there)
    life.change(
        lambda session, now: changes.remove_hours_on(
            session, session.get_one(CalendarException, added.id), actor=ADA, now=now
        )
    )

    for clock in moved:
        assert clock.due_at.astimezone(ZoneInfo("America/Chicago")).date() > day
        assert {"on": day.isoformat(), "why": "Mourning"} in clock.trace["skipped"]
    assert (life.clock().due_at, life.clock(life.there).due_at) == (first, elsewhere)
