"""Facebook's case: a Page, what is said on it and in Messenger, and the Graph in good health."""

from bridge.channels.calling import Answered, Request
from bridge.channels.coming_in import EventKind
from bridge.channels.going_out import Purpose
from tests.channels.answers import answer
from tests.channels.case import Case, Signed
from tests.channels.cases.meta import AT, SECONDS, TOO_MUCH, account, error, message, signed, talk

PAGE = "200000000000001"
ACCOUNT = account("facebook", PAGE)
COMMENT = {"id": "300_400", "kind": "comment"}


def comment(**changes: object) -> dict[str, object]:
    """One change of the field `feed`."""
    value = {
        "item": "comment",
        "verb": "add",
        "comment_id": "300_400",
        "post_id": f"{PAGE}_300",
        "parent_id": f"{PAGE}_300",
        "from": {"id": "7100000000000001", "name": "Sam Shopper"},
        "message": "Heels snapped on day one, £80 gone",
        "created_time": SECONDS - 5,
    }
    return {"field": "feed", "value": value | changes}


def page(*changes: object, messaging: tuple[object, ...] = (), at: int = SECONDS) -> dict[str, object]:
    """A batch about our Page."""
    entry: dict[str, object] = {"id": PAGE, "time": at}
    if changes:
        entry["changes"] = list(changes)
    if messaging:
        entry["messaging"] = list(messaging)
    return {"object": "page", "entry": [entry]}


def side(request: Request) -> Answered:
    """The Graph: takes everything, and remembers nothing."""
    if request.method == "GET":
        return answer(200, {"id": "300_400", "can_reply_privately": True, "data": []})
    if request.url.endswith("/messages"):
        return answer(200, {"recipient_id": "5100000000000001", "message_id": "m_AbC-9"})
    return answer(200, {"id": "300_401"})


CASE = Case(
    account=ACCOUNT,
    deliveries=[
        Signed(signed(page(comment())), AT, (EventKind.PUBLIC_REPLY,)),
        Signed(
            signed(page(messaging=(talk(PAGE, sender="5100000000000001", to=PAGE),))),
            AT,
            (EventKind.PRIVATE_MESSAGE,),
        ),
        Signed(
            signed(page(comment(verb="remove"), {"field": "ratings", "value": {}})),
            AT,
            (EventKind.DELETED, EventKind.OTHER),
        ),
        Signed(signed({"object": "whatsapp_business_account", "entry": [{}]}), AT, (EventKind.OTHER,)),
    ],
    signature_headers=("x-hub-signature-256",),
    secret_name="app_secret",
    messages=[
        message(Purpose.PUBLIC_REPLY, COMMENT),
        message(Purpose.PRIVATE_REPLY, COMMENT),
        message(Purpose.PRIVATE_MESSAGE, {"to": "5100000000000001"}),
    ],
    side=side,
    signed_out=error(190, 463),
    too_much=TOO_MUCH,
    final=error(200),
    wrong_bodies=(
        b'{"object":"page","entry":[7,null,"x",{"changes":{}},{"changes":[7]},{"messaging":[null]}]}',
        b'{"object":"page","entry":[{"id":[],"time":{},"changes":[{"field":"feed","value":{"from":[]}}]}]}',
        b'{"object":"page","entry":[{"time":1e300,"messaging":[{"message":{"mid":7,"attachments":{}}}]}]}',
    ),
)
