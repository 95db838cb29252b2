"""Calendars over HTTP: read a store's two weeks, change a date, close a store, give a desk hours."""

from datetime import date, timedelta
from typing import Any
from uuid import uuid4
from zoneinfo import ZoneInfo

import pytest
from flask.testing import FlaskClient
from sqlmodel import select

from bridge import db
from bridge.clock import utc_now
from bridge.models import RoleAssignment, Store
from bridge.roles import Role
from tests.api.stage import key
from tests.cast import Cast, Member

API = "/api/v1"
CHICAGO = ZoneInfo("America/Chicago")


def today() -> Any:
    return utc_now().astimezone(CHICAGO).date()


def in_days(days: int) -> str:
    return (today() + timedelta(days=days)).isoformat()


def read(client: FlaskClient, member: Member, number: str = "12") -> Any:
    return client.get(f"{API}/stores/{number}/calendar", headers=member.headers).json


def date_on(client: FlaskClient, member: Member, **body: Any) -> Any:
    body = {"store_number": "12", "on": in_days(3), "hours": "10-4", "label": "Stocktaking", **body}
    body = {name: value for name, value in body.items() if value is not None}
    return client.post(f"{API}/calendar-exceptions", json=body, headers=member.headers | key())


def test_a_store_s_two_weeks_are_read_by_everybody(client: FlaskClient, cast: Cast) -> None:
    for member in (cast.lee, cast.mia, cast.ana, cast.ada):
        calendar = read(client, member)

        assert [day["on"] for day in calendar["days"]] == [in_days(n) for n in range(14)]
        sunday = next(day for day in calendar["days"][:7] if date.fromisoformat(day["on"]).weekday() == 6)
        assert sunday == {
            "on": sunday["on"],
            "windows": [{"opens": "11:00", "closes": "19:00"}],
            "label": None,
        }
        assert (calendar["zone"], calendar["exceptions"], calendar["closures"]) == ("America/Chicago", [], [])


def test_a_date_gets_other_hours_and_its_own_again(client: FlaskClient, cast: Cast) -> None:
    added = date_on(client, cast.ada)
    assert added.status_code == 201, added.json
    assert added.json["windows"] == [{"opens": "10:00", "closes": "16:00"}]

    calendar = read(client, cast.sam)
    assert calendar["days"][3] == {"on": in_days(3), "windows": added.json["windows"], "label": "Stocktaking"}
    assert calendar["exceptions"] == [added.json]
    assert read(client, cast.mia, "40")["exceptions"] == []

    for _ in range(2):
        gone = client.delete(f"{API}/calendar-exceptions/{added.json['id']}", headers=cast.ada.headers)
        assert gone.status_code == 204
    assert read(client, cast.sam)["days"][3]["label"] is None


def test_headquarters_speaks_for_all_and_a_store_for_itself(client: FlaskClient, cast: Cast) -> None:
    date_on(client, cast.ada, store_number=None, unit_id=str(cast.hq.id), hours="closed", label="Mourning")
    date_on(client, cast.ada, hours="24 hours", label="Night of lights")

    assert read(client, cast.mia, "40")["days"][3] == {"on": in_days(3), "windows": [], "label": "Mourning"}
    here = read(client, cast.sam)
    assert here["days"][3]["windows"] == [{"opens": "00:00", "closes": "24:00"}]
    assert [row["unit_kind"] for row in here["exceptions"]] == ["store", "hq"]


@pytest.mark.parametrize(
    "body",
    [
        {"hours": "from ten"},
        {"on": "2020-01-01"},
        {"on": "2026-02-30"},
        {"on": "20261126"},
        {"on": "2026-11-26T00:00:00Z"},
        {"on": "9999-01-01"},
        {"label": ""},
        {"store_number": None},
        {"unit_id": str(uuid4())},
        {"surprise": 1},
    ],
)
def test_dated_hours_that_make_no_sense_are_422(
    client: FlaskClient, cast: Cast, body: dict[str, Any]
) -> None:
    answer = date_on(client, cast.ada, **body)

    assert (answer.status_code, answer.json["code"]) == (422, "invalid_input")


def test_a_store_or_unit_that_is_not_there_is_404(client: FlaskClient, cast: Cast) -> None:
    assert date_on(client, cast.ada, store_number="999").status_code == 404
    assert date_on(client, cast.ada, store_number=None, unit_id=str(cast.brand.id)).status_code == 404
    assert client.get(f"{API}/stores/999/calendar", headers=cast.ada.headers).status_code == 404
    assert client.get(f"{API}/units/{cast.brand.id}/calendar", headers=cast.ada.headers).status_code == 404
    assert client.delete(f"{API}/calendar-exceptions/{uuid4()}", headers=cast.ada.headers).status_code == 404


def test_public_holidays_are_kept_where_the_store_says_so(client: FlaskClient, cast: Cast) -> None:
    path = f"{API}/stores/12/calendar"

    kept = client.patch(path, json={"observes_holidays": True}, headers=cast.ada.headers)

    assert (kept.status_code, kept.json["observes_holidays"]) == (200, True)
    assert read(client, cast.mia, "40")["observes_holidays"] is False


def close(client: FlaskClient, member: Member, path: str = "closures", **body: Any) -> Any:
    return client.post(f"{API}/{path}", json={"label": "Burst pipe", **body}, headers=member.headers | key())


def test_a_manager_closes_and_opens_her_own_store(client: FlaskClient, cast: Cast) -> None:
    closed = close(client, cast.sam)
    assert (closed.status_code, closed.json["store_number"], closed.json["ends_at"]) == (201, "12", None)
    assert close(client, cast.sam).status_code == 409

    calendar = read(client, cast.sam)
    assert (calendar["open_now"], calendar["next_open_at"]) == (False, None)
    assert calendar["closures"] == [closed.json]
    assert read(client, cast.mia, "40")["closures"] == []

    for _ in range(2):
        ended = client.post(f"{API}/closures/{closed.json['id']}/end", headers=cast.sam.headers)
        assert ended.status_code == 200
        assert ended.json["ends_at"] is not None
    assert read(client, cast.sam)["next_open_at"] is not None


def test_nobody_closes_or_opens_another_store(client: FlaskClient, cast: Cast) -> None:
    closed = close(client, cast.sam).json["id"]

    assert client.post(f"{API}/closures/{closed}/end", headers=cast.mia.headers).status_code == 404
    assert close(client, cast.mia, "stores/12/closures").status_code == 403
    for member in (cast.lee, cast.ana, cast.hana, cast.ada):
        assert close(client, member).status_code == 403, member.person.display_name
    assert read(client, cast.sam)["closures"][0]["ends_at"] is None


def test_an_administrator_closes_any_store_and_opens_it(client: FlaskClient, cast: Cast) -> None:
    end = (utc_now() + timedelta(hours=30)).isoformat()
    closed = close(client, cast.ada, "stores/40/closures", reason="disaster", ends_at=end)
    assert (closed.status_code, closed.json["reason"]) == (201, "disaster")
    assert read(client, cast.mia, "40")["next_open_at"] >= closed.json["ends_at"]

    ended = client.post(f"{API}/stores/40/closures/{closed.json['id']}/end", headers=cast.ada.headers)
    elsewhere = client.post(f"{API}/stores/12/closures/{closed.json['id']}/end", headers=cast.ada.headers)

    assert (ended.status_code, elsewhere.status_code) == (200, 404)


@pytest.mark.parametrize(
    "body", [{"label": " "}, {"reason": "rain"}, {"starts_at": "2999"}, {"ends_at": "2020-01-01T00:00:00Z"}]
)
def test_a_closure_that_makes_no_sense_is_422(client: FlaskClient, cast: Cast, body: dict[str, Any]) -> None:
    assert close(client, cast.sam, **body).status_code == 422


def test_a_desk_without_hours_is_always_open(client: FlaskClient, cast: Cast) -> None:
    desk = client.get(f"{API}/units/{cast.care.id}/calendar", headers=cast.ana.headers).json

    assert (desk["always_open"], desk["zone"], desk["hours_text"]) == (True, "UTC", "")
    assert desk["days"][0]["windows"] == [{"opens": "00:00", "closes": "24:00"}]
    assert desk["open_now"] is True


def test_a_desk_gets_hours(client: FlaskClient, cast: Cast) -> None:
    path = f"{API}/units/{cast.care.id}/calendar"
    body = {"zone": "Europe/Madrid", "hours": "Mon-Fri: 9-2, 4-8", "country": "ES", "state": "MD"}

    given = client.put(path, json=body, headers=cast.ada.headers)

    assert given.status_code == 200, given.json
    assert given.json["hours"][0]["windows"] == [
        {"opens": "09:00", "closes": "14:00"},
        {"opens": "16:00", "closes": "20:00"},
    ]
    assert (given.json["always_open"], given.json["hours_text"]) == (False, "Mon-Fri: 9-2, 4-8")
    assert client.get(path, headers=cast.lee.headers).json["zone"] == "Europe/Madrid"


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ({"zone": "Mars/Olympus"}, "zone"),
        ({"hours": "whenever"}, "hours"),
        ({"hours": "Mon: closed"}, "hours"),
        ({"country": "usa"}, "country"),
        ({"observes_holidays": 1}, "observes_holidays"),
    ],
)
def test_hours_of_a_desk_that_make_no_sense_are_422(
    client: FlaskClient, cast: Cast, body: dict[str, Any], field: str
) -> None:
    asked = {"zone": "America/Chicago", "hours": "Mon-Fri: 9-5", **body}

    refused = client.put(f"{API}/units/{cast.care.id}/calendar", json=asked, headers=cast.ada.headers)

    assert refused.status_code == 422
    assert field in refused.json["errors"]["json"]


def test_a_district_s_administrator_changes_its_own_stores_and_nothing_above(
    client: FlaskClient, cast: Cast
) -> None:
    with db.transaction() as session:
        held = session.exec(select(RoleAssignment).where(RoleAssignment.role == Role.ADMIN)).one()
        held.org_unit_id = cast.district.id

    assert date_on(client, cast.ada).status_code == 201
    assert date_on(client, cast.ada, store_number=None, unit_id=str(cast.district.id)).status_code == 201
    for refused in (
        date_on(client, cast.ada, store_number="40"),
        date_on(client, cast.ada, store_number=None, unit_id=str(cast.hq.id)),
        close(client, cast.ada, "stores/40/closures"),
        client.patch(f"{API}/stores/40/calendar", json={"observes_holidays": True}, headers=cast.ada.headers),
        client.put(
            f"{API}/units/{cast.care.id}/calendar",
            json={"zone": "UTC", "hours": "Mon: 9-6"},
            headers=cast.ada.headers,
        ),
    ):
        assert refused.status_code == 403


def test_the_store_list_says_closed_while_it_is(client: FlaskClient, cast: Cast) -> None:
    with db.transaction() as session:
        for store in (cast.store_12, cast.store_40):
            session.get_one(Store, store.id).hours = {"days": [[[0, 1440]]] * 7}

    def listed() -> dict[str, Any]:
        found = client.get(f"{API}/stores", headers=cast.ana.headers).json["items"]
        return {row["number"]: (row["open_now"], row["next_change_at"] is None) for row in found}

    before = listed()
    end = (utc_now() + timedelta(hours=3)).isoformat()
    close(client, cast.sam, ends_at=end)
    date_on(client, cast.ada, store_number="40", on=in_days(0), hours="closed", label="Mourning")

    one = client.get(f"{API}/stores/12", headers=cast.ana.headers).json

    assert (before["12"], before["40"]) == ((True, True), (True, True))
    assert (listed()["12"], listed()["40"]) == ((False, False), (False, False))
    assert (one["open_now"], one["opens_at"], one["closes_at"]) == (False, end, None)
    forty = next(r for r in client.get(f"{API}/stores?q=40", headers=cast.ana.headers).json["items"])
    assert forty["hours_today"] == "closed"
