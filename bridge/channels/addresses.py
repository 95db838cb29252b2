"""Read a pasted address, with what the channels' own folders know of their networks' addresses. Pure."""

from bridge import permalinks
from bridge.channels.registry import channels
from bridge.errors import InvalidInput
from bridge.permalinks import Network, Permalink


def recognise(url: str) -> Permalink:
    """As `permalinks.recognise`, on the networks of every channel. Raises InvalidInput."""
    return permalinks.recognise(url, readers=[its.read_address for its in channels().values()])


def unknown(url: str) -> str:
    """The name of an address that no network's form fits, which is its hash; empty for any other."""
    try:
        found = recognise(url) if url else None
    except InvalidInput:
        return ""
    return found.post_id if found is not None and found.network == Network.OTHER else ""
