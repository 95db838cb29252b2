"""Each write route, walked from the URL map: it is taken as documented, and once per key."""

import pytest
from flask import Flask
from flask.testing import FlaskClient

from tests.api.stage import Stage, build_stage, contract_of, endpoints, send, write_routes
from tests.conftest import Servers
from tests.keeping import put_in

ENDPOINTS = endpoints()


@pytest.fixture
def stage(database: Servers) -> Stage:
    return put_in(database.database_url, "api stage", build_stage)


def test_every_write_route_has_its_request(app: Flask, stage: Stage) -> None:
    assert sorted(stage.calls) == write_routes(app) == ENDPOINTS


@pytest.mark.parametrize("endpoint", ENDPOINTS)
def test_the_request_of_each_write_route_is_taken(client: FlaskClient, stage: Stage, endpoint: str) -> None:
    answer = send(client, stage, endpoint)

    assert answer.status_code in {200, 201, 202, 204}, answer.json


@pytest.mark.parametrize("endpoint", ENDPOINTS)
def test_the_same_key_answers_the_same_bytes(client: FlaskClient, stage: Stage, endpoint: str) -> None:
    if not contract_of(client.application, endpoint).key:
        assert send(client, stage, endpoint).status_code < 300
        return
    same = {"Idempotency-Key": '"the same key"'}

    first = send(client, stage, endpoint, headers=same)
    second = send(client, stage, endpoint, headers=same)

    assert (second.status_code, second.data) == (first.status_code, first.data)
    assert second.headers["Idempotent-Replayed"] == "true"
    assert "Idempotent-Replayed" not in first.headers
