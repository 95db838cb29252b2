"""Which other store can do it: an order of stores by what they can, whether they are open, how far. Pure.

A store that is closed now, cannot take cases, or lacks a service is never offered without a flag
that says so, and always stands behind every store that can.
"""

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from math import asin, cos, radians, sin, sqrt
from uuid import UUID

EARTH_RADIUS_KM = 6371.0088


class Flag(StrEnum):
    """Why a store is not simply the nearest one to go to, gravest first."""

    TAKES_NO_CASES = "takes_no_cases"
    LACKS_SERVICE = "lacks_service"
    CLOSED_NOW = "closed_now"


@dataclass(frozen=True, slots=True)
class Candidate:
    """A store as the ranking sees it; `distance_km` is None where its place is not known."""

    id: UUID
    number: str
    name: str
    city: str
    distance_km: float | None
    takes_cases: bool
    services: frozenset[str]
    open_now: bool
    opens_at: datetime | None


@dataclass(frozen=True, slots=True)
class Ranked:
    """A candidate with everything that speaks against it."""

    store: Candidate
    flags: tuple[Flag, ...]


def ranked(candidates: Iterable[Candidate], *, needed: Collection[str] = (), limit: int = 10) -> list[Ranked]:
    """The best first: able before unable, open before closed, then the nearest; at most `limit`."""
    wanted = {service.casefold() for service in needed}
    found = [Ranked(store, _flags(store, wanted)) for store in candidates]
    return sorted(found, key=_order)[:limit]


def distance_km(one: tuple[float, float], other: tuple[float, float]) -> float:
    """The great circle between two places (latitude, longitude in degrees), in kilometres."""
    (lat_a, lon_a), (lat_b, lon_b) = one, other
    share = sin(radians(lat_b - lat_a) / 2) ** 2
    share += cos(radians(lat_a)) * cos(radians(lat_b)) * sin(radians(lon_b - lon_a) / 2) ** 2
    return 2 * EARTH_RADIUS_KM * asin(sqrt(min(1.0, share)))


def _flags(store: Candidate, wanted: Collection[str]) -> tuple[Flag, ...]:
    offered = {service.casefold() for service in store.services}
    found = {
        Flag.TAKES_NO_CASES: not store.takes_cases,
        Flag.LACKS_SERVICE: bool(set(wanted) - offered),
        Flag.CLOSED_NOW: not store.open_now,
    }
    return tuple(flag for flag, holds in found.items() if holds)


def _order(found: Ranked) -> tuple[list[bool], bool, float, str]:
    far = found.store.distance_km
    return [flag in found.flags for flag in Flag], far is None, far or 0.0, found.store.number
