"""A listening tool that sends at a fixed pace and comes again after 503, as Standard Webhooks asks of it."""

import asyncio
import random
import time
from collections import Counter
from dataclasses import dataclass, field
from uuid import UUID

import orjson

from bridge.clock import utc_now
from tests.channels.cases.listening import mention, signed

IDLE_MAX_SECONDS = 5


@dataclass
class Sender:
    """Sends `count` mentions, `per_second` of them; each until it is taken.

    `answers` are the seconds from the first byte sent to the last one read, by status; 0 is a lost
    connection. A new mention is sent when its moment has come, however many wait for an answer.
    """

    port: int
    account_id: UUID
    count: int
    per_second: float
    again_after_seconds: float = 4
    answers: dict[int, list[float]] = field(default_factory=dict)
    tries: Counter[int] = field(default_factory=Counter)
    _idle: list[tuple[float, asyncio.StreamReader, asyncio.StreamWriter]] = field(default_factory=list)

    async def run(self) -> None:
        """Return when every mention was taken."""
        began = time.monotonic()
        async with asyncio.TaskGroup() as tasks:
            for number in range(self.count):
                await asyncio.sleep(max(began + number / self.per_second - time.monotonic(), 0))
                tasks.create_task(self._until_taken(number))
        for _, _, writer in self._idle:
            writer.close()

    async def _until_taken(self, number: int) -> None:
        said = mention(
            permalink=f"https://x.com/shopper/status/{10_000 + number}",
            text=f"Northlight, complaint {number}",
            author={"handle": f"shopper_{number % 200}"},
        )
        body = orjson.dumps(said)
        while True:
            self.tries[number] += 1
            status = await self._send(number, body)
            if status == 202:
                return
            assert status in {0, 503}, status
            await asyncio.sleep(
                self.again_after_seconds * min(self.tries[number], 4) * random.uniform(0.5, 1.5)
            )

    async def _send(self, number: int, body: bytes) -> int:
        headers = signed(body, name=f"load-{number}", at=utc_now())
        lines = [
            f"POST /api/v1/intake/mentions/{self.account_id} HTTP/1.1",
            "Host: 127.0.0.1",
            "Content-Type: application/json",
            f"Content-Length: {len(body)}",
            *(f"{name}: {value}" for name, value in headers.items()),
        ]
        request = "\r\n".join(lines).encode() + b"\r\n\r\n" + body
        began, writer = time.monotonic(), None
        try:
            reader, writer = self._kept() or await self._connect()
            writer.write(request)
            head = await reader.readuntil(b"\r\n\r\n")
            fields = dict(line.lower().split(b": ", 1) for line in head.split(b"\r\n")[1:-2])
            await reader.readexactly(int(fields[b"content-length"]))
        except (OSError, asyncio.IncompleteReadError):
            status = 0
            if writer is not None:
                writer.close()
        else:
            status = int(head.split(b" ", 2)[1])
            self._idle.append((time.monotonic(), reader, writer))
        self.answers.setdefault(status, []).append(time.monotonic() - began)
        return status

    def _kept(self) -> tuple[asyncio.StreamReader, asyncio.StreamWriter] | None:
        """A connection that was used a moment ago; the server closes one that is idle for ten seconds."""
        while self._idle:
            since, reader, writer = self._idle.pop()
            if time.monotonic() - since < IDLE_MAX_SECONDS:
                return reader, writer
            writer.close()
        return None

    async def _connect(self) -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
        return await asyncio.open_connection("127.0.0.1", self.port)

    def within(self, share: float) -> float:
        """The seconds within which that share of all answers came."""
        times = sorted(seconds for found in self.answers.values() for seconds in found)
        return times[min(int(len(times) * share), len(times) - 1)]

    def figures(self) -> str:
        """One line for a report."""
        counts = ", ".join(
            f"{len(times)} with {status} (longest {max(times) * 1000:.0f} ms)"
            for status, times in sorted(self.answers.items())
        )
        p50, p95, most = (round(self.within(share) * 1000) for share in (0.5, 0.95, 1))
        return f"{self.count} mentions; {counts}; p50 {p50} ms, p95 {p95} ms, longest {most} ms"
