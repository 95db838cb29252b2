"""A device's one-time token, and what state a device is in. Pure.

The token is read off one screen and typed or scanned on another within minutes. Its 16 signs are
the alphabet of reference codes (80 random bits), so it can be read aloud; only its hash is stored.
"""

import re
import secrets
from datetime import datetime, timedelta
from enum import StrEnum
from hashlib import sha256
from typing import Final

from bridge.codes import ALPHABET

TOKEN_SIGNS: Final = 16
TOKEN_LIFE: Final = timedelta(minutes=10)
_GROUP: Final = 4
_MISREAD = str.maketrans({"O": "0", "I": "1", "L": "1"})


class DeviceState(StrEnum):
    """Where a device stands. A `pending` one whose token ran out waits for a new one."""

    PENDING = "pending"
    ACTIVE = "active"
    REVOKED = "revoked"


def state_of(kind: str, paired_at: datetime | None, revoked_at: datetime | None) -> DeviceState:
    """The state of a device; a browser that was never paired is active as soon as somebody signed in."""
    if revoked_at is not None:
        return DeviceState.REVOKED
    return DeviceState.ACTIVE if kind == "browser" or paired_at is not None else DeviceState.PENDING


def new_token() -> str:
    """A fresh one-time token, without dashes."""
    return "".join(secrets.choice(ALPHABET) for _ in range(TOKEN_SIGNS))


def plain_token(typed: str) -> str | None:
    """The token in what was typed or scanned, or None when it cannot be one."""
    text = re.sub(r"[\s-]", "", typed).upper().translate(_MISREAD)
    return text if len(text) == TOKEN_SIGNS and set(text) <= set(ALPHABET) else None


def grouped(token: str) -> str:
    """The token as people read it, in groups of four."""
    return "-".join(token[at : at + _GROUP] for at in range(0, len(token), _GROUP))


def hash_of_token(token: str) -> bytes:
    """SHA-256 of a token without dashes; fast on purpose, as nobody tries 80 bits in ten minutes."""
    return sha256(f"pairing {token}".encode()).digest()
