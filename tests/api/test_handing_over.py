"""The code is shown again to its author or a lead, and the audit says to whom."""

from zoneinfo import ZoneInfo

import psycopg
from flask.testing import FlaskClient

from bridge import codes
from tests.api.stage import key
from tests.cast import Cast, promise

Owner = psycopg.Connection[tuple[object, ...]]
SHOWN = "SELECT body::jsonb -> 'actor' ->> 'id', body::jsonb -> 'facts' ->> 'escalation', body FROM timeline WHERE action = 'code.shown'"


def test_who_was_shown_a_code_stands_in_the_audit_and_the_code_does_not(
    client: FlaskClient, cast: Cast, owner: Owner
) -> None:
    made = promise(cast)
    assert made.code is not None

    texts = client.get(f"/api/v1/escalations/{made.id}/texts", headers=cast.ana.headers)

    assert texts.status_code == 200
    assert texts.json["code"] == codes.grouped(made.code)
    [(who, which, body)] = owner.execute(SHOWN).fetchall()
    assert (who, which) == (str(cast.ana.person.id), str(made.id))
    assert made.code not in str(body)


def test_sam_is_not_shown_a_code_and_nothing_is_noted(client: FlaskClient, cast: Cast, owner: Owner) -> None:
    made = promise(cast)

    refused = client.get(f"/api/v1/escalations/{made.id}/texts", headers=cast.sam.headers)

    assert refused.status_code == 403
    assert owner.execute(SHOWN).fetchall() == []


def test_the_customer_reads_the_hours_of_that_very_day(client: FlaskClient, cast: Cast) -> None:
    made = promise(cast)
    last_day = made.valid_until.astimezone(ZoneInfo("America/Chicago")).date()
    path = f"/api/v1/escalations/{made.id}/texts?channel=email"
    usual = client.get(path, headers=cast.ana.headers).text

    body = {
        "store_number": "12",
        "on": last_day.isoformat(),
        "hours": "12:15pm-4:45pm",
        "label": "Stocktaking",
    }
    client.post("/api/v1/calendar-exceptions", json=body, headers=cast.ada.headers | key())
    changed = client.get(path, headers=cast.ana.headers).text

    assert "12:15 pm-4:45 pm" not in usual
    assert "12:15 pm-4:45 pm" in changed
