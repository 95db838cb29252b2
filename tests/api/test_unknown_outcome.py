"""A decision that was stored while its answer was lost: 503, and the same key tells what became of it."""

import psycopg
import pytest
from flask.testing import FlaskClient

from bridge import db
from bridge.connections import WAITS_SECONDS
from tests.cast import Cast, promise
from tests.outbox import wait_until

Owner = psycopg.Connection[tuple[object, ...]]


def test_a_decision_whose_answer_came_too_late_is_told_again_and_not_done_again(
    client: FlaskClient, cast: Cast, owner: Owner, monkeypatch: pytest.MonkeyPatch
) -> None:
    made = promise(cast, amount_minor=1500)
    monkeypatch.setattr(db, "somebody_waits", lambda: WAITS_SECONDS.set(0.4))

    def honour() -> tuple[int, object]:
        headers = {**cast.sam.headers, "Idempotency-Key": "one-press"}
        asked = {"action": "honour", "code": made.code, "amount_minor": 400}
        answer = client.post("/api/v1/counter/decisions", json=asked, headers=headers)
        assert answer.json is not None
        return answer.status_code, answer.json.get("code", answer.json.get("decision_id"))

    def stored() -> list[object]:
        return [found for (found,) in owner.execute("SELECT id FROM decisions").fetchall()]

    with owner.transaction():
        owner.execute("LOCK TABLE decisions IN SHARE MODE")  # the insert waits here, its COMMIT behind it
        assert honour() == (503, "database_unavailable")
        assert stored() == []
    assert wait_until(stored, seconds=5)

    status, decision_id = honour()
    assert status == 201
    assert [str(found) for found in stored()] == [decision_id]
