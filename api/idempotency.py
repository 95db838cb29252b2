"""The Idempotency-Key header: read it, and answer the same request with the same bytes.

Every POST that creates or decides needs one. Scope is the caller and the route. An answer is
kept for 30 days; errors are not kept, because they changed nothing.
"""

import re
from collections.abc import Callable
from functools import lru_cache
from typing import TypeVar

import orjson
from flask import Response, request
from marshmallow import Schema
from sqlmodel import Session

from api.auth import actor
from bridge.errors import IdempotencyKeyMissing, MalformedRequest
from bridge.idempotency import Once, Replayed, fingerprint
from bridge.services import once as each_once
from bridge.settings import settings
from bridge.vault import Vault

Result = TypeVar("Result")
HEADER = "Idempotency-Key"
_FORM = re.compile(r'(?:"([\x20-\x21\x23-\x5b\x5d-\x7e]{1,255})"|([\x21\x23-\x7e]{1,255}))')


def required_key() -> str:
    """The header's value, quoted or bare. Raises IdempotencyKeyMissing, or MalformedRequest."""
    found = request.headers.getlist(HEADER)
    if not found:
        raise IdempotencyKeyMissing(f"send an {HEADER} header, a new one for each new act")
    match = _FORM.fullmatch(found[0].strip())
    if len(found) > 1 or match is None:
        raise MalformedRequest(f"{HEADER} is one value of 1 to 255 printable ASCII characters")
    return match[1] or match[2]


def once(schema: type[Schema], status_code: int) -> Once[object]:
    """This request as an act that takes effect once; its answer is `schema` dumped."""
    key = required_key()

    def render(result: object) -> tuple[int, bytes]:
        return status_code, orjson.dumps(_shape(schema).dump(result))

    return Once(key=key, route=_route(), fingerprint=_fingerprint(), render=render, vault=vault())


@lru_cache(maxsize=64)
def _shape(schema: type[Schema]) -> Schema:
    """One instance serves every request: making one costs more than dumping with it."""
    return schema()


def answer(kept: Once[object], result: object, *, headers: dict[str, str] | None = None) -> Response:
    """The response to a result, or the stored response when the act had taken effect before."""
    if isinstance(result, Replayed):
        replayed = Response(result.body, status=result.status_code, content_type="application/json")
        replayed.headers["Idempotent-Replayed"] = "true"
        return replayed
    status_code, body = kept.rendered(result)
    fresh = Response(body, status=status_code, content_type="application/json")
    fresh.headers.update(headers or {})
    return fresh


def in_transaction(kept: Once[Result], work: Callable[[Session], Result]) -> Result | Replayed:
    """Do `work` in one transaction together with storing its answer, in the caller's name."""
    principal = actor().credential_id
    assert principal is not None
    return each_once.in_transaction(kept, work, principal=principal)


def vault() -> Vault:
    """The vault with the configured keys."""
    return Vault(settings().encryption_keys)


def _route() -> str:
    assert request.url_rule is not None
    return f"{request.method} {request.path}"[:80]


def _fingerprint() -> bytes:
    asked = (request.method.encode(), request.full_path.encode(), request.get_data())
    return fingerprint(b"\0".join(asked), pepper=settings().code_pepper)
