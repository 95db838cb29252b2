"""One line of the local X's stream: a post a line, and an empty line where there is nothing to say."""

import json
from collections.abc import Mapping
from contextlib import suppress
from queue import Empty, SimpleQueue
from typing import Any

from tests.peers.servers.loopback import Handler


class Line:
    """One open line of the stream, for the tests."""

    def __init__(self) -> None:
        self._said: SimpleQueue[bytes | None] = SimpleQueue()

    def tell(self, told: Mapping[str, Any] | bytes) -> None:
        """Say it, if there is anything to say."""
        if told:
            self._said.put(told if isinstance(told, bytes) else json.dumps(told).encode())

    def cut(self) -> None:
        """End it without a word."""
        self._said.put(None)

    def disconnect(self) -> None:
        """End it as X does when it has to."""
        error = {
            "title": "operational-disconnect",
            "disconnect_type": "UpstreamOperationalDisconnect",
            "type": "https://api.x.com/2/problems/operational-disconnect",
        }
        self.tell({"errors": [error]})
        self.cut()

    def _next(self, heartbeat_seconds: float) -> bytes | None:
        """What comes next: a post, or nothing for so long; None at the end."""
        try:
            return self._said.get(timeout=heartbeat_seconds)
        except Empty:
            return b""

    def write_to(self, handler: Handler, *, heartbeat_seconds: float) -> None:
        """Answer with it, for as long as both sides want."""
        handler.close_connection = True
        handler.send_response(200)
        handler.send_header("Content-Type", handler.content_type)
        handler.send_header("Transfer-Encoding", "chunked")
        handler.end_headers()
        with suppress(OSError):
            while (said := self._next(heartbeat_seconds)) is not None:
                handler.wfile.write(b"%x\r\n%b\r\n\r\n" % (len(said) + 2, said))
