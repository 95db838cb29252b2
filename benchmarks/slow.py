"""Two hundred slow clients beside one honest one: does a look-up still answer within a second?

`python -m benchmarks.slow [--server granian] [--connections 200] [--seconds 60] [--kind headers,body]`
Slow headers send a line every two seconds and never end; slow bodies announce a thousand
bytes and send one every two seconds; slow readers ask for a page and do not read. A hung up
connection is opened again. The honest client makes a new connection for every look-up.
"""

import argparse
import http.client
import selectors
import socket
import tempfile
import threading
import time
from pathlib import Path

from benchmarks import data, retailer, servers
from benchmarks.scripts import Scripts
from bridge.embedded.ports import LOOPBACK

KINDS = ("headers", "body", "reading")
GIVE_UP_SECONDS = 10.0
DRIP_SECONDS = 2.0


class SlowClients(threading.Thread):
    """Holds connections open and drips into them until `stop` is set."""

    def __init__(self, port: int, kind: str, connections: int, token: str) -> None:
        super().__init__(daemon=True)
        self._port = port
        self._kind = kind
        self._count = connections
        self._head = (
            f"POST /api/v1/counter/look-up HTTP/1.1\r\nHost: localhost\r\nAuthorization: Bearer {token}\r\n"
        )
        self.stop = threading.Event()
        self.opened = 0

    def run(self) -> None:
        selector = selectors.DefaultSelector()
        lines: list[socket.socket] = []
        while not self.stop.is_set():
            while len(lines) < self._count:
                line = self._open()
                if line is None:
                    break
                selector.register(line, selectors.EVENT_READ)
                lines.append(line)
            for line in lines:
                if not self._drip(line):
                    self._close(selector, lines, line)
            ends = time.monotonic() + DRIP_SECONDS
            while time.monotonic() < ends and not self.stop.is_set():
                if self._kind == "reading":
                    time.sleep(0.1)
                    continue
                for key, _ in selector.select(0.1):
                    line = key.fileobj  # type: ignore[assignment]
                    # An answer or the end of the connection: either way this one is over.
                    self._close(selector, lines, line)
        for line in lines:
            self._close(selector, lines, line)

    def _open(self) -> socket.socket | None:
        try:
            line = socket.create_connection((LOOPBACK, self._port), timeout=1)
            if self._kind == "reading":
                line.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
                line.sendall(b"GET /api/v1/openapi.json HTTP/1.1\r\nHost: localhost\r\n\r\n")
            else:
                line.sendall(self._head.encode())
            if self._kind == "body":
                line.sendall(b"Content-Type: application/json\r\nContent-Length: 1000\r\n\r\n{")
            line.setblocking(False)
        except OSError:
            return None
        self.opened += 1
        return line

    def _drip(self, line: socket.socket) -> bool:
        try:
            if self._kind != "reading":
                line.send(b"X-Slow: 1\r\n" if self._kind == "headers" else b" ")
        except BlockingIOError:
            return True
        except OSError:
            return False
        return True

    def _close(
        self, selector: selectors.BaseSelector, lines: list[socket.socket], line: socket.socket
    ) -> None:
        if line in lines:
            lines.remove(line)
            selector.unregister(line)
            line.close()


def honest(port: int, raw: bytes, seconds: float) -> tuple[list[float], int]:
    """Look a code up four times a second, each over a new connection. Returns latencies and failures."""
    latencies, failures = [], 0
    ends = time.monotonic() + seconds
    while time.monotonic() < ends:
        began = time.monotonic()
        try:
            with socket.create_connection((LOOPBACK, port), timeout=GIVE_UP_SECONDS) as line:
                line.sendall(raw)
                answer = http.client.HTTPResponse(line)
                answer.begin()
                answer.read()
                if answer.status != 200:
                    failures += 1
                latencies.append(time.monotonic() - began)
        except (OSError, http.client.HTTPException):
            failures += 1
        time.sleep(0.25)
    return latencies, failures


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.slow", description=__doc__)
    parser.add_argument("--server", choices=servers.SERVERS, default="granian")
    parser.add_argument("--flags", default="", help="more words for granian's command line")
    parser.add_argument("--connections", type=int, default=200)
    parser.add_argument("--seconds", type=float, default=60)
    parser.add_argument("--kind", default="headers,body,reading")
    chosen = parser.parse_args()
    servers.end_cleanly()
    with tempfile.TemporaryDirectory(prefix="bridge-bench-") as name:
        folder = Path(name)
        folder.chmod(0o755)
        with servers.stores(folder) as running:
            world = data.prepare(servers.new_database(running.postgres, "slow"), 2000)
            environment = {**retailer.ENVIRONMENT, "DATABASE_URL": world.url, "REDIS_URL": running.valkey.url}
            raw = Scripts(world).look_ups(1)[0][0]
            for kind in chosen.kind.split(","):
                data.freshen(world)
                with servers.web_server(
                    kind,
                    "api.wsgi:app",
                    kind=chosen.server,
                    flags=chosen.flags.split(),
                    environment=environment,
                    log=folder / f"{kind}.log",
                    ready="/healthz",
                ) as server:
                    slow = SlowClients(server.port, kind, chosen.connections, world.managers[1])
                    slow.start()
                    time.sleep(3)
                    latencies, failures = honest(server.port, raw, chosen.seconds)
                    slow.stop.set()
                    slow.join()
                    latencies.sort()
                    middle = latencies[len(latencies) // 2] * 1000 if latencies else 0
                    worst = latencies[-1] * 1000 if latencies else 0
                    good = not failures and latencies and worst < 1000
                    print(
                        f"{chosen.server:17} {chosen.flags or '-':40} {chosen.connections} slow {kind:8} "
                        f"answers {len(latencies):4} failures {failures:3} "
                        f"p50 {middle:7.1f} ms worst {worst:7.1f} ms "
                        f"opened {slow.opened:5} {'ok' if good else 'FAILS'}",
                        flush=True,
                    )


if __name__ == "__main__":
    main()
