"""A definition as somebody wrote it in a file or a form: JSON, strictly read. Pure.

What a policy or a ladder means is checked by `bridge/sla.py` and `bridge/ladders.py`.
"""

import json
from typing import Any, Final

from bridge.errors import MalformedRequest

CHARACTERS_MOST: Final = 65_536


def from_json(text: str | bytes) -> dict[str, Any]:
    """The object in `text`.

    Raises MalformedRequest in one sentence for what is no JSON object, for a name that stands twice
    in one object, and for more than 64 Ki.
    """
    if len(text) > CHARACTERS_MOST:
        raise MalformedRequest(f"it is longer than {CHARACTERS_MOST} bytes")
    try:
        found = json.loads(text, object_pairs_hook=_once_each, parse_constant=_no_constant)
    except MalformedRequest:
        raise
    except (ValueError, RecursionError) as error:
        raise MalformedRequest(f"it is not JSON: {error}") from error
    if not isinstance(found, dict):
        raise MalformedRequest("it holds no JSON object")
    return found


def written(definition: Any) -> str:
    """A definition as people edit it."""
    return json.dumps(definition, indent=2, ensure_ascii=False)


def _once_each(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) != len(pairs):
        names = [name for name, _ in pairs]
        twice = next(name for name in names if names.count(name) > 1)
        raise MalformedRequest(f"{twice[:40]} stands twice in one object")
    return found


def _no_constant(name: str) -> Any:
    raise MalformedRequest(f"{name} is no number of JSON")
