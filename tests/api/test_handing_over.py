"""The code is shown again to its author or a lead, and the audit says to whom."""

import psycopg
from flask.testing import FlaskClient

from bridge import codes
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
