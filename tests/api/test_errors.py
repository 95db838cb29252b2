"""One error body for everything, and each code written down."""

import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from flask import Flask
from flask.testing import FlaskClient

from api import errors as api_errors
from api.errors import STATUS
from bridge import db
from bridge.errors import BridgeError, DatabaseUnavailable
from tests.api.stage import key
from tests.cast import Cast, promise

DOCS = Path(__file__).resolve().parents[2] / "docs" / "api.md"
LINE = re.compile(r"^\| `(?P<code>[a-z_]+)` \| (?P<status>\d{3}) \| .+ \|$", re.M)


def classes(of: type[BridgeError] = BridgeError) -> Iterator[type[BridgeError]]:
    yield of
    for below in of.__subclasses__():
        yield from classes(below)


def documented() -> dict[str, int]:
    return {found["code"]: int(found["status"]) for found in LINE.finditer(DOCS.read_text("utf-8"))}


@pytest.mark.parametrize("error", list(classes()))
def test_every_error_has_a_status_and_a_line_in_the_docs(error: type[BridgeError]) -> None:
    assert error in STATUS, "give it a status in api/errors.py"
    assert documented().get(error.code) == STATUS[error], "give it a line in docs/api.md"


def test_no_two_errors_share_a_code() -> None:
    codes = [error.code for error in classes()]

    assert len(codes) == len(set(codes))


def test_the_web_framework_s_errors_are_documented_too() -> None:
    ours = {status: code for status, code in api_errors._CODES.items() if status != 408}

    assert {code: status for status, code in ours.items()}.items() <= documented().items()


def written() -> set[tuple[str, int]]:
    """Every code and status that a view answers with by itself, as it stands in the sources."""
    sources = Path(api_errors.__file__).parent.glob("*.py")
    found = re.findall(
        r'problem\(\s*(\d{3}), "([a-z_]+)"', "".join(one.read_text("utf-8") for one in sources)
    )
    return {(code, int(status)) for status, code in found}


def test_what_a_view_answers_by_itself_is_documented_too() -> None:
    assert ("not_authentic", 401) in written()
    handshake = {("not_authentic", 403)}  # named in the line of its 401
    assert written() - handshake <= set(documented().items())


def test_a_record_s_status_does_not_take_the_problem_s_place(client: FlaskClient, cast: Cast) -> None:
    made = promise(cast)
    version = client.get(f"/api/v1/escalations/{made.id}", headers=cast.kim.headers).headers["ETag"]

    refused = client.post(
        f"/api/v1/escalations/{made.id}/reject",
        headers={**cast.kim.headers, **key(), "If-Match": version},
        json={"reason": "too much"},
    )

    assert (refused.status_code, refused.json["status"], refused.json["code"]) == (409, 409, "illegal_action")
    assert refused.json["record_status"] == "issued"
    assert "reject" not in refused.json["allowed"]


def test_an_outage_answers_503_and_when_to_come_back(
    client: FlaskClient, cast: Cast, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fails() -> None:
        raise DatabaseUnavailable("the database does not answer", retry_after_seconds=2)

    monkeypatch.setattr(db, "statement", fails)

    answer = client.get("/api/v1/me", headers=cast.ana.headers)

    assert (answer.status_code, answer.headers["Retry-After"]) == (503, "2")


def test_a_bug_answers_500_and_tells_nothing(
    client: FlaskClient, app: Flask, cast: Cast, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fails() -> None:
        raise RuntimeError("a secret about the inside")

    monkeypatch.setattr(db, "statement", fails)

    answer = FlaskClient(app, app.response_class).get("/api/v1/me", headers=cast.ana.headers)

    assert answer.status_code == 500
    assert "secret" not in answer.get_data(as_text=True)
    assert answer.mimetype == "application/problem+json"


def test_nothing_is_found_outside_the_api_s_addresses(client: FlaskClient, cast: Cast) -> None:
    answer = client.get("/api/v1/nothing", headers=cast.ana.headers)

    assert (answer.status_code, answer.json["code"], answer.mimetype) == (
        404,
        "not_found",
        "application/problem+json",
    )
