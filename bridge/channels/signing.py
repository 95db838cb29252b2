"""Standard Webhooks 1.0.0 signatures (HMAC-SHA256, version v1), in both directions.

The signed text is `id.timestamp.body`, byte for byte as sent. While a secret is being
replaced there are two signatures, and a receiver is content with either.
"""

import base64
import binascii
import hmac
import secrets as random_source
from collections.abc import Sequence
from typing import Final

SECRET_PREFIX: Final = "whsec_"  # noqa: S105 - the public prefix of every secret, not one
SECRET_BYTES: Final = 32
SECRET_LEAST_BYTES: Final = 24
TOLERANCE_SECONDS: Final = 5 * 60
SIGNATURES_MAX: Final = 10


def new_secret() -> str:
    """Draw a secret of 256 bits, in the form `whsec_<base64>` that receivers' libraries read."""
    return SECRET_PREFIX + base64.b64encode(random_source.token_bytes(SECRET_BYTES)).decode()


def is_secret(text: str) -> bool:
    """Whether it is a secret as the standard wants it: the prefix, and at least 24 bytes in base64."""
    if not text.startswith(SECRET_PREFIX):
        return False
    try:
        return len(_key(text)) >= SECRET_LEAST_BYTES
    except ValueError:
        return False


def sign(secrets: Sequence[str], *, message_id: str, timestamp: int, body: bytes) -> dict[str, str]:
    """Make the three headers; one signature per secret. Raises ValueError when there is no good secret."""
    if not secrets:
        raise ValueError("nothing to sign with")
    signatures = (_signature(secret, message_id, str(timestamp), body) for secret in secrets)
    return {
        "webhook-id": message_id,
        "webhook-timestamp": str(timestamp),
        "webhook-signature": " ".join(f"v1,{signature.decode()}" for signature in signatures),
    }


def verify(
    secrets: Sequence[str],
    *,
    message_id: str,
    timestamp: str,
    signatures: str,
    body: bytes,
    now: float,
) -> bool:
    """Tell whether it is signed (`is_signed`) and the time differs by five minutes at most (`is_fresh`)."""
    return is_fresh(timestamp, now) and is_signed(
        secrets, message_id=message_id, timestamp=timestamp, signatures=signatures, body=body
    )


def is_fresh(timestamp: str, now: float) -> bool:
    """Whether the header is a time within five minutes of ours."""
    return _is_time(timestamp) and abs(now - int(timestamp)) <= TOLERANCE_SECONDS


def is_signed(
    secrets: Sequence[str], *, message_id: str, timestamp: str, signatures: str, body: bytes
) -> bool:
    """Whether one of the first ten signatures was made with one of `secrets`, at whatever time.

    Takes the headers as they came. Each comparison takes constant time; a sender cannot buy
    more work with more signatures.
    """
    if not _is_time(timestamp):
        return False
    given = [part[3:] for part in signatures.split(" ")[:SIGNATURES_MAX] if part.startswith("v1,")]
    good = False
    for secret in secrets:
        expected = _signature(secret, message_id, timestamp, body)
        for signature in given:
            good |= hmac.compare_digest(expected, signature.encode())
    return good


def _is_time(timestamp: str) -> bool:
    return timestamp.isascii() and timestamp.isdigit() and len(timestamp) <= 12


def _signature(secret: str, message_id: str, timestamp: str, body: bytes) -> bytes:
    signed = f"{message_id}.{timestamp}.".encode() + body
    return base64.b64encode(hmac.digest(_key(secret), signed, "sha256"))


def _key(secret: str) -> bytes:
    try:
        key = base64.b64decode(secret.removeprefix(SECRET_PREFIX), validate=True)
    except binascii.Error as error:
        raise ValueError("the webhook secret is not base64") from error
    if not key:
        raise ValueError("the webhook secret is empty")
    return key
