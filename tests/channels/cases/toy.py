"""What the toy channel is told and asked: signed as its network signs, by its published word alone."""

import hmac
from datetime import UTC, datetime
from hashlib import sha256
from uuid import UUID

import orjson

from bridge.channels.accounts import Account
from bridge.channels.calling import Answered, Request
from bridge.channels.coming_in import EventKind, Incoming
from bridge.channels.going_out import Message, Purpose
from tests.channels.answers import answer
from tests.channels.case import Case, Signed

AT = datetime(2026, 11, 22, 5, 10, tzinfo=UTC)
ACCOUNT = Account(
    id=UUID("00000000-0000-7000-8000-000000000001"),
    channel="toy",
    base_url="https://toy.example",
    external_id="toy-1",
    handle="northlight",
    secrets={"access_token": ("toy-token",), "webhook_secret": ("toy-secret",)},
)


def event(kind: str = "mention", **changes: object) -> dict[str, object]:
    """One event as the network tells it."""
    said = {
        "kind": kind,
        "id": "p1",
        "at": AT.isoformat(),
        "author": {"id": "u7", "name": "upset_shopper"},
        "text": "@northlight my heels broke on day one",
    }
    return said | changes


def delivery(told: dict[str, object], *, secret: str = "toy-secret", at: datetime = AT) -> Incoming:
    """The event as a signed request."""
    body, stamp = orjson.dumps(told), str(int(at.timestamp()))
    signature = hmac.new(secret.encode(), f"{stamp}.".encode() + body, sha256).hexdigest()
    headers = {"toy-timestamp": stamp, "toy-signature": signature}
    return Incoming("POST", {"content-type": "application/json", **headers}, {}, body)


def side(request: Request) -> Answered:
    """The network, in good health."""
    if request.method == "GET":
        return answer(200, {"posts": [], "events": []})
    return answer(201, {"id": "p2"})


def news(request: Request) -> Answered:
    """The network, when there is something new."""
    if "/events" in request.url:
        permalink = "https://toy.example/p/p1"
        return answer(200, {"events": [event(permalink=permalink), event("direct", id="d1", parent="d0")]})
    return side(request)


def message(purpose: Purpose) -> Message:
    """One message of each kind that the network carries."""
    return Message(
        id=UUID("00000000-0000-7000-8000-00000000000a"),
        purpose=purpose,
        text="We have sent you a message.",
        thread_id="p1",
        reply_to="p1",
        reference={"id": "p1"},
        to_external_id="u7",
        to_handle="upset_shopper",
        since=AT,
    )


CASE = Case(
    account=ACCOUNT,
    deliveries=[
        Signed(delivery(event()), AT, (EventKind.PUBLIC_MENTION,)),
        Signed(
            delivery(event("direct", id="d1", thread="d0", parent="d0")), AT, (EventKind.PRIVATE_MESSAGE,)
        ),
        Signed(delivery(event("something_new", id="n1")), AT, (EventKind.OTHER,)),
    ],
    signature_headers=("toy-timestamp", "toy-signature"),
    secret_name="webhook_secret",
    is_timed=True,
    addresses=[("https://www.toy.example/p/p1?utm_source=app", "p1")],
    messages=[message(Purpose.PUBLIC_REPLY), message(Purpose.PRIVATE_MESSAGE)],
    side=side,
    news=news,
    signed_out=answer(401),
    too_much=(answer(429, retry_after="30"), 30),
    final=answer(403),
)
