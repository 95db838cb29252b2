"""The words and limits of the social side: who wrote, who may see it, how it reached us. Pure vocabulary."""

from enum import StrEnum
from typing import Final

TEXT_MAX_CHARACTERS: Final = 10_000
REASON_MAX_CHARACTERS: Final = 180
VISIBILITIES: Final = ("public", "private")
MENTION_TYPES: Final = ("tagged", "untagged", "dm", "reply", "review")
AUTHOR_KINDS: Final = ("customer", "brand", "other")


class QueueFilter(StrEnum):
    """Which threads an agent wants to see."""

    NEW = "new"
    MINE = "mine"
    ALL = "all"
