"""A client of the app; every answer it gets is checked against the OpenAPI document."""

from collections.abc import Iterator
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from api import create_app
from tests.conftest import Servers
from tests.contract.openapi import Contract


class CheckedClient(FlaskClient):
    """Fails the test when an answer is not what the document promises."""

    def open(self, *args: Any, **kwargs: Any) -> TestResponse:
        answer = super().open(*args, **kwargs)
        contract: Contract = self.application.extensions["tests_contract"]
        contract.check(answer)
        return answer


@pytest.fixture(scope="session")
def checked_app(environment: Servers) -> Flask:
    """One app for the whole run; it keeps nothing between requests."""
    app = create_app()
    app.testing = False
    app.extensions["tests_contract"] = Contract(app)
    app.test_client_class = CheckedClient
    return app


@pytest.fixture
def app(checked_app: Flask, database: Servers) -> Flask:
    return checked_app


@pytest.fixture
def client(app: Flask) -> Iterator[FlaskClient]:
    with app.test_client() as client:
        yield client
