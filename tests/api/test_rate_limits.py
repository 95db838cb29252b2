"""The general limit: counted per caller, told in every answer, refused with 429."""

from collections.abc import Iterator

import pytest
from flask.testing import FlaskClient

from api import create_app
from bridge.settings import settings
from tests.cast import Cast, build_cast
from tests.conftest import Servers


@pytest.fixture
def cast(database: Servers) -> Cast:
    """People whose requests nobody has counted yet: the kept ones may have asked in the test before."""
    return build_cast()


@pytest.fixture
def limited(cast: Cast, monkeypatch: pytest.MonkeyPatch) -> Iterator[FlaskClient]:
    monkeypatch.setenv("BRIDGE_RATE_LIMIT_PER_MINUTE", "3")
    settings.cache_clear()
    client = create_app().test_client()
    yield client
    monkeypatch.undo()
    settings.cache_clear()


def test_the_fourth_request_in_a_minute_is_refused_and_says_when_to_come_back(
    limited: FlaskClient, cast: Cast
) -> None:
    answers = [limited.get("/api/v1/me", headers=cast.sam.headers)]
    while answers[-1].status_code == 200 and len(answers) < 7:  # the minute may end between them
        answers.append(limited.get("/api/v1/me", headers=cast.sam.headers))

    refused = answers[-1]
    assert len(answers) >= 4
    assert refused.status_code == 429
    assert refused.content_type == "application/problem+json"
    assert 1 <= int(refused.headers["Retry-After"]) <= 60
    assert answers[0].headers["RateLimit-Policy"] == '"requests";q=3;w=60'


def test_another_caller_and_the_health_addresses_go_on(limited: FlaskClient, cast: Cast) -> None:
    for _ in range(8):
        limited.get("/api/v1/me", headers=cast.sam.headers)

    assert limited.get("/api/v1/me", headers=cast.mia.headers).status_code == 200
    assert [limited.get("/healthz").status_code for _ in range(5)] == [200] * 5
