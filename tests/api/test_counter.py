"""The counter over HTTP: verdicts, decisions, refusals, replays."""

from flask.testing import FlaskClient

from bridge.lifecycle import Status, allowed_actions
from tests.cast import Cast, claimed_thread, promise


def key(number: int) -> dict[str, str]:
    return {"Idempotency-Key": f"key-{number}"}


def test_ana_promises_and_sam_honours_in_two_parts(client: FlaskClient, cast: Cast) -> None:
    made = client.post(
        "/api/v1/escalations",
        headers={**cast.ana.headers, **key(1)},
        json={
            "thread_id": str(claimed_thread(cast).id),
            "store_scope": "one",
            "store_number": "12",
            "lines": [{"type": "exchange", "level": "authorise", "item": "CD", "amount_minor": 4000}],
        },
    )
    assert made.status_code == 201, made.json
    code = made.json["code"]

    seen = client.post("/api/v1/counter/look-up", headers=cast.sam.headers, json={"code": code})
    assert (seen.status_code, seen.json["verdict"]) == (200, "genuine")
    part = client.post(
        "/api/v1/counter/decisions",
        headers={**cast.sam.headers, **key(2)},
        json={"action": "honour", "look_up_id": seen.json["look_up_id"], "amount_minor": 2500},
    )
    assert (part.status_code, part.json["remaining_minor"]) == (201, 1500)
    rest = client.post(
        "/api/v1/counter/decisions",
        headers={**cast.sam.headers, **key(3)},
        json={"action": "honour", "look_up_id": seen.json["look_up_id"]},
    )
    assert (rest.status_code, rest.json["status"]) == (201, "honoured")
    again = client.post("/api/v1/counter/look-up", headers=cast.lee.headers, json={"code": code})
    assert again.json["verdict"] == "already_used"
    assert again.json["escalation"]["last_decision"]["person"] == "Sam"


def test_the_same_key_gives_the_same_bytes(client: FlaskClient, cast: Cast) -> None:
    made = promise(cast)
    asked = {"action": "honour", "code": made.code}

    first = client.post("/api/v1/counter/decisions", headers={**cast.sam.headers, **key(1)}, json=asked)
    second = client.post("/api/v1/counter/decisions", headers={**cast.sam.headers, **key(1)}, json=asked)

    assert first.data == second.data
    assert second.headers["Idempotent-Replayed"] == "true"


def test_a_second_honour_is_refused_with_the_first_one_s_facts(client: FlaskClient, cast: Cast) -> None:
    made = promise(cast)
    asked = {"action": "honour", "code": made.code}
    client.post("/api/v1/counter/decisions", headers={**cast.sam.headers, **key(1)}, json=asked)

    refused = client.post("/api/v1/counter/decisions", headers={**cast.sam.headers, **key(2)}, json=asked)

    assert refused.status_code == 409
    assert refused.json["last_decision"]["amount_minor"] == 4000
    assert refused.content_type == "application/problem+json"


def test_a_refused_decision_names_what_the_case_allows_instead(client: FlaskClient, cast: Cast) -> None:
    made = promise(cast)
    asked = {"action": "acknowledge", "escalation_id": str(made.id)}
    client.post("/api/v1/counter/decisions", headers={**cast.lee.headers, **key(1)}, json=asked)

    again = client.post("/api/v1/counter/decisions", headers={**cast.sam.headers, **key(2)}, json=asked)
    away = client.post("/api/v1/counter/decisions", headers={**cast.mia.headers, **key(3)}, json=asked)

    assert (again.status_code, again.json["code"]) == (409, "illegal_action")
    assert (again.json["record_status"], again.json["action"]) == ("acknowledged", "acknowledge")
    assert again.json["allowed"] == [action.value for action in allowed_actions(Status.ACKNOWLEDGED)]
    assert (away.status_code, away.json["code"]) == (409, "other_store")
    assert not {"allowed", "record_status", "remaining_minor"} & away.json.keys()
