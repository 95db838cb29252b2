"""Messages that wait for a person, by JSON."""

from flask.testing import FlaskClient

from bridge.roles import Permission
from tests.api.stage import key
from tests.cast import Cast
from tests.messages import TEXT, stored, waiting_message


def test_what_waits_is_listed_page_by_page(client: FlaskClient, cast: Cast) -> None:
    made = [waiting_message(cast, state) for state in ("handed_off", "unknown", "failed_final")]
    waiting_message(cast, "sent")
    first = client.get("/api/v1/messages?limit=2", headers=cast.ana.headers).json
    assert first is not None
    assert [one["id"] for one in first["items"]] == [str(one.id) for one in made[:2]]
    address = f"/api/v1/messages?limit=2&cursor={first['next_cursor']}"
    rest = client.get(address, headers=cast.ana.headers).json
    assert rest is not None
    assert ([one["id"] for one in rest["items"]], rest["next_cursor"]) == ([str(made[2].id)], None)
    sent = client.get("/api/v1/messages?state=sent", headers=cast.ana.headers).json
    assert sent is not None
    assert [one["state"] for one in sent["items"]] == ["sent"]


def test_one_message_says_what_may_be_done(client: FlaskClient, cast: Cast) -> None:
    message = waiting_message(
        cast, last_error="not_summoned", hand_off_url="https://x.com/intent/tweet?text=x"
    )
    told = client.get(f"/api/v1/messages/{message.id}", headers=cast.ana.headers).json
    assert told is not None
    assert (told["text"], told["reason"]) == (TEXT, "not_summoned")
    assert told["can"] == ["mark_sent", "send_again", "give_up"]
    assert told["hand_off_url"].startswith("https://x.com/intent/tweet")
    missing = client.get("/api/v1/messages/00000000-0000-7000-8000-000000000000", headers=cast.ana.headers)
    assert missing.status_code == 404


def test_an_act_that_is_not_open_is_409_and_says_which_are(client: FlaskClient, cast: Cast) -> None:
    message = waiting_message(cast)
    answered = client.post(
        f"/api/v1/messages/{message.id}/release", headers={**cast.ana.headers, **key()}, json={}
    )
    assert answered.status_code == 409
    assert answered.json is not None
    assert answered.json["allowed"] == ["mark_sent", "send_again", "give_up"]
    assert stored(message).state == "handed_off"


def test_a_program_s_key_is_no_person(client: FlaskClient, cast: Cast) -> None:
    message = waiting_message(cast)
    made = client.post(
        "/api/v1/keys",
        headers={**cast.ada.headers, **key()},
        json={
            "name": "Tool",
            "scopes": [Permission.MESSAGES_WRITE.value],
            "expires_at": "2027-01-01T00:00:00Z",
        },
    )
    assert made.json is not None
    machine = {"Authorization": f"Bearer {made.json['secret']}", **key()}
    asked = {"reason": "It is not needed."}
    refused = client.post(f"/api/v1/messages/{message.id}/give-up", headers=machine, json=asked)
    assert refused.status_code == 403
    assert stored(message).state == "handed_off"
