"""`make bluesky-up`: the network stays until Ctrl-C, with a brand and a customer on it, for trying the bridge by hand.

Each line that is typed becomes a post of the customer's; the brand's handle in it is a mention.
"""

import signal
import sys
import tempfile
from pathlib import Path
from types import FrameType

from tests.peers.bluesky.network import OWN_PASSWORD, Network, Somebody, running


def main() -> int:
    """Start it, say how to sign in, and wait. Returns 0 when somebody stopped it."""
    for number in (signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, _stop)
    try:
        _say("Starting a Bluesky network; this takes half a minute …")
        with tempfile.TemporaryDirectory(prefix="bluesky-") as folder, running(Path(folder)) as network:
            _welcome(network, brand := network.join("care"), customer := network.join("upset"))
            _listen(brand, customer)
    except KeyboardInterrupt:
        _say("\nEverything is stopped, and nothing of it is kept.")
    return 0


def _stop(_number: int, _frame: FrameType | None) -> None:
    raise KeyboardInterrupt


def _welcome(network: Network, brand: Somebody, customer: Somebody) -> None:
    _say(
        f"""
The network is ready.

  In the bridge, under Setup → Channels → Bluesky:
    Server        {network.pds}
    Handle        {brand.handle}
    App password  {brand.app_password()}

  A customer:
    Handle        {customer.handle}
    Password      {OWN_PASSWORD}

Type a post and press Enter, and {customer.handle} writes it. With @{brand.handle} in it, it is a mention.
Stop with Ctrl-C."""
    )


def _listen(brand: Somebody, customer: Somebody) -> None:
    """Write what is typed, until somebody stops us; without a keyboard just stay."""
    for line in sys.stdin or ():
        if text := line.strip():
            try:
                posted = customer.post(text, facets=_mentions(text, brand))
            except AssertionError as refused:
                _say(f"It was refused: {refused}")
            else:
                _say(f"{customer.handle} wrote {posted['uri']}")
    while True:
        signal.pause()


def _mentions(text: str, brand: Somebody) -> list[dict[str, object]]:
    said, name = text.encode(), f"@{brand.handle}".encode()
    start = said.find(name)
    if start < 0:
        return []
    feature = {"$type": "app.bsky.richtext.facet#mention", "did": brand.did}
    return [{"index": {"byteStart": start, "byteEnd": start + len(name)}, "features": [feature]}]


def _say(text: str) -> None:
    sys.stdout.write(f"{text}\n")
    sys.stdout.flush()


if __name__ == "__main__":
    sys.exit(main())
