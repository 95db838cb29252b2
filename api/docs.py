"""The OpenAPI document, and where the page to read it is attached.

flask-smorest writes paths and shapes. What it cannot know is added here from what each view
declares: the headers a route needs, every error it can answer, and the webhooks that we send.
"""

import re
from collections.abc import Callable, Iterator
from copy import deepcopy
from functools import lru_cache
from typing import Any

import orjson
from flask import Flask, Response
from flask_smorest import Api

from api.auth import PUBLIC, SIGNED_IN, public
from api.blueprints import Contract
from api.docs_page import page
from api.errors import CONTENT_TYPE
from bridge.events import VERSION
from bridge.topics import TEST_TOPIC, TOPICS
from schemas.errors import Problem
from schemas.mentions import Mention, Mentions
from schemas.outcomes import EscalationEvent, TestEvent, ThreadEvent

OPENAPI_URL = "/api/v1/openapi.json"
SPEC_OPTIONS: dict[str, Any] = {
    "info": {
        "description": (
            "A promise made on social media, checked and honoured at the counter, exactly once. "
            "Sign in with POST /api/v1/session or send an API key; both as a bearer token. "
            "Every POST that creates or decides needs an Idempotency-Key. Errors are problem+json."
        ),
        "license": {"name": "Apache-2.0", "identifier": "Apache-2.0"},
    },
    "components": {
        "securitySchemes": {
            "bearer": {
                "type": "http",
                "scheme": "bearer",
                "description": "A session's token (POST /api/v1/session) or an API key (POST /api/v1/keys).",
            },
            "webhookSignature": {
                "type": "apiKey",
                "in": "header",
                "name": "webhook-signature",
                "description": (
                    "Standard Webhooks 1.0.0: `v1,` and the base64 of HMAC-SHA256 over "
                    "`webhook-id.webhook-timestamp.body` with the account's secret; or several."
                ),
            },
        }
    },
    "security": [{"bearer": []}],
    "servers": [{"url": "/"}],
}

PROBLEMS = {
    400: "The request cannot be read, a query or a header is malformed, or the Idempotency-Key is missing.",
    401: "Nobody is calling: the token is missing, wrong, expired or revoked. Where a signature takes the "
    "token's place (`not_authentic`): it is missing or wrong, or its time is not ours.",
    403: "The caller may not do this, here.",
    404: "There is no such record in the caller's reach.",
    409: "The record's state does not allow it, or somebody else was faster.",
    410: "It was there, and is not any more.",
    412: "The record changed since it was read.",
    413: "The body is too large: more than 64 KiB, for mentions more than 1 MiB.",
    415: "The body is not application/json.",
    422: "A field's value is not allowed; `errors` names it.",
    428: "If-Match is missing.",
    429: "Too many tries; wait for `Retry-After` seconds.",
    503: "The database does not answer; nothing was changed. Safe to repeat with the same key.",
}
REPLAYED = {
    "Idempotent-Replayed": {
        "description": "`true` when the same key was answered before.",
        "schema": {"type": "string", "enum": ["true"]},
    }
}
RETRY_AFTER = {"Retry-After": {"description": "Seconds to wait.", "schema": {"type": "integer"}}}
WITH_RETRY_AFTER = frozenset({429, 503})
IDEMPOTENCY_KEY = {
    "name": "Idempotency-Key",
    "in": "header",
    "required": True,
    "description": "A new value for each new act, the same one to repeat it; 1 to 255 printable ASCII.",
    "schema": {"type": "string", "minLength": 1, "maxLength": 255, "pattern": "^[!#-~]+$"},
    "example": "8e03978e-40d5-43dd-bc93-6894a57f9324",
}
IF_MATCH = {
    "name": "If-Match",
    "in": "header",
    "required": True,
    "description": "The ETag that you read.",
    "schema": {"type": "string", "pattern": '^"[0-9]{1,9}"$'},
    "example": '"3"',
}
_READS = frozenset({"get", "head"})


def document(api: Api) -> dict[str, Any]:
    """The OpenAPI document, in a stable order."""
    app = api._app
    # A copy: what is added below must not be added again to the next document.
    spec: dict[str, Any] = deepcopy(api.spec.to_dict())
    for path, method, view in _operations(app):
        operation = spec["paths"].get(path, {}).get(method)
        if operation is not None:
            _complete(operation, spec["paths"][path], method, view)
    components = spec["components"]
    components["parameters"] = {"IdempotencyKey": IDEMPOTENCY_KEY, "IfMatch": IF_MATCH}
    components["responses"] = {f"Problem{status}": _problem(status) for status in PROBLEMS}
    components["headers"] = {}
    components["schemas"].pop("PaginationMetadata", None)  # flask-smorest's own, which nothing uses
    spec["webhooks"] = {topic: {"post": _webhook(topic, says)} for topic, says in TOPICS.items()}
    ordered: dict[str, Any] = _sorted(spec)
    return ordered


def _operations(app: Flask) -> Iterator[tuple[str, str, Callable[..., object]]]:
    """Every (path as OpenAPI writes it, method, view) of the app."""
    for rule in app.url_map.iter_rules():
        path = path_of(rule.rule)
        for method in rule.methods or ():
            yield path, method.lower(), app.view_functions[rule.endpoint]


def path_of(rule: str) -> str:
    """A rule of the URL map as OpenAPI writes it: <uuid:id> is {id}."""
    return re.sub(r"<(?:[^<>]*:)?([^<>:]+)>", r"{\1}", rule)


def _complete(
    operation: dict[str, Any], path: dict[str, Any], method: str, view: Callable[..., object]
) -> None:
    """Add headers, errors and the operation's id to what flask-smorest wrote."""
    asks: Contract = getattr(view, "bridge_contract", Contract())
    permission = getattr(view, "bridge_permission", None)
    takes_body = getattr(view, "bridge_takes_body", False)
    has_query = any(parameter.get("in") == "query" for parameter in operation.get("parameters", []))
    operation["operationId"] = _operation_id(view)
    statuses = {429, 503, *asks.fails}
    if permission == PUBLIC:
        operation["security"] = [{asks.security: []}] if asks.security else []
    else:
        statuses |= {401} if permission == SIGNED_IN else {401, 403}
        operation["x-permission"] = str(permission)
    if path.get("parameters"):
        statuses |= {404}
    if has_query:
        statuses |= {400}
    if takes_body:
        statuses |= {400, 413, 415, 422}
    elif method not in _READS:
        statuses |= {400, 413, 415}
    parameters = operation.setdefault("parameters", [])
    if asks.key:
        statuses |= {400, 409, 422}
        parameters.append({"$ref": "#/components/parameters/IdempotencyKey"})
    if asks.version:
        statuses |= {412, 428}
        parameters.append({"$ref": "#/components/parameters/IfMatch"})
    if not parameters:
        del operation["parameters"]
    responses = {
        status: found for status, found in operation["responses"].items() if status not in _WRITTEN_BY_SMOREST
    }
    if asks.key:
        for taken in _TAKEN & set(responses):
            responses[taken]["headers"] = REPLAYED
    for status in sorted(statuses):
        refused = {"$ref": f"#/components/responses/Problem{status}"}
        if str(status) not in responses:
            responses[str(status)] = refused
        else:
            # A status that also has an answer of its own, such as a paused look-up.
            content = responses[str(status)].setdefault("content", {})
            content.setdefault(CONTENT_TYPE, {"schema": {"$ref": "#/components/schemas/Problem"}})
    operation["responses"] = responses


_TAKEN = frozenset({"200", "201"})
_WRITTEN_BY_SMOREST = frozenset({"400", "422"})


def _operation_id(view: Callable[..., object]) -> str:
    return f"{view.__module__.removeprefix('api.')}.{view.__name__}"


def _problem(status: int) -> dict[str, Any]:
    found: dict[str, Any] = {
        "description": PROBLEMS[status],
        "content": {CONTENT_TYPE: {"schema": {"$ref": "#/components/schemas/Problem"}}},
    }
    if status in WITH_RETRY_AFTER:
        found["headers"] = RETRY_AFTER
    return found


def _webhook(topic: str, says: str) -> dict[str, Any]:
    """What we send to a receiver: signed as Standard Webhooks 1.0.0, in the shape that it asked for."""
    data = {"$ref": f"#/components/schemas/{_event_name(topic)}"}
    header: dict[str, Any] = {"in": "header", "required": True, "schema": {"type": "string"}}
    return {
        "operationId": f"webhook.{topic}",
        "summary": says,
        "tags": ["webhooks"],
        "security": [],
        "parameters": [
            {**header, "name": "webhook-id", "description": "The outcome's id, the same in every try."},
            {**header, "name": "webhook-timestamp", "description": "Seconds since 1970, of this try."},
            {
                **header,
                "name": "webhook-signature",
                "description": "`v1,` and HMAC-SHA256 in base64; several.",
            },
        ],
        "requestBody": {
            "required": True,
            "content": {
                "application/json": {"schema": _standard_event(topic, data)},
                "application/cloudevents+json": {"schema": _cloud_event(topic, data)},
            },
        },
        "responses": {
            "2XX": {"description": "Taken; it is not sent again."},
            "410": {"description": "Gone: the endpoint is switched off."},
            "default": {"description": "Tried again later, up to ten times."},
        },
    }


def _standard_event(topic: str, data: dict[str, str]) -> dict[str, Any]:
    return {
        "type": "object",
        "required": ["type", "timestamp", "data"],
        "additionalProperties": False,
        "properties": {
            "type": {"type": "string", "const": topic},
            "timestamp": {"type": "string", "format": "date-time"},
            "data": data,
        },
    }


def _cloud_event(topic: str, data: dict[str, str]) -> dict[str, Any]:
    text = {"type": "string", "minLength": 1}
    return {
        "type": "object",
        "required": ["specversion", "id", "source", "type", "subject", "time", "datacontenttype", "data"],
        "additionalProperties": False,
        "properties": {
            "specversion": {"type": "string", "const": "1.0"},
            "id": {**text, "format": "uuid", "description": "The same as the header webhook-id."},
            "source": {**text, "format": "uri-reference"},
            "type": {
                **text,
                "pattern": f"(^|\\.){re.escape(topic)}\\.{VERSION}$",
                "description": "Our host backwards, the topic, and the version of its data.",
            },
            "subject": {**text, "description": "The id of what it is about."},
            "time": {"type": "string", "format": "date-time"},
            "datacontenttype": {"type": "string", "const": "application/json"},
            "data": data,
        },
    }


def _event_name(topic: str) -> str:
    if topic == TEST_TOPIC:
        return TestEvent.__name__
    return ThreadEvent.__name__ if topic.startswith("thread.") else EscalationEvent.__name__


def _sorted(value: Any) -> Any:
    """The same document with its objects' keys in order."""
    if isinstance(value, dict):
        return {str(key): _sorted(value[key]) for key in sorted(value, key=str)}
    if isinstance(value, list):
        return [_sorted(item) for item in value]
    return value


def register(app: Flask, api: Api) -> None:
    """Serve the document and the page."""
    for event in (EscalationEvent, ThreadEvent, TestEvent):
        api.spec.components.schema(event.__name__, schema=event)
    for name, shape in (("Mention", Mention), ("Mentions", Mentions)):
        api.spec.components.schema(name, schema=shape)
    if "Problem" not in api.spec.components.schemas:
        api.spec.components.schema("Problem", schema=Problem)

    written = lru_cache(maxsize=1)(lambda: orjson.dumps(document(api)))

    @app.get(OPENAPI_URL)
    @public
    def openapi() -> Response:
        return Response(written(), content_type="application/json")

    app.register_blueprint(page)
