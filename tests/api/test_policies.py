"""Policies and ladders over HTTP: read, publish with If-Match, try, faults; and every wrong place named."""

from typing import Any

import pytest
from flask.testing import FlaskClient

from bridge import ladders, sla
from bridge.clock import utc_now
from tests.api.stage import key
from tests.cast import Cast, Member, promise
from tests.clockwork import sweep

API = "/api/v1"
LADDER: dict[str, Any] = {"steps": [{"do": "notify", "role": "store_manager"}, {"do": "open_review"}]}


def get(client: FlaskClient, by: Member, path: str) -> Any:
    return client.get(f"{API}{path}", headers=by.headers)


def post(client: FlaskClient, by: Member, path: str, body: Any, *, version: int | None = None) -> Any:
    headers = {**by.headers, **key()}
    if version is not None:
        headers["If-Match"] = f'"{version}"'
    return client.post(f"{API}{path}", json=body, headers=headers)


def test_the_next_version_of_the_policy_takes_the_place_of_the_first(client: FlaskClient, cast: Cast) -> None:
    before = get(client, cast.hana, "/policies")
    assert (before.json["version"], before.headers["ETag"]) == (1, '"1"')
    assert before.json["items"][0]["definition"] == sla.STARTING

    body = {"definition": {**sla.STARTING, "close_after_days": 7}, "note": "Close sooner"}
    done = post(client, cast.ada, "/policies", body, version=1)
    assert (done.status_code, done.headers["ETag"]) == (201, '"2"')
    assert (done.json["version"], done.json["in_force"], done.json["created_by"]) == (2, True, "Ada")

    after = get(client, cast.kim, "/policies").json
    assert [(one["version"], one["in_force"], one["note"]) for one in after["items"]] == [
        (2, True, "Close sooner"),
        (1, False, "what a brand starts with"),
    ]
    assert get(client, cast.kim, "/policies/1").json["definition"] == sla.STARTING
    for version in ("3", "0", "1x", "-1", "9999999999"):
        assert get(client, cast.kim, f"/policies/{version}").status_code == 404


@pytest.mark.parametrize(
    ("path", "definition"), [("/policies", sla.STARTING), ("/ladders/standard/versions", LADDER)]
)
def test_who_read_an_older_version_is_told_which_is_in_force(
    client: FlaskClient, cast: Cast, path: str, definition: Any
) -> None:
    body = {"definition": definition}
    assert post(client, cast.ada, path, body, version=1).status_code == 201

    late = post(client, cast.ada, path, body, version=1)
    blind = post(client, cast.ada, path, body)

    assert (late.status_code, late.json["code"], late.json["version"]) == (412, "version_mismatch", 2)
    assert blind.status_code == 428


def test_every_wrong_place_is_named(client: FlaskClient, cast: Cast) -> None:
    wrong = {"steps": [{"do": "wait", "minutes": "60"}, {"do": "notify", "role": "boss"}], "colour": "red"}

    for path, version in (("/ladders/standard/versions", 1), ("/ladders/try", None)):
        answer = post(client, cast.ada, path, {"definition": wrong}, version=version)
        assert answer.status_code == 422
        assert set(answer.json["errors"]["json"]) == {"steps.0.minutes", "steps.1.role", "colour"}
    assert get(client, cast.ada, "/ladders").json["items"][0]["version"] == 1


def test_a_second_ladder_has_versions_of_its_own(client: FlaskClient, cast: Cast) -> None:
    urgent = {**LADDER, "priorities": ["urgent"]}

    made = post(client, cast.ada, "/ladders", {"name": "urgent", "definition": urgent})
    again = post(client, cast.ada, "/ladders", {"name": "urgent", "definition": urgent})
    next_one = post(client, cast.ada, "/ladders/urgent/versions", {"definition": urgent}, version=1)

    assert (made.status_code, made.json["name"], made.json["version"]) == (201, "urgent", 1)
    assert (again.status_code, again.json["code"]) == (409, "conflict")
    assert next_one.json["version"] == 2
    listed = get(client, cast.hana, "/ladders").json["items"]
    assert [(one["name"], one["version"]) for one in listed] == [("standard", 1), ("urgent", 2)]
    versions = get(client, cast.hana, "/ladders/urgent/versions")
    assert ([one["version"] for one in versions.json["items"]], versions.headers["ETag"]) == ([2, 1], '"2"')
    assert get(client, cast.hana, "/ladders/nowhere/versions").status_code == 404


def test_what_would_have_happened_stands_next_to_what_did(client: FlaskClient, cast: Cast) -> None:
    made = promise(cast)
    sweep(utc_now())

    answer = client.post(f"{API}/ladders/try", json={"definition": LADDER}, headers=cast.hana.headers)

    assert answer.status_code == 200, answer.json
    (case,) = answer.json["cases"]
    assert case["escalation_id"] == str(made.id)
    assert [one["do"] for one in case["would"]] == ["notify", "open_review"]
    assert (case["ladder"], case["version"]) == ("standard", 1)
    assert answer.json["would"]["reached"] == {"review": 1}
    assert (answer.json["would"]["people"], answer.json["did"]["people"]) == (1, None)


def test_faults_name_the_role_and_the_stores(client: FlaskClient, cast: Cast) -> None:
    found = get(client, cast.ada, "/ladders/faults").json

    nobody = {(one["role"], one["unit_name"]): one["stores"] for one in found["nobody"]}
    assert nobody["district_manager", "Lakes"] == ["10", "12"]
    assert (found["recorded"], found["is_cut"]) == ([], False)
    assert ladders.read(ladders.STARTING).faults == ()


def test_agents_and_stores_see_none_of_it_and_hq_changes_nothing(client: FlaskClient, cast: Cast) -> None:
    for path in ("/policies", "/policies/1", "/ladders", "/ladders/standard/versions", "/ladders/faults"):
        for member in (cast.ana, cast.sam, cast.mia):
            assert get(client, member, path).status_code == 403
    for member in (cast.hana, cast.kim):
        refused = post(client, member, "/policies", {"definition": sla.STARTING}, version=1)
        assert refused.status_code == 403
