"""Read a pasted address, with what the channels' own folders know of their networks' addresses. Pure."""

from bridge import permalinks
from bridge.channels.registry import channels
from bridge.permalinks import Permalink


def recognise(url: str) -> Permalink:
    """As `permalinks.recognise`, on the networks of every channel. Raises InvalidInput."""
    return permalinks.recognise(url, readers=[its.read_address for its in channels().values()])
