"""Is this handle ours? Asked by anybody: one shape, one status, one way, and not too often."""

from typing import Any

import psycopg
import pytest
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from api import directory as view
from bridge.settings import settings
from tests.api.stage import key
from tests.cast import Cast

API = "/api/v1"


def ask(client: FlaskClient, network: str = "x", handle: str = "NorthlightCare", **more: str) -> TestResponse:
    query = {"network": network, "handle": handle, **more}
    return client.get(f"{API}/accounts/official", query_string=query)


def test_yes_and_not_known_are_alike_but_for_the_word(client: FlaskClient, cast: Cast) -> None:
    yes = ask(client)
    no = [
        ask(client, handle=handle)
        for handle in ("NorthlightCare1", "maya.reyes", "x" * 200, "a b", "\u202e", "%", "NorthIightCare")
    ]
    retired = ask(client, network="bluesky")

    assert yes.json == {"network": "x", "handle": "NorthlightCare", "official": True}
    for one in [*no, retired]:
        assert one.status_code == 200
        assert one.json["official"] is False
        assert one.json.keys() == yes.json.keys()
        assert list(one.headers.keys()) == list(yes.headers.keys())


def test_it_takes_one_way_through_the_database_whatever_is_asked(
    client: FlaskClient, cast: Cast, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Timing: the same statements for known, unknown and odd."""
    asked: list[list[str]] = []
    real = psycopg.Connection.execute

    def execute(self: Any, sql: Any, *args: Any, **more: Any) -> Any:
        asked[-1].append(str(sql))
        return real(self, sql, *args, **more)

    monkeypatch.setattr(psycopg.Connection, "execute", execute)
    for handle in ("NorthlightCare", "maya.reyes", "two words", "\u202e"):
        asked.append([])
        ask(client, handle=handle)

    assert asked[0]
    assert all(one == asked[0] for one in asked)


@pytest.mark.parametrize(
    "query", ["", "network=x", "handle=y", "network=&handle=y", "network=x&handle=y&z=1"]
)
def test_a_question_without_its_parts_is_malformed(client: FlaskClient, cast: Cast, query: str) -> None:
    assert client.get(f"{API}/accounts/official?{query}").status_code == 400


@pytest.mark.usefixtures("one_window")
def test_one_address_asks_so_often_and_another_is_free(
    client: FlaskClient, cast: Cast, monkeypatch: pytest.MonkeyPatch
) -> None:
    few = settings().model_copy(update={"official_asks_per_minute": 3})
    monkeypatch.setattr(view, "settings", lambda: few)

    answers = [ask(client, handle=handle) for handle in ("NorthlightCare", "a", "b", "NorthlightCare", "c")]
    other = client.get(
        f"{API}/accounts/official?network=x&handle=a", environ_base={"REMOTE_ADDR": "203.0.113.9"}
    )

    assert [one.status_code for one in answers] == [200, 200, 200, 429, 429]
    assert 1 <= int(answers[3].headers["Retry-After"]) <= 60
    assert other.status_code == 200


def test_an_account_is_bound_by_id_and_page(client: FlaskClient, cast: Cast) -> None:
    made = client.post(
        f"{API}/handles",
        headers={**cast.ada.headers, **key()},
        json={"network": "mastodon", "handle": "northlight@social.example"},
    ).json
    change = {"external_id": "9", "site_url": "https://northlight.example/contact"}

    bound = client.patch(f"{API}/handles/{made['id']}", headers=cast.ada.headers, json=change)
    taken = client.post(
        f"{API}/handles",
        headers={**cast.ada.headers, **key()},
        json={"network": "mastodon", "handle": "care@social.example", "external_id": "9"},
    )
    inside = client.patch(
        f"{API}/handles/{made['id']}", headers=cast.ada.headers, json={"site_url": "https://127.0.0.1/"}
    )
    refused = client.patch(f"{API}/handles/{made['id']}", headers=cast.sam.headers, json=change)

    assert {name: bound.json[name] for name in change} == change
    assert (bound.json["check_result"], bound.json["last_checked_at"]) == ("", None)
    assert taken.status_code == 409
    assert inside.status_code == 422
    assert refused.status_code == 403
    assert ask(client, "mastodon", "northlight@social.example", id="9").json["official"] is True
    assert ask(client, "mastodon", "northlight@social.example", id="10").json["official"] is False
