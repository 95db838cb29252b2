"""An app whose every answer is held against the OpenAPI document, for journeys through the API."""

import pytest
from flask import Flask

from api import create_app
from tests.api.conftest import CheckedClient
from tests.conftest import Servers
from tests.contract.openapi import Contract


@pytest.fixture(scope="session")
def journey_app(environment: Servers) -> Flask:
    """One app for the whole run; it keeps nothing between requests."""
    app = create_app()
    app.testing = False
    app.extensions["tests_contract"] = Contract(app)
    app.test_client_class = CheckedClient
    return app
