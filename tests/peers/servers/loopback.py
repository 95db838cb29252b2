"""What the local vendors have in common: listening on loopback, refusing in their words, and failing on request.

A vendor's own file says what it knows, how it answers (`take`), and the faults that only it has (`own_fault`).
"""

import json
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

SILENCE_SECONDS = 1.0
HUGE_BYTES = 6_000_000


class Refused(Exception):
    """An answer that is no success."""

    def __init__(self, status: int, body: object = None, **headers: str) -> None:
        super().__init__(status)
        self.status, self.body, self.headers = status, body, headers


@dataclass
class Fault:
    """What goes wrong at the next request that writes; `keeps`: the thing is done all the same."""

    kind: str
    keeps: bool = False


class Handler(BaseHTTPRequestHandler):
    """One request. A vendor inherits from it, with `vendor` as what `serving` was given."""

    protocol_version = "HTTP/1.1"
    content_type = "application/json"
    good_status = 200
    cut_off = b'{"id": "90'
    """How a broken answer begins."""

    def log_message(self, *_args: object) -> None:
        """Say nothing."""

    def do_GET(self) -> None:
        self.take(b"")

    def do_POST(self) -> None:
        self.take(self.rfile.read(int(self.headers.get("Content-Length", "0"))))

    def do_PUT(self) -> None:
        self.do_POST()

    def take(self, raw: bytes) -> None:
        """Answer the request, by `respond`."""
        raise NotImplementedError

    def own_fault(self, kind: str) -> None:
        """Answer with a fault that only this vendor has."""
        raise AssertionError(kind)

    def usual_headers(self) -> dict[str, str]:
        """What each answer carries."""
        return {}

    def respond(
        self, fault: Fault | None, *, allow: Callable[[], None], do: Callable[[], tuple[int, object]]
    ) -> None:
        """Let in, do what is asked, answer; with a fault instead of doing it, or instead of the answer."""
        try:
            allow()
            if fault is not None and not fault.keeps:
                self.fail(fault.kind, {})
                return
            status, told = do()
            if fault is not None:
                self.fail(fault.kind, told)
                return
            self.send(status, told)
        except Refused as refused:
            self.send(refused.status, refused.body, **refused.headers)

    def fail(self, kind: str, told: object) -> None:
        """Go wrong in this way. `told` is what a good answer would have been."""
        match kind:
            case "malformed":
                self.send(self.good_status, self.cut_off)
            case "empty":
                self.send(200, {})
            case "huge":
                whole = json.dumps(told).encode()[:-1] + b',"x":"' + b"x" * HUGE_BYTES + b'"}'
                self.send(self.good_status, whole)
            case "redirect":
                self.send(302, {}, Location="http://127.0.0.1:1/elsewhere")
            case "silence":
                time.sleep(SILENCE_SECONDS)
                self.close_connection = True
            case "hang_up":
                self.close_connection = True
            case _:
                self.own_fault(kind)

    def send(self, status: int, told: object, **headers: str) -> None:
        """Answer with JSON, or with bytes as they are."""
        raw = told if isinstance(told, bytes) else json.dumps(told).encode()
        self.send_response(status)
        self.send_header("Content-Type", self.content_type)
        self.send_header("Content-Length", str(len(raw)))
        for name, value in (self.usual_headers() | headers).items():
            self.send_header(name, value)
        self.end_headers()
        try:
            self.wfile.write(raw)
        except OSError:
            self.close_connection = True


@contextmanager
def listening(handler: type[Handler], vendor: object) -> Iterator[str]:
    """The vendor's address on a free port, until the block ends."""
    server = ThreadingHTTPServer(("127.0.0.1", 0), type("Listening", (handler,), {"vendor": vendor}))
    server.daemon_threads = True
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}"
    finally:
        server.shutdown()
        server.server_close()
        thread.join(5)
