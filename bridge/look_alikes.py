"""Accounts that look like one of ours: letters of other scripts, swapped signs, an added word. Pure.

A handle is compared by its skeleton (Unicode Technical Standard 39, section 4): every sign becomes the
one that it is confused with. The data are Unicode's, from the package `confusable_homoglyphs`. Beyond
what looks the same come the tricks of made-up support accounts: dots, underscores and digits, a word
such as "official", a letter more, less or changed.

It is a hint for people. Nothing is refused by it, and nobody is called a cheat.
"""

import unicodedata
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from enum import StrEnum
from functools import lru_cache
from types import MappingProxyType
from typing import Any, Final
from uuid import UUID

from confusable_homoglyphs.confusables import confusables_data

SHORTEST_CORE: Final = 4
"""Below it, what is left of a name says nothing: "us", "co"."""
SHORTEST_FOR_ONE_LETTER: Final = 8
_SEPARATORS: Final = frozenset("_.-·‧")
_CLAIMS: Final = ("official", "real", "verified", "oficial", "officiel", "the", "my", "hq", "online")
_SERVICE: Final = ("help", "helps", "helper", "helpdesk", "support", "supports", "care", "cares", "aide")
_PEOPLE: Final = ("service", "services", "team", "desk", "customer", "customers", "client", "clientes")
_PLACES: Final = ("us", "usa", "uk", "ca", "es", "fr", "soporte", "ayuda", "atencion", "assistance", "ask")
_ADDED: Final = frozenset((*_CLAIMS, *_SERVICE, *_PEOPLE, *_PLACES))
_DIGITS_AS_LETTERS: Final = str.maketrans({"3": "e", "4": "a", "5": "s", "7": "t", "8": "b", "9": "g"})
_HOSTS: Final = (".bsky.social",)
_INVISIBLE: Final = frozenset({"Cf", "Mn", "Me"})


class Why(StrEnum):
    """In what way a handle is like one of ours."""

    OTHER_ID = "other_id"
    """The very handle, and the network says that it is somebody else's account."""
    GIVEN_UP = "given_up"
    """An account that was ours and does not speak for us any more."""
    OTHER_NETWORK = "other_network"
    """The very name, on a network where we have no account of that name."""
    LOOKS_THE_SAME = "looks_the_same"
    SIGNS_ADDED = "signs_added"
    WORD_ADDED = "word_added"
    ONE_LETTER_OFF = "one_letter_off"


@dataclass(frozen=True, slots=True)
class Ours:
    """An account of ours, as far as it is compared. `is_taken` when its handle is another's by now."""

    id: UUID
    network: str
    handle: str
    external_id: str | None = None
    is_active: bool = True
    is_taken: bool = False


@dataclass(frozen=True, slots=True)
class Alike:
    """Which account of ours a handle is like, and in what way."""

    ours: Ours
    why: Why


def alike(
    handle: str, accounts: Iterable[Ours], *, network: str, external_id: str | None = None
) -> Alike | None:
    """The account of ours that `handle` could be taken for; None for our own accounts and for strangers.

    The network's lasting id decides where both sides know it: with ours it is us whatever the handle,
    with another it is not us whatever the handle.
    """
    accounts = list(accounts)
    mine = [one for one in accounts if one.network == network]
    if external_id and any(one.external_id == external_id and one.is_active for one in mine):
        return None
    for one in mine:
        if one.handle.lower() == handle.lower():
            if one.is_taken or (external_id and one.external_id and external_id != one.external_id):
                return Alike(one, Why.OTHER_ID)
            return None if one.is_active else Alike(one, Why.GIVEN_UP)
    found = [Alike(one, why) for one in accounts if (why := _why(handle, network, one)) is not None]
    return min(found, key=lambda one: list(Why).index(one.why), default=None)


def _why(handle: str, network: str, ours: Ours) -> Why | None:
    """In what way two different accounts are alike, the plainest first."""
    theirs, own = _stem(handle), _stem(ours.handle)
    if theirs.casefold() == own.casefold() and network != ours.network:
        return Why.OTHER_NETWORK
    if skeletons(theirs) & skeletons(own):
        return Why.LOOKS_THE_SAME
    if _of_length(_bares(theirs) & _bares(own), SHORTEST_CORE):
        return Why.SIGNS_ADDED
    if _of_length(_cores(theirs) & _cores(own), SHORTEST_CORE):
        return Why.WORD_ADDED
    long = _of_length(_bares(own), SHORTEST_FOR_ONE_LETTER)
    if any(_one_edit_apart(left, right) for left in _bares(theirs) for right in long):
        return Why.ONE_LETTER_OFF
    return None


def _of_length(names: Iterable[str], shortest: int) -> list[str]:
    return [name for name in names if len(name) >= shortest]


def _stem(handle: str) -> str:
    """The name that a person chose: without the server, and without a host that gives names away."""
    name = handle.removeprefix("@").split("@", 1)[0]
    for host in _HOSTS:
        name = name.removesuffix(host)
    return name


@lru_cache(maxsize=4096)
def skeletons(name: str) -> frozenset[str]:
    """What a name looks like, as written and in small letters; two names with one in common look the same."""
    return frozenset({_skeleton(name), _skeleton(name.casefold())})


def _skeleton(name: str) -> str:
    prototypes = _prototypes()
    parts = unicodedata.normalize("NFD", name)
    shown = (one for one in parts if unicodedata.category(one) not in _INVISIBLE)
    mapped = "".join(prototypes.get(one, one) for one in shown)
    # What is small beside what is large: "I" is "l" above, and "L" becomes it here.
    return unicodedata.normalize("NFD", mapped).casefold().replace("vv", "w").replace("0", "o")


@lru_cache(maxsize=1)
def _prototypes() -> Mapping[str, str]:
    """Each sign's prototype, from Unicode's confusables.txt.

    The package keeps the pairs in both directions. A prototype has many partners or is several signs;
    of a pair alone either may stand for both.
    """
    data: dict[str, list[dict[str, Any]]] = confusables_data
    found: dict[str, str] = {}
    for sign, partners in data.items():
        if len(sign) != 1 or len(partners) != 1:
            continue
        other = _plain(str(partners[0]["c"]))
        if len(other) > 1 or len(data.get(other, ())) > 1:
            found[sign] = other
        else:
            found[sign] = min(sign, other)
    return MappingProxyType(found)


def _plain(sign: str) -> str:
    """A partner without the marks by which the file keeps right-to-left letters in place."""
    return sign.strip("\u200e")


@lru_cache(maxsize=4096)
def _bares(stem: str) -> frozenset[str]:
    """What is left without separators and without digits at either end, in both spellings of `skeletons`."""
    joined = "".join(one for one in stem if one not in _SEPARATORS).strip("0123456789")
    return frozenset(one.translate(_DIGITS_AS_LETTERS) for one in skeletons(joined))


@lru_cache(maxsize=4096)
def _cores(stem: str) -> frozenset[str]:
    """What is left without the words that anybody can add, at whichever end they stand."""
    return frozenset(_without_words(bare) for bare in _bares(stem))


@lru_cache(maxsize=1)
def _added() -> tuple[str, ...]:
    """The words as skeletons, the longest first."""
    return tuple(sorted((_skeleton(word) for word in _ADDED), key=len, reverse=True))


def _without_words(name: str) -> str:
    before = ""
    while name != before:
        before = name
        for word in _added():
            rest = name.removesuffix(word)
            rest = rest if rest != name else name.removeprefix(word)
            if len(rest) >= SHORTEST_CORE:
                name = rest
    return name


def _one_edit_apart(left: str, right: str) -> bool:
    """Whether one letter more, less, changed, or two neighbours swapped makes one of the other."""
    if left == right or abs(len(left) - len(right)) > 1:
        return False
    short, long = sorted((left, right), key=len)
    at = next((place for place, sign in enumerate(short) if sign != long[place]), len(short))
    if len(short) < len(long):
        return short[at:] == long[at + 1 :]
    swapped = short[at : at + 2] == long[at : at + 2][::-1] and short[at + 2 :] == long[at + 2 :]
    return short[at + 1 :] == long[at + 1 :] or swapped
