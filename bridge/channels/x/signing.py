"""X's signatures: base64 of HMAC-SHA256 with the app's consumer secret, over the raw body or the CRC token.

There is no time in it, so a replay is known by its name alone. A secret that is being replaced counts
beside the new one. Source: docs.x.com/x-api/webhooks.
"""

import base64
import hmac
from hashlib import sha256
from typing import Any, Final

import orjson

from bridge.channels.accounts import Account
from bridge.channels.coming_in import Incoming, NotAuthentic, Reply

HEADER: Final = "x-twitter-webhooks-signature"
SIGNED_WITH: Final = "consumer_secret"
CRC_MAX: Final = 500
_SCHEME: Final = "sha256="


def signature(secret: str, signed: bytes) -> str:
    """What X writes for these bytes."""
    return _SCHEME + base64.b64encode(hmac.digest(secret.encode(), signed, sha256)).decode()


def challenge(account: Account, incoming: Incoming) -> Reply | None:
    """Prove that we know the secret: the newest one, for X asks with the one that it has now."""
    token, secret = incoming.args.get("crc_token", ""), account.secret(SIGNED_WITH)
    if not secret or not 0 < len(token) <= CRC_MAX:
        return None
    body = orjson.dumps({"response_token": signature(secret, token.encode("utf-8", "surrogatepass"))})
    return Reply(200, body.decode(), "application/json")


def verify(account: Account, incoming: Incoming) -> str:
    """Check the signature, in constant time, and name the delivery. Raises NotAuthentic."""
    given = incoming.headers.get(HEADER, "").encode("utf-8", "surrogatepass")
    if not given:
        raise NotAuthentic("no_signature")
    secrets = account.secrets.get(SIGNED_WITH, ())
    matches = [
        hmac.compare_digest(given, signature(secret, incoming.body).encode()) for secret in secrets if secret
    ]
    if not any(matches):
        raise NotAuthentic("bad_signature")
    return name_of(incoming.body)


def name_of(body: bytes) -> str:
    """X's own name for the event, which may be negative; else the hash of what came."""
    try:
        given = orjson.loads(body)
    except orjson.JSONDecodeError:
        given = None
    data: Any = given.get("data") if isinstance(given, dict) else None
    uuid = data.get("event_uuid") if isinstance(data, dict) else None
    if isinstance(uuid, str | int) and str(uuid).removeprefix("-").isdigit():
        return f"event {uuid}"
    return f"sha256-{sha256(body).hexdigest()}"
