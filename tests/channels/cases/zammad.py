"""Zammad's case. Payloads have the shape of zammad-admin-documentation, "webhook payload"."""

from hashlib import sha1, sha256

import orjson

from bridge.channels.calling import Answered, Request
from bridge.channels.coming_in import EventKind, Incoming
from bridge.channels.going_out import Purpose
from tests.channels.answers import answer
from tests.channels.care_cases import AT, account, hex_hmac, message, posted
from tests.channels.case import Case, Signed

ACCOUNT = account("zammad", "https://zammad.example")


def article(number: int = 104, **more: object) -> dict[str, object]:
    """One article as a webhook and the expanded API show it."""
    told = {
        "id": number,
        "ticket_id": 81,
        "sender": "Customer",
        "type": "email",
        "internal": False,
        "from": "Sam Shopper <sam@shopper.example>",
        "to": "care@northlight.example",
        "subject": "Snapped heels",
        "body": "<p>They broke &amp; it was day one</p>",
        "content_type": "text/html",
        "message_id": "<a1@shopper.example>",
        "created_at": AT.isoformat(),
        "created_by": {"id": 3, "firstname": "Sam", "lastname": "Shopper"},
    }
    return told | more


TWEET = article(105, type="twitter status", message_id="2091000000000000010", content_type="text/plain")


def ticket(**more: object) -> dict[str, object]:
    """The ticket beside it."""
    told = {"id": 81, "number": "10081", "title": "Snapped heels", "state": "open", "customer_id": 3}
    return told | more


def delivery(
    told: dict[str, object], *, secret: str = "tool-secret-of-16-signs", how: str = "sha1"
) -> Incoming:
    """The event as a signed request."""
    body = orjson.dumps(told)
    made = hex_hmac({"sha1": sha1, "sha256": sha256}[how], secret, body)
    return posted(
        body,
        x_hub_signature=f"{how}={made}",
        x_zammad_delivery=f"delivery-{sha256(body).hexdigest()[:12]}",
        x_zammad_trigger="Tell the bridge",
    )


def side(request: Request) -> Answered:
    """Zammad, in good health: 81 is an e-mail, 82 a post on X."""
    if request.method == "POST":
        return answer(201, {"id": 300, "ticket_id": 81, "internal": True})
    if "/by_ticket/82" in request.url:
        return answer(200, [TWEET])
    if "/by_ticket/" in request.url:
        return answer(200, [article()])
    return answer(200, ticket())


CASE = Case(
    account=ACCOUNT,
    deliveries=[
        Signed(
            delivery({"ticket": ticket(), "article": article()}),
            AT,
            (EventKind.PRIVATE_MESSAGE, EventKind.CONVERSATION),
        ),
        Signed(
            delivery({"ticket": ticket(), "article": TWEET}, how="sha256"),
            AT,
            (EventKind.PUBLIC_MENTION, EventKind.CONVERSATION),
        ),
        Signed(
            delivery({"ticket": ticket(), "article": article(106, sender="Agent")}),
            AT,
            (EventKind.OUTCOME_ECHO, EventKind.CONVERSATION),
        ),
        Signed(
            delivery({"ticket": ticket(), "article": article(107, sender="Agent", internal=True)}),
            AT,
            (EventKind.CONVERSATION,),
        ),
        Signed(delivery({"ticket": ticket(tags=["store_problem"])}), AT, (EventKind.CONVERSATION,)),
        Signed(delivery({"something": "new"}), AT, (EventKind.OTHER,)),
    ],
    signature_headers=("x-hub-signature",),
    secret_name="webhook_secret",
    messages=[
        message(Purpose.NOTE, "81"),
        message(Purpose.PUBLIC_REPLY, "82"),
        message(Purpose.PRIVATE_MESSAGE, "81"),
    ],
    side=side,
    signed_out=answer(401, {"error": "Invalid token", "error_human": "Invalid token"}),
    too_much=(answer(429, {"error": "Too many requests"}, retry_after="20"), 20),
    final=answer(422, {"error": "Not allowed"}),
    wrong_bodies=(
        b'{"ticket": {"id": null}}',
        b'{"ticket": {"id": 1, "tags": 5, "state": {"name": 4}, "customer": 7}, "article": {"id": 2}}',
        b'{"ticket": {"id": 1}, "article": {"id": 2, "internal": false, "sender": 9, "body": []}}',
    ),
)
