"""Encryption at rest: AES-256-GCM with several keys, newest first.

Used for reference codes that an agent may show again, stored idempotent answers and
webhook secrets. The associated data names where the value stands, so that a ciphertext
copied into another row does not open there.
"""

import secrets
from hashlib import sha256

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

NONCE_BYTES = 12
KEY_ID_BYTES = 4


class Vault:
    """Seals and opens with the given secrets. The first seals; any of them opens."""

    def __init__(self, keys: list[str]) -> None:
        digests = [sha256(b"bridge vault" + key.encode()).digest() for key in keys]
        self._ciphers = {sha256(digest).digest()[:KEY_ID_BYTES]: AESGCM(digest) for digest in digests}
        self._newest = next(iter(self._ciphers))

    def seal(self, plain: bytes, *, place: str) -> bytes:
        """Encrypt `plain` for `place`, such as "reference_codes"; the result is longer by 32 bytes."""
        nonce = secrets.token_bytes(NONCE_BYTES)
        return self._newest + nonce + self._ciphers[self._newest].encrypt(nonce, plain, place.encode())

    def open(self, sealed: bytes, *, place: str) -> bytes:
        """Decrypt. Raises ValueError when no key fits, the bytes were changed, or the place is another."""
        key_id, rest = sealed[:KEY_ID_BYTES], sealed[KEY_ID_BYTES:]
        cipher = self._ciphers.get(key_id)
        if cipher is None:
            raise ValueError("sealed with a key that is not configured")
        try:
            return cipher.decrypt(rest[:NONCE_BYTES], rest[NONCE_BYTES:], place.encode())
        except InvalidTag as error:
            raise ValueError("the sealed value was changed or belongs elsewhere") from error
