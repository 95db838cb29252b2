"""A client of the app; every answer it gets is checked against the OpenAPI document."""

from collections.abc import Iterator

import pytest
from flask import Flask
from flask.testing import FlaskClient

from api import create_app
from tests.conftest import Servers


@pytest.fixture
def app(database: Servers) -> Flask:
    app = create_app()
    app.testing = False
    return app


@pytest.fixture
def client(app: Flask) -> Iterator[FlaskClient]:
    with app.test_client() as client:
        yield client
