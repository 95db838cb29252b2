"""What colleagues in a care tool read of the end of a case: the facts, never a code. Pure."""

from collections.abc import Mapping
from typing import Final

from bridge.codes import mask

NOTES: Final[Mapping[str, Mapping[str, str]]] = {
    "en": {
        "honoured": "Promise no. {number}: the store did it.",
        "honoured_part": "Promise no. {number}: the store did a part of it.",
        "declined": "Promise no. {number}: the store declined.",
        "revoked": "Promise no. {number}: it was taken back.",
        "expired": "Promise no. {number}: it ran out unused.",
        "what": "Promised: {what}",
        "store": "Store: {store}",
        "given": "Given: {given}",
        "reason": "Reason: {reason}",
        "link": "Case: {link}",
    },
    "es": {
        "honoured": "Promesa n.º {number}: la tienda la cumplió.",
        "honoured_part": "Promesa n.º {number}: la tienda cumplió una parte.",
        "declined": "Promesa n.º {number}: la tienda no la cumplió.",
        "revoked": "Promesa n.º {number}: se retiró.",
        "expired": "Promesa n.º {number}: venció sin usarse.",
        "what": "Prometido: {what}",
        "store": "Tienda: {store}",
        "given": "Entregado: {given}",
        "reason": "Motivo: {reason}",
        "link": "Caso: {link}",
    },
    "fr": {
        "honoured": "Promesse nº {number}\u00a0: le magasin l'a tenue.",
        "honoured_part": "Promesse nº {number}\u00a0: le magasin l'a tenue en partie.",
        "declined": "Promesse nº {number}\u00a0: le magasin a refusé.",
        "revoked": "Promesse nº {number}\u00a0: elle a été retirée.",
        "expired": "Promesse nº {number}\u00a0: elle a pris fin sans avoir servi.",
        "what": "Promis\u00a0: {what}",
        "store": "Magasin\u00a0: {store}",
        "given": "Remis\u00a0: {given}",
        "reason": "Raison\u00a0: {reason}",
        "link": "Dossier\u00a0: {link}",
    },
}
_FACTS: Final = ("what", "store", "given", "reason", "link")


def note(ending: str, facts: Mapping[str, str], locale: str) -> str:
    """The note, a fact a line; an empty fact is left out. `facts` hold `number` and any of the others."""
    words = NOTES.get(locale, NOTES["en"])
    lines = [words[ending].format(number=facts["number"])]
    lines += [words[name].format_map(facts) for name in _FACTS if facts.get(name)]
    return mask("\n".join(lines))
