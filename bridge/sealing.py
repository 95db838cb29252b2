"""A signed statement about everything recorded so far. Pure.

Each checkpoint's root contains the one before it, the hashes of the timeline links since,
and a digest of the look-ups since; so a later checkpoint vouches for all earlier ones. The
line that goes to the anchor is what somebody outside the database keeps.
Source: docs/decisions/0004-timeline-chain.md.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from hashlib import sha256

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from bridge.timeline import moment

NODE = b"\x01"
ORIGIN = "bridge-checkpoint-v1"
FIRST_ROOT = sha256(b"bridge checkpoints").digest()


@dataclass(frozen=True, slots=True)
class Sealed:
    """What one checkpoint says: up to which link and which moment, and the root over all of it."""

    number: int
    at: datetime
    timeline_id: int
    timeline_rows: int
    look_ups: int
    look_ups_until: datetime
    root: bytes

    def note(self) -> str:
        """The text that is signed and anchored, one line."""
        return " ".join(
            (
                ORIGIN,
                str(self.number),
                moment(self.at),
                str(self.timeline_id),
                str(self.timeline_rows),
                str(self.look_ups),
                moment(self.look_ups_until),
                self.root.hex(),
            )
        )


def next_root(previous: bytes, links: Iterable[bytes], look_ups: Iterable[bytes]) -> tuple[bytes, int, int]:
    """The root after `previous`, and how many links and look-ups it added."""
    link_digest, link_count = _digest(links)
    look_up_digest, look_up_count = _digest(look_ups)
    root = sha256(NODE + previous + link_digest + look_up_digest).digest()
    return root, link_count, look_up_count


def signing_key(secret: str) -> Ed25519PrivateKey:
    """The sealer's key, derived from the service's secret; the database never holds it."""
    return Ed25519PrivateKey.from_private_bytes(sha256(b"bridge sealer" + secret.encode()).digest())


def public_key(secret: str) -> bytes:
    """The raw public key, for whoever checks an anchor without the secret."""
    return signing_key(secret).public_key().public_bytes(Encoding.Raw, PublicFormat.Raw)


def sign(secret: str, sealed: Sealed) -> bytes:
    """Ed25519 over the note."""
    return signing_key(secret).sign(sealed.note().encode())


def is_signed(secret: str, sealed: Sealed, signature: bytes) -> bool:
    """Whether the signature is ours."""
    try:
        signing_key(secret).public_key().verify(signature, sealed.note().encode())
    except InvalidSignature:
        return False
    return True


def _digest(parts: Iterable[bytes]) -> tuple[bytes, int]:
    running, count = sha256(), 0
    for part in parts:
        running.update(part)
        count += 1
    return running.digest(), count
