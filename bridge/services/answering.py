"""The sweep of the conversations: nobody's post is left without an answer and without a name.

As `services/attending.py`, for the three clocks of a thread. Safe to run twice and to lose.
"""

import time
from collections.abc import Sequence
from datetime import datetime
from typing import Any, Final
from uuid import UUID

from bridge import db
from bridge.answering import Conversation, Happened, Moment
from bridge.calendars import ALWAYS
from bridge.clocks import Clock, Ring
from bridge.db import Act
from bridge.milestones import CalendarSource
from bridge.models.base import new_id
from bridge.notices import Channel, NewNotice, Template
from bridge.open_calendar import OpenCalendar
from bridge.queries import answering as queries
from bridge.queries import attended, notices
from bridge.queries import attending as case_queries
from bridge.reasons import Priority
from bridge.services.calendars import CalendarShelf
from bridge.services.policies import in_force
from bridge.services.stored_clocks import clock_of, instant
from bridge.sla import BREACH_PERCENT, Policy, Told
from bridge.timeline import moment

BATCH: Final = 100
SWEEP_SECONDS: Final = 10.0
_ROLES = {Told.LEAD: "lead", Told.HQ: "hq", Told.ADMIN: "admin"}


def sweep(now: datetime, *, seconds: float = SWEEP_SECONDS) -> int:
    """Look at every conversation that is due, for at most `seconds`; commits. Returns how many."""
    ends, looked = time.monotonic() + seconds, 0
    shelf = CalendarShelf()
    while time.monotonic() < ends:
        with db.work() as act:
            ids = queries.claim(act, now, limit=BATCH)
            if not ids:
                break
            _look(act, queries.load(act, ids), shelf, now)
        looked += len(ids)
    return looked


def _look(act: Act, rows: Sequence[Any], shelf: CalendarShelf, now: datetime) -> None:
    brands = {row.brand_id for row in rows}
    policies = {brand: in_force(act, brand, now=now)[1] for brand in brands}
    desks = {row.brand_id: row for row in case_queries.desks(act, brands)}
    units = {unit for desk in desks.values() for unit in (desk.care_unit_id, desk.hq_unit_id) if unit}
    shelf.fill(act, unit_ids=units)
    staff = case_queries.staff(act, units=(), brands=brands, now=now)
    changed: list[tuple[UUID, Clock]] = []
    told: list[NewNotice] = []
    again: dict[UUID, datetime | None] = {}
    for row in rows:
        policy = policies[row.brand_id]

        def calendar_of(source: CalendarSource, desk: Any = desks[row.brand_id]) -> OpenCalendar:
            unit = desk.hq_unit_id if source is CalendarSource.HQ else desk.care_unit_id
            return ALWAYS if source is CalendarSource.ALWAYS or unit is None else shelf.unit(unit)

        talk = Conversation(
            [clock_of(one, policy=policy, kind="promise", priority=Priority.NORMAL) for one in row.clocks],
            policy=policy,
            calendar_of=calendar_of,
            new_id=new_id,
        )
        talk.replay(_history(row), now)
        changed += [(row.id, clock) for clock in talk.held if clock.touched]
        told += [new for ring in talk.rings for new in _told(row, ring, policy, staff, now)]
        again[row.id] = talk.next_at()
    attended.write_clocks_of_threads(act, changed)
    notices.put(act, told)
    queries.look_again(act, again)


def _history(row: Any) -> list[Moment]:
    kinds = {"customer": Happened.ASKED, "brand": Happened.ANSWERED}
    found = [Moment(instant(at), kinds[kind]) for at, kind in row.posts if kind in kinds]
    found += [Moment(instant(at), Happened.ISSUED) for at in row.issued]
    for claimed_at, released_at in row.claims:
        found.append(Moment(instant(claimed_at), Happened.CLAIMED))
        if released_at is not None:
            found.append(Moment(instant(released_at), Happened.RELEASED))
    return found


def _told(row: Any, ring: Ring, policy: Policy, staff: Sequence[Any], now: datetime) -> list[NewNotice]:
    """Whom the policy names: the holder of the claim as the agent, leads, HQ."""
    clock = ring.clock
    target = policy.target(clock.type, kind="promise", priority=Priority.NORMAL)
    people: list[UUID] = []
    for role in target.tell.get(ring.percent, ()) if target else ():
        if role is Told.AGENT:
            people += [row.holder_id] if row.holder_id else []
        else:
            people += [
                one.person_id
                for one in staff
                if one.brand_id == row.brand_id and one.role == _ROLES.get(role)
            ]
    late = ring.percent == BREACH_PERCENT
    return [
        NewNotice(
            brand_id=row.brand_id,
            dedup_key=f"clock:{clock.id}:{ring.percent}:inbox:{person}",
            channel=Channel.INBOX,
            template=Template.CLOCK_MISSED if late else Template.CLOCK_WARNING,
            escalation_id=None,
            store_id=None,
            person_id=person,
            contact_point_id=None,
            next_at=now,
            facts={
                "milestone": clock.type.value,
                "percent": ring.percent,
                "due_at": moment(clock.due_at or ring.at),
                "thread_id": str(row.id),
            },
        )
        for person in dict.fromkeys(people)
    ]
