"""What we look for where nobody mentions us. Pure."""

import re
import unicodedata
from collections.abc import Iterable
from dataclasses import dataclass


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


def holds(text: str, words: Iterable[str]) -> bool:
    """Whether a text holds one of the words or phrases, whole, whatever their capitals."""
    plain = _plain(text)
    return any(re.search(rf"(?<!\w){re.escape(one)}(?!\w)", plain) for word in words if (one := _plain(word)))


def _plain(text: str) -> str:
    return " ".join(unicodedata.normalize("NFC", text).casefold().split())
