"""Made-up stores in the form that `bridge stores import` reads: eight zones, and hours of every kind."""

from random import Random
from typing import Any, Final

_CITIES: Final = (
    ("Saint Paul", "MN", 44.95, -93.09),
    ("Chicago", "IL", 41.88, -87.63),
    ("Houston", "TX", 29.76, -95.37),
    ("New York", "NY", 40.71, -74.01),
    ("Boston", "MA", 42.36, -71.06),
    ("Miami", "FL", 25.76, -80.19),
    ("Atlanta", "GA", 33.75, -84.39),
    ("Columbus", "OH", 39.96, -83.00),
    ("Denver", "CO", 39.74, -104.99),
    ("Phoenix", "AZ", 33.45, -112.07),
    ("Los Angeles", "CA", 34.05, -118.24),
    ("Seattle", "WA", 47.61, -122.33),
    ("Anchorage", "AK", 61.22, -149.90),
    ("Honolulu", "HI", 21.31, -157.86),
    ("San Juan", "PR", 18.45, -66.08),
)
_HOURS: Final = (
    "Mon-Sat: 10-9; Sun: 11-7",
    "Mon-Thurs: 10-9:30; Fri-Sat: 10-10; Sun: 11-8",
    "Mon-Fri: 9-12, 1-6; Sat: 10-4",
    "Mon-Sat: 9am-7pm",
    "Mon-Sun: 24 hours",
    "Mon-Thurs: 12pm-10pm; Fri-Sat: 12pm-2am; Sun: 12pm-8pm",
)
"""Usual weeks, a lunch break, Sundays closed, round the clock, and past midnight."""
_HOURS_WEIGHTS: Final = (50, 25, 10, 8, 4, 3)


def made_up_stores(count: int, chance: Random) -> list[dict[str, Any]]:
    """That many stores around the cities, each with a number, a name and hours."""
    return [_store(1000 + at, chance) for at in range(count)]


def _store(number: int, chance: Random) -> dict[str, Any]:
    city, state, lat, lon = chance.choice(_CITIES)
    return {
        "id": number,
        "type": "Large",
        "name": f"{city} {number}",
        "address": f"{number} Market Street",
        "city": city,
        "state": state,
        "zip": f"{chance.randrange(1, 99_999):05}",
        # A tenth of a degree is some ten kilometres: near enough to stay on land and in the zone.
        "location": {
            "lat": round(lat + chance.uniform(-0.05, 0.05), 5),
            "lon": round(lon + chance.uniform(-0.05, 0.05), 5),
        },
        "hours": chance.choices(_HOURS, _HOURS_WEIGHTS)[0],
        "services": ["Exchanges", *(["Repairs"] if chance.random() < 0.5 else [])],
    }
