"""Stores around a place, nearest first; the ranking itself is `bridge/nearest.py`."""

from typing import Any
from uuid import UUID

from bridge.db import Connection

_AROUND = """
SELECT s.id, s.number, s.name, s.city, s.services, s.has_counter AND s.accepts_escalations AS takes_cases,
       s.lat, s.lon
FROM stores s
WHERE s.brand_id = %(brand_id)s AND s.id <> %(not_this)s
ORDER BY power(s.lat - %(lat)s::float8, 2) + power((s.lon - %(lon)s::float8) * cos(radians(%(lat)s::float8)), 2), s.number
LIMIT %(limit)s
"""

_ORIGIN = """
SELECT s.id, s.brand_id, s.lat, s.lon FROM stores s
WHERE s.id = coalesce((SELECT e.store_id FROM escalations e WHERE e.id = %(escalation_id)s), %(else_store_id)s::uuid)
"""

_WAY = """
SELECT o.id, o.number, o.name, o.address, o.city, o.phone, o.country, o.zone, o.lat, o.lon,
       h.lat AS here_lat, h.lon AS here_lon
FROM stores o JOIN stores h ON h.id = %(from_store_id)s
WHERE o.brand_id = %(brand_id)s AND o.number = %(number)s
"""


def origin(connection: Connection, escalation_id: UUID, *, else_store_id: UUID | None) -> Any:
    """The store that the case belongs to, or the other one; None when there is neither."""
    values = {"escalation_id": escalation_id, "else_store_id": else_store_id}
    return connection.execute(_ORIGIN, values).fetchone()


def around(
    connection: Connection, *, brand_id: UUID, lat: float, lon: float, not_this: UUID, limit: int
) -> list[Any]:
    """The brand's stores by their distance from a place on a flat map, which is near enough to choose from."""
    values = {"brand_id": brand_id, "lat": lat, "lon": lon, "not_this": not_this, "limit": limit}
    return connection.execute(_AROUND, values).fetchall()


def way(connection: Connection, number: str, *, brand_id: UUID, from_store_id: UUID) -> Any:
    """The store with this number and where the other one lies; None when there is no such store."""
    values = {"number": number, "brand_id": brand_id, "from_store_id": from_store_id}
    return connection.execute(_WAY, values).fetchone()
