"""Notices over HTTP: one's own inbox, and where an administrator lets people be reached."""

from typing import Any

import psycopg
import pytest
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from bridge.clock import utc_now
from bridge.notices import Channel, Template
from tests.api.stage import key
from tests.cast import Cast, Member, promise
from tests.telling import tell

API = "/api/v1"
Owner = psycopg.Connection[Any]


def get(client: FlaskClient, by: Member, path: str) -> Any:
    return client.get(f"{API}{path}", headers=by.headers).json


def post(client: FlaskClient, by: Member, path: str, body: dict[str, Any] | None = None) -> TestResponse:
    return client.post(f"{API}{path}", headers={**by.headers, **key()}, json=body or {})


def test_the_inbox_tells_one_s_own_notices_in_words_newest_first(client: FlaskClient, cast: Cast) -> None:
    made, now = promise(cast), utc_now()
    facts = {"milestone": "store_ack", "percent": 75, "due_at": now.isoformat()}
    told = [
        tell(cast, cast.sam, Channel.INBOX, escalation_id=made.id, next_at=now),
        tell(
            cast,
            cast.sam,
            Channel.INBOX,
            template=Template.CLOCK_WARNING,
            escalation_id=made.id,
            facts=facts,
            next_at=now,
        ),
    ]
    tell(cast, cast.mia, Channel.INBOX)
    tell(cast, cast.sam, Channel.EMAIL)

    first = get(client, cast.sam, "/notices?limit=1")
    rest = get(client, cast.sam, f"/notices?limit=1&cursor={first['next_cursor']}")

    [warning], [waiting] = first["items"], rest["items"]
    assert [waiting["id"], warning["id"]] == [str(one) for one in told]
    assert (first["unseen"], rest["next_cursor"]) == (2, None)
    assert waiting["subject"] == f"Case {made.number}: store 12 Lakeside, please say OK"
    assert (waiting["path"], waiting["number"], waiting["store_number"]) == ("/inbox", made.number, "12")
    assert "75 % of the time has passed" in warning["text"]
    assert "CST" in warning["text"] or "CDT" in warning["text"]


def test_what_was_seen_leaves_the_unseen_and_only_its_reader_can_see_it(
    client: FlaskClient, cast: Cast
) -> None:
    notice_id = tell(cast, cast.sam, Channel.INBOX, next_at=utc_now())
    address = f"{API}/notices/{notice_id}/seen"

    foreign = client.post(address, headers=cast.mia.headers)
    own = client.post(address, headers=cast.sam.headers)
    seen_at = get(client, cast.sam, "/notices")["items"][0]["seen_at"]
    again = client.post(address, headers=cast.sam.headers)

    assert (foreign.status_code, own.status_code, again.status_code) == (404, 204, 204)
    assert get(client, cast.sam, "/notices?unseen=true") == {"items": [], "next_cursor": None, "unseen": 0}
    assert get(client, cast.sam, "/notices")["items"][0]["seen_at"] == seen_at


def test_an_address_is_added_hinted_at_switched_off_and_tested(client: FlaskClient, cast: Cast) -> None:
    body = {
        "channel": "slack",
        "address": "https://hooks.slack.com/services/T0/B0/a-secret-end",
        "unit_id": str(cast.store_12.org_unit_id),
    }

    made = post(client, cast.ada, "/contact-points", body)
    twice = post(client, cast.ada, "/contact-points", body)
    address = f"/contact-points/{made.json['id']}"
    test = post(client, cast.ada, f"{address}/test")
    off = client.patch(f"{API}{address}", headers=cast.ada.headers, json={"enabled": False}).json
    test_while_off = post(client, cast.ada, f"{address}/test")
    [listed] = get(client, cast.ada, "/contact-points")["items"]
    [fault] = get(client, cast.ada, "/contact-points/faults")["items"]

    assert (made.status_code, made.json["hint"]) == (201, "hooks.slack.com…-end")
    assert "secret" not in made.text
    assert (twice.status_code, test.status_code, test_while_off.status_code) == (409, 201, 409)
    assert (off["state"], off["disabled_reason"]) == ("disabled", "switched_off")
    assert (listed["owner"], listed["last_state"]) == ("12 Lakeside", None)
    assert (fault["kind"], fault["reason"], fault["owner"]) == ("disabled", "switched_off", "12 Lakeside")


@pytest.mark.parametrize(
    ("change", "status"),
    [
        ({"channel": "inbox"}, 422),
        ({"channel": "email", "address": "nobody"}, 422),
        ({"address": "https://169.254.169.254/latest"}, 422),
        ({"person_id": "0190a000-0000-7000-8000-000000000001"}, 422),
        ({"unit_id": "0190a000-0000-7000-8000-000000000001"}, 404),
        ({"surprise": 1}, 422),
    ],
)
def test_what_cannot_be_an_address_is_refused(
    client: FlaskClient, cast: Cast, change: dict[str, Any], status: int
) -> None:
    body = {
        "channel": "teams",
        "address": "https://prod.logic.azure.com/workflows/w?sig=s",
        "unit_id": str(cast.hq.id),
    }

    assert post(client, cast.ada, "/contact-points", {**body, **change}).status_code == status
    assert get(client, cast.ada, "/contact-points")["items"] == []
