"""Chatwoot's case. Payloads have the shape of its "How to use webhooks" page."""

from datetime import datetime
from hashlib import sha256

import orjson

from bridge.channels.calling import Answered, Request
from bridge.channels.coming_in import EventKind, Incoming
from bridge.channels.going_out import Purpose
from tests.channels.answers import answer
from tests.channels.care_cases import AT, account, hex_hmac, message, posted
from tests.channels.case import Case, Signed

ACCOUNT = account("chatwoot", "https://chat.example", account_id="1")


def conversation(
    number: int = 812, *, channel: str = "Channel::TwitterProfile", **more: object
) -> dict[str, object]:
    """A conversation as webhooks and API show it."""
    told = {
        "id": number,
        "status": "open",
        "channel": channel,
        "can_reply": True,
        "labels": [],
        "additional_attributes": {},
        "contact_inbox": {"id": 31, "contact_id": 77, "source_id": "1790000000000000002"},
        "meta": {"sender": {"id": 77, "name": "Sam Shopper"}},
    }
    return told | more


def created(number: int = 9001, **more: object) -> dict[str, object]:
    """A customer's message in it."""
    told = {
        "event": "message_created",
        "id": number,
        "content": "heels from your Leeds shop snapped on day one",
        "created_at": AT.isoformat(),
        "message_type": "incoming",
        "private": False,
        "source_id": "2091000000000000010",
        "sender": {"id": 77, "name": "Sam Shopper", "type": "contact"},
        "account": {"id": 1, "name": "Example Store"},
        "conversation": conversation(),
    }
    return told | more


def delivery(
    told: dict[str, object], *, secret: str = "tool-secret-of-16-signs", at: datetime = AT
) -> Incoming:
    """The event as a signed request."""
    body, stamp = orjson.dumps(told), str(int(at.timestamp()))
    signature = hex_hmac(sha256, secret, stamp.encode() + b"." + body)
    return posted(
        body,
        x_chatwoot_timestamp=stamp,
        x_chatwoot_signature=f"sha256={signature}",
        x_chatwoot_delivery=f"delivery-{sha256(body).hexdigest()[:12]}",
    )


def side(request: Request) -> Answered:
    """Chatwoot, in good health: 812 is a thread of X, 900 a chat on the web page."""
    path = request.url.partition("?")[0]
    if request.method == "POST":
        return answer(200, {"id": 9100, "content": "", "private": True})
    if path.endswith("/messages"):
        return answer(200, {"meta": {}, "payload": []})
    if path.endswith("/900"):
        return answer(200, conversation(900, channel="Channel::WebWidget"))
    return answer(200, conversation())


CASE = Case(
    account=ACCOUNT,
    deliveries=[
        Signed(delivery(created()), AT, (EventKind.PUBLIC_MENTION, EventKind.CONVERSATION)),
        Signed(
            delivery(created(9002, conversation=conversation(900, channel="Channel::WebWidget"))),
            AT,
            (EventKind.PRIVATE_MESSAGE, EventKind.CONVERSATION),
        ),
        Signed(
            delivery(created(9003, message_type="outgoing")),
            AT,
            (EventKind.OUTCOME_ECHO, EventKind.CONVERSATION),
        ),
        Signed(delivery(created(9004, message_type="outgoing", private=True)), AT, (EventKind.CONVERSATION,)),
        Signed(delivery({"event": "conversation_updated", **conversation()}), AT, (EventKind.CONVERSATION,)),
        Signed(delivery({"event": "webwidget_triggered", "id": 4}), AT, (EventKind.OTHER,)),
    ],
    signature_headers=("x-chatwoot-timestamp", "x-chatwoot-signature"),
    secret_name="webhook_secret",
    is_timed=True,
    messages=[
        message(Purpose.NOTE, "812"),
        message(Purpose.PUBLIC_REPLY, "812"),
        message(Purpose.PRIVATE_MESSAGE, "900"),
    ],
    side=side,
    signed_out=answer(401, {"errors": ["You need to sign in or sign up before continuing."]}),
    too_much=(answer(429, b"Retry later\n", retry_after="60"), 60),
    final=answer(403, {"error": "You are not authorized to do this action"}),
    wrong_bodies=(
        b'{"event": "message_created"}',
        b'{"event": "message_created", "conversation": {"id": 1}, "id": 2, "message_type": []}',
        b'{"event": "message_created", "conversation": {"id": true}}',
        b'{"event": "conversation_updated", "id": 1, "labels": [7], "status": 5, "channel": 4}',
        b'{"event": "fetched", "conversation": {"id": 1}, "messages": 7}',
    ),
)
