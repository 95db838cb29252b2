"""What we look for where nobody mentions us. Pure."""

import re
import unicodedata
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Final

NAME_MAX_CHARACTERS: Final = 60
WORD_MAX_CHARACTERS: Final = 80
WORDS_MAX: Final = 50
NETWORK_FORM: Final = "^([a-z][a-z0-9_]{0,19})?$"
LANGUAGE_FORM: Final = "^([A-Za-z]{2,3}(-[A-Za-z0-9]{2,4})?)?$"

# Writing without spaces between words: there a word has no edge to look for.
_UNSPACED: Final = re.compile(
    "[\u0e00-\u0eff\u1000-\u109f\u1780-\u17ff\u3040-\u30ff\u3400-\u9fff\uf900-\ufaff]"
)
_ACCENTS: Final = re.compile("[\u0300-\u036f]")
_APOSTROPHES: Final = str.maketrans("\u2019\u2018\u02bc", "'''")


@dataclass(frozen=True, slots=True)
class Search:
    """What to look for: a post matches that holds one of `any_words`, if there are any one of `also_words`,
    and none of `not_words`. `name` is shown to the agent as what the post was found by.
    """

    name: str
    language: str = ""
    any_words: tuple[str, ...] = ()
    also_words: tuple[str, ...] = ()
    not_words: tuple[str, ...] = ()

    def keeps(self, text: str) -> bool:
        """Whether a post that holds one of `any_words` is what we look for, by the other words.

        For a network that searched for the first ones itself, by its own idea of a word.
        """
        return (not self.also_words or holds(text, self.also_words)) and not holds(text, self.not_words)

    def speaks(self, language: str) -> bool:
        """Whether a post in that language is meant; one whose language nobody knows always is."""
        return not self.language or not language or _primary(language) == _primary(self.language)


@dataclass(frozen=True, slots=True)
class Judged:
    """What the searches say of a text: what found it, or what left it out by which word; or nothing."""

    found: Search | None = None
    excluded_by: Search | None = None
    word: str = ""


def judge(text: str, searches: Sequence[Search], *, language: str = "", found_by: str = "") -> Judged:
    """Hold a text against the searches. The first that it matches wins over every exclusion of the others.

    An exclusion counts in its own search: where the text holds what that looks for, or where somebody
    found it by that search's name (`found_by`).
    """
    excluded = Judged()
    for search in searches:
        is_meant = search.name.casefold() == found_by.casefold()
        if not search.speaks(language) or not (is_meant or holds(text, search.any_words)):
            continue
        if not is_meant and search.also_words and not holds(text, search.also_words):
            continue
        word = held(text, search.not_words)
        if not word:
            return Judged(found=search)
        if excluded.excluded_by is None:
            excluded = Judged(excluded_by=search, word=word)
    return excluded


def holds(text: str, words: Iterable[str]) -> bool:
    """Whether a text holds one of the words or phrases, whole, whatever their capitals and accents."""
    return bool(held(text, words))


def held(text: str, words: Iterable[str]) -> str:
    """The first of the words or phrases that a text holds whole, whatever their capitals and accents."""
    plain = folded(text)
    return next((word for word in words if (one := folded(word)) and re.search(_whole(one), plain)), "")


def folded(text: str) -> str:
    """A text as it is compared: without capitals, accents, wide forms and runs of space."""
    apart = unicodedata.normalize("NFKD", text.translate(_APOSTROPHES)).casefold()
    return " ".join(unicodedata.normalize("NFC", _ACCENTS.sub("", apart)).split())


def _whole(word: str) -> str:
    before = "" if _UNSPACED.match(word[0]) else r"(?<!\w)"
    after = "" if _UNSPACED.match(word[-1]) else r"(?!\w)"
    return f"{before}{re.escape(word)}{after}"


def _primary(language: str) -> str:
    return language.replace("_", "-").partition("-")[0].lower()
