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
from sqlalchemy.exc import IntegrityError
from sqlmodel import Session

from api.auth import actor
from bridge import db
from bridge.errors import IdempotencyKeyMissing, MalformedRequest
from bridge.idempotency import Once, Replayed, fingerprint
from bridge.models import IdempotencyKey
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
    """Do `work` in one ORM transaction together with storing its answer; once per key.

    Two requests with the same key may both work; the second fails on the key's row, is undone
    and gets the first one's answer.
    """
    principal = actor().credential_id
    assert principal is not None
    place = (principal, kept.route, kept.key)
    try:
        with db.transaction() as session:
            before = session.get(IdempotencyKey, place)
            if before is not None:
                return _replay(kept, before)
            result = work(session)
            row = kept.keep(principal, result)
            session.add(
                IdempotencyKey(
                    principal=row.principal,
                    route=row.route,
                    key=row.key,
                    fingerprint=row.fingerprint,
                    status_code=row.status_code,
                    response_cipher=row.response_cipher,
                )
            )
            session.flush()  # a key that was used a moment ago must fail in here
        return result
    except IntegrityError:
        with db.transaction() as session:
            finished = session.get(IdempotencyKey, place)
            if finished is None:
                raise
            return _replay(kept, finished)


def vault() -> Vault:
    """The vault with the configured keys."""
    return Vault(settings().encryption_keys)


def _replay(kept: Once[Result], row: IdempotencyKey) -> Replayed:
    class Kept:
        kept_status = row.status_code
        kept_fingerprint = row.fingerprint
        kept_response = row.response_cipher

    replayed = kept.replay(Kept)
    assert replayed is not None
    return replayed


def _route() -> str:
    assert request.url_rule is not None
    return f"{request.method} {request.path}"[:80]


def _fingerprint() -> bytes:
    asked = (request.method.encode(), request.full_path.encode(), request.get_data())
    return fingerprint(b"\0".join(asked), pepper=settings().code_pepper)
