"""Variables in the texts of templates: `{item}`, `{order}`. What stays unfilled is named. Pure."""

import re
from collections.abc import Mapping
from typing import Final

KNOWN: Final = ("customer", "agent", "brand", "store", "order")
"""What is filled in from the conversation. Any other name is the agent's to fill in."""

_VARIABLE: Final = re.compile(r"\{([a-z][a-z0-9_]{0,30})\}")


def filled(text: str, values: Mapping[str, str]) -> str:
    """`text` with every variable that has a value replaced by it; the others stay as they are."""
    return _VARIABLE.sub(lambda found: values.get(found[1], "") or found[0], text)


def unfilled(*texts: str) -> tuple[str, ...]:
    """The names of the variables that still stand in the texts, each once, in order."""
    return tuple(dict.fromkeys(name for text in texts for name in _VARIABLE.findall(text)))
