"""The record key of a message: made from its id, so that every try names the same post. Pure.

A TID is 13 signs of a base 32 that sorts: 53 bits of microseconds and 10 bits of a clock's number.
Source: atproto.com/specs/tid.
"""

from hashlib import sha256
from typing import Final
from uuid import UUID

_SIGNS: Final = "234567abcdefghijklmnopqrstuvwxyz"
_VERSION_7: Final = 7
_A_SECOND: Final = 1_000_000
_CLOCKS: Final = 1 << 10


def record_key(message_id: UUID) -> str:
    """Always the same TID for a message, within a second of the moment at which the message was made.

    The rest is drawn from the id: a thousand million keys for each second. A clash of two messages would be
    seen as other words when the key is looked up, and goes to a person.
    """
    drawn = int.from_bytes(sha256(message_id.bytes).digest()[:8])
    milliseconds = message_id.int >> 80 if message_id.version == _VERSION_7 else drawn >> 24
    microseconds = milliseconds * 1_000 + drawn % _A_SECOND
    value = (microseconds & (1 << 53) - 1) << 10 | drawn // _A_SECOND % _CLOCKS
    return "".join(_SIGNS[value >> shift & 31] for shift in range(60, -1, -5))
