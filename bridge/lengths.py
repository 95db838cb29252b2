"""How long a text is by each network's own rule, as data. The pages count with the same table.

A rule says how much, counted how. Networks differ: X weighs characters, Bluesky limits
graphemes and bytes, Mastodon counts every address as 23. Callers show the count and
never cut a text. Sources: each network's own documentation.
"""

import re
import unicodedata
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from typing import Final

import regex  # type: ignore[import-untyped]  # No stubs among our locked tools.
from twitter_text import parse_tweet

URL_COUNTS: Final = 23


@dataclass(frozen=True, slots=True)
class Rule:
    """One limit of one channel. `counter` names how to count, `unit` is the word to show."""

    channel: str
    limit: int
    counter: str
    unit: str = "characters"


@dataclass(frozen=True, slots=True)
class Length:
    """How long a text is: `over` is 0 when it fits, else by how much it does not."""

    count: int
    limit: int
    over: int
    unit: str


# Counted as JavaScript's .length where the network says nothing better: Facebook, WhatsApp,
# SMS, e-mail and "other" carry Chatwoot's constants , Instagram's are Meta's.
_EVERYWHERE: Final[Mapping[str, tuple[Rule, ...]]] = {
    "x": (Rule("x", 280, "x_weighted"),),
    "bluesky": (Rule("bluesky", 300, "graphemes"), Rule("bluesky", 3_000, "utf8_bytes", "bytes")),
    "mastodon": (Rule("mastodon", 500, "mastodon"),),
    "facebook": (Rule("facebook", 1_000, "utf16_units"),),
    "instagram": (Rule("instagram", 2_200, "utf16_units"),),
    "whatsapp": (Rule("whatsapp", 1_600, "utf16_units"),),
    "sms": (Rule("sms", 320, "utf16_units"),),
    "email": (Rule("email", 25_000, "utf16_units"),),
    "other": (Rule("other", 10_000, "utf16_units"),),
}
_PRIVATE: Final[Mapping[str, tuple[Rule, ...]]] = {
    "x": (Rule("x", 10_000, "code_points"),),
    "instagram": (Rule("instagram", 1_000, "utf8_bytes", "bytes"),),
}


def rules_for(channel: str, *, private: bool) -> tuple[Rule, ...]:
    """Return the rules of a channel, those of "other" when we do not know it."""
    public = _EVERYWHERE.get(channel, _EVERYWHERE["other"])
    return _PRIVATE.get(channel, public) if private else public


def measure(text: str, channel: str, private: bool, *, limit: int | None = None) -> Length:  # noqa: FBT001 - the two names read well
    """Count a text by the channel's rule; of two rules, the one it is nearest to breaking.

    `limit` is an account's own, where its server has another than most. Counts the text in NFC, as it
    would be sent. Never raises.
    """
    composed = unicodedata.normalize("NFC", text)
    rules = rules_for(channel, private=private)
    if limit:
        rules = (replace(rules[0], limit=limit), *rules[1:])
    return max(
        (_measure_by(rule, composed) for rule in rules),
        key=lambda length: length.count / length.limit,
    )


def _measure_by(rule: Rule, text: str) -> Length:
    count = COUNTERS[rule.counter](text)
    return Length(count, rule.limit, max(0, count - rule.limit), rule.unit)


def _utf8_bytes(text: str) -> int:
    return len(text.encode("utf-8", "surrogatepass"))


def _utf16_units(text: str) -> int:
    return len(text.encode("utf-16-le", "surrogatepass")) // 2


def _graphemes(text: str) -> int:
    return len(regex.findall(r"\X", text))


_EMOJI: Final = regex.compile(r"[\p{Extended_Pictographic}\p{Regional_Indicator}\u20e3]")
_WEIGHS_AS_EMOJI: Final = "\u2026"


def _x_weighted(text: str) -> int:
    # twitter-text cannot encode a lone surrogate; X would show one replacement character. The library takes
    # an emoji with its presentation mark for two; X weighs any emoji, however it is put together, two.
    held = re.sub("[\ud800-\udfff]", "\ufffd", text)
    plain = regex.sub(r"\X", lambda one: _WEIGHS_AS_EMOJI if _EMOJI.search(one[0]) else one[0], held)
    return int(parse_tweet(plain).weightedLength)


_MASTODON_URL: Final = re.compile(r"\bhttps?://[^\s<>\"]+", re.IGNORECASE)
_REMOTE_HANDLE: Final = re.compile(r"(?<![\w/])(@\w+(?:[\w.-]*\w)?)@[\w.-]*\w")


def _mastodon(text: str) -> int:
    without_urls = _MASTODON_URL.sub("u" * URL_COUNTS, text)
    return _graphemes(_REMOTE_HANDLE.sub(r"\1", without_urls))


COUNTERS: Final[Mapping[str, Callable[[str], int]]] = {
    "x_weighted": _x_weighted,
    "graphemes": _graphemes,
    "mastodon": _mastodon,
    "utf8_bytes": _utf8_bytes,
    "utf16_units": _utf16_units,
    "code_points": len,
}
