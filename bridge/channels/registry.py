"""Which channels there are: every folder of `bridge/channels/` that gives a `CHANNEL`."""

import pkgutil
from collections.abc import Mapping
from functools import lru_cache
from importlib import import_module

import bridge.channels
from bridge.channels.abilities import Capabilities, Kind
from bridge.channels.protocol import Channel
from bridge.errors import NotFound, StartupError


@lru_cache(maxsize=1)
def channels() -> Mapping[str, Channel]:
    """Every channel by its folder's name, in the order of names.

    Raises StartupError for a folder that is none.
    """
    return {
        module.name: _of_folder(module.name)
        for module in pkgutil.iter_modules(bridge.channels.__path__)
        if module.ispkg
    }


def networks() -> dict[str, str]:
    """The networks that have a channel, and what each is called."""
    every = (one.capabilities for one in channels().values())
    return {one.network: one.name for one in every if one.kind is Kind.NETWORK}


def by_server() -> list[str]:
    """The channels whose servers count their accounts by themselves."""
    return [name for name, one in channels().items() if one.capabilities.ids_of_server]


def channel(name: str) -> Channel:
    """The channel of that name. Raises NotFound."""
    found = channels().get(name)
    if found is None:
        raise NotFound("there is no such channel")
    return found


def _of_folder(name: str) -> Channel:
    place = f"The channel folder bridge/channels/{name}/ cannot be used: its __init__.py"
    try:
        folder = import_module(f"bridge.channels.{name}")
    except Exception as error:
        # Whatever somebody's folder raises, whoever starts the service gets one sentence that names it.
        raise StartupError(f"{place} cannot be imported ({type(error).__name__}: {error}).") from error
    if not hasattr(folder, "CHANNEL"):
        raise StartupError(f"{place} gives no CHANNEL.")
    found: Channel = folder.CHANNEL
    if not isinstance(getattr(found, "capabilities", None), Capabilities):
        raise StartupError(f"{place} gives a CHANNEL without capabilities.")
    return found
