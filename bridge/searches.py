"""What we look for where nobody mentions us. Pure."""

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
