"""Brands, units, stores, handles and people: selects, and the importer's bulk statements.

Reads may be used straight by the API and the pages; each is limited to one brand. Distance
is the great circle, computed here, so that PostgreSQL needs no extension. Nothing commits.
"""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Final
from uuid import UUID

import sqlalchemy as sa
from sqlmodel import Session, col, select

from bridge.calendars import is_open, next_change
from bridge.hours import windows_line
from bridge.models.accounts import Person, RoleAssignment
from bridge.models.directory import Brand, OfficialHandle, OrgUnit, Store
from bridge.names import holdable
from bridge.queries.calendars import CHANGED, calendar_of

STORES_MAX: Final = 100
EARTH_RADIUS_KM: Final = 6371.0088


@dataclass(frozen=True, slots=True)
class StoreFound:
    """A store as a picker shows it. `next_change_at` is when it next opens or closes, in its zone."""

    id: UUID
    number: str
    name: str
    kind: str
    address: str
    address2: str
    city: str
    state: str
    postcode: str
    country: str
    phone: str
    zone: str
    services: list[str]
    has_counter: bool
    accepts_escalations: bool
    unit_path: list[UUID]
    open_now: bool
    hours_today: str
    next_change_at: datetime | None
    distance_km: float | None
    cursor: tuple[Any, ...] = field(repr=False)


def brand_by_name(session: Session, name: str) -> Brand | None:
    """The brand of that name; names are unique."""
    return session.exec(select(Brand).where(Brand.name == name)).first()


def lock_brand(session: Session, brand_id: UUID) -> bool:
    """Lock the brand until the transaction ends, so that two publications follow each other.

    Rows that only refer to the brand are written meanwhile.
    """
    locked = select(Brand.id).where(col(Brand.id) == brand_id).with_for_update(key_share=True)
    return session.exec(locked).first() is not None


def hq_of(session: Session, brand_id: UUID) -> OrgUnit:
    """The brand's root unit, which every brand has from the start."""
    return session.exec(select(OrgUnit).where(OrgUnit.brand_id == brand_id, OrgUnit.kind == "hq")).one()


def units_of(session: Session, brand_id: UUID) -> Sequence[OrgUnit]:
    """Every unit of the brand, by kind and name."""
    return session.exec(
        select(OrgUnit).where(OrgUnit.brand_id == brand_id).order_by(OrgUnit.kind, OrgUnit.name)
    ).all()


def units_page(
    session: Session, brand_id: UUID, *, kind: str | None, after: tuple[str, str] | None, limit: int
) -> Sequence[OrgUnit]:
    """The brand's units by kind and name, those after the (kind, name) of the last one already seen."""
    query = select(OrgUnit).where(OrgUnit.brand_id == brand_id)
    if kind is not None:
        query = query.where(OrgUnit.kind == kind)
    place = sa.tuple_(col(OrgUnit.kind), col(OrgUnit.name))
    if after is not None:
        query = query.where(place > sa.tuple_(*after))
    return session.exec(query.order_by(OrgUnit.kind, OrgUnit.name).limit(limit)).all()


_PATH: Final = sa.text(
    """
    WITH RECURSIVE up AS (
        SELECT id, parent_id, 1 AS step FROM org_units WHERE id = :unit_id
        UNION ALL
        SELECT u.id, u.parent_id, up.step + 1 FROM org_units u JOIN up ON u.id = up.parent_id
        WHERE up.step < 20
    )
    SELECT id FROM up ORDER BY step
    """
)


def path_of(session: Session, unit_id: UUID) -> list[UUID]:
    """The unit and every unit above it, nearest first; [] when there is no such unit."""
    return list(session.connection().execute(_PATH, {"unit_id": unit_id}).scalars())


def store_by_number(session: Session, brand_id: UUID, number: str) -> Store | None:
    """The brand's store of that number."""
    return session.exec(
        select(Store).where(Store.brand_id == brand_id, Store.number == holdable(number))
    ).first()


_DISTANCE: Final = f"""
    round((2 * {EARTH_RADIUS_KM} * asin(sqrt(least(1,
        power(sin(radians(s.lat - :lat) / 2), 2)
        + cos(radians(:lat)) * cos(radians(s.lat)) * power(sin(radians(s.lon - :lon) / 2), 2)
    ))))::numeric, 3)::float8
"""

_WORD: Final = (
    "(s.number ILIKE :{0}_start OR s.name ILIKE :{0}_in OR s.city ILIKE :{0}_start "
    "OR s.city ILIKE :{0}_in OR s.postcode ILIKE :{0}_start OR s.state ILIKE :{0}_whole)"
)


def find_stores(
    session: Session,
    *,
    brand_id: UUID,
    now: datetime,
    text: str = "",
    postcode: str = "",
    city: str = "",
    near: tuple[float, float] | None = None,
    service: str = "",
    limit: int = 20,
    after: tuple[Any, ...] | None = None,
    locale: str = "en",
) -> list[StoreFound]:
    """Stores that match everything given; every word of `text` in number, name, city, state or zip.

    Order: with a counter first, then the exact number, then the nearest when `near` (latitude,
    longitude) is given, then by name. `after` is the last one's `cursor` and gives the next page.
    """
    text, postcode, city, service = (holdable(given).strip() for given in (text, postcode, city, service))
    wanted = ["s.brand_id = :brand_id"]
    values: dict[str, Any] = {
        "brand_id": brand_id,
        "exact": text.upper(),
        "limit": max(1, min(limit, STORES_MAX)),
    }
    for at, word in enumerate(text.split()[:8]):
        wanted.append(_WORD.format(f"word{at}"))
        like = _like(word)
        values |= {f"word{at}_start": f"{like}%", f"word{at}_in": f"%{like}%", f"word{at}_whole": like}
    if postcode:
        wanted.append("s.postcode ILIKE :postcode")
        values["postcode"] = f"{_like(postcode)}%"
    if city:
        wanted.append("s.city ILIKE :city")
        values["city"] = _like(city)
    if service:
        wanted.append("EXISTS (SELECT FROM unnest(s.services) AS offered WHERE offered ILIKE :service)")
        values["service"] = _like(service)
    distance = "0::float8"
    if near is not None:
        distance = _DISTANCE
        values["lat"], values["lon"] = near
    paged = ""
    if after is not None:
        paged = "WHERE (far, other, distance_km, name, number) > (:p0, :p1, :p2, :p3, :p4)"
        values |= {f"p{at}": value for at, value in enumerate(after)}
    # Only our own fragments are joined; every value is bound.
    statement = f"""
        SELECT matching.*, {CHANGED.format(store="matching")} FROM (
            SELECT s.*, NOT s.has_counter AS far, s.number <> :exact AS other, {distance} AS distance_km
            FROM stores s
            WHERE {" AND ".join(wanted)}
        ) AS matching {paged}
        ORDER BY far, other, distance_km, name, number
        LIMIT :limit
    """
    rows = session.connection().execute(sa.text(statement), values)
    return [_found(row, now=now, locale=locale, is_near=near is not None) for row in rows]


def _like(text: str) -> str:
    """Take their meaning from the signs of a pattern."""
    return text.replace("\\", "\\\\").replace("%", "\\%").replace("_", "\\_")


def _found(row: Any, *, now: datetime, locale: str, is_near: bool) -> StoreFound:
    calendar, columns = calendar_of(row), row._mapping
    shown = {
        name: columns[name] for name in StoreFound.__slots__ if name in columns and name != "distance_km"
    }
    return StoreFound(
        **shown,
        open_now=is_open(calendar, now),
        hours_today=windows_line(calendar.windows_on(now.astimezone(calendar.zone).date()), locale),
        next_change_at=next_change(calendar, now),
        distance_km=row.distance_km if is_near else None,
        cursor=(row.far, row.other, row.distance_km, row.name, row.number),
    )


def stores_by_number(session: Session, brand_id: UUID) -> dict[str, dict[str, Any]]:
    """Every store of the brand as plain columns, for the importer to compare with."""
    stores = Store.metadata.tables["stores"]
    rows = session.connection().execute(sa.select(stores).where(stores.c.brand_id == brand_id)).mappings()
    return {row["number"]: dict(row) for row in rows}


def units_by_id(session: Session, brand_id: UUID) -> dict[UUID, dict[str, Any]]:
    """Every unit of the brand as plain columns."""
    units = OrgUnit.metadata.tables["org_units"]
    rows = session.connection().execute(sa.select(units).where(units.c.brand_id == brand_id)).mappings()
    return {row["id"]: dict(row) for row in rows}


def try_lock_import(session: Session, brand_id: UUID) -> bool:
    """Take the brand's import lock until the transaction ends; False when another import has it."""
    taken = session.connection().execute(
        sa.text("SELECT pg_try_advisory_xact_lock(hashtextextended('stores import ' || :brand, 0))"),
        {"brand": str(brand_id)},
    )
    return bool(taken.scalar_one())


def insert_rows(session: Session, table: str, rows: Sequence[Mapping[str, Any]]) -> None:
    """Insert whole rows into one of the directory's tables, in as few round trips as the driver can."""
    if rows:
        session.connection().execute(Store.metadata.tables[table].insert(), [dict(row) for row in rows])


def update_rows(session: Session, table: str, rows: Sequence[Mapping[str, Any]]) -> None:
    """Write whole rows back by `id`; all rows name the same columns."""
    if not rows:
        return
    target = Store.metadata.tables[table]
    named = [{f"{name}_": value for name, value in row.items()} for row in rows]
    changes: dict[str, sa.BindParameter[Any]] = {
        name: sa.bindparam(f"{name}_") for name in rows[0] if name != "id"
    }
    session.connection().execute(
        target.update().where(target.c.id == sa.bindparam("id_")).values(changes), named
    )


def change_standing(session: Session, person_id: UUID, to: str, *, possible: Collection[str]) -> bool:
    """Set a person's status if it is one of `possible`; False when it is not."""
    people = Person.metadata.tables["people"]
    changed = session.connection().execute(
        people.update().where(people.c.id == person_id, people.c.status.in_(possible)).values(status=to)
    )
    return changed.rowcount == 1


def handle_named(session: Session, network: str, handle: str) -> OfficialHandle | None:
    """The official handle of that name, whatever its capitals, its brand and its status."""
    return session.exec(
        select(OfficialHandle).where(
            OfficialHandle.network == network, sa.func.lower(OfficialHandle.handle) == handle.lower()
        )
    ).first()


def handle_with_id(session: Session, network: str, external_id: str | None) -> OfficialHandle | None:
    """The official handle that the network calls so."""
    return session.exec(
        select(OfficialHandle).where(
            OfficialHandle.network == network, OfficialHandle.external_id == external_id
        )
    ).first()


def official_handles(session: Session, brand_id: UUID) -> Sequence[OfficialHandle]:
    """The brand's handles, active ones first."""
    return session.exec(
        select(OfficialHandle)
        .where(OfficialHandle.brand_id == brand_id)
        .order_by(
            sa.case((col(OfficialHandle.status) == "active", 0), else_=1),
            OfficialHandle.network,
            OfficialHandle.handle,
        )
    ).all()


def handle_for_update(session: Session, brand_id: UUID, handle_id: UUID) -> OfficialHandle | None:
    """The brand's handle, locked."""
    return session.exec(
        select(OfficialHandle)
        .where(OfficialHandle.id == handle_id, OfficialHandle.brand_id == brand_id)
        .with_for_update()
    ).first()


def people_of(session: Session, brand_id: UUID) -> Sequence[Person]:
    """Everybody of the brand, those who left included, by name."""
    return session.exec(
        select(Person).where(Person.brand_id == brand_id).order_by(Person.display_name, col(Person.id))
    ).all()


def roles_held(session: Session, person_id: UUID, now: datetime) -> Sequence[RoleAssignment]:
    """The roles that a person holds at this moment."""
    return session.exec(
        select(RoleAssignment).where(
            RoleAssignment.person_id == person_id,
            RoleAssignment.valid_from <= now,
            sa.or_(col(RoleAssignment.valid_to).is_(None), col(RoleAssignment.valid_to) > now),
        )
    ).all()


def person_of(session: Session, brand_id: UUID, person_id: UUID) -> Person | None:
    """The brand's member of staff, or None."""
    return session.exec(select(Person).where(Person.id == person_id, Person.brand_id == brand_id)).first()


def people_page(
    session: Session, brand_id: UUID, *, after: tuple[str, UUID] | None, limit: int
) -> Sequence[Person]:
    """As `people_of`, those after the (display_name, id) of the last one already seen."""
    query = select(Person).where(Person.brand_id == brand_id)
    place = sa.tuple_(col(Person.display_name), col(Person.id))
    if after is not None:
        query = query.where(place > sa.tuple_(*after))
    return session.exec(query.order_by(Person.display_name, col(Person.id)).limit(limit)).all()


def roles_of(
    session: Session, person_ids: Collection[UUID], now: datetime
) -> dict[UUID, list[tuple[RoleAssignment, OrgUnit]]]:
    """The roles that each of these people holds at this moment, with the units."""
    found = session.exec(
        select(RoleAssignment, OrgUnit)
        .join(OrgUnit, col(OrgUnit.id) == col(RoleAssignment.org_unit_id))
        .where(
            col(RoleAssignment.person_id).in_(person_ids),
            RoleAssignment.valid_from <= now,
            sa.or_(col(RoleAssignment.valid_to).is_(None), col(RoleAssignment.valid_to) > now),
        )
        .order_by(col(RoleAssignment.valid_from), col(RoleAssignment.id))
    )
    roles: dict[UUID, list[tuple[RoleAssignment, OrgUnit]]] = {person_id: [] for person_id in person_ids}
    for assignment, unit in found:
        roles[assignment.person_id].append((assignment, unit))
    return roles


def assignment_of(session: Session, person_id: UUID, assignment_id: UUID) -> RoleAssignment | None:
    """A role that the person holds or held."""
    return session.exec(
        select(RoleAssignment).where(
            RoleAssignment.id == assignment_id, RoleAssignment.person_id == person_id
        )
    ).first()
