"""Which channels there are: every folder of `bridge/channels/` that gives a `CHANNEL`."""

import pkgutil
from collections.abc import Mapping
from functools import lru_cache
from importlib import import_module

import bridge.channels
from bridge.channels.protocol import Channel
from bridge.errors import NotFound


@lru_cache(maxsize=1)
def channels() -> Mapping[str, Channel]:
    """Every channel by its folder's name, in the order of names."""
    found: dict[str, Channel] = {}
    for module in pkgutil.iter_modules(bridge.channels.__path__):
        if module.ispkg:
            found[module.name] = import_module(f"bridge.channels.{module.name}").CHANNEL
    return found


def channel(name: str) -> Channel:
    """The channel of that name. Raises NotFound."""
    found = channels().get(name)
    if found is None:
        raise NotFound("there is no such channel")
    return found
