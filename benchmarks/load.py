"""The load generator: prepared requests over kept connections, one outstanding on each.

Each process drives its connections from one loop, so that the generator costs about 30 µs of
CPU per request, whatever it drives. A server that closes after each answer (gunicorn sync)
is met with a new connection, whose making counts as part of the request.
"""

import multiprocessing
import selectors
import socket
import time
from array import array
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from multiprocessing.connection import Connection
from typing import Any

from bridge.embedded.ports import LOOPBACK

PROCESSES = 2
TIMEOUT_SECONDS = 30.0


@dataclass(frozen=True)
class Measured:
    """What one run of one side gave. Latencies are seconds, in ascending order."""

    count: int
    seconds: float
    latencies: "array[float]"
    statuses: Counter[int] = field(default_factory=Counter)

    @property
    def per_second(self) -> float:
        return self.count / self.seconds if self.seconds else 0.0

    def percentile_ms(self, percent: float) -> float:
        """The latency that `percent` of the requests did not exceed."""
        if not self.latencies:
            return 0.0
        return self.latencies[min(len(self.latencies) - 1, int(len(self.latencies) * percent / 100))] * 1000


def get(path: str, token: str = "") -> bytes:
    """A GET request as bytes."""
    bearer = f"Authorization: Bearer {token}\r\n" if token else ""
    return f"GET {path} HTTP/1.1\r\nHost: localhost\r\n{bearer}\r\n".encode()


def post(path: str, body: bytes, *, token: str = "", key: str = "") -> bytes:
    """A POST of JSON as bytes."""
    more = f"Authorization: Bearer {token}\r\n" if token else ""
    more += f"Idempotency-Key: {key}\r\n" if key else ""
    head = (
        f"POST {path} HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\n{more}"
        f"Content-Length: {len(body)}\r\n\r\n"
    )
    return head.encode() + body


def drive(port: int, scripts: Sequence[Sequence[bytes]], *, seconds: float, repeat: bool) -> Measured:
    """Send each script over a connection of its own until the time is over.

    With `repeat` a script starts again at its end; without, a connection whose script ends rests
    and the run ends when all rest.
    """
    context = multiprocessing.get_context("fork")
    shares = [share for share in (scripts[at::PROCESSES] for at in range(PROCESSES)) if share]
    running = []
    for share in shares:
        here, there = context.Pipe(duplex=False)
        process = context.Process(target=_work, args=(there, port, share, seconds, repeat), daemon=True)
        process.start()
        there.close()
        running.append((process, here))
    results: list[tuple[float, float, bytes, dict[int, int]]] = []
    for process, here in running:
        if not here.poll(seconds + TIMEOUT_SECONDS + 5):
            process.kill()
            raise SystemExit("the load generator got no answer")
        found = here.recv()
        process.join()
        if isinstance(found, str):
            raise SystemExit(f"the load generator stopped: {found}")
        results.append(found)
    latencies: array[float] = array("d")
    statuses: Counter[int] = Counter()
    for _, _, raw, counted in results:
        latencies.frombytes(raw)
        statuses.update(counted)
    began, ended = min(one[0] for one in results), max(one[1] for one in results)
    return Measured(len(latencies), ended - began, array("d", sorted(latencies)), statuses)


def _work(there: Connection, port: int, scripts: Any, seconds: float, repeat: bool) -> None:
    try:
        there.send(_loop(port, scripts, seconds, repeat))
    except Exception as error:
        there.send(f"{type(error).__name__}: {error}")


class _Line:
    """One connection and its script."""

    def __init__(self, script: Sequence[bytes]) -> None:
        self.script = script
        self.at = 0
        self.began = 0.0
        self.socket: socket.socket | None = None
        self.buffer = b""


def _loop(
    port: int, scripts: Sequence[Sequence[bytes]], seconds: float, repeat: bool
) -> tuple[float, float, bytes, dict[int, int]]:
    selector = selectors.EpollSelector()
    clock = time.perf_counter
    latencies: array[float] = array("d")
    statuses: Counter[int] = Counter()

    def send(line: _Line) -> bool:
        if line.at >= len(line.script):
            if not repeat:
                return False
            line.at = 0
        line.began = clock()
        if line.socket is None:
            line.socket = socket.create_connection((LOOPBACK, port), timeout=TIMEOUT_SECONDS)
            line.socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            selector.register(line.socket, selectors.EVENT_READ, line)
        line.socket.sendall(line.script[line.at])
        line.at += 1
        return True

    def hang_up(line: _Line) -> None:
        assert line.socket is not None
        selector.unregister(line.socket)
        line.socket.close()
        line.socket = None

    began = clock()
    ends = began + seconds
    busy = sum(send(line) for line in map(_Line, scripts))
    while busy:
        ready = selector.select(TIMEOUT_SECONDS)
        if not ready:
            raise TimeoutError("no answer")
        for key, _ in ready:
            line: _Line = key.data
            assert line.socket is not None
            got = line.socket.recv(65536)
            line.buffer += got
            if got and not _is_whole(line.buffer):
                continue
            if not line.buffer:
                raise ConnectionError("hung up without an answer")
            now = clock()
            latencies.append(now - line.began)
            statuses[int(line.buffer[9:12])] += 1
            closes = not got or b"onnection: close" in line.buffer.partition(b"\r\n\r\n")[0]
            line.buffer = b""
            if closes:
                hang_up(line)
            if now >= ends or not send(line):
                busy -= 1
    return began, clock(), latencies.tobytes(), dict(statuses)


def _is_whole(buffer: bytes) -> bool:
    head, mark, body = buffer.partition(b"\r\n\r\n")
    if not mark:
        return False
    lowered = head.lower()
    place = lowered.find(b"content-length:")
    if place < 0:
        return body.endswith(b"0\r\n\r\n") if b"chunked" in lowered else True
    return len(body) >= int(lowered[place + 15 :].split(b"\r\n", 1)[0])
