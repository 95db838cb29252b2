"""The OpenAPI document and a local page to read it; nothing is loaded from elsewhere."""

from typing import Any

import orjson
from flask import Flask, Response
from flask_smorest import Api
from flask_swagger_ui import get_swaggerui_blueprint

from api.auth import public

OPENAPI_URL = "/api/v1/openapi.json"
DOCS_URL = "/api/v1/docs"
# The reader's own scripts and styles are files; it still writes inline styles, on this page only.
DOCS_CSP = (
    "default-src 'self'; style-src 'self' 'unsafe-inline'; img-src 'self' data:; object-src 'none'; "
    "base-uri 'none'; frame-ancestors 'none'"
)
SPEC_OPTIONS: dict[str, Any] = {
    "info": {
        "description": (
            "A promise made on social media, checked and honoured at the counter, exactly once. "
            "Sign in with POST /api/v1/session or send an API key; both as a bearer token. "
            "Every POST that creates or decides needs an Idempotency-Key. Errors are problem+json."
        ),
        "license": {"name": "Apache-2.0", "identifier": "Apache-2.0"},
    },
    "components": {"securitySchemes": {"bearer": {"type": "http", "scheme": "bearer"}}},
    "security": [{"bearer": []}],
    "servers": [{"url": "/"}],
}


def document(api: Api) -> dict[str, Any]:
    """The OpenAPI document, in a stable order."""
    spec: dict[str, Any] = api.spec.to_dict()
    return spec


def register(app: Flask, api: Api) -> None:
    """Serve the document and the page."""

    @app.get(OPENAPI_URL)
    @public
    def openapi() -> Response:
        return Response(orjson.dumps(document(api)), content_type="application/json")

    page = get_swaggerui_blueprint(DOCS_URL, OPENAPI_URL, config={"app_name": "The bridge's API"})

    @page.after_request
    def allow_the_reader(answer: Response) -> Response:
        answer.headers["Content-Security-Policy"] = DOCS_CSP
        return answer

    app.register_blueprint(page, url_prefix=DOCS_URL)
    for endpoint, view in app.view_functions.items():
        if endpoint.startswith(f"{page.name}."):
            public(view)
