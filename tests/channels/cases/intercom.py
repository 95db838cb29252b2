"""Intercom's case: a notification with its conversation, as Intercom-OpenAPI 2.16 describes it."""

from hashlib import sha1

import orjson

from bridge.channels.calling import Answered, Request
from bridge.channels.coming_in import EventKind, Incoming
from bridge.channels.going_out import Purpose
from tests.channels.answers import answer
from tests.channels.care_cases import AT, TEXT, account, hex_hmac, message, posted
from tests.channels.case import Case, Signed

ACCOUNT = account("intercom", "https://api.intercom.io", admin_id="3156780", app_id="ws1")


def part(
    number: str = "701", *, who: str = "user", kind: str = "comment", body: str = "<p>still waiting</p>"
):  # type: ignore[no-untyped-def]
    """Something written in a conversation."""
    return {
        "type": "conversation_part",
        "id": number,
        "part_type": kind,
        "body": body,
        "author": {"type": who, "id": "64", "name": "Sam Shopper"},
        "created_at": int(AT.timestamp()),
    }


def conversation(*parts: dict[str, object], **more: object) -> dict[str, object]:
    """A conversation as webhooks and API show it."""
    told = {
        "type": "conversation",
        "id": "215000000000001",
        "state": "open",
        "created_at": int(AT.timestamp()),
        "source": {
            "type": "instagram",
            "body": "<p>heels snapped</p>",
            "author": {"type": "user", "id": "64", "name": "Sam Shopper"},
        },
        "tags": {"type": "tag.list", "tags": []},
        "conversation_parts": {"type": "conversation_part.list", "conversation_parts": list(parts)},
    }
    return told | more


def notification(
    name: str, item: dict[str, object], topic: str = "conversation.user.replied"
) -> dict[str, object]:
    """The envelope."""
    return {
        "type": "notification_event",
        "topic": topic,
        "id": name,
        "app_id": "ws1",
        "created_at": int(AT.timestamp()),
        "data": {"type": "notification_event_data", "item": item},
    }


def delivery(told: dict[str, object], *, secret: str = "tool-secret-of-16-signs") -> Incoming:
    """The event as a signed request."""
    body = orjson.dumps(told)
    return posted(body, x_hub_signature=f"sha1={hex_hmac(sha1, secret, body)}")


def side(request: Request) -> Answered:
    """Intercom, in good health: an answer to a write shows the new part."""
    if request.method == "POST":
        assert isinstance(request.json, dict)
        kind, body = request.json["message_type"], request.json["body"]
        return answer(200, conversation(part("800", who="admin", kind=kind, body=body)))
    return answer(200, conversation(part()))


CASE = Case(
    account=ACCOUNT,
    deliveries=[
        Signed(
            delivery(notification("notif_1", conversation(part()))),
            AT,
            (EventKind.PRIVATE_MESSAGE, EventKind.PRIVATE_MESSAGE, EventKind.CONVERSATION),
        ),
        Signed(
            delivery(notification("notif_2", conversation(part("702", who="admin")))),
            AT,
            (EventKind.PRIVATE_MESSAGE, EventKind.OUTCOME_ECHO, EventKind.CONVERSATION),
        ),
        Signed(
            delivery(notification("notif_3", conversation(part("703", who="admin", kind="note", body=TEXT)))),
            AT,
            (EventKind.PRIVATE_MESSAGE, EventKind.CONVERSATION),
        ),
        Signed(
            delivery(notification("notif_4", {"type": "ping", "message": "hello"}, topic="ping")),
            AT,
            (EventKind.OTHER,),
        ),
    ],
    signature_headers=("x-hub-signature",),
    secret_name="webhook_secret",
    messages=[message(Purpose.NOTE, "215000000000001"), message(Purpose.PRIVATE_MESSAGE, "215000000000001")],
    side=side,
    signed_out=answer(401, {"type": "error.list", "errors": [{"code": "unauthorized"}]}),
    too_much=(answer(429, {"type": "error.list"}, x_ratelimit_reset="25"), 25),
    final=answer(404, {"type": "error.list", "errors": [{"code": "not_found"}]}),
    wrong_bodies=(
        b'{"data": {"item": {"type": "conversation"}}}',
        b'{"type": "conversation", "id": 1, "source": 7, "tags": [], "conversation_parts": {"conversation_parts": [1]}}',
    ),
)
