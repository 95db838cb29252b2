"""The forty made-up stores, in the form that `bridge stores import` reads: four states, four districts.

Three speak Spanish, and two vending units at one airport share a name and have no counter.
"""

from typing import Any

_WEEK = "Mon: 10-9; Tue: 10-9; Wed: 10-9; Thurs: 10-9; Fri: 10-9; Sat: 10-9; Sun: 11-7"
_LATE = "Mon: 10-9:30; Tue: 10-9:30; Wed: 10-9:30; Thurs: 10-9:30; Fri: 10-10; Sat: 10-10; Sun: 11-8"
_ALWAYS = "Mon: 12am-11:59pm; Tue: 12am-11:59pm; Wed: 12am-11:59pm; Thurs: 12am-11:59pm; Fri: 12am-11:59pm; Sat: 12am-11:59pm; Sun: 12am-11:59pm"
_SPANISH = "Hablamos Español"


def _store(
    number: int,
    name: str,
    city: str,
    state: str,
    postcode: str,
    lat: float,
    lon: float,
    *services: str,
    hours: str = _WEEK,
    kind: str = "Large",
) -> dict[str, Any]:
    return {
        "id": number,
        "type": kind,
        "name": name,
        "address": f"{number} Market Street",
        "address2": "",
        "city": city,
        "state": state,
        "zip": postcode,
        "location": {"lat": lat, "lon": lon},
        "hours": hours,
        "services": list(services),
    }


STORES = [
    _store(10, "Maplewood", "Maplewood", "MN", "55109", 45.031, -93.024, "Repairs", "Exchanges"),
    _store(12, "Lakeside", "Duluth", "MN", "55811", 46.809, -92.163, "Exchanges", hours=_LATE),
    _store(14, "Riverbend", "Saint Cloud", "MN", "56301", 45.560, -94.162, "Repairs"),
    _store(15, "Uptown", "Minneapolis", "MN", "55408", 44.949, -93.298, "Repairs", "Exchanges"),
    _store(16, "Highland", "Saint Paul", "MN", "55116", 44.917, -93.185, "Exchanges"),
    _store(17, "Southdale", "Edina", "MN", "55435", 44.879, -93.329, "Repairs", "Exchanges", hours=_LATE),
    _store(18, "Arbor Lakes", "Maple Grove", "MN", "55369", 45.093, -93.436, "Exchanges"),
    _store(19, "Prairie", "Eden Prairie", "MN", "55344", 44.860, -93.430, "Repairs"),
    _store(20, "Civic Center", "Mankato", "MN", "56001", 44.166, -93.999, "Exchanges"),
    _store(21, "Sunrise", "Tucson", "AZ", "85705", 32.285, -110.978, "Repairs", _SPANISH),
    _store(22, "Old Pueblo", "Tucson", "AZ", "85711", 32.206, -110.878, _SPANISH, hours=_LATE),
    _store(23, "Camelback", "Phoenix", "AZ", "85016", 33.509, -112.028, "Repairs", "Exchanges"),
    _store(24, "Desert Ridge", "Phoenix", "AZ", "85050", 33.676, -111.975, "Exchanges", hours=_LATE),
    _store(25, "Tempe Marketplace", "Tempe", "AZ", "85281", 33.430, -111.902, "Repairs"),
    _store(26, "Superstition", "Mesa", "AZ", "85206", 33.391, -111.689, "Exchanges"),
    _store(27, "Flagstaff", "Flagstaff", "AZ", "86001", 35.189, -111.662, "Repairs"),
    _store(28, "Yuma Palms", "Yuma", "AZ", "85365", 32.702, -114.600),
    _store(30, "Harbor Point", "San Diego", "CA", "92108", 32.768, -117.148, "Repairs", _SPANISH),
    _store(31, "Ocean View", "Long Beach", "CA", "90803", 33.760, -118.114, "Exchanges"),
    _store(32, "Mission Bay", "San Francisco", "CA", "94158", 37.771, -122.389, "Repairs", hours=_LATE),
    _store(33, "Lakeshore", "Oakland", "CA", "94610", 37.811, -122.246, "Exchanges"),
    _store(34, "Arden", "Sacramento", "CA", "95825", 38.601, -121.427, "Repairs", "Exchanges"),
    _store(35, "Fig Garden", "Fresno", "CA", "93704", 36.801, -119.800, "Exchanges"),
    _store(36, "Marina", "Ventura", "CA", "93001", 34.269, -119.262),
    _store(37, "Canyon Crest", "Riverside", "CA", "92507", 33.957, -117.331, "Repairs"),
    _store(38, "Spectrum", "Irvine", "CA", "92618", 33.650, -117.743, "Repairs", "Exchanges", hours=_LATE),
    _store(40, "Hilltop", "Rochester", "NY", "14623", 43.084, -77.630, "Repairs", "Exchanges"),
    _store(41, "Canal Place", "Buffalo", "NY", "14225", 42.915, -78.753),
    _store(42, "Armory Square", "Syracuse", "NY", "13202", 43.047, -76.155, "Repairs"),
    _store(43, "Colonie", "Albany", "NY", "12205", 42.710, -73.821, "Exchanges", hours=_LATE),
    _store(44, "Hudson Valley", "Kingston", "NY", "12401", 41.960, -73.985, "Repairs"),
    _store(45, "Westchester", "White Plains", "NY", "10601", 41.033, -73.767, "Repairs", "Exchanges"),
    _store(46, "Flatbush", "Brooklyn", "NY", "11226", 40.646, -73.957, "Exchanges", hours=_LATE),
    _store(47, "Astoria", "Queens", "NY", "11103", 40.762, -73.912, "Repairs"),
    _store(48, "Southern Tier", "Binghamton", "NY", "13901", 42.099, -75.911),
    _store(49, "North Country", "Watertown", "NY", "13601", 43.974, -75.913, "Exchanges"),
    _store(50, "Finger Lakes", "Ithaca", "NY", "14850", 42.443, -76.502, "Repairs"),
    _store(90, "Airport Gate B", "Buffalo", "NY", "14225", 42.940, -78.732, hours=_ALWAYS, kind="Express"),
    _store(91, "Airport Gate B", "Buffalo", "NY", "14225", 42.941, -78.730, hours=_ALWAYS, kind="Express"),
    _store(92, "Airport Gate C", "San Diego", "CA", "92101", 32.733, -117.193, hours=_ALWAYS, kind="Express"),
]
"""Forty: nine in Minnesota, eight in Arizona, nine and a vending unit in California, the others in New York."""

MANAGERS = {
    "14": "Bea Lindqvist",
    "15": "Omar Haddad",
    "16": "Ingrid Solberg",
    "17": "Tyrell Banks",
    "18": "Joan Petersen",
    "19": "Wei Zhang",
    "20": "Carl Nyberg",
    "22": "Lucía Ortega",
    "23": "Ben Whitaker",
    "24": "Aisha Rahman",
    "25": "Pablo Quintero",
    "26": "Nora Fields",
    "27": "Hank Yazzie",
    "28": "Elena Duarte",
    "30": "Marisol Vega",
    "31": "Kenji Mori",
    "32": "Leah Goldstein",
    "33": "Andre Wallace",
    "34": "Sofia Marchetti",
    "35": "Ravi Patel",
    "36": "June Ellison",
    "37": "Victor Amaya",
    "38": "Mina Park",
    "41": "Frank Dombrowski",
    "42": "Celeste Roy",
    "43": "Paul van Dyke",
    "44": "Greta Sommer",
    "45": "Dev Malhotra",
    "46": "Yvonne Charles",
    "47": "Nikos Pappas",
    "48": "Ruth Hensley",
    "49": "Gilles Tremblay",
    "50": "Anya Petrova",
}
"""Who runs the stores that nobody of `people.MEMBERS` runs."""
