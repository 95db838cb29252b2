"""The listening tools' case: one mention, a batch, and what stands wrong in them."""

from datetime import UTC, datetime
from uuid import UUID

import orjson

from bridge.channels import signing
from bridge.channels.accounts import Account
from bridge.channels.coming_in import EventKind, Incoming
from tests.channels.case import Case, Signed

AT = datetime(2026, 11, 22, 5, 10, tzinfo=UTC)
SECRET = "whsec_bm9ydGhsaWdodC1saXN0ZW5pbmctdGVzdC1rZXk="
OLDER = "whsec_dGhlLXNlY3JldC1iZWZvcmUtaXQtd2FzLXJvdGF0ZWQ="
ACCOUNT = Account(
    id=UUID("00000000-0000-7000-8000-000000000001"),
    channel="listening",
    base_url="",
    secrets={"signing_secret": (SECRET,)},
)


def mention(**changes: object) -> dict[str, object]:
    """One mention as a tool tells it."""
    said: dict[str, object] = {
        "network": "x",
        "permalink": "https://x.com/upset_shopper/status/1993000000000000001",
        "author": {"handle": "upset_shopper", "id": "77"},
        "text": "Northlight sold me boots, the sole came off on day one",
        "language": "en",
        "posted_at": AT.isoformat(),
        "kind": "untagged",
        "matched_on": "Boots",
    }
    return said | changes


def signed(
    body: bytes, *, name: str = "msg_1", at: datetime = AT, secrets: tuple[str, ...] = (SECRET,)
) -> dict[str, str]:
    """The three headers of a request."""
    return signing.sign(secrets, message_id=name, timestamp=int(at.timestamp()), body=body)


def delivery(told: object, *, name: str) -> Incoming:
    """What is told, as a signed request."""
    body = orjson.dumps(told)
    headers = {"content-type": "application/json", **signed(body, name=name)}
    return Incoming("POST", headers, {}, body)


def batch(*told: dict[str, object]) -> dict[str, object]:
    return {"mentions": list(told)}


CASE = Case(
    account=ACCOUNT,
    deliveries=[
        Signed(delivery(mention(), name="msg_1"), AT, (EventKind.PUBLIC_UNMENTIONED,)),
        Signed(
            delivery(
                batch(mention(kind="mention"), mention(kind="reply", permalink="https://x.com/a/status/2")),
                name="msg_2",
            ),
            AT,
            (EventKind.PUBLIC_MENTION, EventKind.PUBLIC_REPLY),
        ),
        Signed(
            delivery(mention(kind="private", permalink="", id="d-1", network="chat"), name="msg_3"),
            AT,
            (EventKind.PRIVATE_MESSAGE,),
        ),
    ],
    signature_headers=("webhook-id", "webhook-timestamp", "webhook-signature"),
    secret_name="signing_secret",
    is_timed=True,
    wrong_bodies=[orjson.dumps(batch()), orjson.dumps({"mentions": 7}), orjson.dumps(mention(text=7))],
)
