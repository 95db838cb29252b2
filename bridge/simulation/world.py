"""The made-up retailer of a simulation: its stores, everybody who works there, their rights and hours.

Stores come through the importer that everybody uses. People are written in bulk and are signed in
without passwords: three thousand of them would otherwise cost minutes.
"""

import secrets
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from random import Random
from typing import Any, Final
from uuid import UUID

from sqlmodel import Session

from bridge import db
from bridge.models.accounts import Credential, Device, Person, RoleAssignment
from bridge.models.directory import Brand, OrgUnit
from bridge.queries import directory as queries
from bridge.queries import simulation as simulation_queries
from bridge.queries.callers import hash_of_secret
from bridge.roles import THE_CLOCK, Actor, Assignment, Role
from bridge.services import calendar_changes, directory, grants, store_import
from bridge.simulation.behaviour import Diligence, Habits, habits_of_store

BRAND: Final = "Simulated"
HANDLE: Final = "SimulatedCare"
NETWORK: Final = "x"
CARE: Final = "Social care"
OPERATOR: Final = replace(THE_CLOCK, kind="operator", name="the simulation")
CASES_OF_AN_AGENT: Final = 30
CASES_OF_A_REVIEWER: Final = 60


@dataclass(frozen=True, slots=True)
class Member:
    """A member of staff with a live session."""

    actor: Actor
    token: str = field(repr=False)


@dataclass(frozen=True, slots=True)
class Shop:
    """A store that takes cases, what it is like, and who works there."""

    id: UUID
    number: str
    unit_id: UUID
    district_id: UUID
    habits: Habits
    manager: Member | None
    associate: Member | None

    @property
    def anybody(self) -> Member | None:
        """Whoever takes the first look: the associate, else the manager."""
        return self.associate or self.manager


@dataclass(slots=True)
class World:
    """Everybody and every place that takes part."""

    brand_id: UUID
    care_id: UUID
    hq_id: UUID
    shops: list[Shop]
    agents: list[Member]
    leads: list[Member]
    reviewers: list[Member]
    by_number: dict[str, Shop] = field(default_factory=dict)
    of_district: dict[UUID, list[Shop]] = field(default_factory=dict)

    def __post_init__(self) -> None:
        for shop in self.shops:
            self.by_number[shop.number] = shop
            self.of_district.setdefault(shop.district_id, []).append(shop)


def build(
    records: Iterable[Any], *, cases_a_day: float, chance: Random, start: datetime, end: datetime
) -> World:
    """Store the retailer as it is at `start`, with sessions that last until `end`. Commits.

    People are hired between two transactions: the database ends one that idles.
    """
    brand, care, headquarters = _places(records, start)
    with db.transaction() as session:
        stores = queries.stores_by_number(session, brand.id)
        units = queries.units_by_id(session, brand.id)
    staff = _Staff(brand, start, end)
    shops = list(_shops(stores, staff, chance))
    _above_the_stores(units, staff)
    agents = [
        staff.hire(f"Agent {at}", Role.SENIOR_AGENT if at % 2 else Role.AGENT, care.id, "care_team")
        for at in range(max(4, round(cases_a_day / CASES_OF_AN_AGENT)))
    ]
    leads = [staff.hire(f"Lead {at}", Role.LEAD, care.id, "care_team") for at in range(3)]
    reviewers = [
        staff.hire(f"Reviewer {at}", Role.HQ, headquarters.id, "hq")
        for at in range(max(2, round(cases_a_day / CASES_OF_A_REVIEWER)))
    ]
    staff.hire("Admin", Role.ADMIN, headquarters.id, "hq")
    with db.transaction() as session:
        staff.write(session)
    return World(brand.id, care.id, headquarters.id, shops, agents, leads, reviewers)


def _places(records: Iterable[Any], start: datetime) -> tuple[Brand, OrgUnit, OrgUnit]:
    """The brand, its care team and headquarters with their hours, its account, rights and stores. Commits."""
    with db.transaction() as session:
        brand = directory.get_or_create_brand(session, BRAND, actor=OPERATOR, now=start)
        actor = replace(OPERATOR, brand_id=brand.id)
        headquarters = queries.hq_of(session, brand.id)
        care = directory.get_or_create_unit(
            session, parent_id=headquarters.id, kind="care_team", name=CARE, actor=actor, now=start
        )
        directory.add_handle(
            session,
            brand_id=brand.id,
            network=NETWORK,
            handle=HANDLE,
            owner_unit_id=care.id,
            actor=actor,
            now=start,
            official_since=start - timedelta(days=900),
        )
        session.add_all(grants.starting_matrix(brand.id, brand.currency, now=start))
        for unit, hours in ((care, "Mon-Sun: 8am-8pm"), (headquarters, "Mon-Fri: 8am-6pm")):
            calendar_changes.set_unit_hours(
                session, unit, zone="America/Chicago", hours=hours, actor=actor, now=start
            )
    with db.transaction() as session:
        store_import.import_stores(session, brand, records, now=start, actor=actor, source="simulation")
    return brand, care, headquarters


class _Staff:
    """Rows of people as they are hired, written together at the end."""

    def __init__(self, brand: Brand, start: datetime, end: datetime) -> None:
        self._brand, self._start, self._end = brand, start, end
        self._rows: dict[str, list[dict[str, Any]]] = {
            name: [] for name in ("people", "role_assignments", "devices", "credentials")
        }

    def hire(
        self,
        name: str,
        role: Role,
        unit_id: UUID,
        unit_kind: str,
        *,
        store: Mapping[str, Any] | None = None,
        has_email: bool = True,
    ) -> Member:
        """One more person, with a role, a device when they work in a store, and a session."""
        slug = name.lower().replace(" ", ".")
        person = Person(
            brand_id=self._brand.id,
            display_name=name,
            email=f"{slug}@simulated.example" if has_email else None,
            created_at=self._start,
        )
        assignment = RoleAssignment(
            person_id=person.id, role=role, org_unit_id=unit_id, valid_from=self._start
        )
        device = None
        if store is not None:
            device = Device(store_id=store["id"], name=f"{name}'s tablet", created_at=self._start)
            self._rows["devices"].append(device.model_dump())
        # A real secret: nobody may guess the session of somebody made up either.
        token = secrets.token_urlsafe(24)
        credential = Credential(
            kind="api_session",
            name="simulation",
            secret_hash=hash_of_secret(token),
            brand_id=self._brand.id,
            person_id=person.id,
            device_id=device.id if device else None,
            store_id=store["id"] if store else None,
            created_at=self._start,
            last_seen_at=self._end,
            expires_at=self._end + timedelta(days=1),
        )
        self._rows["people"].append(person.model_dump())
        self._rows["role_assignments"].append(assignment.model_dump())
        self._rows["credentials"].append(credential.model_dump())
        actor = Actor(
            kind="person",
            id=person.id,
            name=name,
            brand_id=self._brand.id,
            assignments=(Assignment(role, unit_id, unit_kind),),
            credential_id=credential.id,
            device_id=device.id if device else None,
            store_id=store["id"] if store else None,
            store_path=tuple(store["unit_path"]) if store else (),
        )
        return Member(actor, token)

    def write(self, session: Session) -> None:
        """Insert everybody."""
        for table, rows in self._rows.items():
            queries.insert_rows(session, table, rows)


def _shops(stores: Mapping[str, Mapping[str, Any]], staff: _Staff, chance: Random) -> Iterable[Shop]:
    """Every store that takes cases, in the order of their numbers; a third of the managers read mail."""
    for number, store in sorted(stores.items()):
        if not (store["has_counter"] and store["accepts_escalations"]):
            continue
        habits, reads_mail = habits_of_store(chance), chance.random() < 0.33
        manager = associate = None
        unit_id = store["org_unit_id"]
        if habits.diligence is not Diligence.UNSTAFFED:
            manager = staff.hire(
                f"Manager {number}", Role.STORE_MANAGER, unit_id, "store", store=store, has_email=reads_mail
            )
            if habits.has_associate:
                associate = staff.hire(
                    f"Associate {number}",
                    Role.STORE_ASSOCIATE,
                    unit_id,
                    "store",
                    store=store,
                    has_email=False,
                )
        yield Shop(
            id=store["id"],
            number=number,
            unit_id=unit_id,
            district_id=store["unit_path"][1],
            habits=habits,
            manager=manager,
            associate=associate,
        )


def _above_the_stores(units: Mapping[UUID, Mapping[str, Any]], staff: _Staff) -> None:
    """A manager for each district and each region; the last region has none, which the ladder shows."""
    named = sorted(units.values(), key=lambda unit: str(unit["name"]))
    regions = [unit for unit in named if unit["kind"] == "region"]
    for unit in [*(unit for unit in named if unit["kind"] == "district"), *regions[:-1]]:
        staff.hire(f"{unit['kind']} {unit['name']}".title(), Role.DISTRICT_MANAGER, unit["id"], unit["kind"])


def sign_everybody_out(brand_id: UUID, now: datetime) -> None:
    """End every session of the simulation. Commits."""
    with db.transaction() as session:
        simulation_queries.end_sessions(session, brand_id, now)
