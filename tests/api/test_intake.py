"""The agent's queue over HTTP: capture, find again, claim, take over."""

from typing import Any

from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from bridge.clock import utc_now
from tests.api.stage import key
from tests.cast import Cast, Member, claimed_thread, promise

THREADS = "/api/v1/threads"


def post_of(number: int, **changes: Any) -> dict[str, Any]:
    return {
        "permalink": f"https://x.com/angry_{number}/status/{1000 + number}",
        "handle": f"@angry_{number}",
        "text": "They would not take it back.",
        "posted_at": utc_now().isoformat(),
        "addressed_to": "@NorthlightCare",
        **changes,
    }


def capture(client: FlaskClient, by: Member, number: int = 1, **changes: Any) -> TestResponse:
    return client.post(THREADS, headers={**by.headers, **key()}, json=post_of(number, **changes))


def act(client: FlaskClient, by: Member, thread_id: object, act: str, **body: str) -> TestResponse:
    return client.post(f"{THREADS}/{thread_id}/{act}", headers={**by.headers, **key()}, json=body)


def test_a_post_is_captured_by_its_address_and_stands_in_the_queue(client: FlaskClient, cast: Cast) -> None:
    captured = capture(client, cast.ana)

    queue = client.get(THREADS, headers=cast.ana.headers).json
    assert captured.json["created"]
    assert captured.json["post_added"]
    assert [row["id"] for row in queue["items"]] == [captured.json["thread_id"]]
    assert queue["items"][0]["handle"] == "angry_1"
    assert queue["next_cursor"] is None


def test_the_second_capture_finds_the_first(client: FlaskClient, cast: Cast) -> None:
    first = capture(client, cast.ana)
    second = capture(client, cast.kim, permalink="https://mobile.twitter.com/angry_1/status/1001?s=20")

    assert second.json == {**first.json, "created": False, "post_added": False}


def test_a_connector_names_the_conversation_itself(client: FlaskClient, cast: Cast) -> None:
    ids = {"network": "bluesky", "external_id": "at://did:plc:x/app.bsky.feed.post/3k"}
    body = {**post_of(1), **ids}
    del body["permalink"]

    captured = client.post(THREADS, headers={**cast.ana.headers, **key()}, json=body)

    thread = client.get(f"{THREADS}/{captured.json['thread_id']}", headers=cast.ana.headers).json
    assert (thread["network"], thread["permalink"]) == ("bluesky", None)


def test_a_post_without_a_place_is_refused(client: FlaskClient, cast: Cast) -> None:
    body = post_of(1)
    del body["permalink"]

    refused = client.post(THREADS, headers={**cast.ana.headers, **key()}, json={**body, "network": "x"})

    assert (refused.status_code, list(refused.json["errors"]["json"])) == (422, ["permalink"])


def test_a_conversation_shows_posts_claim_and_open_escalations(client: FlaskClient, cast: Cast) -> None:
    thread_id = capture(client, cast.ana).json["thread_id"]
    capture(client, cast.ana, permalink="https://x.com/angry_1/status/1001", text="And another thing.")
    act(client, cast.ana, thread_id, "claim")
    made = promise(cast, thread_id=thread_id)

    thread = client.get(f"{THREADS}/{thread_id}", headers=cast.ana.headers).json

    assert [post["text"] for post in thread["posts"]] == [
        "They would not take it back.",
        "And another thing.",
    ]
    assert thread["claim"]["holder_name"] == "Ana"
    assert [row["number"] for row in thread["escalations"]] == [made.number]
    assert client.get(f"{THREADS}?filter=new", headers=cast.ana.headers).json["items"] == []


def test_of_two_who_claim_one_wins_and_the_other_is_told_who(client: FlaskClient, cast: Cast) -> None:
    thread_id = capture(client, cast.ana).json["thread_id"]

    won = act(client, cast.ana, thread_id, "claim")
    lost = act(client, cast.kim, thread_id, "claim")

    assert won.status_code == 201
    assert (lost.status_code, lost.json["code"]) == (409, "claim_taken")
    assert lost.json["holder"] == "Ana"
    assert lost.json["since"] < lost.json["until"] == won.json["lease_until"]


def test_a_claim_is_renewed_and_given_back(client: FlaskClient, cast: Cast) -> None:
    thread_id = capture(client, cast.ana).json["thread_id"]
    first = act(client, cast.ana, thread_id, "claim").json

    renewed = act(client, cast.ana, thread_id, "renew").json
    released = act(client, cast.ana, thread_id, "release", reason="end of shift").json
    nobody_s = act(client, cast.ana, thread_id, "renew")

    assert renewed["id"] == first["id"]
    assert renewed["lease_until"] > first["lease_until"]
    assert released["released_at"] is not None
    assert (nobody_s.status_code, nobody_s.json["code"]) == (409, "conflict")


def test_a_lead_takes_over_and_the_holder_reads_it_on_the_board(client: FlaskClient, cast: Cast) -> None:
    thread = claimed_thread(cast)

    refused = act(client, cast.ivy, thread.id, "take-over", reason="I can do it")
    taken = act(client, cast.kim, thread.id, "take-over", reason="Ana is off sick")

    assert refused.status_code == 403
    assert taken.json["person_id"] == str(cast.kim.person.id)
    told = client.get("/api/v1/board?unseen=true", headers=cast.ana.headers).json["items"]
    assert [(row["topic"], row["payload"]["by"]) for row in told] == [("thread.taken_over", "Kim")]
    seen = client.post(f"/api/v1/board/{told[0]['id']}/seen", headers=cast.ana.headers)
    assert seen.status_code == 204
    assert client.get("/api/v1/board?unseen=true", headers=cast.ana.headers).json["items"] == []
    assert client.post(f"/api/v1/board/{told[0]['id']}/seen", headers=cast.kim.headers).status_code == 404


def test_the_queue_is_paged_to_its_end(client: FlaskClient, cast: Cast) -> None:
    wanted = {capture(client, cast.ana, number).json["thread_id"] for number in range(5)}
    found: list[str] = []
    cursor = ""

    while True:
        page = client.get(f"{THREADS}?limit=2{cursor}", headers=cast.ana.headers).json
        found += [row["id"] for row in page["items"]]
        if page["next_cursor"] is None:
            break
        cursor = f"&cursor={page['next_cursor']}"

    assert len(found) == 5
    assert set(found) == wanted


def test_duplicates_at_a_store_are_shown_before_a_promise(client: FlaskClient, cast: Cast) -> None:
    thread = claimed_thread(cast)
    made = promise(cast, thread_id=thread.id)
    address = f"{THREADS}/{thread.id}/duplicates"

    here = client.get(f"{address}?store_number=12", headers=cast.ana.headers).json["items"]
    there = client.get(f"{address}?store_number=40", headers=cast.ana.headers).json["items"]

    assert [(row["number"], row["is_open"]) for row in here] == [(made.number, True)]
    assert there == []
    assert client.get(f"{address}?store_number=999", headers=cast.ana.headers).status_code == 404


def test_a_thread_is_set_aside_and_taken_back(client: FlaskClient, cast: Cast) -> None:
    thread = capture(client, cast.ana).json["thread_id"]
    url = f"{THREADS}/{thread}"

    def move(name: str, **more: object) -> Any:
        headers = {**cast.ana.headers, "Idempotency-Key": f"{name}-{thread}"}
        return client.post(f"{url}/triage", json={"move": name, **more}, headers=headers)

    before = client.get(f"{url}/standing", headers=cast.ana.headers).json
    assert before["moves"] == ["escalate", "reply_only", "not_ours", "snooze", "duplicate", "claim"]
    aside = move("not_ours")
    assert (aside.status_code, aside.json["triage"], aside.json["moves"]) == (200, "not_ours", ["back"])
    again = move("not_ours")
    assert again.json == aside.json
    refused = move("reply_only")
    assert (refused.status_code, refused.json["allowed"]) == (409, ["back"])
    assert client.get(THREADS, headers=cast.ana.headers).json["items"] == []
    assert move("back").json["triage"] == "open"
    assert move("snooze").status_code == 422
    assert move("claim").status_code == 422
