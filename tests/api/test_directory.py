"""The directory over HTTP: find a store, read its week, keep the official handles."""

import pytest
from flask.testing import FlaskClient

from tests.api.stage import key
from tests.cast import Cast

API = "/api/v1"


@pytest.mark.parametrize(
    ("query", "numbers"),
    [
        ("q=lake", ["12"]),
        ("q=12", ["12"]),
        ("postcode=551", ["40", "12", "10"]),
        ("city=maplewood&q=hill", ["40"]),
        ("service=exchanges&q=10", ["10"]),
        ("service=haircuts", []),
        ("q=%25", []),
        ("lat=45.0&lon=-93.0&limit=50", ["40", "12", "10"]),
    ],
)
def test_stores_are_found(client: FlaskClient, cast: Cast, query: str, numbers: list[str]) -> None:
    found = client.get(f"{API}/stores?{query}", headers=cast.lee.headers).json["items"]

    assert [store["number"] for store in found] == numbers


def test_near_stores_tell_their_distance(client: FlaskClient, cast: Cast) -> None:
    near = client.get(f"{API}/stores?lat=45.5&lon=-93.0", headers=cast.ana.headers).json["items"]
    anywhere = client.get(f"{API}/stores", headers=cast.ana.headers).json["items"]

    assert near[0]["distance_km"] == pytest.approx(55.6, abs=0.1)
    assert anywhere[0]["distance_km"] is None


def test_half_a_place_is_malformed(client: FlaskClient, cast: Cast) -> None:
    assert client.get(f"{API}/stores?lat=45.5", headers=cast.ana.headers).status_code == 400


def test_stores_are_paged_to_their_end(client: FlaskClient, cast: Cast) -> None:
    first = client.get(f"{API}/stores?limit=2", headers=cast.ana.headers).json
    rest = client.get(f"{API}/stores?limit=2&cursor={first['next_cursor']}", headers=cast.ana.headers).json

    assert [store["number"] for store in first["items"] + rest["items"]] == ["40", "12", "10"]
    assert rest["next_cursor"] is None


def test_one_store_with_its_week(client: FlaskClient, cast: Cast) -> None:
    store = client.get(f"{API}/stores/12", headers=cast.lee.headers).json

    assert store["hours"][0] == {"day": "monday", "windows": [{"opens": "10:00", "closes": "21:30"}]}
    assert store["hours"][6]["windows"] == [{"opens": "11:00", "closes": "19:00"}]
    assert (store["closes_at"] is not None) is store["open_now"]
    assert (store["opens_at"] is None) is store["open_now"]


def test_a_number_that_no_store_has_is_not_found(client: FlaskClient, cast: Cast) -> None:
    assert client.get(f"{API}/stores/999", headers=cast.lee.headers).json["code"] == "not_found"


def test_units_of_one_kind_are_paged(client: FlaskClient, cast: Cast) -> None:
    first = client.get(f"{API}/units?kind=district&limit=1", headers=cast.ana.headers).json
    rest = client.get(
        f"{API}/units?kind=district&limit=1&cursor={first['next_cursor']}", headers=cast.ana.headers
    ).json

    assert [unit["name"] for unit in first["items"] + rest["items"]] == ["Hills", "Lakes"]


def test_a_handle_is_entered_suspended_and_retired(client: FlaskClient, cast: Cast) -> None:
    added = client.post(
        f"{API}/handles",
        headers={**cast.ada.headers, **key()},
        json={"network": "bluesky", "handle": "@northlight.example"},
    )
    assert (added.status_code, added.json["handle"]) == (201, "northlight.example")
    address = f"{API}/handles/{added.json['id']}"

    states = [
        client.post(f"{address}/{act}", headers=cast.ada.headers).json["status"]
        for act in ("suspend", "suspend", "reactivate", "retire")
    ]
    back = client.post(f"{address}/reactivate", headers=cast.ada.headers)

    assert states == ["suspended", "suspended", "active", "retired"]
    assert (back.status_code, back.json["code"], back.json["record_status"]) == (
        409,
        "illegal_action",
        "retired",
    )
    listed = client.get(f"{API}/handles", headers=cast.ana.headers).json["items"]
    assert [handle["handle"] for handle in listed] == ["NorthlightCare", "northlight.example"]


def test_a_handle_is_ours_once(client: FlaskClient, cast: Cast) -> None:
    again = client.post(
        f"{API}/handles",
        headers={**cast.ada.headers, **key()},
        json={"network": "x", "handle": "northlightcare"},
    )

    assert (again.status_code, again.json["code"]) == (409, "conflict")
