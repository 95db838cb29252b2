"""What people wrote keeps its direction of writing to itself where a sentence of ours names it. Pure.

A Hebrew name before a number would otherwise change places with it. Source: Unicode Standard
Annex 9, section 2.4.
"""

import unicodedata
from typing import Final

FIRST_STRONG: Final = "\u2068"
END: Final = "\u2069"
_MARKS: Final = frozenset("\u061c\u200e\u200f\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069")
_TURNING: Final = frozenset({"R", "AL", "AN"})


def apart(text: str) -> str:
    """The text between two signs that isolate it; as it is if nothing in it is written from the right.

    Marks of direction that it holds are left out: one of them would end the isolation.
    """
    if not any(sign in _MARKS or unicodedata.bidirectional(sign) in _TURNING for sign in text):
        return text
    return FIRST_STRONG + "".join(sign for sign in text if sign not in _MARKS) + END
