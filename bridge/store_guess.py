"""Which store a post is about, from its words: "store 12", a store's name, a city with one store. Pure.

A guess is only made when one store fits best; two that fit as well are none, for a wrong store in
a form that is filled in quickly is worse than an empty one.
"""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum
from typing import Final


class Why(StrEnum):
    """What a guess rests on, the strongest first."""

    NUMBER = "number"
    NAME = "name"
    CITY = "city"
    LAST_VISIT = "last_visit"


@dataclass(frozen=True, slots=True)
class Known:
    """A store as far as a guess needs it."""

    number: str
    name: str
    city: str


@dataclass(frozen=True, slots=True)
class Guess:
    """A store, why, and the words of the post that say so (empty for a last visit)."""

    number: str
    why: Why
    said: str = ""


_NUMBERED: Final = re.compile(
    r"(?:\b(?:store|shop|tienda|sucursal|magasin|boutique)\s*(?:no\.?|n[o°º]\.?|#|number|núm\.?)?\s*|#)(\d{1,4})\b",
    re.IGNORECASE,
)
SHORTEST_NAME: Final = 4
"""Shorter names stand in too many words."""


def numbers_in(text: str) -> list[str]:
    """The store numbers that a text names: "store 12", "#12", "tienda 12"."""
    return list(dict.fromkeys(_NUMBERED.findall(text)))


def guess(text: str, stores: Iterable[Known]) -> Guess | None:
    """The one store that fits best; None when none does, or several do."""
    found: dict[Why, list[Guess]] = {why: [] for why in Why}
    numbers = set(numbers_in(text))
    for store in stores:
        if store.number in numbers:
            found[Why.NUMBER].append(Guess(store.number, Why.NUMBER, store.number))
        if said := _said(store.name, text):
            found[Why.NAME].append(Guess(store.number, Why.NAME, said))
        if said := _said(store.city, text):
            found[Why.CITY].append(Guess(store.number, Why.CITY, said))
    for why in Why:
        if found[why]:
            return found[why][0] if len(found[why]) == 1 else None
    return None


def _said(name: str, text: str) -> str:
    """The words of the text that are this name; empty when it is not there as whole words."""
    if len(name) < SHORTEST_NAME:
        return ""
    match = re.search(rf"(?<!\w){re.escape(name)}(?!\w)", text, re.IGNORECASE)
    return match[0] if match else ""
