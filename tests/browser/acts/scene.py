"""What every act is given: the texts that people write, and the stage with what is on it."""

from dataclasses import dataclass, field
from typing import Any

from tests.cast import Cast


class Words:
    """The texts that people write, as a tidy person writes them."""

    def name(self, tidy: str, longest: int = 80) -> str:
        """A name of somebody or something, in one line."""
        return tidy

    def handle(self, tidy: str) -> str:
        """A customer's handle."""
        return tidy

    def text(self, tidy: str, longest: int = 500) -> str:
        """Free text of several lines."""
        return tidy


@dataclass
class Stage:
    """What is there; `ids` fill the addresses of the atlas."""

    cast: Cast
    ids: dict[str, Any] = field(default_factory=dict)
    codes: dict[str, str] = field(default_factory=dict)
    browsers: dict[str, dict[str, str]] = field(default_factory=dict)
    """What some browsers keep in cookies: a paired tablet, a locked session on it."""
