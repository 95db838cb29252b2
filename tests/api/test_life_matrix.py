"""Every pair of a status and an act of the middle of a life: in the table, or refused with what is allowed."""

import json
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import psycopg
import pytest
from flask.testing import FlaskClient

from bridge.clock import utc_now
from bridge.lifecycle import TRANSITIONS, Action, Status, allowed_actions
from bridge.services import noting
from bridge.services.decisions import Decided
from tests.api.life_stage import acted, offered_case, small
from tests.api.stage import key
from tests.cast import Cast, claimed_thread, decide

Owner = psycopg.Connection[tuple[object, ...]]
STATUSES = [status for status in Status if status is not Status.DRAFT]
MOVE = {"to_store": "40", "reason": "no_stock"}
NEW = {
    "store_scope": "one",
    "store_number": "12",
    "lines": [{"type": "exchange", "level": "authorise", "item": "CD", "amount_minor": 200}],
}
ALWAYS_OPEN = json.dumps({"days": [[[0, 1440]]] * 7})
Acts = dict[str, tuple[Action, str, Callable[[Any], str], dict[str, Any]]]

ACTS: Acts = {
    "ask": (
        Action.ASK_AGENT,
        "lee",
        lambda it: f"counter/escalations/{it.id}/questions",
        {"question": "Q03"},
    ),
    "withdraw the question": (
        Action.ANSWER,
        "lee",
        lambda it: f"counter/escalations/{it.id}/questions/withdraw",
        {},
    ),
    "answer": (Action.ANSWER, "ana", lambda it: f"escalations/{it.id}/answer", {"text": "Yes."}),
    "offer": (Action.OFFER_TRANSFER, "ana", lambda it: f"escalations/{it.id}/transfers", MOVE),
    "offer by the store": (
        Action.OFFER_TRANSFER,
        "sam",
        lambda it: f"counter/escalations/{it.id}/transfers",
        MOVE,
    ),
    "revoke": (Action.REVOKE, "kim", lambda it: f"escalations/{it.id}/revoke", {"reason": "R01"}),
    "extend": (
        Action.EXTEND,
        "ana",
        lambda it: f"escalations/{it.id}/extend",
        {"valid_until": (utc_now() + timedelta(days=20)).isoformat()},
    ),
    "supersede": (Action.SUPERSEDE, "ana", lambda it: f"escalations/{it.id}/supersede", NEW),
    "close": (Action.CLOSE, "ana", lambda it: f"escalations/{it.id}/close", {}),
    "reopen": (Action.REOPEN, "ana", lambda it: f"escalations/{it.id}/reopen", {"reason": "again"}),
    "tell": (
        Action.TELL_CUSTOMER,
        "ana",
        lambda it: f"escalations/{it.id}/tell-customer",
        {"channel": "private"},
    ),
    "appeal": (Action.APPEAL, "ana", lambda it: f"escalations/{it.id}/appeal-link", {}),
}


def refusals(client: FlaskClient, cast: Cast, path: str, who: str, body: dict[str, Any]) -> Any:
    headers = {**cast.members[who].headers, **key(), "If-Match": '"1"'}
    return client.post(f"/api/v1/{path}", headers=headers, json=body)


@pytest.mark.parametrize("name", ACTS)
def test_a_pair_that_is_not_in_the_table_is_refused_with_what_is_allowed(
    client: FlaskClient, cast: Cast, owner: Owner, name: str
) -> None:
    action, who, path, body = ACTS[name]
    thread = claimed_thread(cast)
    made = small(cast, thread_id=thread.id)
    if name == "supersede":
        body = {**body, "thread_id": str(thread.id)}
    tried = 0

    for status in STATUSES:
        if (status, action) in TRANSITIONS:
            continue
        owner.execute("UPDATE escalations SET status = %s, version = 1", [status.value])
        answer = refusals(client, cast, path(made), who, body)
        assert (answer.status_code, answer.json["code"]) == (409, "illegal_action"), (status, answer.json)
        assert answer.json["allowed"] == [allowed.value for allowed in allowed_actions(status)]
        tried += 1

    assert tried
    assert owner.execute("SELECT count(*) FROM timeline WHERE stream = %s", [str(made.id)]).fetchone() == (1,)


@pytest.mark.parametrize(
    ("action", "who", "verb"),
    [
        (Action.ACCEPT_TRANSFER, "mia", "counter/transfers/{}/accept"),
        (Action.REFUSE_TRANSFER, "mia", "counter/transfers/{}/refuse"),
        (Action.WITHDRAW_TRANSFER, "sam", "counter/transfers/{}/withdraw"),
        (Action.WITHDRAW_TRANSFER, "kim", "transfers/{}/withdraw"),
    ],
)
def test_an_offer_of_a_case_that_moved_on_is_refused_with_what_is_allowed(
    client: FlaskClient, cast: Cast, owner: Owner, action: Action, who: str, verb: str
) -> None:
    _, transfer_id = offered_case(cast)

    for status in STATUSES:
        if (status, action) in TRANSITIONS:
            continue
        owner.execute("UPDATE escalations SET status = %s", [status.value])
        answer = refusals(client, cast, verb.format(transfer_id), who, {})
        assert (answer.status_code, answer.json["code"]) == (409, "illegal_action"), (status, answer.json)
        assert answer.json["allowed"] == [allowed.value for allowed in allowed_actions(status)]


def test_a_decision_of_a_case_that_moved_on_cannot_be_annulled(
    client: FlaskClient, cast: Cast, owner: Owner
) -> None:
    made = small(cast)
    given = decide(cast, cast.sam, code=made.code)
    assert isinstance(given, Decided)

    for status in STATUSES:
        if (status, Action.ANNUL) in TRANSITIONS:
            continue
        owner.execute("UPDATE escalations SET status = %s", [status.value])
        path = f"counter/decisions/{given.decision_id}/annul"
        answer = refusals(client, cast, path, "sam", {"reason_text": "wrong"})
        assert (answer.status_code, answer.json["code"]) == (409, "illegal_action"), (status, answer.json)


def test_mia_of_store_40_reads_and_moves_nothing_of_store_12(client: FlaskClient, cast: Cast) -> None:
    made = small(cast)
    sams_offer = offered_case(cast)[1]
    at = f"counter/escalations/{made.id}"

    answers = [
        refusals(client, cast, f"{at}/questions", "mia", {"question": "Q01"}),
        refusals(client, cast, f"{at}/transfers", "mia", {"to_store": "10", "reason": "no_stock"}),
        refusals(client, cast, f"{at}/notes", "mia", {"text": "hello"}),
        refusals(client, cast, f"counter/transfers/{sams_offer}/withdraw", "mia", {}),
        refusals(client, cast, f"counter/transfers/{sams_offer}/accept", "sam", {}),
        client.get(f"/api/v1/{at}/notes", headers=cast.mia.headers),
        client.get(f"/api/v1/{at}/other-stores", headers=cast.mia.headers),
    ]

    assert {answer.status_code for answer in answers} == {404}
    assert client.get(f"/api/v1/{at}/questions", headers=cast.mia.headers).json["items"] == []


def test_a_note_is_never_read_outside_its_circle(client: FlaskClient, cast: Cast) -> None:
    from bridge.reasons import Visibility

    made = small(cast)
    for circle in Visibility:
        acted(
            noting.note,
            cast.ana,
            made.id,
            text=f"for {circle.value} eyes",
            visibility=circle,
            at_store=False,
        )

    seen_by_store = client.get(f"/api/v1/counter/escalations/{made.id}/notes", headers=cast.sam.headers)
    seen_by_care = client.get(f"/api/v1/escalations/{made.id}/notes", headers=cast.kim.headers)
    history = client.get(f"/api/v1/escalations/{made.id}/history", headers=cast.ana.headers)
    inbox = client.get("/api/v1/counter/inbox", headers=cast.sam.headers)

    assert [note["visibility"] for note in seen_by_store.json["items"]] == ["store", "customer"]
    assert len(seen_by_care.json["items"]) == 3
    for page in (seen_by_store, inbox, history):
        assert "for internal eyes" not in page.get_data(as_text=True)
    for page in (inbox, history):
        assert "for store eyes" not in page.get_data(as_text=True)


def test_other_stores_are_named_with_what_is_against_them(
    client: FlaskClient, cast: Cast, owner: Owner
) -> None:
    made = small(cast)
    owner.execute("UPDATE stores SET lat = 45.1, accepts_escalations = false WHERE number = '10'")
    owner.execute("UPDATE stores SET lat = 46.0, hours = %s WHERE number = '40'", [ALWAYS_OPEN])
    path = f"/api/v1/escalations/{made.id}/other-stores"

    found = client.get(path, headers=cast.ana.headers).json["items"]
    assert [(store["number"], store["flags"][:1]) for store in found] == [
        ("40", []),
        ("10", ["takes_no_cases"]),
    ]
    assert round(found[0]["distance_km"]) == 111

    owner.execute(
        "INSERT INTO closures (id, store_id, starts_at, reason, label, declared_by, declared_at) "
        "SELECT gen_random_uuid(), id, now() - interval '1 hour', 'disaster', 'Flood', %s, now() "
        "FROM stores WHERE number = '40'",
        [cast.ada.person.id],
    )
    flooded = client.get(f"{path}?service=Repairs", headers=cast.ana.headers).json["items"]
    assert flooded[0]["flags"] == ["lacks_service", "closed_now"]


def test_the_record_says_what_may_follow_and_what_took_its_place(client: FlaskClient, cast: Cast) -> None:
    made = small(cast)

    record = client.get(f"/api/v1/escalations/{made.id}", headers=cast.ana.headers).json

    assert record["allowed_actions"] == [action.value for action in allowed_actions(Status.ISSUED)]
    assert (record["reopened"], record["superseded_by_id"], record["told_at"]) == (0, None, None)
