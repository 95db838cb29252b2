"""Webhooks over HTTP: register, rotate, try, read what came of it, replay."""

from datetime import datetime
from typing import Any

import psycopg
import pytest
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from bridge.clock import utc_now
from tests.api.stage import key
from tests.cast import Cast, Member, promise

API = "/api/v1"
HOOK = {"url": "https://receiver.example/in", "topics": ["escalation.issued"]}
Owner = psycopg.Connection[Any]


def post(client: FlaskClient, by: Member, path: str, body: dict[str, Any] | None = None) -> TestResponse:
    return client.post(f"{API}{path}", headers={**by.headers, **key()}, json=body or {})


def test_the_secret_is_shown_once_and_kept_sealed(client: FlaskClient, cast: Cast, owner: Owner) -> None:
    headers = {**cast.ada.headers, "Idempotency-Key": "one"}

    made = client.post(f"{API}/webhooks", headers=headers, json=HOOK)
    again = client.post(f"{API}/webhooks", headers=headers, json=HOOK)
    read = client.get(f"{API}/webhooks/{made.json['id']}", headers=cast.ada.headers).json

    secret = made.json["secret"]
    assert secret.startswith("whsec_")
    assert again.data == made.data
    assert "secret" not in read
    stored = owner.execute("SELECT response_cipher FROM idempotency_keys").fetchall()
    stored += owner.execute("SELECT cipher FROM webhook_secrets").fetchall()
    assert len(stored) == 2
    assert all(secret.removeprefix("whsec_").encode() not in bytes(row[0]) for row in stored)


def test_a_receiver_chooses_the_shape_of_its_events(client: FlaskClient, cast: Cast) -> None:
    usual = post(client, cast.ada, "/webhooks", HOOK).json
    cloud = post(client, cast.ada, "/webhooks", {**HOOK, "format": "cloudevents"}).json
    odd = post(client, cast.ada, "/webhooks", {**HOOK, "format": "soap"})

    changed = client.patch(
        f"{API}/webhooks/{usual['id']}", headers=cast.ada.headers, json={"format": "cloudevents"}
    )

    assert (usual["format"], cloud["format"]) == ("standard", "cloudevents")
    assert odd.status_code == 422
    assert changed.json["format"] == "cloudevents"
    assert changed.json["topics"] == usual["topics"]


def test_a_rotated_secret_is_another_one(client: FlaskClient, cast: Cast) -> None:
    made = post(client, cast.ada, "/webhooks", HOOK).json

    rotated = post(client, cast.ada, f"/webhooks/{made['id']}/rotate-secret", {"overlap_hours": 0})

    assert rotated.status_code == 201
    assert rotated.json["secret"] != made["secret"]


def test_only_what_it_subscribed_to_is_owed(client: FlaskClient, cast: Cast) -> None:
    made = post(client, cast.ada, "/webhooks", HOOK).json
    promise(cast)
    promise(cast, by=cast.ivy)

    owed = client.get(f"{API}/outcomes?webhook_id={made['id']}", headers=cast.ada.headers).json["items"]

    assert [(row["topic"], row["state"]) for row in owed] == [("escalation.issued", "queued")]


def test_a_test_event_is_owed_and_its_tries_are_read(client: FlaskClient, cast: Cast, owner: Owner) -> None:
    made = post(client, cast.ada, "/webhooks", HOOK).json
    owed = post(client, cast.ada, f"/webhooks/{made['id']}/test").json
    for number in (1, 2, 3):
        owner.execute(
            "INSERT INTO delivery_attempts (outcome_id, attempt, started_at, error, response_excerpt)"
            " VALUES (%s, %s, now(), 'timeout', '')",
            (owed["id"], number),
        )

    shown = client.get(f"{API}/outcomes/{owed['id']}", headers=cast.ana.headers).json
    address = f"{API}/webhooks/{made['id']}/deliveries?limit=2"
    first = client.get(address, headers=cast.ada.headers).json
    rest = client.get(f"{address}&cursor={first['next_cursor']}", headers=cast.ada.headers).json

    assert owed["topic"] == "webhook.test"
    assert [one["attempt"] for one in shown["tries"]] == [1, 2, 3]
    assert [one["attempt"] for one in first["items"] + rest["items"]] == [3, 2, 1]


def test_what_was_given_up_is_listed_and_replayed(client: FlaskClient, cast: Cast, owner: Owner) -> None:
    made = post(client, cast.ada, "/webhooks", HOOK).json
    ids = [post(client, cast.ada, f"/webhooks/{made['id']}/test").json["id"] for _ in range(3)]
    owner.execute("UPDATE outcomes SET state = 'dead', settled_at = now()")

    dead = client.get(f"{API}/outcomes?state=dead&limit=2", headers=cast.ana.headers).json
    one = post(client, cast.ada, f"/outcomes/{ids[0]}/replay")
    all_others = post(client, cast.ada, f"/webhooks/{made['id']}/replay")

    assert len(dead["items"]) == 2
    assert dead["next_cursor"]
    assert (one.json["id"], one.json["state"]) == (ids[0], "queued")
    assert all_others.json == {"replayed": 2}


def test_switching_off_cancels_and_deleting_ends_it(client: FlaskClient, cast: Cast) -> None:
    made = post(client, cast.ada, "/webhooks", HOOK).json
    address = f"{API}/webhooks/{made['id']}"
    owed = post(client, cast.ada, f"/webhooks/{made['id']}/test").json

    off = client.patch(address, headers=cast.ada.headers, json={"enabled": False}).json
    tried = post(client, cast.ada, f"/webhooks/{made['id']}/test")
    gone = client.delete(address, headers=cast.ada.headers)

    assert (off["enabled"], off["disabled_reason"]) == (False, "switched_off")
    assert client.get(f"{API}/outcomes/{owed['id']}", headers=cast.ada.headers).json["state"] == "cancelled"
    assert (tried.status_code, gone.status_code) == (409, 204)
    assert client.get(address, headers=cast.ada.headers).status_code == 404


@pytest.mark.parametrize(
    "url",
    [
        "ftp://receiver.example/",
        "https://user:password@receiver.example/",
        "https://169.254.169.254/latest/meta-data",
        "file:///etc/passwd",
        "https://",
        "javascript:alert(1)",
    ],
)
def test_an_address_that_we_never_call_is_refused(client: FlaskClient, cast: Cast, url: str) -> None:
    refused = post(client, cast.ada, "/webhooks", {**HOOK, "url": url})

    assert (refused.status_code, refused.json["code"]) == (422, "unsafe_address")


def test_every_topic_is_listed(client: FlaskClient, cast: Cast) -> None:
    topics = client.get(f"{API}/topics", headers=cast.ada.headers).json["items"]

    assert {"escalation.honoured", "webhook.test"} <= {topic["topic"] for topic in topics}


def test_one_that_waits_is_tried_now_and_asking_again_changes_nothing(
    client: FlaskClient, cast: Cast, owner: Owner
) -> None:
    made = post(client, cast.ada, "/webhooks", HOOK).json
    owed = post(client, cast.ada, f"/webhooks/{made['id']}/test").json
    owner.execute("UPDATE outcomes SET attempts = 2, next_at = now() + interval '6 minutes'")

    first, second = (post(client, cast.ada, f"/outcomes/{owed['id']}/replay") for _ in range(2))
    owner.execute(
        "UPDATE outcomes SET state = 'sending', attempts = 1, next_at = now() + interval '1 minute'"
    )
    on_its_way = post(client, cast.ada, f"/outcomes/{owed['id']}/replay")
    client.patch(f"{API}/webhooks/{made['id']}", headers=cast.ada.headers, json={"enabled": False})
    off = post(client, cast.ada, f"/outcomes/{owed['id']}/replay")

    assert (first.status_code, second.status_code) == (201, 201)
    assert first.json == second.json
    assert (first.json["id"], first.json["state"], first.json["attempts"]) == (owed["id"], "queued", 0)
    assert datetime.fromisoformat(first.json["next_at"]) <= utc_now()
    assert (on_its_way.status_code, on_its_way.json["state"], on_its_way.json["attempts"]) == (
        201,
        "sending",
        1,
    )
    assert (off.status_code, off.json["code"]) == (409, "conflict")


def test_what_was_cancelled_is_listed_and_one_call_sends_it_once_the_receiver_is_on(
    client: FlaskClient, cast: Cast
) -> None:
    made = post(client, cast.ada, "/webhooks", HOOK).json
    address = f"{API}/webhooks/{made['id']}"
    ids = [post(client, cast.ada, f"/webhooks/{made['id']}/test").json["id"] for _ in range(2)]
    client.patch(address, headers=cast.ada.headers, json={"enabled": False})

    listed = client.get(f"{API}/outcomes?state=cancelled", headers=cast.ada.headers).json["items"]
    off = post(client, cast.ada, f"/webhooks/{made['id']}/replay")
    client.patch(address, headers=cast.ada.headers, json={"enabled": True})
    again = post(client, cast.ada, f"/webhooks/{made['id']}/replay")
    owed = client.get(f"{API}/outcomes?webhook_id={made['id']}", headers=cast.ada.headers).json["items"]

    assert {one["id"] for one in listed} == set(ids)
    assert (off.status_code, off.json["code"]) == (409, "conflict")
    assert again.json == {"replayed": 2}
    assert {one["id"]: one["state"] for one in owed} == dict.fromkeys(ids, "queued")
