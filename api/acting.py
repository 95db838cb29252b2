"""How routes of the middle of a life call their act: one transaction, one key, one shape of answer."""

from collections.abc import Callable
from typing import Any

from flask import Response, g

from api.auth import actor
from api.blueprints import etag_of
from api.idempotency import answer, once
from bridge import db
from bridge.clock import utc_now
from bridge.idempotency import Replayed
from bridge.services.acting import Acted
from schemas.life import ActedAnswer


def acted(service: Callable[..., Acted | Replayed], *which: Any, **asked: Any) -> Response:
    """Carry out an act of the caller's and answer 201 with the case as it is then."""
    kept = once(ActedAnswer, 201)
    with db.act() as act:
        result = service(act, actor(), *which, **asked, once=kept, now=utc_now(), request_id=g.request_id)
    headers = {} if isinstance(result, Replayed) else {"ETag": etag_of(result.version)}
    return answer(kept, result, headers=headers)
