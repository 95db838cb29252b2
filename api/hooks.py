"""Where networks and care tools deliver what happened: `/hooks/<channel>/<account>`.

Outside `/api`, because its shapes and signatures are the senders', not ours. The bytes are checked as they
came, written down, and answered; a worker reads them. 401 says that it is not signed as the
account's, be it the signature or its time, and nothing else is ever answered so; a signed delivery of a
kind that we do not know is 200 like any other.
"""

from uuid import UUID

from flask import Blueprint, Response, jsonify, request
from werkzeug.exceptions import RequestEntityTooLarge

from api.auth import public
from api.errors import problem
from bridge import db
from bridge.channels.coming_in import RAW_MAX_BYTES, Incoming, NotAuthentic
from bridge.clock import utc_now
from bridge.services import receiving
from bridge.settings import settings

blueprint = Blueprint("hooks", __name__, url_prefix="/hooks")

# In all, for a connection and for its answers. The fastest sender gives up after three seconds; one that gets
# 503 within one second comes again.
WAIT_SECONDS = 0.6


@blueprint.get("/<channel>/<uuid:account_id>")
@public
def handshake(channel: str, account_id: UUID) -> Response:
    """Answer a sender's check that this address is ours; 403 when its secret is not."""
    with db.hurried(WAIT_SECONDS) as connection:
        reply = receiving.shake_hands(
            connection, channel, account_id, incoming(b""), config=settings(), now=utc_now()
        )
    if reply is None:
        return problem(403, "not_authentic", "this is no handshake of that channel")
    return Response(reply.body, reply.status_code, content_type=f"{reply.content_type}; charset=utf-8")


@blueprint.post("/<channel>/<uuid:account_id>")
@public
def deliver(channel: str, account_id: UUID) -> Response:
    """Take a delivery in. The second one of the same name is answered like the first."""
    request.max_content_length = RAW_MAX_BYTES
    try:
        body = request.get_data(cache=False)
    except RequestEntityTooLarge:
        return problem(413, "too_large", f"a delivery has at most {RAW_MAX_BYTES} bytes")
    try:
        with db.hurried(WAIT_SECONDS) as connection:
            receiving.receive(
                connection, channel, account_id, incoming(body), config=settings(), now=utc_now()
            )
    except NotAuthentic:
        return problem(401, "not_authentic", "the delivery is not signed as this account's")
    return jsonify(received=True)


def incoming(body: bytes) -> Incoming:
    """The request as a channel sees it."""
    return Incoming(
        method=request.method,
        headers={name.lower(): value for name, value in request.headers.items()},
        args=request.args.to_dict(),
        body=body,
    )
