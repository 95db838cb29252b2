"""Which other store could do it: the nearest ones, by what they can and whether they are open now."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from bridge.calendars import is_open, next_change, next_open
from bridge.db import Connection
from bridge.errors import NeverOpens
from bridge.nearest import Candidate, Ranked, distance_km, ranked
from bridge.open_calendar import OpenCalendar
from bridge.queries import nearby as queries
from bridge.services.calendars import load_calendars

LOOKED_AT = 60
"""So many stores by distance are judged; a closed one nearby must not hide an open one a little further."""


def other_stores(
    connection: Connection,
    escalation_id: UUID,
    *,
    else_store_id: UUID | None,
    needed: Collection[str],
    limit: int,
    now: datetime,
) -> list[Ranked]:
    """Stores around the one that has the case, or around `else_store_id`; flags say what is against one.

    The caller has checked that the case may be seen. Hours come from the stores' calendars, with
    holidays and closures.
    """
    origin = queries.origin(connection, escalation_id, else_store_id=else_store_id)
    if origin is None:
        return []
    rows = queries.around(
        connection,
        brand_id=origin.brand_id,
        lat=origin.lat,
        lon=origin.lon,
        not_this=origin.id,
        limit=LOOKED_AT,
    )
    calendars = load_calendars(connection, store_ids=[row.id for row in rows])
    here = (origin.lat, origin.lon)
    found = []
    for row in rows:
        opens_at = _next_open(calendars[row.id], now)
        found.append(
            Candidate(
                id=row.id,
                number=row.number,
                name=row.name,
                city=row.city,
                distance_km=round(distance_km(here, (row.lat, row.lon)), 1),
                takes_cases=row.takes_cases,
                services=frozenset(row.services),
                open_now=opens_at == now,
                opens_at=opens_at if opens_at != now else None,
            )
        )
    return ranked(found, needed=needed, limit=limit)


@dataclass(frozen=True, slots=True)
class Way:
    """How to get to a store: how far it is, and when it opens or closes next."""

    number: str
    name: str
    address: str
    city: str
    phone: str
    country: str
    zone: str
    distance_km: float
    open_now: bool
    changes_at: datetime | None


def way_to(
    connection: Connection, number: str, *, brand_id: UUID, from_store_id: UUID, now: datetime
) -> Way | None:
    """The way from one's own store to another of the brand; nothing about any promise."""
    row = queries.way(connection, number, brand_id=brand_id, from_store_id=from_store_id)
    if row is None:
        return None
    calendar = load_calendars(connection, store_ids=[row.id])[row.id]
    return Way(
        number=row.number,
        name=row.name,
        address=row.address,
        city=row.city,
        phone=row.phone,
        country=row.country,
        zone=row.zone,
        distance_km=distance_km((row.here_lat, row.here_lon), (row.lat, row.lon)),
        open_now=is_open(calendar, now),
        changes_at=next_change(calendar, now),
    )


def _next_open(calendar: OpenCalendar, now: datetime) -> datetime | None:
    try:
        return next_open(calendar, now)
    except NeverOpens:
        return None
