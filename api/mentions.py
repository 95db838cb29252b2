"""The door for listening tools: mentions of us, signed as Standard Webhooks 1.0.0 says.

The address names the account; the signature over the bytes as they came is the only credential. It is
checked before anybody parses them. Each mention is written down as a delivery of its own and read by the
worker, so that one which fails stops no other.
"""

import time
from typing import Any
from uuid import UUID

from flask import Response, request
from werkzeug.exceptions import RequestEntityTooLarge

from api import strict_json
from api.auth import public
from api.blueprints import ApiBlueprint, contract, reads_raw_body
from api.errors import problem
from api.hooks import WAIT_SECONDS, incoming
from bridge import db
from bridge.channels.coming_in import RAW_MAX_BYTES, NotAuthentic, NotReadable
from bridge.channels.listening.reading import mentions
from bridge.clock import utc_now
from bridge.errors import InvalidInput, MalformedRequest
from bridge.mentions import BATCH_MAX
from bridge.services import listening, receiving
from bridge.settings import settings
from schemas.mentions import MentionsAnswer

blueprint = ApiBlueprint("mentions", __name__, description="Listening tools tell what they heard.")

CHANNEL = "listening"
# Of the time that `api/hooks.py` gives for all: so much to find out who it is, and at least this to write.
WHO_SECONDS = 0.3
WRITE_SECONDS = 0.1
_UNREADABLE = {
    "not_an_object": "Send one mention as an object, or several as mentions.",
    "not_a_batch": "mentions is a list, and stands alone.",
    "no_mention": "At least one mention.",
    "too_many": f"At most {BATCH_MAX} mentions at once.",
}
_HEADERS = [
    {
        "in": "header",
        "name": name,
        "required": True,
        "description": says,
        "schema": {"type": "string", "minLength": 1},
    }
    for name, says in (
        ("webhook-id", "Your name for this request, the same in every try; a repeat changes nothing."),
        ("webhook-timestamp", "Seconds since 1970, of this try; at most five minutes from our clock."),
    )
]
_BODY = {
    "required": True,
    "content": {
        "application/json": {
            "schema": {
                "oneOf": [{"$ref": "#/components/schemas/Mention"}, {"$ref": "#/components/schemas/Mentions"}]
            }
        }
    },
}


@blueprint.route("/intake/mentions/<uuid:account_id>", methods=["POST"])
@blueprint.response(202, MentionsAnswer)
@blueprint.doc(parameters=_HEADERS, requestBody=_BODY)
@contract(fails=(400, 401, 404, 413, 415, 422), security="webhookSignature")
@public
@reads_raw_body
def take(account_id: UUID) -> Any:
    """Hand in one mention, or up to a hundred.

    Answers within a second, with what became of each; 422 when none of them could be kept, and 503 when
    nothing could be written down: send it again with the same webhook-id. The account's secret signs it;
    while a secret is replaced, both count. 401 `not_authentic` is a signature that is missing or wrong, or
    a time that differs from ours by more than five minutes; the account's page says which. At most 1 MiB.
    """
    request.max_content_length = RAW_MAX_BYTES
    try:
        body = request.get_data()
    except RequestEntityTooLarge:
        return problem(413, "too_large", f"a request has at most {RAW_MAX_BYTES} bytes")
    config, now, given, began = settings(), utc_now(), incoming(body), time.monotonic()
    try:
        with db.hurried(WHO_SECONDS) as connection:
            name = receiving.check(connection, CHANNEL, account_id, given, config=config, now=now)
        value = strict_json.loads(body)
        if not isinstance(value, dict):
            raise MalformedRequest("send a JSON object")
        told = mentions(value)
        names = [f"{name}#{number}" for number in range(len(told))]
        checked = listening.check(told, names=names, config=config, now=now)
        left = max(WAIT_SECONDS - (time.monotonic() - began), WRITE_SECONDS)
        with db.hurried(left) as connection:
            heard = listening.keep(connection, account_id, checked, how="intake", config=config, now=now)
    except NotAuthentic:
        return problem(401, "not_authentic", "the request is not signed as this account's")
    except NotReadable as error:
        raise InvalidInput(
            "The mentions cannot be read.", fields={"mentions": [_UNREADABLE[error.reason]]}
        ) from error
    if "mentions" not in value and not heard[0].is_kept:
        raise InvalidInput("The mention cannot be kept.", fields=heard[0].errors)
    return _answer(heard)


def _answer(heard: list[listening.Heard]) -> Response | tuple[dict[str, Any], int]:
    kept = sum(one.is_kept for one in heard)
    if not kept:
        wrong = {number: one.errors for number, one in enumerate(heard)}
        raise InvalidInput("No mention could be kept.", fields={"mentions": wrong})
    told = [
        {"index": number, "result": "kept"}
        if one.is_kept
        else {"index": number, "result": "refused", "errors": one.errors}
        for number, one in enumerate(heard)
    ]
    return {"kept": kept, "refused": len(heard) - kept, "mentions": told}, 202
