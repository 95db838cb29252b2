"""The words and limits of the social side: who wrote, who may see it, how it reached us. Pure vocabulary."""

from enum import StrEnum
from typing import Final

TEXT_MAX_CHARACTERS: Final = 10_000
REASON_MAX_CHARACTERS: Final = 180
VISIBILITIES: Final = ("public", "private")
MENTION_TYPES: Final = ("tagged", "untagged", "dm", "reply", "review")
AUTHOR_KINDS: Final = ("customer", "brand", "other")


class QueueFilter(StrEnum):
    """Which threads an agent wants to see: each is a card of the queue, and `all` has no card."""

    NEW = "new"
    MINE = "mine"
    WITH_STORE = "with_store"
    OUTCOME = "outcome"
    LATE = "late"
    ALL = "all"
