"""What a batch of looks shares: policies, ladders, calendars, and who can be told.

Read once for a batch, in a handful of statements however many cases it has. A version, once
read, never changes, so definitions are kept for the life of the process.
"""

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from bridge import ladders, sla
from bridge.calendars import ALWAYS
from bridge.cases import Ladder
from bridge.climbing import Recipient
from bridge.db import Act
from bridge.milestones import CalendarSource
from bridge.notices import Channel
from bridge.open_calendar import OpenCalendar
from bridge.queries import attending as queries
from bridge.queries import policies as policy_queries
from bridge.queries import reviews
from bridge.roles import Role
from bridge.services.calendars import CalendarShelf
from bridge.sla import Policy, Told

_HELD_AT = {
    Told.STORE_ASSOCIATE: (Role.STORE_ASSOCIATE, "store"),
    Told.STORE_MANAGER: (Role.STORE_MANAGER, "store"),
    Told.DISTRICT_MANAGER: (Role.DISTRICT_MANAGER, "district"),
    Told.REGION_MANAGER: (Role.DISTRICT_MANAGER, "region"),
}
_BRAND_WIDE = {
    Told.LEAD: (Role.LEAD, "care_team"),
    Told.HQ: (Role.HQ, "hq"),
    Told.ADMIN: (Role.ADMIN, "hq"),
}
_STORE_PATH = ("store", "district", "region", "hq")


@dataclass(slots=True)
class Shared:
    """Kept from batch to batch by one sweeper; never by two threads."""

    shelf: CalendarShelf = field(default_factory=CalendarShelf)
    policies: dict[UUID, Policy] = field(default_factory=dict)
    rungs: dict[UUID, Ladder] = field(default_factory=dict)


@dataclass(slots=True)
class Staff:
    """Who works where, and how each can be reached."""

    at_unit: dict[tuple[str, UUID], list[UUID]] = field(default_factory=dict)
    in_brand: dict[tuple[str, UUID], list[UUID]] = field(default_factory=dict)
    brand_units: dict[tuple[str, UUID], set[UUID]] = field(default_factory=dict)
    with_email: set[UUID] = field(default_factory=set)
    active: set[UUID] = field(default_factory=set)
    contacts_of_person: dict[tuple[UUID, str], list[UUID]] = field(default_factory=dict)
    contacts_of_unit: dict[tuple[UUID, str], list[UUID]] = field(default_factory=dict)

    def reach_people(self, people: Iterable[UUID], channel: Channel) -> list[Recipient]:
        """Those of `people` who can be reached so; everybody has the inbox of the app."""
        found = []
        for person in people:
            points = self.contacts_of_person.get((person, channel.value), [])
            if channel is Channel.INBOX or (
                channel is Channel.EMAIL and person in self.with_email and not points
            ):
                found.append(Recipient(channel, person))
            found += [Recipient(channel, person, point) for point in points]
        return found

    def reach_unit(self, unit_id: UUID, channel: Channel) -> list[Recipient]:
        """A unit's own channel: a store's mailbox, a district's Slack."""
        points = self.contacts_of_unit.get((unit_id, channel.value), [])
        return [Recipient(channel, None, point) for point in points]


@dataclass(slots=True)
class Batch:
    """What the looks of one batch ask."""

    act: Act
    now: datetime
    shared: Shared
    staff: Staff
    care_units: dict[UUID, UUID | None]
    hq_units: dict[UUID, UUID | None]
    policies_in_force: dict[UUID, UUID]
    ladders_in_force: dict[UUID, list[Ladder]]

    def policy_of(self, row: Any) -> tuple[UUID, Policy]:
        """The policy that the case was first looked at with, which it keeps."""
        policy_id = row.policy_id or self.policies_in_force[row.brand_id]
        return policy_id, self.shared.policies[policy_id]

    def ladder_for(self, row: Any) -> Ladder | None:
        """The first ladder in force that takes such a case; one for special cases wins over a general one."""
        fitting = [
            one
            for one in self.ladders_in_force.get(row.brand_id, [])
            if one.rungs.fits(row.kind, row.priority)
        ]
        return min(fitting, key=lambda one: one.rungs.breadth, default=None)


def read_batch(act: Act, rows: Collection[Any], *, shared: Shared, now: datetime) -> Batch:
    """Everything that the looks at `rows` share."""
    brands = {row.brand_id for row in rows}
    in_force, in_force_ladders = _read_versions(act, rows, brands, shared=shared, now=now)
    desks = {row.brand_id: row for row in queries.desks(act, brands)}
    care = {brand: desk.care_unit_id for brand, desk in desks.items()}
    headquarters = {brand: desk.hq_unit_id for brand, desk in desks.items()}
    stores = {row.store_id for row in rows if row.store_id}
    stores |= {UUID(row.transfer["store_id"]) for row in rows if row.transfer}
    stores |= {UUID(one["store_id"]) for row in rows for one in row.clocks if one["store_id"]}
    # An offer that was settled before anybody looked: its clock started, and ended, in their hours.
    offered = (facts.get("to_store_id") for row in rows for _, _, facts, _ in row.events)
    stores |= {UUID(store) for store in offered if store}
    units = {unit for unit in [*care.values(), *headquarters.values()] if unit}
    shared.shelf.fill(act, store_ids=stores, unit_ids=units)
    return Batch(
        act=act,
        now=now,
        shared=shared,
        staff=read_staff(act, rows, brands, now=now),
        care_units=care,
        hq_units=headquarters,
        policies_in_force=in_force,
        ladders_in_force=in_force_ladders,
    )


def _read_versions(
    act: Act, rows: Collection[Any], brands: Collection[UUID], *, shared: Shared, now: datetime
) -> tuple[dict[UUID, UUID], dict[UUID, list[Ladder]]]:
    """Read the versions in force and those that cases keep; a new brand is given its first ones.

    Returns the policy and the ladders in force of each brand.
    """
    kept = {row.policy_id for row in rows if row.policy_id} - set(shared.policies)
    running = {UUID(row.run["ladder_version_id"]) for row in rows if row.run} - set(shared.rungs)
    policies = policy_queries.policies(act, brands, ids=kept)
    new = set(brands) - {one.brand_id for one in policies if one.in_force}
    for brand in new:
        policy_queries.start_brand(act, brand, policy=sla.STARTING, ladder=ladders.STARTING, now=now)
    if new:
        policies = policy_queries.policies(act, brands, ids=kept)
    for one in policies:
        if one.id not in shared.policies:
            shared.policies[one.id] = sla.read(one.definition, version=one.version)
    in_force: dict[UUID, list[Ladder]] = {}
    for one in policy_queries.ladders(act, brands, ids=running):
        if one.id not in shared.rungs:
            shared.rungs[one.id] = Ladder(one.id, ladders.read(one.definition))
        if one.in_force:
            in_force.setdefault(one.brand_id, []).append(shared.rungs[one.id])
    return {one.brand_id: one.id for one in policies if one.in_force}, in_force


def read_staff(act: Act, rows: Collection[Any], brands: Collection[UUID], *, now: datetime) -> Staff:
    """Who can be told about these cases (store_path, owner_id, agent_id of each), and how."""
    units = {unit for row in rows for unit in row.store_path or ()}
    staff = Staff()
    for one in queries.staff(act, units=units, brands=brands, now=now):
        staff.at_unit.setdefault((one.role, one.unit_id), []).append(one.person_id)
        in_brand = staff.in_brand.setdefault((one.role, one.brand_id), [])
        if one.person_id not in in_brand:
            in_brand.append(one.person_id)
        staff.brand_units.setdefault((one.unit_kind, one.brand_id), set()).add(one.unit_id)
        staff.active.add(one.person_id)
        if one.has_email:
            staff.with_email.add(one.person_id)
    agents = {row.owner_id or row.agent_id for row in rows}
    for one in queries.people(act, agents - staff.active):
        staff.active.add(one.person_id)
        if one.has_email:
            staff.with_email.add(one.person_id)
    wide = {unit for found in staff.brand_units.values() for unit in found}
    for point in queries.contacts(act, brands=brands, people=staff.active, units=units | wide):
        if point.person_id is not None:
            staff.contacts_of_person.setdefault((point.person_id, point.channel), []).append(point.id)
        else:
            staff.contacts_of_unit.setdefault((point.unit_id, point.channel), []).append(point.id)
    return staff


def place_of(role: Told, store_path: Sequence[UUID]) -> UUID | None:
    """The unit at which a role has to be held for a store; None for roles that count brand-wide."""
    if role not in _HELD_AT:
        return None
    at = _STORE_PATH.index(_HELD_AT[role][1])
    return store_path[at] if at < len(store_path) else None


@dataclass(slots=True)
class World:
    """What one look may ask, answered from its batch (`bridge.cases.World`)."""

    batch: Batch
    row: Any
    policy: Policy

    @property
    def calendar(self) -> OpenCalendar:
        """The store's own hours; the care desk's for a promise at any store."""
        return self.calendar_of(CalendarSource.STORE, self.row.store_id)

    @property
    def number(self) -> int:
        """The case's number."""
        return int(self.row.number)

    def calendar_of(self, source: CalendarSource, store_id: UUID | None) -> OpenCalendar:
        """The opening hours that a clock counts."""
        if source in {CalendarSource.STORE, CalendarSource.TARGET_STORE} and store_id is not None:
            return self.batch.shared.shelf.store(store_id)
        if source is CalendarSource.ALWAYS:
            return ALWAYS
        units = self.batch.hq_units if source is CalendarSource.HQ else self.batch.care_units
        unit_id = units.get(self.row.brand_id)
        return ALWAYS if unit_id is None else self.batch.shared.shelf.unit(unit_id)

    def reach(self, role: Told, channel: Channel) -> list[Recipient]:
        """Everybody in that role for this case who can be reached so, and the unit's own channel."""
        staff = self.batch.staff
        if role is Told.AGENT:
            person = self.row.owner_id or self.row.agent_id
            return staff.reach_people([person] if person in staff.active else [], channel)
        if role in _BRAND_WIDE:
            held, kind = _BRAND_WIDE[role]
            found = staff.reach_people(staff.in_brand.get((held.value, self.row.brand_id), []), channel)
            for unit in sorted(staff.brand_units.get((kind, self.row.brand_id), ()), key=str):
                found += staff.reach_unit(unit, channel)
            return found
        place = place_of(role, self.row.store_path or ())
        if place is None:
            return []
        people = staff.at_unit.get((_HELD_AT[role][0].value, place), [])
        return staff.reach_people(people, channel) + staff.reach_unit(place, channel)

    def silent_cases(self, minutes: int) -> int:
        """How many cases of this store began to climb in the last minutes."""
        since = self.batch.now - timedelta(minutes=minutes)
        return queries.silent_cases(
            self.batch.act, store_id=self.row.store_id, since=since, now=self.batch.now
        )

    def other_store(self) -> dict[str, Any] | None:
        """The nearest other store that can do it."""
        if self.row.store_id is None:
            return None
        return queries.other_store(self.batch.act, store_id=self.row.store_id, now=self.batch.now)

    def declines_alike(self, reason: str) -> int:
        """Declines with this reason at the case's store inside the policy's window."""
        if self.row.store_id is None:
            return 0
        since = self.batch.now - self.policy.review.repeat_window
        return reviews.cases_alike(
            self.batch.act, store_id=self.row.store_id, reason=reason, since=since, now=self.batch.now
        )
