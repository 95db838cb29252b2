"""HQ's queue over HTTP: filters, pages, who sees what, and findings."""

from datetime import timedelta
from typing import Any

import pytest
from flask.testing import FlaskClient

from bridge import db
from bridge.clock import utc_now
from bridge.models import RoleAssignment
from bridge.reasons import EntryReason
from bridge.roles import Role
from tests.api.stage import OWN_CAUSES, key
from tests.before_hq import CAUSE, Before, before_hq, contested
from tests.cast import Cast, Member, promise

API = "/api/v1"


def listed(client: FlaskClient, by: Member, query: str = "") -> list[dict[str, Any]]:
    found = client.get(f"{API}/reviews?{query}", headers=by.headers)
    assert found.status_code == 200, found.json
    items: list[dict[str, Any]] = found.json["items"]
    return items


def becomes(member: Member, role: Role, unit_id: object) -> None:
    with db.transaction() as session:
        session.add(
            RoleAssignment(
                person_id=member.person.id,
                role=role,
                org_unit_id=unit_id,
                valid_from=utc_now() - timedelta(days=1),
            )
        )


def find(client: FlaskClient, by: Member, it: Before, **said: object) -> Any:
    body = {"finding": "upheld", "text": "As agreed.", "cause_code": CAUSE, **said}
    headers = {**by.headers, **key(), "If-Match": f'"{it.version}"'}
    return client.post(f"{API}/reviews/{it.review}/find", json=body, headers=headers)


@pytest.fixture
def three(cast: Cast) -> dict[str, Before]:
    """Declined at 12 and old, silent at 12 and new, silent at 40 and new."""
    now = utc_now()
    return {
        "declined": contested(cast, at=now - timedelta(days=8)),
        "silent": before_hq(cast, promise(cast).id, at=now - timedelta(hours=2)),
        "hilltop": before_hq(
            cast, promise(cast, store_number="40").id, store_id=cast.store_40.id, at=now - timedelta(hours=1)
        ),
    }


@pytest.mark.parametrize(
    ("query", "names"),
    [
        ("", ["declined", "silent", "hilltop"]),
        ("store_number=12", ["declined", "silent"]),
        ("age=over_7d", ["declined"]),
        ("age=under_1d", ["silent", "hilltop"]),
        ("entry_reason=no_ack", ["silent", "hilltop"]),
        ("entry_reason=no_ack&store_number=40", ["hilltop"]),
        ("status=under_review", ["declined"]),
        ("state=assigned", []),
        ("state=closed", []),
        ("assignee=nobody", ["declined", "silent", "hilltop"]),
        ("assignee=me", []),
        ("cause=STORE_SERVICE", []),
    ],
)
def test_the_queue_is_filtered(
    client: FlaskClient, cast: Cast, three: dict[str, Before], query: str, names: list[str]
) -> None:
    found = listed(client, cast.hana, query)

    assert [row["id"] for row in found] == [str(three[name].review) for name in names]


def test_the_queue_is_filtered_by_district(client: FlaskClient, cast: Cast, three: dict[str, Before]) -> None:
    lakes = listed(client, cast.hana, f"district_id={cast.district.id}")
    region = listed(client, cast.hana, f"region_id={cast.store_12.unit_path[2]}")

    assert [row["store_number"] for row in lakes] == ["12", "12"]
    assert len(region) == 3


def test_a_district_manager_sees_the_own_district_alone(
    client: FlaskClient, cast: Cast, three: dict[str, Before]
) -> None:
    becomes(cast.mia, Role.DISTRICT_MANAGER, cast.store_40.unit_path[1])

    found = listed(client, cast.mia)

    assert [row["id"] for row in found] == [str(three["hilltop"].review)]
    for name, status in (("hilltop", 200), ("declined", 404)):
        row = client.get(f"{API}/reviews/{three[name].review}", headers=cast.mia.headers)
        sides = client.get(f"{API}/escalations/{three[name].case}/both-sides", headers=cast.mia.headers)
        assert (row.status_code, sides.status_code) == (status, status)
    # A district manager reads; deciding is headquarters'.
    assert find(client, cast.mia, three["hilltop"], finding="noted").status_code == 403


def test_a_store_manager_has_no_queue(client: FlaskClient, cast: Cast, three: dict[str, Before]) -> None:
    assert client.get(f"{API}/reviews", headers=cast.sam.headers).status_code == 403


def test_the_queue_is_paged_to_its_end(client: FlaskClient, cast: Cast, three: dict[str, Before]) -> None:
    first = client.get(f"{API}/reviews?limit=2", headers=cast.hana.headers).json
    rest = client.get(f"{API}/reviews?limit=2&cursor={first['next_cursor']}", headers=cast.hana.headers).json

    assert [row["id"] for row in first["items"] + rest["items"]] == [str(it.review) for it in three.values()]
    assert rest["next_cursor"] is None


@pytest.mark.parametrize(
    "query",
    ["state=gone", "age=1", "assignee=hana", "cause=x", "entry_reason=bored", "colour=red", "status=late"],
)
def test_a_filter_that_is_none_of_ours_is_malformed(client: FlaskClient, cast: Cast, query: str) -> None:
    assert client.get(f"{API}/reviews?{query}", headers=cast.hana.headers).status_code == 400


def test_hq_takes_a_row_and_finds(client: FlaskClient, cast: Cast, three: dict[str, Before]) -> None:
    it = three["declined"]
    row = client.get(f"{API}/reviews/{it.review}", headers=cast.hana.headers)
    taken = client.post(
        f"{API}/reviews/{it.review}/assign",
        json={},
        headers={**cast.hana.headers, **key(), "If-Match": row.headers["ETag"]},
    )
    assert (taken.status_code, taken.json["state"]) == (201, "assigned")
    assert [one["id"] for one in listed(client, cast.hana, "assignee=me")] == [str(it.review)]

    done = find(client, cast.hana, it, bridge_cause="B3")

    assert (done.status_code, done.json["status"], done.json["code"]) == (201, "closed", None)
    closed = listed(client, cast.hana, "state=closed&cause=STORE_SERVICE.conduct")
    assert [(one["finding"], one["closed_by"]) for one in closed] == [("upheld", "Hana")]
    assert listed(client, cast.hana, "state=closed&cause=STORE_SERVICE.reachability") == []


def test_an_overturned_promise_brings_its_new_code(client: FlaskClient, cast: Cast) -> None:
    it = contested(cast)

    done = find(client, cast.hana, it, finding="overturned")

    assert (done.status_code, done.json["status"]) == (201, "issued")
    looked = client.post(
        f"{API}/counter/look-up", json={"code": done.json["code"]}, headers={**cast.sam.headers, **key()}
    )
    assert looked.json["verdict"] == "genuine", looked.json


def test_what_cannot_be_found_says_what_can(
    client: FlaskClient, cast: Cast, three: dict[str, Before]
) -> None:
    refused = find(client, cast.hana, three["silent"], finding="overturned")

    assert (refused.status_code, refused.json["allowed"]) == (409, ["noted"])
    assert find(client, cast.hana, three["declined"], cause_code="STORE_SERVICE").status_code == 422


def test_both_sides_words_stand_together(client: FlaskClient, cast: Cast) -> None:
    it = contested(cast)

    sides = client.get(f"{API}/escalations/{it.case}/both-sides", headers=cast.hana.headers).json

    [declined] = sides["decisions"]
    assert (declined["reason"], declined["reason_text"]) == ("D16", "We never heard of this.")
    assert declined["customer_text"] == "Just social media, that could be anybody."
    assert declined["person_name"] == "Sam"
    assert sides["findings_allowed"] == {str(it.review): ["upheld", "overturned"]}
    promised = client.get(f"{API}/escalations/{it.case}", headers=cast.hana.headers).json
    assert promised["promised_by"]["name"] == "Ana"


def test_a_case_that_was_never_before_hq_has_no_sides_here(client: FlaskClient, cast: Cast) -> None:
    made = promise(cast)

    assert client.get(f"{API}/escalations/{made.id}/both-sides", headers=cast.hana.headers).status_code == 404


def test_the_causes_are_read_and_replaced(client: FlaskClient, cast: Cast) -> None:
    before = client.get(f"{API}/causes", headers=cast.hana.headers).json
    loaded = client.post(f"{API}/causes", json=OWN_CAUSES, headers={**cast.ada.headers, **key()})

    assert (before["version"], len(before["causes"]), len(before["bridge"])) == (1, 13, 8)
    assert (loaded.status_code, loaded.json["version"]) == (201, 2)
    assert client.get(f"{API}/causes", headers=cast.hana.headers).json["causes"] == OWN_CAUSES["causes"]
    spoilt = {"causes": [{"code": "x", "label": {"en": "X"}}]}
    assert client.post(f"{API}/causes", json=spoilt, headers={**cast.ada.headers, **key()}).status_code == 422
    assert (
        client.post(f"{API}/causes", json=OWN_CAUSES, headers={**cast.hana.headers, **key()}).status_code
        == 403
    )


def test_the_watching_reason_of_a_row_is_said(client: FlaskClient, cast: Cast) -> None:
    before_hq(cast, promise(cast).id, EntryReason.RANDOM_SAMPLE)

    assert [row["entry_reason"] for row in listed(client, cast.hana)] == ["random_sample"]
