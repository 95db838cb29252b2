"""django-helpdesk's case. Payloads have the shape that version 2.6 sent when it was run."""

from base64 import b64encode

import orjson

from bridge.channels.calling import Answered, Request
from bridge.channels.coming_in import EventKind, Incoming
from bridge.channels.going_out import Purpose
from tests.channels.answers import answer
from tests.channels.care_cases import AT, account, message, posted
from tests.channels.case import Case, Signed

ACCOUNT = account("django_helpdesk", "https://help.example/desk", user_id="1")


def followup(number: int, **more: object) -> dict[str, object]:
    """Something written in a ticket."""
    told = {
        "id": number,
        "ticket": 1,
        "user": None,
        "title": "Comment",
        "comment": "Any news?",
        "public": True,
        "date": AT.isoformat(),
        "message_id": None,
    }
    return told | more


def ticket(number: int = 1, *followups: dict[str, object], **more: object) -> dict[str, object]:
    """A ticket as webhooks and API show it."""
    told = {
        "id": number,
        "queue": 1,
        "title": "Snapped heels",
        "description": "They broke on day one.",
        "submitter_email": "sam@shopper.example",
        "status": 1,
        "priority": 2,
        "merged_to": None,
        "followup_set": list(followups),
    }
    return told | more


def delivery(told: dict[str, object], *, secret: str = "tool-secret-of-16-signs") -> Incoming:
    """The event as it comes: the address's name and password as a header."""
    login = b64encode(f"bridge:{secret}".encode()).decode()
    return posted(orjson.dumps(told), authorization=f"Basic {login}")


def side(request: Request) -> Answered:
    """The help desk, in good health."""
    if request.method == "POST":
        return answer(201, followup(12, comment="", public=False))
    if "?" in request.url:
        return answer(200, {"count": 1, "next": None, "previous": None, "results": [ticket()]})
    return answer(200, ticket())


def news(request: Request) -> Answered:
    """The help desk, when a ticket is open that no webhook told of."""
    if "?" in request.url:
        told = ticket(1, followup(1), followup(2, user=4))
        return answer(200, {"count": 1, "next": None, "previous": None, "results": [told]})
    return side(request)


OPENING = followup(1, title="Ticket Opened", comment="They broke on day one.")

CASE = Case(
    account=ACCOUNT,
    deliveries=[
        Signed(
            delivery({"ticket": ticket(1, OPENING), "queue_slug": "social"}),
            AT,
            (EventKind.PRIVATE_MESSAGE, EventKind.CONVERSATION),
        ),
        Signed(
            delivery(
                {
                    "ticket": ticket(
                        1, OPENING, followup(2), followup(3, user=4), followup(4, user=4, public=False)
                    ),
                    "queue_slug": "social",
                    "followup_id": 4,
                }
            ),
            AT,
            (
                EventKind.PRIVATE_MESSAGE,
                EventKind.PRIVATE_MESSAGE,
                EventKind.OUTCOME_ECHO,
                EventKind.CONVERSATION,
            ),
        ),
    ],
    signature_headers=("authorization",),
    secret_name="webhook_secret",
    covers_body=False,
    messages=[message(Purpose.NOTE, "1"), message(Purpose.PRIVATE_MESSAGE, "1")],
    side=side,
    news=news,
    signed_out=answer(401, {"detail": "Invalid token."}),
    too_much=(
        answer(429, {"detail": "Request was throttled."}, retry_after="30"),
        30,
    ),
    final=answer(403, {"detail": "You do not have permission to perform this action."}),
    wrong_bodies=(
        b'{"ticket": {"id": 1, "status": true, "followup_set": [7, {"id": 2}]}}',
        b'{"ticket": {"id": 1, "title": 4, "submitter_email": []}}',
    ),
)
