"""Zendesk's case. Payloads have the shape of developer.zendesk.com, "Webhook event types"."""

import hmac
from base64 import b64encode
from datetime import datetime
from hashlib import sha256

import orjson

from bridge.channels.calling import Answered, Request
from bridge.channels.coming_in import EventKind, Incoming
from bridge.channels.going_out import Purpose
from tests.channels.answers import answer
from tests.channels.care_cases import AT, account, message, posted
from tests.channels.case import Case, Signed

ACCOUNT = account("zendesk", "https://example.zendesk.com", email="bridge@northlight.example")


def detail(**more: object) -> dict[str, object]:
    """A ticket as an event shows it."""
    told = {
        "id": "4711",
        "subject": "Snapped heels",
        "description": "heels snapped on day one",
        "status": "OPEN",
        "requester_id": "9001",
        "tags": [],
        "via": {"channel": "email"},
        "is_public": True,
        "created_at": AT.isoformat(),
    }
    return told | more


def comment(number: str = "555", *, staff: bool = False, public: bool = True) -> dict[str, object]:
    """A comment as an event shows it."""
    return {
        "id": number,
        "body": "Still waiting for an answer",
        "is_public": public,
        "author": {"id": "8001" if staff else "9001", "name": "Sam Shopper", "is_staff": staff},
    }


def event(kind: str = "comment_added", *, said: object = None, **more: object) -> dict[str, object]:
    """One event."""
    return {
        "type": f"zen:event-type:ticket.{kind}",
        "account_id": 1234567,
        "id": "01JD2222",
        "time": AT.isoformat(),
        "zendesk_event_version": "2022-11-06",
        "subject": "zen:ticket:4711",
        "detail": detail(**more),
        "event": {"comment": said} if said else {},
    }


def delivery(
    told: dict[str, object], *, secret: str = "tool-secret-of-16-signs", at: datetime = AT
) -> Incoming:
    """The event as a signed request."""
    body, stamp = orjson.dumps(told), at.strftime("%Y-%m-%dT%H:%M:%SZ")
    digest = hmac.new(secret.encode(), stamp.encode() + body, sha256).digest()
    return posted(
        body,
        x_zendesk_webhook_signature=b64encode(digest).decode(),
        x_zendesk_webhook_signature_timestamp=stamp,
        x_zendesk_webhook_invocation_id=f"01JD{sha256(body).hexdigest()[:12]}",
    )


def side(request: Request) -> Answered:
    """Zendesk, in good health: 4711 came by e-mail, 4712 from X."""
    if request.method == "PUT":
        audit = {"id": 35, "events": [{"id": 36, "type": "Change"}, {"id": 37, "type": "Comment"}]}
        return answer(200, {"ticket": {"id": 4711}, "audit": audit})
    if "/comments.json" in request.url:
        return answer(200, {"comments": [], "users": [], "next_page": None})
    via = "email" if "4711" in request.url else "twitter"
    return answer(200, {"ticket": {"id": 4711, "via": {"channel": via}}})


CASE = Case(
    account=ACCOUNT,
    deliveries=[
        Signed(
            delivery(event(said=comment())),
            AT,
            (EventKind.PRIVATE_MESSAGE, EventKind.PRIVATE_MESSAGE, EventKind.CONVERSATION),
        ),
        Signed(
            delivery(event(said=comment("556", staff=True), via={"channel": "twitter"})),
            AT,
            (EventKind.PUBLIC_MENTION, EventKind.OUTCOME_ECHO, EventKind.CONVERSATION),
        ),
        Signed(
            delivery(event(said=comment("557", staff=True, public=False))),
            AT,
            (EventKind.PRIVATE_MESSAGE, EventKind.CONVERSATION),
        ),
        Signed(delivery(event("tags_changed", is_public=False)), AT, (EventKind.CONVERSATION,)),
        Signed(
            delivery({"ticket_id": "4711", "latest_comment": "heels snapped", "requester": "Sam Shopper"}),
            AT,
            (EventKind.PUBLIC_MENTION, EventKind.CONVERSATION),
        ),
        Signed(delivery({"type": "zen:event-type:user.created", "id": "n1"}), AT, (EventKind.OTHER,)),
    ],
    signature_headers=("x-zendesk-webhook-signature", "x-zendesk-webhook-signature-timestamp"),
    secret_name="webhook_secret",
    is_timed=True,
    messages=[
        message(Purpose.NOTE, "4711"),
        message(Purpose.PUBLIC_REPLY, "4712"),
        message(Purpose.PRIVATE_MESSAGE, "4711"),
    ],
    side=side,
    has_effect=lambda request: request.method == "PUT",
    signed_out=answer(401, {"error": "Couldn't authenticate you"}),
    too_much=(answer(429, {"error": "APIRateLimitExceeded"}, retry_after="93"), 93),
    final=answer(422, {"error": "RecordInvalid", "description": "Record validation errors"}),
    wrong_bodies=(
        b'{"type": "zen:event-type:ticket.comment_added"}',
        b'{"type": "zen:event-type:ticket.created", "detail": {"id": "1", "tags": "a", "via": 7}}',
        b'{"ticket_id": 7, "latest_comment": {}, "requester": []}',
        b'{"type": "fetched", "ticket": {"id": 1}, "comments": [7], "users": {}}',
    ),
)
