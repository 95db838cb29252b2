"""Which ready-made reasons a brand offers its staff, in which order, and what the customer hears. Pure.

The codes are those of the enums and stay; a brand switches one off, moves it, and gives a decline
its own sentence for the customer by language. A brand's version holds the lists that differ:
`{"decline": [{"code": "D06", "on": true, "say": {"en": "..."}}]}`; codes that a list does not name
follow it, switched as they are at the start.
"""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any, Final

from bridge.codes import contains_code
from bridge.errors import InvalidInput
from bridge.promises import DeclineReason
from bridge.reasons import Question, RevokeReason, TransferReason

LANGUAGES: Final = ("en", "es", "fr")
SENTENCE_MAX_CHARACTERS: Final = 160

CODES: Final[Mapping[str, type[StrEnum]]] = {
    "decline": DeclineReason,
    "ask": Question,
    "transfer": TransferReason,
    "revoke": RevokeReason,
}
"""The lists by name: why a store declines, what it asks, why a case moves, why a promise is taken back."""

SPOKEN: Final = frozenset({"decline"})
"""Lists whose reasons come with a sentence for the customer."""

_SAID: Final[Mapping[str, Mapping[str, str]]] = {
    DeclineReason.OUT_OF_STOCK: {
        "en": "We do not have it here today.",
        "es": "Hoy no lo tenemos aquí.",
        "fr": "Nous ne l'avons pas ici aujourd'hui.",
    },
    DeclineReason.ITEM_DOES_NOT_MATCH: {
        "en": "This item is not the one that was agreed.",
        "es": "Este artículo no es el que se acordó.",
        "fr": "Cet article n'est pas celui qui était convenu.",
    },
    DeclineReason.OWNERSHIP_MISMATCH: {
        "en": "We need a proof of purchase for this.",
        "es": "Para esto necesitamos un comprobante de compra.",
        "fr": "Il nous faut une preuve d'achat pour cela.",
    },
    DeclineReason.CUSTOMER_REFUSED_CONDITIONS: {
        "en": "We found another way together.",
        "es": "Encontramos juntos otra solución.",
        "fr": "Nous avons trouvé ensemble une autre solution.",
    },
    DeclineReason.ABOVE_MY_LIMIT: {
        "en": "This is more than our store can give.",
        "es": "Es más de lo que nuestra tienda puede dar.",
        "fr": "C'est plus que ce que notre magasin peut accorder.",
    },
    DeclineReason.SUSPECTED_FRAUD: {
        "en": "Let me check this with our online team.",
        "es": "Lo consulto con nuestro equipo en línea.",
        "fr": "Je vérifie avec notre équipe en ligne.",
    },
}
_OFFERED_FIRST: Final = (*_SAID, DeclineReason.OTHER)
_UNSEEN: Final = re.compile("[\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069\x00-\x1f\x7f-\x9f\u2028\u2029]")


@dataclass(frozen=True, slots=True)
class Offered:
    """One reason: its code, whether it is offered, and the sentence by language."""

    code: str
    is_on: bool
    said: Mapping[str, str] = field(default_factory=dict)

    def say(self, language: str) -> str:
        """The sentence that the customer may hear; English where there is none; empty without one."""
        return self.said.get(language) or self.said.get("en", "")


Lists = Mapping[str, Sequence[Offered]]


def starting() -> Lists:
    """What every brand offers until it says otherwise."""
    decline = [Offered(code, is_on=True, said=_SAID.get(code, {})) for code in _OFFERED_FIRST]
    decline += [Offered(code, is_on=False) for code in DeclineReason if code not in _OFFERED_FIRST]
    others = {name: [Offered(code, is_on=True) for code in codes] for name, codes in CODES.items()}
    return {**others, "decline": decline}


def merged(definition: Mapping[str, Any]) -> Lists:
    """The brand's lists: its own order first, then whatever its version does not name."""
    lists = {}
    for name, first in starting().items():
        known = {one.code: one for one in first}
        own = [
            Offered(entry["code"], is_on=entry["on"], said=entry.get("say") or {})
            for entry in definition.get(name, ())
            if entry["code"] in known
        ]
        named = {one.code for one in own}
        lists[name] = [*own, *(one for one in first if one.code not in named)]
    return lists


def parse(definition: Any) -> dict[str, list[dict[str, Any]]]:
    """The lists of a brand that differ from the starting ones.

    Raises InvalidInput whose `fields` name each wrong place as "decline.D06.en" or "decline".
    """
    wrong: dict[str, list[str]] = {}
    found: dict[str, list[dict[str, Any]]] = {}
    if not isinstance(definition, Mapping):
        raise InvalidInput("the reasons are not valid", fields={"": ["an object by list is needed"]})
    for name, entries in definition.items():
        if name not in CODES or not isinstance(entries, Sequence) or isinstance(entries, str):
            wrong[str(name)] = [f"one of {', '.join(CODES)}"]
            continue
        own = _read(name, entries, wrong)
        if not any(entry["on"] for entry in own):
            wrong[name] = ["leave at least one on"]
        found[name] = own
    if wrong:
        raise InvalidInput("some reasons are not valid", fields=wrong)
    first = starting()
    return {name: own for name, own in found.items() if merged({name: own})[name] != first[name]}


def _read(name: str, entries: Sequence[Any], wrong: dict[str, list[str]]) -> list[dict[str, Any]]:
    codes = {code.value for code in CODES[name]}
    own: list[dict[str, Any]] = []
    for entry in entries:
        code = entry.get("code") if isinstance(entry, Mapping) else None
        if code not in codes or any(one["code"] == code for one in own):
            wrong[name] = ["each code once, and only codes of the list"]
            continue
        if not isinstance(entry.get("on"), bool):
            wrong[f"{name}.{code}"] = ["on is true or false"]
            continue
        said = entry.get("say") or {}
        if not isinstance(said, Mapping) or (said and name not in SPOKEN):
            wrong[f"{name}.{code}"] = ["no sentence belongs here"]
            continue
        kept = {}
        for language, text in said.items():
            problem = _problem(str(language), text)
            if problem:
                wrong[f"{name}.{code}.{language}"] = [problem]
            elif text.strip():
                kept[language] = text.strip()
        if kept and "en" not in kept:
            wrong.setdefault(f"{name}.{code}.en", ["give it in English at least"])
        own.append({"code": code, "on": entry["on"], "say": kept})
    return own


def _problem(language: str, text: Any) -> str:
    if language not in LANGUAGES:
        return f"one of {', '.join(LANGUAGES)}"
    if not isinstance(text, str) or len(text) > SENTENCE_MAX_CHARACTERS:
        return f"at most {SENTENCE_MAX_CHARACTERS} characters"
    if _UNSEEN.search(text):
        return "one line without invisible characters"
    if contains_code(text):
        return "no code may be written here"
    return ""
