"""Who delivers, by Meta's rule: the handshake of a webhook and the signature of each delivery.

The handshake is `GET ?hub.mode=subscribe&hub.verify_token=…&hub.challenge=…`; the answer is the bare
challenge. A delivery carries `X-Hub-Signature-256: sha256=<hex>`, an HMAC-SHA256 with the app's
secret over the bytes as they came: Meta signs its own escaped form of the JSON. The older
`X-Hub-Signature` (SHA-1) comes beside it and is not looked at. There is no time in it, so a repeat is
known by its bytes alone. Source: developers.facebook.com/docs/graph-api/webhooks/getting-started.
"""

import hmac
import re
from hashlib import sha256
from typing import Final

from bridge.channels.abilities import Field
from bridge.channels.accounts import Account
from bridge.channels.coming_in import Incoming, NotAuthentic, Reply

FIELDS: Final = (
    Field(name="access_token", label="Access token", is_secret=True),
    Field(
        name="app_secret",
        label="App secret",
        is_secret=True,
        help="Of the app that owns the webhook; each delivery is signed with it.",
    ),
    Field(
        name="verify_token",
        label="Verify token",
        is_secret=True,
        help="A word of your own choice that you also type in at the webhook's settings.",
    ),
    Field(name="graph_version", label="Version of the Graph API", is_required=False, help="v25.0 if empty."),
)
_CHALLENGE: Final = re.compile(r"[A-Za-z0-9_.-]{1,200}", re.ASCII)


def challenge(account: Account, incoming: Incoming) -> Reply | None:
    """Answer the handshake; None when it is none, or its token is not ours."""
    given, word = incoming.args.get("hub.verify_token", ""), incoming.args.get("hub.challenge", "")
    if incoming.args.get("hub.mode") != "subscribe" or not _CHALLENGE.fullmatch(word):
        return None
    ours = account.secrets.get("verify_token", ())
    return Reply(200, word) if any(_same(token, given) for token in ours) else None


def verify(account: Account, incoming: Incoming) -> str:
    """Check the signature. Returns the delivery's name, made from its bytes. Raises NotAuthentic."""
    given = incoming.headers.get("x-hub-signature-256", "")
    if not given:
        raise NotAuthentic("header_missing")
    if not any(
        _same(signature(secret, incoming.body), given) for secret in account.secrets.get("app_secret", ())
    ):
        raise NotAuthentic("bad_signature")
    return sha256(incoming.body).hexdigest()


def signature(secret: str, body: bytes) -> str:
    """The header's value for these bytes."""
    return f"sha256={hmac.new(secret.encode(), body, sha256).hexdigest()}"


def _same(ours: str, given: str) -> bool:
    return hmac.compare_digest(ours.encode(), given.encode("utf-8", "surrogatepass"))
