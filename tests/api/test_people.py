"""People, roles, passwords and grants over HTTP; nobody helps themselves."""

from datetime import timedelta
from typing import Any
from uuid import UUID

from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from bridge import db
from bridge.clock import utc_now
from bridge.models import Person
from bridge.roles import Role
from tests.api.stage import key
from tests.cast import Cast, Member, line, promise

API = "/api/v1"
PASSWORD = "a long enough password"


def post(client: FlaskClient, by: Member, path: str, body: dict[str, Any] | None = None) -> TestResponse:
    return client.post(f"{API}{path}", headers={**by.headers, **key()}, json=body or {})


def new_person(client: FlaskClient, cast: Cast) -> str:
    made = post(client, cast.ada, "/people", {"display_name": "Nia", "email": "nia@northlight.example"})
    assert made.status_code == 201, made.json
    return str(made.json["id"])


def sign_in(client: FlaskClient, password: str = PASSWORD) -> TestResponse:
    return client.post(f"{API}/session", json={"email": "nia@northlight.example", "password": password})


def keep_own(person_id: str) -> None:
    """As if the person had chosen this very password on the page."""
    with db.transaction() as session:
        session.get_one(Person, UUID(person_id)).password_is_start = False


def test_a_person_is_entered_gets_a_role_and_a_password_and_signs_in(client: FlaskClient, cast: Cast) -> None:
    nia = new_person(client, cast)
    unit = str(cast.care.id)

    role = post(client, cast.ada, f"/people/{nia}/roles", {"role": "agent", "unit_id": unit})
    set_to = post(client, cast.ada, f"/people/{nia}/password", {"password": PASSWORD})
    too_early = sign_in(client)
    keep_own(nia)
    signed_in = sign_in(client)

    assert (too_early.status_code, too_early.json["code"]) == (403, "not_permitted")
    assert (role.json["role"], role.json["unit_kind"]) == ("agent", "care_team")
    assert (set_to.status_code, signed_in.status_code) == (204, 201)
    me = client.get(f"{API}/me", headers={"Authorization": f"Bearer {signed_in.json['token']}"}).json
    assert "promises.write" in me["permissions"]
    shown = client.get(f"{API}/people/{nia}", headers=cast.ada.headers).json
    assert shown["has_password"]
    assert [held["role"] for held in shown["roles"]] == ["agent"]


def test_a_new_password_ends_the_sessions_of_the_old_one(client: FlaskClient, cast: Cast) -> None:
    nia = new_person(client, cast)
    post(client, cast.ada, f"/people/{nia}/password", {"password": PASSWORD})
    keep_own(nia)
    token = sign_in(client).json["token"]

    post(client, cast.ada, f"/people/{nia}/password", {"password": "another long password"})

    assert client.get(f"{API}/me", headers={"Authorization": f"Bearer {token}"}).status_code == 401
    assert (sign_in(client).status_code, sign_in(client, "another long password").status_code) == (401, 403)


def test_signing_out_everywhere_counts_the_sessions(client: FlaskClient, cast: Cast) -> None:
    ended = post(client, cast.ada, f"/people/{cast.ana.person.id}/sign-out")

    assert ended.json == {"sessions": 1}
    assert client.get(f"{API}/me", headers=cast.ana.headers).status_code == 401


def test_a_suspended_person_is_out_at_once_and_comes_back(client: FlaskClient, cast: Cast) -> None:
    ana = cast.ana.person.id

    out = post(client, cast.ada, f"/people/{ana}/suspend").json["status"]
    while_out = client.get(f"{API}/me", headers=cast.ana.headers).status_code
    post(client, cast.ada, f"/people/{ana}/reactivate")

    assert (out, while_out) == ("suspended", 401)
    assert client.get(f"{API}/me", headers=cast.ana.headers).status_code == 200


def test_who_left_has_no_roles_and_stays_out(client: FlaskClient, cast: Cast) -> None:
    ana = cast.ana.person.id

    left = post(client, cast.ada, f"/people/{ana}/leave").json
    back = post(client, cast.ada, f"/people/{ana}/reactivate")

    assert (left["status"], left["roles"]) == ("left", [])
    assert (back.status_code, back.json["record_status"]) == (409, "left")


def test_a_role_is_ended(client: FlaskClient, cast: Cast) -> None:
    kim = client.get(f"{API}/people/{cast.kim.person.id}", headers=cast.ada.headers).json
    address = f"{API}/people/{kim['id']}/roles/{kim['roles'][0]['id']}"

    ended = client.delete(address, headers=cast.ada.headers)

    assert ended.status_code == 204
    assert client.get(f"{API}/threads", headers=cast.kim.headers).status_code == 403


def test_nobody_changes_their_own_standing_or_roles(client: FlaskClient, cast: Cast) -> None:
    ada = cast.ada.person.id
    role = {"role": "lead", "unit_id": str(cast.care.id)}

    assert post(client, cast.ada, f"/people/{ada}/roles", role).status_code == 403
    assert post(client, cast.ada, f"/people/{ada}/suspend").status_code == 403
    assert post(client, cast.ada, f"/people/{ada}/leave").status_code == 403


def test_nobody_grants_to_themselves_nor_to_a_role_of_their_own(client: FlaskClient, cast: Cast) -> None:
    grant = {"name": "More for me", "levels": ["instruct"]}

    to_self = post(client, cast.hana, "/grants", {**grant, "person_id": str(cast.hana.person.id)})
    to_role = post(client, cast.hana, "/grants", {**grant, "role": "hq"})
    to_admin = post(client, cast.ada, "/grants", {**grant, "role": "admin"})

    assert [to_self.status_code, to_role.status_code, to_admin.status_code] == [403, 403, 403]


def test_a_grant_is_given_counts_and_is_taken_back(client: FlaskClient, cast: Cast) -> None:
    given = post(
        client,
        cast.ada,
        "/grants",
        {
            "name": "Ivy: small exchanges",
            "person_id": str(cast.ivy.person.id),
            "types": ["exchange"],
            "levels": ["authorise"],
            "max_amount_minor": 2_000,
        },
    )
    assert (given.status_code, given.json["currency"]) == (201, "USD")

    within = promise(cast, by=cast.ivy, amount_minor=2_000)
    over = promise(cast, by=cast.ivy, lines=[line(2_001)])
    client.delete(f"{API}/grants/{given.json['id']}", headers=cast.ada.headers)
    after = promise(cast, by=cast.ivy, amount_minor=2_000)

    assert (within.status, over.status, after.status) == ("issued", "pending_approval", "pending_approval")
    listed = client.get(f"{API}/grants", headers=cast.ada.headers).json["items"]
    assert given.json["id"] not in {grant["id"] for grant in listed}
    assert client.delete(f"{API}/grants/{given.json['id']}", headers=cast.ada.headers).status_code == 404


def test_a_role_of_a_store_cannot_be_held_at_headquarters(client: FlaskClient, cast: Cast) -> None:
    role = {"role": Role.STORE_MANAGER.value, "unit_id": str(cast.hq.id)}

    refused = post(client, cast.ada, f"/people/{cast.ana.person.id}/roles", role)

    assert (refused.status_code, list(refused.json["errors"]["json"])) == (422, ["unit_id"])


def test_people_are_paged_by_name(client: FlaskClient, cast: Cast) -> None:
    names: list[str] = []
    cursor = ""
    while True:
        page = client.get(f"{API}/people?limit=3{cursor}", headers=cast.ada.headers).json
        names += [person["display_name"] for person in page["items"]]
        if page["next_cursor"] is None:
            break
        cursor = f"&cursor={page['next_cursor']}"

    assert names == ["Ada", "Ana", "Hana", "Ivy", "Kim", "Lee", "Mia", "Sam"]


def test_two_people_cannot_have_one_address(client: FlaskClient, cast: Cast) -> None:
    again = post(client, cast.ada, "/people", {"display_name": "Ana 2", "email": "ANA@northlight.example"})

    assert (again.status_code, again.json["code"]) == (409, "conflict")


def test_an_administrator_makes_no_key_that_approves_in_a_lead_s_name(
    client: FlaskClient, cast: Cast
) -> None:
    asked = {
        "name": "Sneaky",
        "scopes": ["promises.approve"],
        "expires_at": (utc_now() + timedelta(days=1)).isoformat(),
        "person_id": str(cast.kim.person.id),
    }

    refused = client.post("/api/v1/keys", headers={**cast.ada.headers, "Idempotency-Key": "k"}, json=asked)
    allowed = client.post(
        "/api/v1/keys",
        headers={**cast.ada.headers, "Idempotency-Key": "l"},
        json={**asked, "scopes": ["counter.look_up"], "person_id": str(cast.sam.person.id)},
    )

    assert (refused.status_code, allowed.status_code) == (403, 201)
