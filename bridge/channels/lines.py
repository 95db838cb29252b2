"""A line that the other side holds open: opened under the same guard as every call, and read as it comes."""

import time
from collections.abc import Iterator
from dataclasses import replace
from http import HTTPStatus
from typing import Final

from bridge.channels import webhook
from bridge.channels.calling import Answered, Request, whole
from bridge.channels.coming_in import RAW_MAX_BYTES
from bridge.channels.guard import Limits
from bridge.channels.webhook import Failed

IDLE_SECONDS: Final = 25
"""A network that has nothing to say sends an empty line every 20 seconds."""


class Line:
    """An open line. One thread reads it, once; any may close it."""

    def __init__(self, response: webhook.Response) -> None:
        self._response = response
        self.ended = Failed("connection_lost", 0)
        """How it ended, once nothing more comes."""

    def __iter__(self) -> Iterator[bytes]:
        """Each text up to the end of its line as it comes, empty ones too; raises nothing."""
        rest = bytearray()
        for piece in webhook.pieces(self._response):
            if isinstance(piece, Failed):
                self.ended = piece
                return
            *ends, begins = piece.split(b"\n")
            for end in ends:
                yield bytes(rest + end)
                rest.clear()
            rest += begins
            if len(rest) > RAW_MAX_BYTES:
                self.ended = Failed("line_too_long", 0)
                return

    def close(self) -> None:
        """Let nothing more come: whoever reads goes on at once."""
        webhook.hang_up(self._response)


def open_line(request: Request, *, limits: Limits) -> Line | Answered | Failed:
    """Open a line. Anything but 200 comes as an answer, as `calling.call` gives it; raises nothing."""
    held = replace(limits, idle_seconds=IDLE_SECONDS)
    started = time.monotonic()
    response = webhook.asked(request.method, request.url, None, dict(request.headers), limits=held)
    if isinstance(response, Failed):
        return response
    if response.status_code == HTTPStatus.OK:
        return Line(response)
    return whole(response, started, held)
