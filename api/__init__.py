"""HTTP in: the JSON API. Handlers read, call one service inside one transaction, and answer.

`create_app` puts the parts together in this order: settings, hooks around every request,
error answers, the API's blueprints under `/api/v1`, health addresses. `api.wsgi` adds the
pages; the API itself knows nothing of them.
"""

from typing import Any

import orjson
from flask import Flask, Request
from flask.json.provider import JSONProvider
from flask.sessions import SecureCookieSession, SecureCookieSessionInterface
from flask_smorest import Api
from werkzeug.middleware.proxy_fix import ProxyFix

from api import (
    accounts,
    calendars,
    causes,
    counter,
    devices,
    directory,
    docs,
    errors,
    health,
    hooks,
    intake,
    life,
    mentions,
    messages,
    notes,
    notices,
    observed,
    outcomes,
    people,
    policies,
    promises,
    rate_limits,
    replies,
    reports,
    review,
    searches,
    store_life,
)
from bridge.logs import configure_logging
from bridge.settings import settings
from schemas.errors import Problem

VERSION = "v1"


class _OrjsonProvider(JSONProvider):
    """Flask's JSON through orjson; requests never come through here but through `strict_json`."""

    def dumps(self, obj: Any, **_kwargs: Any) -> str:
        return orjson.dumps(obj, default=str).decode()

    def loads(self, s: str | bytes, **_kwargs: Any) -> Any:
        return orjson.loads(s)


class _PageSessions(SecureCookieSessionInterface):
    """Cookie sessions for pages alone: the API knows bearer tokens and neither reads nor sets a cookie."""

    def open_session(self, app: Flask, request: Request) -> SecureCookieSession | None:
        """No cookie is read, and none verified, for the API."""
        if request.path.startswith("/api/"):
            return self.make_null_session(app)
        return super().open_session(app, request)


class _BridgeApi(Api):
    """flask-smorest with our error body, and the error's media type documented as what it is."""

    ERROR_SCHEMA = Problem
    # Each operation lists the errors it can answer; see `api.docs`.
    DEFAULT_ERROR_RESPONSE_NAME = None

    def _register_error_handlers(self) -> None:
        """Leave errors to `api.errors`, which answers for the whole app."""

    def _register_responses(self) -> None:
        self.DEFAULT_RESPONSE_CONTENT_TYPE = errors.CONTENT_TYPE
        try:
            super()._register_responses()
        finally:
            del self.DEFAULT_RESPONSE_CONTENT_TYPE


def create_app() -> Flask:
    """Build the application from the process's settings."""
    config = settings()
    configure_logging(config)
    app = Flask("bridge", static_folder=None)
    app.json = _OrjsonProvider(app)
    app.secret_key = config.secret_key
    app.session_interface = _PageSessions()
    app.config.update(
        MAX_CONTENT_LENGTH=config.request_body_max_bytes,
        API_TITLE="Store-social escalation bridge",
        API_VERSION=VERSION,
        OPENAPI_VERSION="3.1.0",
        API_SPEC_OPTIONS=docs.SPEC_OPTIONS,
    )
    app.url_map.strict_slashes = True
    if config.proxy_hops:
        hops = config.proxy_hops
        app.wsgi_app = ProxyFix(app.wsgi_app, x_for=hops, x_proto=hops, x_host=hops)  # type: ignore[method-assign]
    observed.register(app)
    errors.register(app)
    rate_limits.register(app, config)
    app.register_blueprint(health.blueprint)
    app.register_blueprint(hooks.blueprint)
    api = _BridgeApi(app)
    app.extensions["bridge_api"] = api
    for part in (
        accounts,
        intake,
        mentions,
        searches,
        promises,
        counter,
        directory,
        people,
        devices,
        outcomes,
        notices,
        calendars,
        review,
        causes,
        policies,
        reports,
        life,
        messages,
        replies,
        store_life,
        notes,
    ):
        api.register_blueprint(part.blueprint, url_prefix=f"/api/{VERSION}")
    docs.register(app, api)
    return app
