"""Somebody else's JSON with one thing wrong in it: each place once with each wrong type."""

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Final

WRONG: Final = (
    None,
    5,
    -1.5,
    True,
    "",
    "no such thing",
    "2026-11-22T05:10:00",
    "0001-01-01T00:00:00+14:00",
    "9" * 300,
    10**18,
    [],
    [None, 1],
    {},
    {"id": None},
)
"""Each type, a moment without its zone, one before all calendars, and something too long."""


def spoilt(value: Any) -> Iterator[Any]:
    """Copies of a value of JSON, each with one place of it replaced, itself and all that lies inside."""
    yield from WRONG
    if isinstance(value, dict):
        for name, inner in value.items():
            yield {key: one for key, one in value.items() if key != name}
            for other in spoilt(inner):
                yield {**value, name: other}
    elif isinstance(value, list):
        for place, inner in enumerate(value):
            for other in spoilt(inner):
                yield [*value[:place], other, *value[place + 1 :]]


def words_in_docs() -> frozenset[str]:
    """Every word that the table of failures in docs/channels.md explains."""
    page = (Path(__file__).parents[2] / "docs/channels.md").read_text("utf-8")
    table = page.partition("| last failure | |")[2].partition("\n\n")[0]
    return frozenset(
        word
        for row in table.splitlines()
        for word in re.findall(r"`(\w+)`", row.split("|")[1] if row else "")
    )


def is_known(word: str) -> bool:
    """Whether the docs explain a word that the page shows."""
    plain = word.removeprefix("refresh_")
    return plain in words_in_docs() or re.fullmatch(r"status_\d{3}", plain) is not None
