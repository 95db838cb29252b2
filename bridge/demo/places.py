"""The made-up stores, in the form that `bridge stores import` reads; and what customers wrote."""

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
    _store(21, "Sunrise", "Tucson", "AZ", "85705", 32.285, -110.978, "Repairs", _SPANISH),
    _store(22, "Old Pueblo", "Tucson", "AZ", "85711", 32.206, -110.878, _SPANISH, hours=_LATE),
    _store(30, "Harbor Point", "San Diego", "CA", "92108", 32.768, -117.148, "Repairs", _SPANISH),
    _store(31, "Ocean View", "Long Beach", "CA", "90803", 33.760, -118.114, "Exchanges"),
    _store(40, "Hilltop", "Rochester", "NY", "14623", 43.084, -77.630, "Repairs", "Exchanges"),
    _store(41, "Canal Place", "Buffalo", "NY", "14225", 42.915, -78.753),
    _store(90, "Airport Gate B", "Buffalo", "NY", "14225", 42.940, -78.732, hours=_ALWAYS, kind="Express"),
    _store(91, "Airport Gate C", "Buffalo", "NY", "14225", 42.941, -78.730, hours=_ALWAYS, kind="Express"),
]

POSTS = (
    (
        "x",
        "maria_runs",
        "en",
        "tagged",
        "@NorthlightCare my CD box came with a disc missing and I have no receipt. The shop in Maplewood sent me away.",
    ),
    (
        "x",
        "tom_builds",
        "en",
        "untagged",
        "Third call to northlight this week, nobody picks up. Just want to know if the 2 m cable is in stock in Duluth.",
    ),
    (
        "bluesky",
        "lena.example",
        "en",
        "tagged",
        "Bought a headset as a gift, wrong colour. Store says no exchange without the card it was paid with??",
    ),
    (
        "facebook",
        "carlos.ruiz.mn",
        "es",
        "tagged",
        "La batería que compré ayer no carga. En la tienda me dijeron que escriba aquí. ¿Me la cambian?",
    ),
    (
        "instagram",
        "amelie.photo",
        "fr",
        "tagged",
        "Objectif rayé dès l’ouverture. Le magasin refuse l’échange « sans preuve ». Que faire ?",
    ),
    (
        "x",
        "night_owl_77",
        "en",
        "untagged",
        "northlight price matched my friend but not me. same tv same day. make it make sense",
    ),
    (
        "mastodon",
        "jo@social.example",
        "en",
        "tagged",
        "@NorthlightCare Your web shop says 3 in stock, your store says none. I drove 40 minutes.",
    ),
    (
        "x",
        "pixel_dad",
        "en",
        "reply",
        "Still waiting for the part you promised on Monday. My kid's console has been open on the table for a week.",
    ),
)
"""Network, handle, language, how they reached us, text; newest last."""
