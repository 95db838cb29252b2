"""How a network is asked for new posts: words as questions, some at each poll, and what ends it. Pure."""

from collections.abc import Callable, Mapping, Sequence
from typing import TypeVar

from bridge.channels.accounts import NotNow
from bridge.channels.calling import Answered
from bridge.channels.coming_in import Polled
from bridge.channels.webhook import Failed
from bridge.searches import Search

Asked = TypeVar("Asked")
Wait = Callable[[Answered], float | None]
"""How long a network asks to wait."""


class NotAnswered(Exception):
    """`told` is no answer to what was asked: the poll ends, and its old cursor stays."""

    def __init__(self, told: Answered | Failed) -> None:
        super().__init__(trouble(told))
        self.told = told


def trouble(told: Answered | Failed) -> str:
    """One word for an answer that is none."""
    if isinstance(told, Failed):
        return told.error
    return "bad_answer" if told.is_good else f"status_{told.status_code}"


def answered(told: Answered | Failed) -> Answered:
    """A good answer as it is. Raises NotAnswered for anything else."""
    if isinstance(told, Failed) or not told.is_good:
        raise NotAnswered(told)
    return told


def is_unauthorized(told: Answered | Failed) -> bool:
    """Whether the sign-in was refused, where that is 401 and nothing else."""
    return isinstance(told, Answered) and told.status_code == 401


def failed(
    cursor: Mapping[str, object],
    told: Answered | Failed,
    *,
    wait: Wait,
    is_signed_out: Callable[[Answered | Failed], bool] = is_unauthorized,
    error: str = "",
) -> Polled:
    """A poll that ended with `told`: the old cursor stays. `error` is the network's own word, if any."""
    if is_signed_out(told):
        return Polled(cursor=cursor, error="signed_out", is_signed_out=True)
    seconds = wait(told) if isinstance(told, Answered) else None
    return Polled(cursor=cursor, error=error or trouble(told), retry_after_seconds=seconds)


def not_now(told: Answered | Failed, *, wait: Wait, error: str = "") -> NotNow:
    """Asking for new tokens ended with `told`, which says nothing against the old ones."""
    if isinstance(told, Failed):
        return NotNow(told.error)
    return NotNow(error or trouble(told), status_code=told.status_code, retry_after_seconds=wait(told))


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
