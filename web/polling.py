"""What a page asks by itself (`js/poll.js`): a few words about its state; 304 while nothing changed."""

from hashlib import sha256

import orjson
from flask import Response, request

from web.error_pages import FRAGMENT

ANSWER_MAX_BYTES = 2048


def news(state: dict[str, object]) -> Response:
    """The state as JSON, with its tag; empty when the page knows it already."""
    body = orjson.dumps(state, option=orjson.OPT_SORT_KEYS)
    answer = Response(body, content_type="application/json")
    answer.set_etag(tag_of(state))
    answer.headers[FRAGMENT] = "news"
    answer.make_conditional(request)
    return answer


def tag_of(state: dict[str, object]) -> str:
    """The tag that a page carries so that its first question already costs nothing."""
    return sha256(orjson.dumps(state, option=orjson.OPT_SORT_KEYS)).hexdigest()[:20]
