"""A language for tests alone: every text of the catalogue in brackets, with accents, four fifths longer.

What stands on a page without brackets did not come through the catalogue. Nothing in the product
knows this language: it is put beside the three by a test, and taken away after it.
"""

import re
from pathlib import Path

import pytest
from babel.messages.catalog import Catalog
from babel.messages.mofile import write_mo

from bridge.wording import FORMS
from web import languages

CODE = "eo"
OPEN, CLOSE = "\u27e6", "\u27e7"
_ACCENTS = str.maketrans(
    "aeiounscAEIOU", "\u00e1\u00e9\u00ed\u00f3\u00fa\u00f1\u0161\u010d\u00c1\u00c9\u00cd\u00d3\u00da"
)
_PLACE = re.compile(r"(%\([a-z_]+\)[a-z]|%%)")
GROWTH = 0.8
LONGER = " \u00f8\u00f8\u00f8\u00f8\u00f8"


def pseudo(text: str) -> str:
    """The text as the pseudo-language has it."""
    words = "".join(
        part if _PLACE.fullmatch(part) else part.translate(_ACCENTS) for part in _PLACE.split(text)
    )
    more = int(len(_PLACE.sub("", text)) * GROWTH)
    longer = (LONGER * (more // len(LONGER) + 1))[:more]
    return f"{OPEN}{words}{longer}{CLOSE}"


def install(monkeypatch: pytest.MonkeyPatch, folder: Path, texts: set[object]) -> None:
    """Write the catalogue and let the pages know the language, until the test ends."""
    catalogue = Catalog(locale=CODE)
    for text in texts:
        if isinstance(text, str):
            catalogue.add(text, pseudo(text))
        else:
            catalogue.add(text, tuple(pseudo(form) for form in text))  # type: ignore[attr-defined,arg-type]  # a plural
    place = folder / CODE / "LC_MESSAGES"
    place.mkdir(parents=True)
    with (place / "messages.mo").open("wb") as file:
        write_mo(file, catalogue)
    monkeypatch.setattr(languages, "TRANSLATIONS", folder)
    monkeypatch.setitem(languages.LANGUAGES, CODE, "Pseudo")
    monkeypatch.setitem(FORMS, CODE, FORMS["en"])
