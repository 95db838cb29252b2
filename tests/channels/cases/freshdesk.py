"""Freshdesk's case: an automation rule whose body is the one in docs/channels/freshdesk.md."""

import orjson

from bridge.channels.calling import Answered, Request
from bridge.channels.coming_in import EventKind, Incoming
from bridge.channels.going_out import Purpose
from tests.channels.answers import answer
from tests.channels.care_cases import AT, account, message, posted
from tests.channels.case import Case, Signed

ACCOUNT = account("freshdesk", "https://example.freshdesk.com")


def rule(**more: object) -> dict[str, object]:
    """What the rule sends."""
    told = {
        "ticket_id": 9912,
        "ticket_source": "Email",
        "ticket_status": "Open",
        "ticket_tags": "",
        "ticket_contact_name": "Sam Shopper",
        "ticket_requester_id": 64,
        "ticket_latest_public_comment": "<div>heels snapped</div>",
    }
    return {"freshdesk_webhook": told | more}


def delivery(told: dict[str, object], *, secret: str = "tool-secret-of-16-signs") -> Incoming:
    """It comes with the secret in a header of its own."""
    return posted(orjson.dumps(told), x_bridge_token=secret)


def side(request: Request) -> Answered:
    """Freshdesk, in good health."""
    if request.method == "POST":
        return answer(201, {"id": 771, "body_text": "", "private": True})
    if "/conversations" in request.url:
        return answer(200, [])
    return answer(200, {"id": 9912, "source": 1, "status": 2, "requester_id": 64})


CASE = Case(
    account=ACCOUNT,
    deliveries=[
        Signed(delivery(rule()), AT, (EventKind.PRIVATE_MESSAGE, EventKind.CONVERSATION)),
        Signed(
            delivery(rule(ticket_source="Twitter")), AT, (EventKind.PUBLIC_MENTION, EventKind.CONVERSATION)
        ),
        Signed(delivery(rule(ticket_latest_public_comment="")), AT, (EventKind.CONVERSATION,)),
        Signed(delivery({"something": "new"}), AT, (EventKind.OTHER,)),
    ],
    signature_headers=("x-bridge-token",),
    secret_name="webhook_secret",
    covers_body=False,
    messages=[message(Purpose.NOTE, "9912"), message(Purpose.PRIVATE_MESSAGE, "9912")],
    side=side,
    signed_out=answer(401, {"code": "invalid_credentials"}),
    too_much=(answer(429, {"message": "You have exceeded the limit"}, retry_after="41"), 41),
    final=answer(403, {"code": "access_denied"}),
    wrong_bodies=(
        b'{"freshdesk_webhook": {}}',
        b'{"freshdesk_webhook": {"ticket_id": 1, "ticket_source": [], "ticket_tags": 4}}',
        b'{"ticket": {"id": 1, "source": {}, "requester": 4}, "conversations": 7}',
    ),
)
