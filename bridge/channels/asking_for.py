"""How a network is asked for new posts: words as questions, some at each poll, and what ends it. Pure."""

from collections.abc import Sequence
from typing import TypeVar

from bridge.channels.calling import Answered
from bridge.channels.webhook import Failed
from bridge.searches import Search

Asked = TypeVar("Asked")


class NotAnswered(Exception):
    """`told` is no answer to what was asked: the poll ends, and its old cursor stays."""

    def __init__(self, told: Answered | Failed) -> None:
        super().__init__(told.error if isinstance(told, Failed) else f"status_{told.status_code}")
        self.told = told


def quoted(word: str) -> str:
    """A search's word as a network wants it: several words are one phrase, in quotation marks."""
    return f'"{word}"' if " " in word else word


def one_by_one(search: Search) -> list[str]:
    """One question for each word; what else the search wants is checked in what is found."""
    return [quoted(word) for word in search.any_words]


def in_turn(asked: Sequence[Asked], began: object, *, at_most: int) -> tuple[list[Asked], int]:
    """The questions of this poll and where they start; `began` is what the last poll kept, if anything.

    When there are more questions than one poll may ask, they take turns.
    """
    start = began % len(asked) if isinstance(began, int) and asked else 0
    return [*asked[start:], *asked[:start]][:at_most], start
