"""Names as we store them: of people, handles, networks and units; and what PostgreSQL can hold. Pure."""

import re
import unicodedata
from typing import Final

from bridge.errors import InvalidInput

# Marks that turn the direction of what follows: in a name they make another name of it.
_BIDI: Final = frozenset("\u061c\u200e\u200f\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069")


def plain_name(text: str, *, field_name: str, longest: int, shortest: int = 1) -> str:
    """A name or handle in NFC with single spaces.

    Raises InvalidInput for direction marks, controls and other invisible signs, half characters,
    and lengths outside the column. Source: Unicode Technical Report 36, Security Considerations.
    """
    name = " ".join(unicodedata.normalize("NFC", text).split(" ")).strip()
    name = re.sub(r" {2,}", " ", name)
    problem = ""
    if any(sign in _BIDI for sign in name):
        problem = "Marks that change the direction of writing are not allowed in names."
    elif any(unicodedata.category(sign) in {"Cc", "Cs", "Zl", "Zp"} for sign in name):
        problem = "Control signs are not allowed in names."
    elif not shortest <= len(name) <= longest:
        problem = f"Between {shortest} and {longest} signs are needed."
    elif name and all(unicodedata.category(sign) in {"Cf", "Mn", "Me", "Zs"} for sign in name):
        problem = "Something to be seen is needed."
    if problem:
        raise InvalidInput(
            f"The {field_name.replace('_', ' ')} is not valid.", fields={field_name: [problem]}
        )
    return name


def without_at(handle: str) -> str:
    """A handle without the leading @ and without the spaces around it."""
    return handle.strip().removeprefix("@").strip()


def plain_handle(handle: str) -> str:
    """A handle as networks show it, without the leading @. Raises InvalidInput like `plain_name`."""
    name = plain_name(without_at(handle), field_name="handle", longest=80)
    if " " in name:
        raise InvalidInput("The handle is not valid.", fields={"handle": ["A handle has no spaces."]})
    return name


def plain_network(network: str) -> str:
    """A network's name: "x", "bluesky". Raises InvalidInput for anything but a short small word."""
    if not re.fullmatch(r"[a-z][a-z0-9_]{0,19}", network, re.ASCII):
        raise InvalidInput("The network is not valid.", fields={"network": ["A short word is needed."]})
    return network


_UNHOLDABLE: Final = re.compile("[\0\ud800-\udfff]")


def holdable(text: str) -> str:
    """Put the replacement sign where PostgreSQL cannot hold what stands there: NUL and half characters."""
    return _UNHOLDABLE.sub("\ufffd", text)
