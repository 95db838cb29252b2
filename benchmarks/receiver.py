"""A webhook receiver that costs next to nothing: answers 200 to every POST on kept connections.

`python -m benchmarks.receiver` prints its port and serves until its standard input ends, which it
does with the process that started it.
"""

import asyncio
import sys

from bridge.embedded.ports import LOOPBACK

_OK = b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok"


class Receiver(asyncio.Protocol):
    """Counts bytes of bodies and answers; understands Content-Length and nothing else."""

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = transport
        self._buffer = b""

    def data_received(self, data: bytes) -> None:
        self._buffer += data
        while True:
            head, mark, rest = self._buffer.partition(b"\r\n\r\n")
            if not mark:
                return
            lowered = head.lower()
            at = lowered.find(b"content-length:")
            length = int(lowered[at + 15 :].split(b"\r\n", 1)[0]) if at >= 0 else 0
            if len(rest) < length:
                return
            self._buffer = rest[length:]
            assert isinstance(self._transport, asyncio.Transport)
            self._transport.write(_OK)


async def main() -> None:
    server = await asyncio.get_running_loop().create_server(Receiver, LOOPBACK, 0)
    print(server.sockets[0].getsockname()[1], flush=True)
    async with server:
        await asyncio.to_thread(sys.stdin.read)


if __name__ == "__main__":
    asyncio.run(main())
