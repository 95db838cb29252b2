"""Instagram's case: comments under both ways to sign in, messages, and the Graph in good health."""

from bridge.channels.calling import Answered, Request
from bridge.channels.coming_in import EventKind
from bridge.channels.going_out import Purpose
from tests.channels.answers import answer
from tests.channels.case import Case, Signed
from tests.channels.cases.meta import AT, SECONDS, TEXT, TOO_MUCH, account, error, message, signed, talk

OURS = "17840000000000001"
SHOPPER = "6100000000000001"
ACCOUNT = account("instagram", OURS)
COMMENT = {"id": "17900000000000001", "kind": "comment", "top": "17900000000000000"}


def comment(**changes: object) -> dict[str, object]:
    """One change of the field `comments`."""
    value = {
        "from": {"id": SHOPPER, "username": "upset_shopper"},
        "media": {"id": "18000000000000001", "media_product_type": "FEED"},
        "id": "17900000000000001",
        "parent_id": "17900000000000000",
        "text": "heels snapped",
    }
    return {"field": "comments", "value": value | changes}


def by_page(*changes: object) -> dict[str, object]:
    """A batch as it comes when the account is linked to a Page."""
    return {"object": "instagram", "entry": [{"id": OURS, "time": SECONDS, "changes": list(changes)}]}


def by_instagram(change: dict[str, object]) -> dict[str, object]:
    """The same with Business Login for Instagram: field and value stand in the entry."""
    return {"object": "instagram", "entry": [{"id": OURS, "time": SECONDS} | change]}


def messages(*talks: object) -> dict[str, object]:
    """A batch of messages."""
    return {"object": "instagram", "entry": [{"id": OURS, "time": SECONDS * 1000, "messaging": list(talks)}]}


def side(request: Request) -> Answered:
    """The Graph: takes everything, and has our words in the conversation."""
    if request.method == "GET" and "/conversations" in request.url:
        said = {
            "id": "aWdf-9",
            "message": TEXT,
            "from": {"id": OURS},
            "created_time": "2026-11-22T05:20:01+0000",
        }
        return answer(200, {"data": [{"id": "t1", "messages": {"data": [said]}}]})
    if request.method == "GET":
        return answer(200, {"data": []})
    if request.url.endswith("/messages"):
        return answer(200, {"recipient_id": SHOPPER, "message_id": "aWdf-9"})
    return answer(200, {"id": "17900000000000002"})


CASE = Case(
    account=ACCOUNT,
    deliveries=[
        Signed(signed(by_page(comment())), AT, (EventKind.PUBLIC_REPLY,)),
        Signed(signed(by_instagram(comment(id="17900000000000007"))), AT, (EventKind.PUBLIC_REPLY,)),
        Signed(signed(messages(talk(OURS, sender=SHOPPER, to=OURS))), AT, (EventKind.PRIVATE_MESSAGE,)),
        Signed(
            signed(by_instagram({"field": "mentions", "value": {"media_id": "1"}})), AT, (EventKind.OTHER,)
        ),
    ],
    signature_headers=("x-hub-signature-256",),
    secret_name="app_secret",
    messages=[
        message(Purpose.PUBLIC_REPLY, COMMENT, to_external_id=SHOPPER),
        message(Purpose.PRIVATE_REPLY, COMMENT, to_external_id=SHOPPER),
        message(Purpose.PRIVATE_MESSAGE, {"to": SHOPPER}),
    ],
    side=side,
    signed_out=error(190, 463),
    too_much=TOO_MUCH,
    final=error(200),
    wrong_bodies=(
        b'{"object":"instagram","entry":[{"field":7,"value":[]},{"changes":[{"field":"comments"}]}]}',
        b'{"object":"instagram","entry":[{"changes":[{"field":"comments","value":{"id":"1","from":7}}]}]}',
    ),
)
