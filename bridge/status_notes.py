"""What colleagues in a care tool read while a case lives: where it stands, never a code. Pure.

The end of a case has a note of its own (`bridge/outcome_notes.py`).
"""

from collections.abc import Mapping
from typing import Final

from bridge.lifecycle import Status

TOLD: Final = (Status.ISSUED, Status.ACKNOWLEDGED, Status.AWAITING_AGENT, Status.UNDER_REVIEW)
"""Where a colleague in the tool wants to know it; moving between stores is no news to them."""

WORDS: Final[Mapping[str, Mapping[str, str]]] = {
    "en": {
        "issued": "Promise no. {number} stands. The store can act on it.",
        "acknowledged": "Promise no. {number}: the store has seen it.",
        "awaiting_agent": "Promise no. {number}: the store asks the care team.",
        "under_review": "Promise no. {number}: headquarters looks at it.",
        "store": "Store: {store}",
        "link": "Case: {link}",
    },
    "es": {
        "issued": "La promesa n.º {number} está en pie. La tienda puede cumplirla.",
        "acknowledged": "Promesa n.º {number}: la tienda la vio.",
        "awaiting_agent": "Promesa n.º {number}: la tienda pregunta al equipo de atención.",
        "under_review": "Promesa n.º {number}: la sede la revisa.",
        "store": "Tienda: {store}",
        "link": "Caso: {link}",
    },
    "fr": {
        "issued": "La promesse nº {number} tient. Le magasin peut agir.",
        "acknowledged": "Promesse nº {number}\u00a0: le magasin l'a vue.",
        "awaiting_agent": "Promesse nº {number}\u00a0: le magasin interroge le service client.",
        "under_review": "Promesse nº {number}\u00a0: le siège l'examine.",
        "store": "Magasin\u00a0: {store}",
        "link": "Dossier\u00a0: {link}",
    },
}


def note(status: str, *, number: int, store: str, link: str, locale: str) -> str:
    """The note, a fact a line; a case without one store has no line for it."""
    words = WORDS.get(locale, WORDS["en"])
    lines = [words[status].format(number=number)]
    if store:
        lines.append(words["store"].format(store=store))
    return "\n".join([*lines, words["link"].format(link=link)])
