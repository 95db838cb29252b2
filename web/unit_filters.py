"""Choices of a filter form: the words of a list, and the districts and regions that a reader may see."""

from collections.abc import Iterable, Mapping
from typing import Any


def choices(words: Mapping[Any, Any]) -> list[tuple[str, str]]:
    """Each key of a list of words with its word, in the reader's language."""
    return [(str(key), str(word)) for key, word in words.items()]


def unit_choices(units: Iterable[Any]) -> dict[str, list[tuple[str, str]]]:
    """Regions and districts by name, as the templates ask for them."""
    rows = list(units)
    return {
        f"{kind}s": [(str(unit.id), unit.name) for unit in rows if unit.kind == kind]
        for kind in ("region", "district")
    }
