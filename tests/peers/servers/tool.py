"""What the local care tools have in common: one server on loopback that fails on request, before or after writing."""

import json
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qsl, urlsplit

SILENCE_SECONDS = 1.0


class Refused(Exception):
    """An answer that is no success."""

    def __init__(self, status: int, body: object = None, **headers: str) -> None:
        super().__init__(status)
        self.status, self.body, self.headers = status, body, headers


@dataclass
class Tool:
    """Somebody's care tool. `faults` are taken one by one by requests that write.

    A fault that `keeps` has its side effect all the same.
    """

    faults: list[str] = field(default_factory=list)
    numbers: int = 9_000
    asked: list[tuple[str, str]] = field(default_factory=list)

    KEEPS = frozenset({"status_500", "status_502", "silence", "hang_up", "malformed", "empty", "huge"})

    def number(self) -> int:
        """The next id."""
        self.numbers += 1
        return self.numbers

    def require(self, headers: dict[str, str]) -> None:
        """Raise Refused unless the request is signed in."""
        raise NotImplementedError

    def answer(self, method: str, path: str, args: dict[str, str], body: Any) -> tuple[int, object]:
        """Do what is asked."""
        raise NotImplementedError


def now() -> str:
    """The moment as these tools write it."""
    return datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


@contextmanager
def serving(tool: Tool) -> Iterator[str]:
    """The tool's address, until the block ends."""
    handler = type("Handler", (_Handler,), {"tool": tool})
    server = ThreadingHTTPServer(("127.0.0.1", 0), handler)
    server.daemon_threads = True
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}"
    finally:
        server.shutdown()
        server.server_close()
        thread.join(5)


class _Handler(BaseHTTPRequestHandler):
    tool: Tool
    protocol_version = "HTTP/1.1"

    def log_message(self, *_args: object) -> None:
        """Say nothing."""

    def do_GET(self) -> None:
        self._serve(None)

    def do_POST(self) -> None:
        self._serve(json.loads(self.rfile.read(int(self.headers.get("Content-Length", "0"))) or b"null"))

    def do_PUT(self) -> None:
        self.do_POST()

    def _serve(self, body: Any) -> None:
        tool, parts = self.tool, urlsplit(self.path)
        tool.asked.append((self.command, parts.path))
        fault = tool.faults.pop(0) if self.command != "GET" and tool.faults else ""
        try:
            tool.require({name.lower(): value for name, value in self.headers.items()})
            if fault and fault not in tool.KEEPS:
                self._fail(fault, {})
                return
            status, told = tool.answer(self.command, parts.path, dict(parse_qsl(parts.query)), body)
            if fault:
                self._fail(fault, told)
            else:
                self._send(status, told)
        except Refused as refused:
            self._send(refused.status, refused.body, **refused.headers)

    def _fail(self, fault: str, told: object) -> None:
        soon = datetime.now(UTC) + timedelta(seconds=90)
        match fault:
            case "status_401" | "status_403" | "status_500" | "status_502":
                self._send(int(fault[-3:]), {"error": "made on request"})
            case "429_seconds":
                self._send(429, {"error": "too many"}, **{"Retry-After": "90"})
            case "429_date":
                self._send(429, {"error": "too many"}, **{"Retry-After": format_datetime(soon, usegmt=True)})
            case "429_reset":
                self._send(429, b"Retry later\n", **{"X-RateLimit-Reset": str(int(soon.timestamp()))})
            case "429_ratelimit":
                self._send(429, {"error": "too many"}, **{"RateLimit-Reset": "90"})
            case "redirect":
                self._send(302, {}, Location="http://127.0.0.1:1/elsewhere")
            case "malformed":
                self._send(200, b'{"id": 90')
            case "empty":
                self._send(200, {})
            case "huge":
                self._send(200, json.dumps(told).encode()[:-1] + b',"x":"' + b"x" * 6_000_000 + b'"}')
            case "silence":
                time.sleep(SILENCE_SECONDS)
                self.close_connection = True
            case "hang_up":
                self.close_connection = True
            case _:
                raise AssertionError(fault)

    def _send(self, status: int, told: object, **headers: str) -> None:
        raw = told if isinstance(told, bytes) else json.dumps(told).encode()
        self.send_response(status)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(raw)))
        for name, value in headers.items():
            self.send_header(name, value)
        self.end_headers()
        try:
            self.wfile.write(raw)
        except OSError:
            self.close_connection = True
