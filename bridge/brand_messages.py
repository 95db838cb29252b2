"""A brand's own customer sentences: which there are, which variables each may hold, and what is wrong. Pure.

What every brand starts with is `bridge/wording.py`. A brand's version holds only the sentences
that differ, by language and by name: `{"en": {"hello": "Hi {who}! {agent} from {brand}."}}`.
The variables of a sentence are a closed set, so that no public sentence can ever hold a code,
an amount, a store or a name, whatever somebody writes.
"""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Final

from bridge.codes import contains_code
from bridge.errors import InvalidInput
from bridge.texts import Words
from bridge.wording import WORDING

SENTENCE_MAX_CHARACTERS: Final = 400
PUBLIC: Final = True
PRIVATE: Final = False
_ABOUT_IT: Final = frozenset(
    {"who", "agent", "brand", "what", "code", "store", "address", "hours", "bring", "until", "conditions"}
)
_OUTCOME: Final = (_ABOUT_IT - {"code", "hours", "bring", "conditions"}) | {"given", "left", "reason"}
_SLIP: Final = frozenset({"brand", "until", "store", "official"})


@dataclass(frozen=True, slots=True)
class Group:
    """Sentences that make one text: what it is for, who reads it, and their names in order."""

    name: str
    is_public: bool
    sentences: tuple[str, ...]
    variables: frozenset[str]


GROUPS: Final = (
    Group(
        "promise",
        PRIVATE,
        (
            "hello",
            "hello_nobody",
            "hello_short",
            "hello_short_nobody",
            "promise",
            "only_if",
            "show",
            "show_any",
            "no_code",
            "no_code_any",
            "wait",
            "wait_short",
            "go",
            "go_short",
            "address",
            "hours",
            "bring",
            "secret",
            "secret_short",
            "link",
            "link_short",
        ),
        _ABOUT_IT | {"link"},
    ),
    Group("promise", PUBLIC, ("public", "public_nobody", "public_plain"), frozenset({"who", "brand"})),
    Group("honoured", PRIVATE, ("honoured",), _OUTCOME),
    Group("honoured_part", PRIVATE, ("honoured_part", "honoured_part_amount", "left"), _OUTCOME),
    Group("declined", PRIVATE, ("declined", "reason", "another_way"), _OUTCOME),
    Group("revoked", PRIVATE, ("revoked",), _OUTCOME),
    Group("expired", PRIVATE, ("expired", "still_needed"), _OUTCOME),
    Group(
        "honoured",
        PUBLIC,
        ("public_honoured", "public_honoured_nobody", "public_honoured_plain"),
        frozenset({"who", "brand"}),
    ),
    Group(
        "other_ends",
        PUBLIC,
        (
            "public_more",
            "public_more_nobody",
            "public_more_plain",
            "public_news",
            "public_news_nobody",
            "public_news_plain",
        ),
        frozenset({"who", "brand"}),
    ),
    Group(
        "slip", PRIVATE, ("slip_title", "slip_until", "slip_any_store", "slip_help", "slip_official"), _SLIP
    ),
)
"""Every sentence that a brand may change. Outcomes that did not go well are told in private only."""

NEEDED: Final[Mapping[str, frozenset[str]]] = {
    "promise": frozenset({"what"}),
    "show": frozenset({"code", "until"}),
    "show_any": frozenset({"code", "until"}),
    "no_code": frozenset({"until"}),
    "no_code_any": frozenset({"until"}),
    "address": frozenset({"address"}),
    "hours": frozenset({"hours"}),
    "bring": frozenset({"bring"}),
    "only_if": frozenset({"conditions"}),
    "honoured_part_amount": frozenset({"given"}),
    "left": frozenset({"left"}),
    "reason": frozenset({"reason"}),
    "slip_until": frozenset({"until"}),
    "link": frozenset({"link"}),
    "link_short": frozenset({"link"}),
    "slip_official": frozenset({"official"}),
}
"""Variables without which a sentence says nothing."""

_VARIABLE: Final = re.compile(r"\{([^{}]*)\}")
_UNSEEN: Final = re.compile("[\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069\x00-\x1f\x7f-\x9f\u2028\u2029]")


def variables_of(name: str) -> frozenset[str]:
    """The variables that a sentence may hold; where there is no handle, there is no {who}."""
    group = next(group for group in GROUPS if name in group.sentences)
    if name.endswith("_plain"):
        return frozenset()
    return group.variables - {"who"} if name.endswith("_nobody") else group.variables


def names() -> Iterator[str]:
    """Every sentence that a brand may change."""
    return (name for group in GROUPS for name in group.sentences)


def parse(definition: Any) -> dict[str, dict[str, str]]:
    """A brand's own sentences, without those that are as everybody's.

    Raises InvalidInput whose `fields` name each wrong sentence as "en.hello".
    """
    wrong: dict[str, list[str]] = {}
    found: dict[str, dict[str, str]] = {}
    if not isinstance(definition, Mapping):
        raise InvalidInput("the sentences are not valid", fields={"": ["an object by language is needed"]})
    for locale, sentences in definition.items():
        if locale not in WORDING or not isinstance(sentences, Mapping):
            wrong[str(locale)] = [f"one of {', '.join(WORDING)}"]
            continue
        for name, text in sentences.items():
            problem = _problem(str(name), text)
            if problem:
                wrong[f"{locale}.{name}"] = [problem]
            elif " ".join(text.split(" ")) != WORDING[locale][name]:
                found.setdefault(locale, {})[name] = text.strip()
    if wrong:
        raise InvalidInput("some sentences are not valid", fields=wrong)
    return found


def merged(definition: Words) -> Words:
    """Everybody's sentences with the brand's own in their place."""
    if not definition:
        return WORDING
    return {locale: {**words, **definition.get(locale, {})} for locale, words in WORDING.items()}


def _problem(name: str, text: Any) -> str:
    if name not in set(names()):
        return "there is no such sentence"
    if not isinstance(text, str) or not text.strip():
        return "say something here"
    if len(text) > SENTENCE_MAX_CHARACTERS:
        return f"at most {SENTENCE_MAX_CHARACTERS} characters"
    if _UNSEEN.search(text):
        return "one line without invisible characters"
    if contains_code(text):
        return "no code may be written here"
    held = set(_VARIABLE.findall(text))
    if re.search(r"[{}]", _VARIABLE.sub("", text)):
        return "a { or } stands alone"
    allowed = variables_of(name)
    if unknown := sorted(held - allowed):
        shown = " ".join(f"{{{one}}}" for one in unknown)
        known = " ".join(f"{{{one}}}" for one in sorted(allowed))
        return f"{shown} cannot stand here; possible: {known or 'none'}"
    if missing := sorted(NEEDED.get(name, frozenset()) - held):
        return "needed here: " + " ".join(f"{{{one}}}" for one in missing)
    return ""
